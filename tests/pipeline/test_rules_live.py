"""Rules from the committed article to the message: windows, quiet hours, storms, mutes, who silences whom."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.config import RuleConfig
from monitor.links import Signer
from monitor.pipeline.deliver import Deliverer, Way
from monitor.pipeline.digest import BACKLOG_EVERY, Digester
from monitor.store import feeds, mutes, reports
from monitor.store.database import Database
from monitor.store.feeds import FeedSpec
from monitor.watch.rules import compile_rules
from tests.pipeline.desk import Desk
from tests.pipeline.fakes import NOW, HandClock, RecordingChannel

NIGHT = {"start": "22:00", "end": "07:00", "timezone": "Europe/Berlin"}
EVENING = datetime.fromisoformat("2026-03-28T23:00+01:00")  # the night in which Berlin loses an hour
MORNING = datetime.fromisoformat("2026-03-29T07:00+02:00")


def rule(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "query": "country:KZ", "channels": ["mail"], **more}


def desk_of(database: Database, *rules: dict[str, Any]) -> Desk:
    with database.transaction() as session:
        feed_id = feeds.add(session, FeedSpec("https://f.example", "f", {}, title="F"), NOW, origin="cli")
    return Desk(database, compile_rules([RuleConfig.model_validate(table) for table in rules]), feed_id)


def publish(desk: Desk, number: int, *, at: datetime = NOW, text: str = "", outlet: str = "a.example") -> int:
    """Publish an article on Kazakhstan in words of its own; returns how many alerts it raised."""
    own = " ".join(f"word{number}x{position}" for position in range(50))
    body = f"Kazakhstan will not send troops to exercise number {number}. {text} {own}."
    hours = (at - NOW).total_seconds() / 3600
    return desk.publish(outlet, f"Kazakhstan, part {number}", body, hours=hours)


def decisions(desk: Desk) -> list[tuple[str, str, str]]:
    hits = desk.database.read(lambda session: reports.hits(session, limit=1000))
    return [(hit.rule, hit.decision, hit.reason) for hit in reversed(hits)]


def deliverer(desk: Desk, clock: HandClock, *channels: RecordingChannel) -> Deliverer:
    ways = {channel.name: Way(channel, per_minute=600_000) for channel in channels}
    signer = Signer("https://monitor.example", "k" * 32, timedelta(days=90))
    return Deliverer(desk.database, ways, clock=clock, signer=signer)


async def test_the_night_is_one_message_in_the_morning_on_each_channel(database: Database) -> None:
    desk = desk_of(
        database,
        rule("Calm", quiet_hours=NIGHT, query="country:KZ troops"),
        rule("Loud", quiet_hours=NIGHT, query="country:KZ exercise", channels=["mail", "slack"]),
        rule("Urgent", quiet_hours=NIGHT, query="missiles", severity="critical"),
    )
    clock, mail, slack = HandClock(EVENING), RecordingChannel("mail"), RecordingChannel("slack")
    for number in range(3):
        publish(desk, number, at=EVENING + timedelta(hours=2 * number))
    publish(desk, 9, at=EVENING + timedelta(hours=5), text="They saw missiles.")
    service = deliverer(desk, clock, mail, slack)
    clock.now = MORNING - timedelta(seconds=1)
    assert await service.drain() == 1, "what is critical passes"
    assert [message.subject.partition("]")[0] for message in mail.taken] == ["[Urgent"]
    clock.now = MORNING
    assert await service.drain() == 2
    assert mail.taken[1].subject == "[2 rules] 4 stories: Calm, Loud"
    assert slack.taken[0].subject == "[Loud] 4 stories"
    assert all(f"Kazakhstan, part {number}" in mail.taken[1].text for number in (0, 1, 2, 9))


async def test_an_update_replies_to_the_message_that_was_really_sent(database: Database) -> None:
    desk = desk_of(database, rule("Drift", quiet_hours=NIGHT, query="country:KZ OR country:AM"))
    clock, mail = HandClock(EVENING), RecordingChannel("mail")
    publish(desk, 1, at=EVENING)
    publish(desk, 2, at=EVENING)
    service = deliverer(desk, clock, mail)
    clock.now = MORNING
    await service.drain()
    [batch] = mail.taken
    later = MORNING + timedelta(hours=1)
    publish(
        desk, 2, at=later, outlet="b.example", text="Armenia will not go either."
    )  # a copy that says more
    clock.now = later
    await service.drain()
    update = mail.taken[1]
    assert update.references == (batch.identity,)
    assert update.subject == f"Re: {batch.subject}"
    assert mail.threads == [None, f"receipt-{batch.identity}"]
    assert "Update: new in the story: Armenia" in update.text


async def test_a_group_window_is_one_message(database: Database) -> None:
    desk = desk_of(database, rule("Drift", group_window="15m"))
    clock, mail = HandClock(), RecordingChannel("mail")
    for number, minute in enumerate((0, 7, 14, 16)):
        publish(desk, number, at=NOW + timedelta(minutes=minute))
    service = deliverer(desk, clock, mail)
    clock.now = NOW + timedelta(minutes=15)
    assert await service.drain() == 1
    clock.now = NOW + timedelta(minutes=31)
    assert await service.drain() == 1
    assert [message.subject for message in mail.taken] == [
        "[Drift] 3 stories", "[Drift] Kazakhstan, part 3 (a.example)"
    ]  # fmt: skip


async def test_a_storm_is_twenty_messages_and_one_digest(database: Database) -> None:
    desk = desk_of(database, rule("Drift"))
    for number in range(50):
        publish(desk, number, at=NOW + timedelta(seconds=number))
    assert sum(decision == "alerted" for _, decision, _ in decisions(desk)) == 20
    clock = HandClock(NOW + BACKLOG_EVERY + timedelta(minutes=1))
    digester = Digester(database, (), clock=clock, backlog_channels=("mail",))
    assert await digester.tick() == 1
    assert await digester.tick() == 0
    mail = RecordingChannel("mail")
    assert await deliverer(desk, clock, mail).drain() == 21
    digest = mail.taken[-1]
    assert digest.subject == "Backlog of Drift: 30 stories"
    assert "20 alerts within 10 minutes" in digest.text


def test_what_is_old_is_told_in_the_backlog(database: Database) -> None:
    desk = desk_of(database, rule("Drift"))
    body = "Kazakhstan will not send troops, said the minister of defence in Astana on Monday."
    assert desk.publish("a.example", "Old news", body, hours=49, published=NOW) == 0
    assert decisions(desk) == [("Drift", "digest", "the article is older than 48 hours")]


def test_a_rule_that_was_muted_by_hand_is_silent_until_then(database: Database) -> None:
    desk = desk_of(database, rule("Drift"), rule("Other"))
    with database.transaction() as session:
        mutes.mute(session, "Drift", NOW + timedelta(days=1), NOW)
    assert publish(desk, 1) == 1
    assert publish(desk, 2, at=NOW + timedelta(days=1)) == 2
    assert decisions(desk)[0] == (
        "Drift", "silent", "the rule was muted by hand until 2026-03-03 12:00 UTC"
    )  # fmt: skip
    with database.transaction() as session:
        mutes.mute(session, "Drift", NOW + timedelta(days=9), NOW)
        assert mutes.unmute(session, "Drift") and not mutes.unmute(session, "Drift")
    assert publish(desk, 3, at=NOW + timedelta(days=2)) == 2


@pytest.mark.parametrize("severities", [("high", "normal"), ("normal", "high")])
def test_a_rule_silences_those_that_it_inhibits(database: Database, severities: tuple[str, str]) -> None:
    """Whatever the severities: what inhibits is asked first."""
    above, below = severities
    desk = desk_of(
        database,
        rule("Below", severity=below),
        rule("Above", severity=above, inhibits=["Below"], query="troops"),
    )
    assert publish(desk, 1) == 1
    assert [(name, decision) for name, decision, _ in decisions(desk)] == [
        ("Above", "alerted"), ("Below", "silent")
    ]  # fmt: skip
