"""Deliver: retried on a schedule, dead-lettered, announced, replayed; one bad message holds up no other."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.messages import content
from monitor.messages.notice import Notice
from monitor.model import SendFailed
from monitor.pipeline.deliver import TRIES_MAX, Dead, Deliverer, RetryAt, Way, decide_retry
from monitor.store import outbox
from monitor.store.database import Database
from monitor.store.outbox import StoredDelivery
from tests.pipeline.fakes import NOW, HandClock, RecordingChannel, TimedChannel

BUSY = SendFailed("busy")
NO = SendFailed("no such channel", permanent=True)


def record(database: Database, clock: HandClock, name: str, *channels: str) -> None:
    """Put a message into the outbox; what it says does not matter here."""
    notice = Notice(name, f"Subject {name}", ("line",))
    with database.transaction() as session:
        outbox.add(
            session,
            identity=name,
            channels=channels,
            kind="notice",
            payload=content.dump(notice),
            now=clock(),
        )


def deliverer(
    database: Database, clock: HandClock, *channels: RecordingChannel, notices: tuple[str, ...] = ()
) -> Deliverer:
    ways = {channel.name: Way(channel, per_minute=600_000) for channel in channels}
    return Deliverer(database, ways, clock=clock, notice_channels=notices, draw=lambda: 0.0)


def rows(database: Database) -> dict[str, StoredDelivery]:
    return {row.identity: row for row in database.read(lambda session: outbox.listed(session))}


async def test_oldest_first_and_once(database: Database) -> None:
    clock, mail = HandClock(), RecordingChannel("mail")
    for name in ("first", "second", "third"):
        record(database, clock, name, "mail")
        clock.pass_(seconds=1)
    service = deliverer(database, clock, mail)
    assert await service.drain() == 3
    assert await service.drain() == 0
    assert [message.identity for message in mail.taken] == ["first", "second", "third"]


async def test_a_failure_is_tried_again_later_with_the_same_identity(database: Database) -> None:
    clock, mail = HandClock(), RecordingChannel("mail", [BUSY, SendFailed("?", unknown=True)])
    record(database, clock, "a", "mail")
    service = deliverer(database, clock, mail)
    assert await service.drain() == 0
    assert rows(database)["a"].last_error == "busy"
    clock.pass_(seconds=59)
    assert await service.drain() == 0 and len(mail.asked) == 1
    clock.pass_(seconds=1)
    assert await service.drain() == 0 and len(mail.asked) == 2
    clock.pass_(hours=1)
    assert await service.drain() == 1
    assert [message.identity for message in mail.taken] == ["a"]
    assert rows(database)["a"].attempts == 3


async def test_a_poisonous_message_holds_up_no_other(database: Database) -> None:
    clock, mail = HandClock(), RecordingChannel("mail")
    with database.transaction() as session:
        outbox.add(session, identity="bad", channels=["mail"], kind="notice", payload={"x": 1}, now=clock())
        outbox.add(session, identity="odd", channels=["mail"], kind="riddle", payload={}, now=clock())
    record(database, clock, "good", "mail")
    assert await deliverer(database, clock, mail).drain() == 1
    assert [message.identity for message in mail.taken] == ["good"]
    left = rows(database)
    assert left["bad"].state == left["odd"].state == "pending"
    assert left["bad"].last_error


async def test_dead_letters_are_announced_on_another_channel_and_replayed(database: Database) -> None:
    clock = HandClock()
    mail, slack = RecordingChannel("mail", [NO]), RecordingChannel("slack")
    with database.transaction() as session:
        outbox.add(
            session, identity="a", channels=["mail"], kind="digest",
            payload={"broken": True}, now=clock(),
        )  # fmt: skip
    record(database, clock, "b", "mail")
    service = deliverer(database, clock, mail, slack, notices=("mail", "slack"))
    for _ in range(TRIES_MAX + 1):  # what cannot be rendered is given up in the end, too
        await service.drain()
        clock.pass_(days=2)
    dead = {name: row for name, row in rows(database).items() if row.state == "dead"}
    assert set(dead) == {"a", "b"}
    assert [message.subject for message in slack.taken] == [
        "[monitor] A message could not be delivered on mail"
    ]
    assert f"alerts retry {dead['a'].id}" in slack.taken[0].text
    with database.transaction() as session:
        outbox.retry(session, clock(), [dead["b"].id])
    assert await service.drain() == 1
    assert mail.taken[-1].identity == "b"


async def test_many_dead_letters_make_one_notice_an_hour_on_whatever_else_there_is(
    database: Database,
) -> None:
    clock = HandClock()
    mail, slack = RecordingChannel("mail", [NO] * 3), RecordingChannel("slack")
    with database.transaction() as session:
        for name in "abc":
            digest = {"identity": name, "channels": ["mail"], "kind": "digest", "payload": {}}
            outbox.add(session, **digest, now=clock())  # type: ignore[arg-type]
    # Only the channel that fails hears notices: the others must, too.
    service = deliverer(database, clock, mail, slack, notices=("mail",))
    for _ in range(TRIES_MAX + 1):
        await service.drain()
        clock.pass_(days=2)
    assert sum(row.state == "dead" for row in rows(database).values()) == 3
    assert len(slack.taken) == 1
    assert "`monitor alerts dead` lists all of them" in slack.taken[0].text


async def test_a_channel_that_is_gone_makes_dead_letters(database: Database) -> None:
    clock = HandClock()
    record(database, clock, "a", "gone")
    assert await deliverer(database, clock).drain() == 0
    assert "no channel 'gone'" in (rows(database)["a"].last_error or "")
    assert rows(database)["a"].state == "dead"


async def test_only_open_recipients_are_asked_again(database: Database) -> None:
    clock = HandClock()
    mail = RecordingChannel("mail", [SendFailed("b is busy, c is unknown", accepted=("a",), refused=("c",))])
    record(database, clock, "m", "mail")
    service = Deliverer(
        database, {"mail": Way(mail, 600_000, ("a", "b", "c"))}, clock=clock, draw=lambda: 0.0
    )
    await service.drain()
    clock.pass_(minutes=2)
    assert await service.drain() == 1
    assert mail.asked == [["a", "b", "c"], ["b"]]
    row = rows(database)["m"]
    assert (row.state, set(row.accepted), row.refused) == ("sent", {"a", "b"}, ())


async def test_refused_by_some_is_sent_to_the_others(database: Database) -> None:
    clock = HandClock()
    refusal = SendFailed("550 c is unknown", permanent=True, accepted=("a",), refused=("c",))
    mail = RecordingChannel("mail", [refusal])
    record(database, clock, "m", "mail")
    service = Deliverer(database, {"mail": Way(mail, 600_000, ("a", "c"))}, clock=clock, draw=lambda: 0.0)
    assert await service.drain() == 1
    row = rows(database)["m"]
    assert (row.state, row.accepted, row.refused) == ("sent", ("a",), ("c",))


async def test_all_channels_down_for_three_days_then_everything_arrives_once_and_in_order(
    database: Database,
) -> None:
    """72 hours of refusals, then up: oldest first, once, and no faster than each channel's rate."""
    clock = HandClock()
    channels = [TimedChannel(name, [BUSY] * 100_000, clock=clock) for name in ("mail", "slack", "hook")]
    rates = {"mail": 600, "slack": 60, "hook": 30}
    ways = {channel.name: Way(channel, rates[channel.name]) for channel in channels}
    names = []

    async def sleep(seconds: float) -> None:
        clock.pass_(seconds=seconds)

    service = Deliverer(database, ways, clock=clock, draw=lambda: 0.0, sleep=sleep)
    for hour in range(72):
        if hour % 3 == 0:
            names.append(f"m{hour:02}")
            record(database, clock, names[-1], "mail", "slack", "hook")
        await service.drain()
        clock.now = max(clock.now, NOW + timedelta(hours=hour + 1))
    assert not any(channel.taken for channel in channels)
    up_at = clock.now
    for channel in channels:
        channel.answers.clear()
    for hour in range(24):  # the next try of the youngest row finds out that a channel is up
        await service.drain()
        clock.now = max(clock.now, up_at + timedelta(hours=hour + 1))
    for channel in channels:
        assert [message.identity for message in channel.taken] == names
        between = timedelta(minutes=1) / rates[channel.name]
        assert all(later - at >= between for at, later in pairwise(channel.asked_at))
    assert database.read(outbox.counts) == {"sent": 3 * len(names)}


