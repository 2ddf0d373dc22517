"""When to poll a feed next: FeedState + Observation + now -> PollDecision.

Everything that is remembered about a feed is in `FeedState`; the decider is a pure function of it, of what
the poll found, of the time and of one random number that the caller draws.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from monitor.config import PollingConfig
from monitor.feeds.dates import read_date
from monitor.feeds.rhythm import DAY_SECONDS, UNKNOWN, Rhythm, seconds_until_expected, seconds_until_waited
from monitor.model import Fetched, FetchFailed, FoundEntry, FoundFeed, utc

# A poll is due once the squared waits of the entries expected since the last one sum up to this, in
# entry-seconds²: 26 min between polls of a feed with 20 entries a day, 71 min for one a day.
PATIENCE = 300_000.0
JITTER = 0.1
UNCONDITIONAL_EVERY = timedelta(days=1)
REDIRECTS_TO_ADOPT = 3
RETRY_AT_LEAST = timedelta(days=1)
FIRST_RETRY_SECONDS = 900.0
PAUSED_SECONDS = 60.0
# What a failure says of the feed (the weights of Media Cloud's rss-fetcher, with DNS as the least).
HARD, SOFT, DNS = 1.0, 0.5, 0.25
WEIGHTS = {
    "dns": DNS,
    "refused": SOFT, "timeout": SOFT, "protocol": SOFT, "http-5xx": SOFT, "rate-limited": SOFT,
    "unavailable": SOFT,
}  # fmt: skip
BROKEN_WEIGHT = 3.0  # from here on the owner is told

_MAX_AGE = re.compile(r"(?<![\w-])max-age\s*=\s*\"?(\d{1,9})")


class FeedState(NamedTuple):
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
    rhythm: Rhythm = UNKNOWN
    gap_at: datetime | None = None  # when entries may last have been missed


@dataclass(frozen=True, slots=True)
class Validators:
    """For `If-None-Match` and `If-Modified-Since`; null where the header is not to be sent."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The bounds of a feed's interval; `fixed_seconds` where its owner chose the interval."""

    min_seconds: float
    max_seconds: float
    fixed_seconds: float | None = None
    patience: float = PATIENCE

    @classmethod
    def of(cls, config: PollingConfig, fixed_seconds: float | None = None) -> "Settings":
        """The settings of a feed under `config`; a fixed interval is never shorter than the least."""
        least = config.min_interval.total_seconds()
        fixed = None if fixed_seconds is None else max(fixed_seconds, least)
        return cls(least, config.max_interval.total_seconds(), fixed)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """304, or a body whose hash is the one remembered: some servers ignore the conditional headers."""

    fetched: Fetched


@dataclass(frozen=True, slots=True)
class Read:
    """A feed that was parsed. `new` are its entries that the store did not know."""

    fetched: Fetched
    body_hash: str  # of `hash_body`
    feed: FoundFeed
    new: tuple[FoundEntry, ...]


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
    """Return `state` as JSON-able fields without its rhythm; those with their default are left out."""
    return _dumped(state, _STATE_FIELDS)


def dump_rhythm(rhythm: Rhythm) -> dict[str, Any]:
    """Return `rhythm` as JSON-able fields: stored apart from the state, since most polls do not change it."""
    return _dumped(rhythm, _RHYTHM_FIELDS)


def load(data: Mapping[str, Any], rhythm: Mapping[str, Any]) -> FeedState:
    """Return what `dump` and `dump_rhythm` wrote; unknown keys (of a newer version) are left out."""
    return FeedState(**_loaded(data, _STATE_FIELDS), rhythm=Rhythm(**_loaded(rhythm, _RHYTHM_FIELDS)))


_RHYTHM_FIELDS = {field.name: field.default for field in fields(Rhythm)}
_STATE_FIELDS = {name: FeedState._field_defaults.get(name) for name in FeedState._fields if name != "rhythm"}


