"""When a feed is polled next, and what its owner is told."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import PollingConfig
from monitor.feeds.schedule import (
    FeedState,
    Observation,
    PollDecision,
    Read,
    Settings,
    Unchanged,
    Unreadable,
    Validators,
    decide,
    dump,
    dump_rhythm,
    hash_body,
    load,
    validators,
)
from monitor.model import FailureKind, Fetched, FetchFailed, FoundEntry, FoundFeed

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
URL = "https://site.example/feed"
SETTINGS = Settings.of(PollingConfig())
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def entry(name: object, published: datetime | None = None) -> FoundEntry:
    return FoundEntry(str(name), None, "", "", None, "", (), published, "", "")


def fetched(status: int = 200, *, body: bytes = b"x", moved_to: str | None = None, **headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(URL, URL, status, named, b"" if status == 304 else body, 0.1, permanent_url=moved_to)


def feed(entries: list[FoundEntry], *, hint: float = 0) -> FoundFeed:
    return FoundFeed("T", None, hint, tuple(entries))


def read(entries: list[FoundEntry], new: int, answer: Fetched | None = None, hint: float = 0) -> Read:
    answer = answer or fetched()
    return Read(answer, hash_body(answer.body), feed(entries, hint=hint), tuple(entries[:new]))


def every(hours: float, count: int, *, until: datetime = NOW) -> list[FoundEntry]:
    """Entries published at a steady pace, newest first."""
    return [entry(number, until - timedelta(hours=hours * number)) for number in range(count)]


def fresh(now: datetime = NOW) -> FeedState:
    return FeedState(URL, next_poll_at=now)


def step(
    state: FeedState,
    seen: Observation,
    now: datetime = NOW,
    *,
    settings: Settings = SETTINGS,
    jitter: float = 0.0,
) -> PollDecision:
    return decide(state, seen, now=now, settings=settings, jitter=jitter)


def failed(kind: FailureKind, retry_after_seconds: float | None = None) -> FetchFailed:
    return FetchFailed(URL, kind, f"It failed: {kind}.", retry_after_seconds=retry_after_seconds)


def delay(decision: PollDecision, now: datetime = NOW) -> float:
    return (decision.state.next_poll_at - now).total_seconds()


# -- the interval ----------------------------------------------------------------------------------


def test_a_busy_feed_is_polled_more_often_than_a_quiet_one() -> None:
    wire, paper, column = (
        delay(step(fresh(), read(every(hours, 30), 30))) for hours in (0.1, 1.0, 24.0)
    )  # fmt: skip
    assert 5 * MINUTE <= wire < paper < column <= 6 * HOUR
    assert paper < 45 * MINUTE


def test_the_bounds_hold() -> None:
    assert delay(step(fresh(), read(every(0.001, 100), 100))) == 5 * MINUTE
    asleep = every(24 * 90, 10, until=NOW - timedelta(days=400))
    assert 5 * HOUR < delay(step(fresh(), read(asleep, 10))) <= 6 * HOUR
    narrow = Settings(min_seconds=600, max_seconds=900)
    assert delay(step(fresh(), read(asleep, 10), settings=narrow)) == 900


def test_jitter_spreads_feeds_and_keeps_the_bounds() -> None:
    entries = every(1.0, 30)
    times = [delay(step(fresh(), read(entries, 30), jitter=jitter)) for jitter in (0.0, 0.5, 1.0)]
    assert times == sorted(times, reverse=True)
    assert times[2] == pytest.approx(times[0] * 0.9)
    assert delay(step(fresh(), read(every(0.001, 100), 100), jitter=1.0)) == 5 * MINUTE


def test_the_hour_of_day_is_learned() -> None:
    """A feed that publishes from 6 to 9 UTC only is polled often then, and seldom at night."""
    entries = [
        entry(f"{day} {minute}", NOW.replace(hour=6) - timedelta(days=day) + timedelta(minutes=minute))
        for day in range(20)
        for minute in range(0, 180, 10)
    ]
    state = step(fresh(), read(entries, len(entries))).state
    morning = NOW.replace(hour=6) + timedelta(days=1)
    night = NOW.replace(hour=18)
    at_night = delay(step(state, Unchanged(fetched(304)), night), night)
    in_the_morning = delay(step(state, Unchanged(fetched(304)), morning), morning)
    assert in_the_morning * 4 < at_night


def test_the_weekend_is_learned() -> None:
    entries = [
        entry(f"{day} {hour}", moment)
        for day in range(56)
        for hour in range(24)
        if (moment := NOW - timedelta(days=day, hours=hour)).weekday() < 5
    ]
    state = step(fresh(), read(entries, len(entries))).state
    friday, saturday = NOW + timedelta(days=4), NOW + timedelta(days=5)
    weekday = delay(step(state, Unchanged(fetched(304)), friday), friday)
    weekend = delay(step(state, Unchanged(fetched(304)), saturday), saturday)
    assert weekday * 1.5 < weekend


def test_silence_makes_the_interval_longer() -> None:
    state = step(fresh(), read(every(1.0, 24), 24)).state
    first, now = state.interval_seconds, NOW
    for _ in range(200):
        now = state.next_poll_at
        state = step(state, Unchanged(fetched(304)), now).state
    assert state.interval_seconds > 1.5 * first


def test_a_feed_without_dates_is_learned_from_its_polls() -> None:
    now, state, names = NOW, step(fresh(), read([entry(n) for n in range(20)], 20)).state, 20
    for _ in range(100):
        now += timedelta(minutes=10)
        names += 1
        seen = read([entry(names - n) for n in range(20)], 1)
        state = step(state, seen, now).state
    assert state.interval_seconds < 20 * MINUTE


@pytest.mark.parametrize(
    "seen",
    [
        read(every(0.25, 96), 96, fetched(cache_control="public, max-age=7200")),
        read(every(0.25, 96), 96, fetched(cache_control="max-age=7300", age="100")),
        read(every(0.25, 96), 96, fetched(expires="Mon, 23 Nov 2026 14:00:00 GMT")),
        read(every(0.25, 96), 96, hint=7200),
        read(every(0.25, 96), 96, hint=7200),
        read(every(0.25, 96), 96, fetched(cache_control="max-age=60"), hint=7200),
    ],
    ids=["max-age", "max-age less age", "expires", "ttl", "updatePeriod", "the longest of two"],
)
def test_server_hints_are_floors(seen: Read) -> None:
    assert delay(step(fresh(), seen, jitter=1.0)) == 2 * HOUR


def test_hints_last_over_304s_and_yield_to_bounds() -> None:
    state = step(fresh(), read(every(0.25, 96), 96, hint=7200)).state
    later = state.next_poll_at
    assert delay(step(state, Unchanged(fetched(304)), later), later) == 2 * HOUR
    weekly = read(every(12, 20), 20, fetched(cache_control="max-age=604800"))
    assert delay(step(fresh(), weekly)) == 6 * HOUR
    no_hint = read(every(0.25, 96), 96, fetched(cache_control="no-cache, max-age=7200"))
    assert delay(step(fresh(), no_hint)) < HOUR


def test_a_hint_does_not_outlast_the_entries_on_show() -> None:
    """Ten entries on show, one every 15 minutes: a floor of two hours would lose some."""
    assert delay(step(fresh(), read(every(0.25, 10), 10, hint=7200))) < 2 * HOUR


def test_a_fixed_interval_is_kept() -> None:
    settings = Settings.of(PollingConfig(), 1800.0)
    assert delay(step(fresh(), read(every(24, 20), 20, hint=36000), settings=settings, jitter=1.0)) == 1800
    assert Settings.of(PollingConfig(), 1.0).fixed_seconds == 300


# -- gaps ------------------------------------------------------------------------------------------


def test_a_poll_that_shares_nothing_with_the_one_before_is_a_gap() -> None:
    state = step(fresh(), read(every(1, 10), 10)).state
    later = NOW + timedelta(hours=5)
    partly = step(state, read(every(0.5, 10, until=later), 9), later)
    wholly = step(state, read(every(0.5, 10, until=later), 10), later)
    assert not partly.gap
    assert partly.state.gap_at is None
    assert wholly.gap
    assert wholly.state.gap_at == later
    assert delay(wholly, later) <= 2.5 * HOUR


def test_no_gap_without_two_polls_that_have_entries() -> None:
    first = step(fresh(), read(every(1, 10), 10))
    assert not first.gap
    empty = step(first.state, read([], 0), NOW + timedelta(hours=1))
    assert not empty.gap
    assert not step(empty.state, read(every(1, 5), 5), NOW + timedelta(hours=2)).gap


# -- conditional requests --------------------------------------------------------------------------


def test_validators_and_one_unconditional_poll_a_day() -> None:
    answer = fetched(etag='"1"', last_modified="Mon, 23 Nov 2026 11:00:00 GMT")
    state = step(fresh(), read(every(1, 10), 10, answer)).state
    assert validators(fresh(), NOW) == Validators()
    soon = NOW + timedelta(hours=23)
    assert validators(state, soon) == Validators('"1"', "Mon, 23 Nov 2026 11:00:00 GMT")
    state = step(state, Unchanged(fetched(304)), soon).state
    assert validators(state, NOW + timedelta(hours=24)) == Validators()
    state = step(state, Unchanged(answer), NOW + timedelta(hours=24)).state
    assert validators(state, NOW + timedelta(hours=25)).etag == '"1"'


def test_a_body_seen_before_is_known_by_its_hash() -> None:
    state = step(fresh(), read(every(1, 10), 10, fetched(body=b"one"))).state
    assert state.body_hash == hash_body(b"one") != hash_body(b"two")
    assert step(state, Unchanged(fetched(304))).state.body_hash == state.body_hash
    assert step(state, Unchanged(fetched(body=b"one"))).outcome == "same-body"


def test_an_unreadable_body_is_not_remembered() -> None:
    state = step(fresh(), read(every(1, 10), 10, fetched(body=b"one", etag='"1"'))).state
    broken = step(state, Unreadable(fetched(body=b"<html>", etag='"2"'), "html", "It is a page."))
    assert broken.outcome == "html"
    assert validators(broken.state, NOW) == Validators()
    assert broken.state.body_hash is None


# -- redirects and 410 -----------------------------------------------------------------------------


def test_a_permanent_redirect_is_adopted_after_three_in_a_row() -> None:
    state, new = fresh(), "https://new.example/feed"
    for number in range(3):
        decision = step(state, read(every(1, 10), 0, fetched(moved_to=new)), NOW + timedelta(hours=number))
        state = decision.state
        assert state.url == (new if number == 2 else URL)
    assert [notice.kind for notice in decision.notices] == ["moved"]
    assert new in decision.notices[0].detail


def test_a_redirect_that_changes_is_not_adopted() -> None:
    state = fresh()
    for target in (
        "https://a.example/",
        "https://a.example/",
        None,
        "https://a.example/",
        "https://b.example/",
    ):
        state = step(state, read(every(1, 10), 0, fetched(moved_to=target))).state
    assert state.url == URL
    assert state.permanent_count == 1


def test_gone_retires_the_feed_and_says_so() -> None:
    decision = step(fresh(), failed("gone"))
    assert decision.state.retired
    assert [notice.kind for notice in decision.notices] == ["retired"]
    assert not step(decision.state, read(every(1, 10), 10)).state.retired


# -- failures --------------------------------------------------------------------------------------


def test_failures_weigh_and_back_off_to_a_day_at_most() -> None:
    for kind, weight in (("http-4xx", 1.0), ("timeout", 0.5), ("dns", 0.25)):
        assert step(fresh(), failed(kind)).state.failure_weight == weight  # type: ignore[arg-type]
    state, delays = step(fresh(), read(every(1, 10), 10)).state, []
    for _ in range(40):
        decision = step(state, failed("http-4xx"))
        state = decision.state
        delays.append(delay(decision))
    assert delays == sorted(delays)
    assert delays[0] > step(fresh(), read(every(1, 10), 10)).state.interval_seconds
    assert delays[-1] == DAY
    assert state.consecutive_failures == 40


def test_the_owner_is_told_once_when_it_breaks_and_once_when_it_recovers() -> None:
    state, told = fresh(), []
    for number in range(10):
        decision = step(state, failed("timeout"), NOW + timedelta(days=number))
        state = decision.state
        told += [notice.kind for notice in decision.notices]
    assert told == ["broke"]
    assert state.last_error == "It failed: timeout."
    back = step(state, Unchanged(fetched(304)), NOW + timedelta(days=11))
    assert [notice.kind for notice in back.notices] == ["recovered"]
    assert back.state.last_error is None
    assert back.state.failure_weight == 0
    again = step(back.state, failed("timeout"), NOW + timedelta(days=12))
    assert again.notices == ()


def test_one_failure_is_not_told() -> None:
    decision = step(fresh(), failed("timeout"))
    assert decision.notices == ()
    assert step(decision.state, read(every(1, 10), 10)).notices == ()


def test_retry_after_is_kept_up_to_a_day() -> None:
    assert delay(step(fresh(), failed("rate-limited", 7200.0), jitter=1.0)) == 7200
    assert delay(step(fresh(), failed("unavailable", 1e9))) == DAY


def test_a_paused_host_is_not_the_feeds_failure() -> None:
    decision = step(fresh(), failed("paused", 600.0))
    assert delay(decision) == 600
    assert decision.state.failure_weight == 0
    assert decision.state.last_error is None


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        dump(FeedState(URL, next_poll_at=NOW.replace(tzinfo=None)))
    with pytest.raises(ValueError, match="naive"):
        step(fresh(), failed("dns"), NOW.replace(tzinfo=None))


# -- as a whole ------------------------------------------------------------------------------------

ANSWERS = st.builds(
    lambda age, status, control, moved: replace(
        fetched(status, cache_control=control, etag='"e"', moved_to=moved), elapsed_seconds=age
    ),
    st.floats(0, 10),
    st.sampled_from([200, 304]),
    st.sampled_from(["", "max-age=100", "max-age=999999999", "no-cache"]),
    st.sampled_from([None, "https://new.example/"]),
)
MOMENTS = st.none() | st.sampled_from(
    [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), NOW]
)
ENTRIES = st.lists(st.builds(entry, st.integers(0, 99), MOMENTS), max_size=20)
OBSERVATIONS = st.one_of(
    st.builds(Unchanged, ANSWERS),
    st.builds(
        lambda answer, entries, share: Read(
            replace(answer, status=200), "", feed(entries), tuple(entries[: int(len(entries) * share)])
        ),
        ANSWERS,
        ENTRIES,
        st.floats(0, 1),
    ),
    st.builds(Unreadable, ANSWERS, st.just("html"), st.just("It is a page.")),
    st.builds(
        failed,
        st.sampled_from(["dns", "timeout", "http-4xx", "gone", "paused"]),
        st.none() | st.floats(0, 1e7),
    ),
)


@given(
    st.lists(st.tuples(OBSERVATIONS, st.floats(0, 1e6), st.floats(0, 1)), max_size=12),
    st.none() | st.floats(300, 1e6),
)
def test_whatever_happens_the_next_poll_is_soon_and_not_too_soon(
    history: list[tuple[Observation, float, float]], fixed: float | None
) -> None:
    state, now, settings = fresh(), NOW, Settings.of(PollingConfig(), fixed)
    for seen, later, jitter in history:
        now += timedelta(seconds=later)
        decision = decide(state, seen, now=now, settings=settings, jitter=jitter)
        state = decision.state
        assert 60 <= delay(decision, now) <= max(DAY, fixed or 0) + 1e-3
        if not isinstance(seen, FetchFailed | Unreadable):
            assert 299 <= delay(decision, now) <= (fixed or 6 * HOUR) + 1e-3
        assert (
            load(json.loads(json.dumps(dump(state))), json.loads(json.dumps(dump_rhythm(state.rhythm))))
            == state
        )