async def test_a_server_that_asks_for_a_pause_gets_it_for_all_messages(database: Database) -> None:
    clock = HandClock()
    busy = SendFailed("429", retry_after_seconds=300)
    slack = TimedChannel("slack", [busy, busy], clock=clock)
    for name in "abc":
        record(database, clock, name, "slack")
    service = deliverer(database, clock, slack)
    assert await service.drain() == 0
    assert len(slack.asked_at) == 1, "the others wait, too, and lose no try"
    clock.pass_(seconds=299)
    assert await service.drain() == 0 and len(slack.asked_at) == 1
    clock.pass_(seconds=1)
    assert await service.drain() == 0 and len(slack.asked_at) == 2
    clock.pass_(seconds=300)
    assert await service.drain() == 3
    assert [message.identity for message in slack.taken] == ["a", "b", "c"]
    assert sorted(row.attempts for row in rows(database).values()) == [1, 1, 3]


async def test_a_clock_that_is_set_back_does_not_stop_delivery(database: Database) -> None:
    clock, mail = HandClock(), RecordingChannel("mail")
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.pass_(seconds=seconds)

    service = Deliverer(database, {"mail": Way(mail, per_minute=60)}, clock=clock, sleep=sleep)
    record(database, clock, "a", "mail")
    await service.drain()
    clock.pass_(hours=-5)
    record(database, clock, "b", "mail")
    await service.drain()
    assert len(mail.taken) == 2
    assert max(slept) <= 1


