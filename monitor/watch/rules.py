"""Rules: Subject + what is known of the story -> `RuleOutcome`: an alert, or the reason why not.

Pure: everything that a decision depends on, `now` included, is given. docs/rules.md says it in words.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.model import Alert, Severity
from monitor.watch.match import Match
from monitor.watch.query import Query


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day, in a time zone, in which only critical alerts are delivered."""

    start: time
    end: time
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, ready to be asked. `digest` is the digest's name where it tells there, else None."""

    name: str
    query: Query
    severity: Severity
    channels: tuple[str, ...]
    digest: str | None
    quiet: Quiet | None
    muted_until: datetime | None
    expires_at: datetime | None
    group_window: timedelta
    inhibited_by: frozenset[str]  # names of the rules that silence this one on their stories


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What the decider must know besides the story."""

    recent_alerts: int = 0  # alerts of this rule in the `STORM_WINDOW` before now
    alerted_rules: frozenset[str] = frozenset()  # rules that alerted on the story, now or earlier
    window_until: datetime | None = None  # when the alerts of this rule that still wait will go out


@dataclass(frozen=True, slots=True)
class Fire:
    """Tell it through the rule's channels: at once, or with the others at `deliver_after`."""

    alert: Alert
    match: Match
    deliver_after: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """It matched, and is told in a digest (the rule's own, or `BACKLOG`) instead of in a message."""

    alert: Alert
    match: Match
    digest: str
    reason: str


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing is told. `match.matched` tells a silenced hit from an article that does not match."""

    match: Match
    reason: str


RuleOutcome = Fire | Hold | Silent

BACKLOG = "backlog"  # the digest of what came too late or too much at once
STORM_ALERTS = 20
STORM_WINDOW = timedelta(minutes=10)
OLD_AFTER = timedelta(hours=48)
