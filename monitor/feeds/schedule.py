"""When to poll a feed next: FeedState + Observation + now -> PollDecision.

Everything that is remembered about a feed is in `FeedState`; the decider is a pure function of it, of what
the poll found, of the time and of one random number that the caller draws.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from monitor.config import PollingConfig
from monitor.feeds.dates import read_date
from monitor.feeds.rhythm import DAY_SECONDS, Rhythm, seconds_until_expected, seconds_until_waited
from monitor.model import FeedEntry, Fetched, FetchFailed, ParsedFeed, utc

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
        utc(self.next_poll_at)


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
                value = list(value)
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
        forgotten = replace(state, etag=None, last_modified=None, body_hash=None, permanent_count=0)
        return _broken(forgotten, observation.kind, observation.detail, HARD, now, settings, jitter)
    return _healthy(state, observation, now, settings, jitter)


def validators(state: FeedState, now: datetime) -> Validators:
    """Return what to ask the server with; nothing once a day, against servers whose 304s are stale."""
    last = state.last_unconditional_at
    if last is None or utc(now) - last >= UNCONDITIONAL_EVERY:
        return Validators()
    return Validators(state.etag, state.last_modified)


def same_body(state: FeedState, fetched: Fetched) -> bool:
    """Whether the body is the one last read: for servers that ignore the conditional headers."""
    return not fetched.not_modified and state.body_hash == hash_body(fetched.body)


def hash_body(body: bytes) -> str:
    """The hash by which a body is known again."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


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
    following = _learned(state, seen, now)
    following = replace(
        following,
        last_polled_at=now,
        first_polled_at=state.first_polled_at or now,
        last_success_at=now,
        failure_weight=0.0,
        consecutive_failures=0,
        last_error=None,
        told_broken=False,
        retired=False,
        gap_at=now if gap else state.gap_at,
    )
    following, moved = _followed(following, seen.fetched)
    if moved:
        notices.append(moved)
    if settings.fixed_seconds is not None:
        seconds = delay = settings.fixed_seconds
    else:
        seconds, delay = _interval(state, following, seen, now, settings, jitter)
    following = replace(following, interval_seconds=seconds, next_poll_at=now + timedelta(seconds=delay))
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


def _learned(state: FeedState, seen: Unchanged | Read, now: datetime) -> FeedState:
    """The state with what the poll tells of the feed's contents and rhythm."""
    rhythm = Rhythm(state.mass, state.exposure_days, state.by_hour, state.by_day)
    if state.rhythm_at is not None:
        rhythm = rhythm.aged(max((now - state.rhythm_at).total_seconds(), 0) / DAY_SECONDS)
    if isinstance(seen, Read):
        moments = sorted(_moment(entry, state, now) for entry in seen.new)
        if state.rhythm_at is None and moments:
            # The oldest tenth may be pinned or archived entries: they say nothing of today's rate.
            oldest = moments[len(moments) // 10]
            rhythm = rhythm.aged((now - oldest).total_seconds() / DAY_SECONDS)
        rhythm = rhythm.plus(moments, now)
    state = replace(
        state,
        mass=rhythm.mass,
        exposure_days=rhythm.exposure_days,
        by_hour=tuple(round(count, 3) for count in rhythm.by_hour),  # stored as JSON: kept short
        by_day=tuple(round(count, 3) for count in rhythm.by_day),
        rhythm_at=now,
    )
    headers = seen.fetched.headers
    if seen.fetched.not_modified:
        return state
    state = replace(state, last_unconditional_at=now)
    if isinstance(seen, Unchanged):
        return replace(state, etag=headers.get("etag"), last_modified=headers.get("last-modified"))
    total, new = len(seen.feed.entries), len(seen.new)
    return replace(
        state,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        body_hash=hash_body(seen.fetched.body),
        entries=total,
        known_share=(total - new) / total if total else None,
        hint_seconds=max((seen.feed.ttl_minutes or 0) * 60.0, float(seen.feed.update_period_seconds or 0)),
        last_new_at=now if new else state.last_new_at,
    )


def _moment(entry: FeedEntry, state: FeedState, now: datetime) -> datetime:
    """When an entry was published, as far as it can be believed; else half way since the poll before."""
    moment = entry.published or entry.updated
    if moment is not None and moment <= now:
        return moment
    return now - (now - state.last_success_at) / 2 if state.last_success_at else now


def _interval(
    before: FeedState,
    state: FeedState,
    seen: Unchanged | Read,
    now: datetime,
    settings: Settings,
    jitter: float,
) -> tuple[float, float]:
    """The interval that the feed asks for, and the delay until its next poll; seconds."""
    least, most = settings.min_seconds, settings.max_seconds
    rhythm = Rhythm(state.mass, state.exposure_days, state.by_hour, state.by_day)
    # Half of the entries on show may be replaced before the next look: beyond that some could be missed.
    coverage = seconds_until_expected(rhythm, now, max(state.entries, 2) / 2, most)
    if isinstance(seen, Read) and before.last_success_at and state.known_share is not None:
        since = (now - before.last_success_at).total_seconds()
        if state.known_share < 1 and before.entries:
            coverage = min(coverage, since / 2 / (1 - state.known_share))
    coverage = max(coverage, least)
    seconds = min(seconds_until_waited(rhythm, now, settings.patience, most), coverage)
    seconds = min(max(seconds, least), most)
    hint = max(_fresh_seconds(seen.fetched.headers, now), state.hint_seconds)
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


def _followed(state: FeedState, fetched: Fetched) -> tuple[FeedState, Notice | None]:
    """Adopt a permanent redirect once it was seen three times in a row."""
    if fetched.permanent_url is None or fetched.permanent_url == state.url:
        return replace(state, permanent_url=None, permanent_count=0), None
    count = state.permanent_count + 1 if fetched.permanent_url == state.permanent_url else 1
    if count < REDIRECTS_TO_ADOPT:
        return replace(state, permanent_url=fetched.permanent_url, permanent_count=count), None
    notice = Notice("moved", f"{state.url} has moved for good to {fetched.permanent_url}.")
    return replace(state, url=fetched.permanent_url, permanent_url=None, permanent_count=0), notice


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
        following = replace(
            state,
            retired=True,
            last_polled_at=now,
            last_error=failure.detail,
            next_poll_at=now + RETRY_AT_LEAST,
        )
        return PollDecision(following, failure.kind, notices=(Notice("retired", detail),))
    pause = min(failure.retry_after_seconds or 0.0, RETRY_AT_LEAST.total_seconds())
    if failure.kind == "paused":  # its host was asked to rest: the feed itself did nothing wrong
        following = replace(state, next_poll_at=now + timedelta(seconds=max(pause, PAUSED_SECONDS)))
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
    following = replace(
        state,
        first_polled_at=state.first_polled_at or now,
        last_polled_at=now,
        failure_weight=total,
        consecutive_failures=state.consecutive_failures + 1,
        last_error=detail,
        told_broken=state.told_broken or bool(notices),
        next_poll_at=now + timedelta(seconds=delay),
    )
    return PollDecision(following, kind, notices=notices)