async def test_the_rate_is_kept(sqlite_url: str) -> None:
    import time

    clock, mail = HandClock(), RecordingChannel("mail")
    with Database(sqlite_url) as database:
        for number in range(5):
            record(database, clock, f"m{number}", "mail")
        service = Deliverer(database, {"mail": Way(mail, per_minute=600)}, clock=clock)
        begun = time.monotonic()
        assert await service.drain() == 5
        assert time.monotonic() - begun >= 0.4


async def test_stop_leaves_the_rest_in_the_outbox(database: Database) -> None:
    clock, mail = HandClock(), RecordingChannel("mail")
    for number in range(5):
        record(database, clock, f"m{number}", "mail")
    service = Deliverer(database, {"mail": Way(mail, per_minute=60)}, clock=clock)
    await service.tick()
    await service.stop(0.2)
    assert len(mail.taken) < 5
    assert database.read(outbox.counts)["pending"] == 5 - len(mail.taken)


@given(tries=st.integers(1, TRIES_MAX - 1), jitter=st.floats(0, 1), after=st.none() | st.floats(0, 1e9))
def test_waits_grow_and_obey_the_server(tries: int, jitter: float, after: float | None) -> None:
    decision = decide_retry(tries, SendFailed("x", retry_after_seconds=after), NOW, jitter)
    assert isinstance(decision, RetryAt)
    wait = (decision.when - NOW).total_seconds()
    assert 60 * 2.7 ** (tries - 1) <= wait + 1e-6
    assert wait >= min(after or 0, 86400) - 1e-3
    assert wait <= 86400 * 1.1 * 2


def test_ten_tries_over_seventy_five_hours() -> None:
    total = timedelta()
    for tries in range(1, TRIES_MAX):
        decision = decide_retry(tries, BUSY, NOW, 0.0)
        assert isinstance(decision, RetryAt)
        total += decision.when - NOW
    assert timedelta(hours=74) < total < timedelta(hours=76)
    assert isinstance(decide_retry(TRIES_MAX, BUSY, NOW, 0.0), Dead)


@pytest.mark.parametrize("outcome", [NO, SendFailed("x", permanent=True, retry_after_seconds=5)])
def test_permanent_failures_die_at_once(outcome: SendFailed) -> None:
    assert decide_retry(1, outcome, NOW, 0.0) == Dead(outcome.detail)