def _dumped(value: object, defaults: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, default in defaults.items():
        item = getattr(value, name)
        if item != default:
            if isinstance(item, datetime):
                item = utc(item).isoformat()
            elif isinstance(item, tuple):
                item = list(item)
            out[name] = item
    return out


def _loaded(data: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, item in data.items():
        if name in defaults:
            if isinstance(item, list):
                item = tuple(item)
            elif isinstance(item, str) and (name == "at" or name.endswith("_at")):
                item = datetime.fromisoformat(item)
            known[name] = item
    return known


def decide(
    state: FeedState,
    observation: Observation,
    *,
    now: datetime,
    settings: Settings,
    jitter: float,
) -> PollDecision:
    """Return what a poll that ended at `now` means for its feed.

    `jitter` is random in 0..1 and shortens adaptive intervals by up to a tenth, so that feeds do not march
    in step.
    """
    now = utc(now)
    if isinstance(observation, FetchFailed):
        return _failed(state, observation, now, settings, jitter)
    if isinstance(observation, Unreadable):
        # What could not be read must not be taken for unchanged next time.
        forgotten = state._replace(etag=None, last_modified=None, body_hash=None, permanent_count=0)
        return _broken(forgotten, observation.kind, observation.detail, HARD, now, settings, jitter)
    return _healthy(state, observation, now, settings, jitter)


def validators(state: FeedState, now: datetime) -> Validators:
    """Return what to ask the server with; nothing once a day, against servers whose 304s are stale."""
    last = state.last_unconditional_at
    if last is None or utc(now) - last >= UNCONDITIONAL_EVERY:
        return Validators()
    return Validators(state.etag, state.last_modified)


def hash_body(body: bytes) -> str:
    """The hash by which a body is known again."""
    return hashlib.sha256(body).hexdigest()[:32]


# -- a poll that went well -------------------------------------------------------------------------


def _healthy(
    state: FeedState,
    seen: Unchanged | Read,
    now: datetime,
    settings: Settings,
    jitter: float,
) -> PollDecision:
    notices = []
    if state.told_broken:
        notices.append(Notice("recovered", f"{state.url} can be read again."))
    gap = _gap(state, seen)
    changes = _learned(state, seen, now)
    moved = _followed(state, seen.fetched)
    changes |= moved
    if "url" in moved:
        notices.append(Notice("moved", f"{state.url} has moved for good to {moved['url']}."))
    rhythm = changes.get("rhythm", state.rhythm)
    if settings.fixed_seconds is not None:
        seconds = delay = settings.fixed_seconds
    else:
        seconds, delay = _interval(state, rhythm, seen, now, settings, jitter)
    following = state._replace(
        last_polled_at=now,
        first_polled_at=state.first_polled_at or now,
        last_success_at=now,
        failure_weight=0.0,
        consecutive_failures=0,
        last_error=None,
        told_broken=False,
        retired=False,
        gap_at=now if gap else state.gap_at,
        interval_seconds=seconds,
        next_poll_at=now + timedelta(seconds=delay),
        **changes,
    )
    if isinstance(seen, Read):
        outcome = "new" if seen.new else "known"
    else:
        outcome = "not-modified" if seen.fetched.not_modified else "same-body"
    return PollDecision(following, outcome, gap, tuple(notices))


def _gap(state: FeedState, seen: Unchanged | Read) -> bool:
    """Whether this poll shares no entry with the one before, both having some."""
    if not isinstance(seen, Read) or not state.entries:
        return False
    return 0 < len(seen.feed.entries) <= len(seen.new)


def _learned(state: FeedState, seen: Unchanged | Read, now: datetime) -> dict[str, Any]:
    """What the poll changes of what is known of the feed's contents and rhythm: fields of its state."""
    fetched = seen.fetched
    if fetched.not_modified:
        return {}
    headers = fetched.headers
    changes: dict[str, Any] = {
        "last_unconditional_at": now,
        "etag": headers.get("etag"),
        "last_modified": headers.get("last-modified"),
    }
    if isinstance(seen, Unchanged):
        return changes
    if seen.new or state.rhythm.at is None:
        changes["rhythm"] = _rhythm(state, seen.new, now)
    if seen.new:
        changes["last_new_at"] = now
    return changes | {
        "body_hash": seen.body_hash,
        "entries": len(seen.feed.entries),
        "known_share": _known_share(seen),
        "hint_seconds": seen.feed.hint_seconds,
    }


def _known_share(seen: Read) -> float | None:
    total = len(seen.feed.entries)
    return (total - len(seen.new)) / total if total else None


def _rhythm(state: FeedState, new: Sequence[FoundEntry], now: datetime) -> Rhythm:
    """The feed's rhythm with its new entries."""
    moments = sorted([_moment(entry, state, now) for entry in new])
    rhythm = state.rhythm
    if rhythm.at is None and moments:
        # The oldest tenth may be pinned or archived entries: they say nothing of today's rate.
        oldest = moments[len(moments) // 10]
        rhythm = rhythm.aged((now - oldest).total_seconds() / DAY_SECONDS)
    return rhythm.plus(moments, now)


def _moment(entry: FoundEntry, state: FeedState, now: datetime) -> datetime:
    """When an entry was published, as far as it can be believed; else half way since the poll before."""
    moment = entry.published
    if moment is not None and moment <= now:
        return moment
    return now - (now - state.last_success_at) / 2 if state.last_success_at else now


def _interval(
    state: FeedState,
    rhythm: Rhythm,
    seen: Unchanged | Read,
    now: datetime,
    settings: Settings,
    jitter: float,
) -> tuple[float, float]:
    """The interval that the feed asks for, and the delay until its next poll; seconds.

    `state` is the one before this poll, `rhythm` the one after it.
    """
    least, most = settings.min_seconds, settings.max_seconds
    entries, hint_seconds = state.entries, state.hint_seconds
    forecast = rhythm.forecast(now, most)
    if isinstance(seen, Read):
        entries, hint_seconds = len(seen.feed.entries), seen.feed.hint_seconds
    # Half of the entries on show may be replaced before the next look: beyond that some could be missed.
    coverage = seconds_until_expected(forecast, max(entries, 2) / 2, most)
    if isinstance(seen, Read) and state.last_success_at and state.entries:
        share = _known_share(seen)
        if share is not None and share < 1:
            since = (now - state.last_success_at).total_seconds()
            coverage = min(coverage, since / 2 / (1 - share))
    coverage = max(coverage, least)
    seconds = min(seconds_until_waited(forecast, settings.patience, most), coverage)
    seconds = min(max(seconds, least), most)
    hint = max(_fresh_seconds(seen.fetched.headers, now), hint_seconds)
    # A server's hint holds, but not for longer than the owner allows or than the feed can be lost by.
    floor = max(least, min(hint, most, coverage))
    delay = max(seconds * (1 - JITTER * jitter), floor)
    return max(seconds, floor), min(delay, max(most, least))


def _fresh_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """How long the response says that it stays fresh (RFC 9111: max-age, less Age; else Expires)."""
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return 0.0
    if match := _MAX_AGE.search(control):
        age = headers.get("age", "0").strip()
        return max(float(match[1]) - (float(age) if age.isascii() and age.isdigit() else 0.0), 0.0)
    expires, served = read_date(headers.get("expires", "")), read_date(headers.get("date", ""))
    return max((expires - (served or now)).total_seconds(), 0.0) if expires else 0.0


def _followed(state: FeedState, fetched: Fetched) -> dict[str, Any]:
    """What a permanent redirect changes of the state; its address is adopted at the third in a row."""
    moved_to = fetched.permanent_url
    if moved_to is None or moved_to == state.url:
        return {"permanent_url": None, "permanent_count": 0}
    count = state.permanent_count + 1 if moved_to == state.permanent_url else 1
    if count < REDIRECTS_TO_ADOPT:
        return {"permanent_url": moved_to, "permanent_count": count}
    return {"url": moved_to, "permanent_url": None, "permanent_count": 0}


# -- a poll that failed ----------------------------------------------------------------------------


def _failed(
    state: FeedState,
    failure: FetchFailed,
    now: datetime,
    settings: Settings,
    jitter: float,
) -> PollDecision:
    if failure.kind == "gone":
        detail = f"{state.url} is gone for good (410): it is not polled any more."
        following = state._replace(
            retired=True,
            last_polled_at=now,
            last_error=failure.detail,
            next_poll_at=now + RETRY_AT_LEAST,
        )
        return PollDecision(following, failure.kind, notices=(Notice("retired", detail),))
    pause = min(failure.retry_after_seconds or 0.0, RETRY_AT_LEAST.total_seconds())
    if failure.kind == "paused":  # its host was asked to rest: the feed itself did nothing wrong
        following = state._replace(next_poll_at=now + timedelta(seconds=max(pause, PAUSED_SECONDS)))
        return PollDecision(following, failure.kind)
    weight = WEIGHTS.get(failure.kind, HARD)
    return _broken(state, failure.kind, failure.detail, weight, now, settings, jitter, pause=pause)


def _broken(
    state: FeedState,
    kind: str,
    detail: str,
    weight: float,
    now: datetime,
    settings: Settings,
    jitter: float,
    *,
    pause: float = 0.0,
) -> PollDecision:
    """Back off: twice the interval for each hard failure in a row, but a try a day at least."""
    total = state.failure_weight + weight
    base = settings.fixed_seconds or state.interval_seconds or FIRST_RETRY_SECONDS
    base = max(base, settings.min_seconds)
    longest = RETRY_AT_LEAST.total_seconds()
    delay = min(base * 2.0 ** min(total, 30.0), longest) * (1 - JITTER * jitter)
    delay = min(max(delay, pause), longest)
    notices: tuple[Notice, ...] = ()
    if total >= BROKEN_WEIGHT and not state.told_broken:
        notices = (Notice("broke", f"{state.url} cannot be read: {detail}"),)
    following = state._replace(
        first_polled_at=state.first_polled_at or now,
        last_polled_at=now,
        failure_weight=total,
        consecutive_failures=state.consecutive_failures + 1,
        last_error=detail,
        told_broken=state.told_broken or bool(notices),
        next_poll_at=now + timedelta(seconds=delay),
    )
    return PollDecision(following, kind, notices=notices)
