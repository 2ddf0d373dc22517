"""When digests are due: by wall clock, once over every DST change. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from monitor.config import DigestConfig
from monitor.model import utc

SLOTS_SEARCHED = 10_000


@dataclass(frozen=True, slots=True)
class Slot:
    """When a digest is due: the moment, and its wall-clock name, which no DST change repeats."""

    at: datetime
    name: str


def latest_slot(config: DigestConfig, after: datetime, last_name: str | None, now: datetime) -> Slot | None:
    """Return the newest slot in (after, now], None where there is none; `last_name` is never given again."""
    zone = ZoneInfo(config.timezone)
    trigger = CronTrigger.from_crontab(config.cron, timezone=zone)
    found: Slot | None = None
    moment: datetime = after
    for _ in range(SLOTS_SEARCHED):
        fires = trigger.get_next_fire_time(None, moment + timedelta(microseconds=1))
        if fires is None or utc(fires) > now:
            break
        moment = utc(fires)
        name = fires.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        if name != last_name:
            found = Slot(moment, name)
    return found
