"""When to poll a feed next: FeedState + Observation + now -> PollDecision.

Everything that is remembered about a feed is in `FeedState`; the decider is a pure function of it, of what
the poll found, of the time and of one random number that the caller draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from monitor.model import FeedEntry, Fetched, FetchFailed, ParsedFeed, utc

HOURS, DAYS = 24, 7


@dataclass(frozen=True, slots=True)
class FeedState:
    """All that is remembered of one feed between polls. Times are UTC. `dump` and `load` make it JSON."""

    url: str
    next_poll_at: datetime
    interval_seconds: float = 0.0  # the last one chosen, before jitter; 0 before the first poll
    # validators of the last body that was read
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    last_unconditional_at: datetime | None = None  # when a full body was last received
    # history
    first_polled_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None  # when a poll last found a new entry
    # health
    failure_weight: float = 0.0
    consecutive_failures: int = 0
    last_error: str | None = None  # one plain sentence; null when healthy
    told_broken: bool = False
    retired: bool = False  # 410 Gone: not polled until a person says so
    # a permanent redirect is adopted after three in a row
    permanent_url: str | None = None
    permanent_count: int = 0
    # the feed's own rhythm, learned from publication times
    entries: int = 0  # in the last body: what the feed shows at once
    known_share: float | None = None  # of the entries in the last body, 0..1
    hint_seconds: float = 0.0  # <ttl> or sy:updatePeriod
    mass: float = 0.0  # entries published, decayed
    exposure_days: float = 0.0  # the time they were published in, decayed alike
    rhythm_at: datetime | None = None  # when the three were last brought up to date
    by_hour: tuple[float, ...] = ()  # decayed entries by UTC hour of day; empty, or 24
    by_day: tuple[float, ...] = ()  # by weekday, Monday first; empty, or 7
    gap_at: datetime | None = None  # when entries may last have been missed

    def __post_init__(self) -> None:
        for moment in (self.next_poll_at, self.last_polled_at, self.last_success_at):
            if moment is not None:
                utc(moment)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """304, or a body whose hash is the one remembered (see `same_body`)."""

    fetched: Fetched


@dataclass(frozen=True, slots=True)
class Read:
    """A feed that was parsed. `new` are its entries that the store did not know."""

    fetched: Fetched
    feed: ParsedFeed
    new: tuple[FeedEntry, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body that is no feed: `kind` of the FeedError (or of WorkerDied), and one plain sentence."""

    fetched: Fetched
    kind: str
    detail: str


Observation = Unchanged | Read | Unreadable | FetchFailed


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the owner of a feed is told once. `detail` is one plain sentence."""

    kind: Literal["broke", "recovered", "retired", "moved"]
    detail: str


@dataclass(frozen=True, slots=True)
class PollDecision:
    """What a poll means: the state to remember (with its `next_poll_at`), and what to say about it."""

    state: FeedState
    outcome: str  # new | known | not-modified | same-body | a failure kind
    gap: bool = False  # entries may have been missed since the poll before
    notices: tuple[Notice, ...] = ()


def dump(state: FeedState) -> dict[str, Any]:
    """Return `state` as JSON-able fields; those with their default are left out."""
    out: dict[str, Any] = {}
    for field in fields(state):
        value = getattr(state, field.name)
        if value != field.default:
            if isinstance(value, datetime):
                value = utc(value).isoformat()
            elif isinstance(value, tuple):
                value = [round(number, 3) for number in value]
            out[field.name] = value
    return out


def load(data: Mapping[str, Any]) -> FeedState:
    """Return the state that `dump` wrote; unknown keys (of a newer version) are left out."""
    known: dict[str, Any] = {}
    for field in fields(FeedState):
        if field.name in data:
            value = data[field.name]
            if field.name.endswith("_at") and isinstance(value, str):
                value = datetime.fromisoformat(value)
            elif isinstance(value, list):
                value = tuple(value)
            known[field.name] = value
    return FeedState(**known)
