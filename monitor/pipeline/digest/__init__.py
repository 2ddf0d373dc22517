"""Digest: period -> query over what is stored -> one outbox row for each channel.

What is due is found in the database: the newest digest of a name tells where its next period begins. A
stop over several slots gives one digest over all of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from monitor.clock import Clock
from monitor.config import DigestConfig
from monitor.messages import content
from monitor.messages.digest import Digest
from monitor.pipeline.digest.contents import compose, compose_backlog
from monitor.pipeline.digest.slots import Slot, latest_slot
from monitor.store import digests, outbox
from monitor.store.database import Database
from monitor.store.digests import WaitingHit
from monitor.watch.parse import DEFAULT_VOCABULARY, Vocabulary
from monitor.watch.rules import BACKLOG

__all__ = ["Digester", "Slot", "compose", "latest_slot"]

log = structlog.get_logger(__name__)

FIRST_PERIOD = timedelta(days=1)  # of the first digest of a name
BACKLOG_EVERY = timedelta(minutes=15)  # a storm is told in pieces of this length


class Digester:
    """Makes the digests that are due. `configs` and `vocabulary` may be replaced while it runs."""

    def __init__(
        self,
        database: Database,
        configs: Sequence[DigestConfig],
        *,
        clock: Clock,
        vocabulary: Vocabulary = DEFAULT_VOCABULARY,
        backlog_channels: Sequence[str] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self.configs = tuple(configs)
        self.vocabulary = vocabulary
        self.backlog_channels = tuple(backlog_channels)

    async def tick(self) -> int:
        """Make what is due; returns how many digests were made."""
        now = self._clock()
        made = 0
        for config in self.configs:
            slot, start = await self._database.aread(partial(_due, config=config, now=now))
            if slot is not None:
                try:
                    made += await self._make(config, slot, start, now)
                except Exception:  # one that cannot be made must not hold up the others
                    log.exception("digest not made", name=config.name, slot=slot.name)
        return made + await self._backlog(now)

    async def _make(self, config: DigestConfig, slot: Slot, start: datetime, now: datetime) -> bool:
        digest, waiting = await self._database.aread(
            lambda session: compose(session, config, self.vocabulary, slot, start, now)
        )
        return await self._save(digest, config.name, config.channels, slot, start, waiting, now)

    async def _backlog(self, now: datetime) -> bool:
        """Tell what came too late or too much at once, together."""
        waiting = await self._database.aread(lambda session: digests.waiting_hits(session, BACKLOG))
        if not waiting or now - waiting[0].created_at < BACKLOG_EVERY:
            return False
        config = DigestConfig(name=BACKLOG, cron="* * * * *", channels=self.backlog_channels)
        slot = Slot(now, now.strftime("%Y-%m-%dT%H:%M"))
        digest = await self._database.aread(
            lambda session: compose_backlog(session, waiting, slot, waiting[0].created_at, now)
        )
        return await self._save(digest, BACKLOG, config.channels, slot, waiting[0].created_at, waiting, now)

    async def _save(
        self,
        digest: Digest,
        name: str,
        channels: Sequence[str],
        slot: Slot,
        start: datetime,
        waiting: Sequence[WaitingHit],
        now: datetime,
    ) -> bool:
        stories = sum(len(group.stories) for group in digest.groups)

        def save(session: Session) -> bool:
            digest_id = digests.record(session, name, slot.name, start, slot.at, now, stories)
            if digest_id is None:
                return False
            digests.told(session, [hit.hit_id for hit in waiting], digest_id)
            outbox.add(
                session,
                identity=digest.identity,
                channels=channels,
                kind="digest",
                payload=content.dump(digest),
                now=now,
            )
            return True

        made = await self._database.awrite(save)
        log.info("digest", name=name, slot=slot.name, stories=stories, made=made)
        return made


def _due(session: Session, *, config: DigestConfig, now: datetime) -> tuple[Slot | None, datetime]:
    """Return the slot that is due, and where its period starts."""
    last = digests.last(session, config.name)
    if last is not None:
        return latest_slot(config, last.period_end, last.slot, now), last.period_end
    anchor = digests.first_feed_at(session) or now
    slot = latest_slot(config, anchor, None, now)
    return slot, max(anchor, slot.at - FIRST_PERIOD) if slot else anchor
