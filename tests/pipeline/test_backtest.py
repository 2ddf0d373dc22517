"""Backtest: stored articles through the deciders that run live."""

from datetime import timedelta

import pytest

from monitor.config import RuleConfig
from monitor.pipeline.backtest import compare, replay, with_silencers
from monitor.store import hits, stories
from monitor.store.database import Database
from monitor.store.hits import NewHit
from monitor.watch.rules import Rule, compile_rules
from tests.pipeline.fakes import NOW
from tests.pipeline.test_digest import add_feed, store

SINCE = NOW - timedelta(days=10)


def rules(*tables: dict[str, object]) -> tuple[Rule, ...]:
    return compile_rules([RuleConfig.model_validate({"channels": ["mail"], **table}) for table in tables])


def test_alerts_a_day_and_one_a_story(database: Database) -> None:
    _, story = store(database, "first", when=NOW - timedelta(days=3))
    store(database, "copy", when=NOW - timedelta(days=2), outlet="b.example", story=story)
    store(database, "second", when=NOW - timedelta(days=1))
    store(database, "elsewhere", when=NOW - timedelta(days=1), country="AM")
    with database.session() as session:
        found = replay(session, rules({"name": "r", "query": "country:KZ"}), since=SINCE, until=NOW)["r"]
    assert [told.title for told in found.alerts] == ["first", "second"]
    assert [told.decision for told in found.matches] == ["alerted", "silent", "alerted"]
    days = dict(found.by_day())
    assert len(days) == 11 and sum(days.values()) == 2
    assert days[(NOW - timedelta(days=3)).date()] == 1


def test_an_independent_report_of_the_event_updates_and_a_reprint_does_not(database: Database) -> None:
    _, first = store(database, "first", when=NOW - timedelta(days=3))
    store(database, "reprint", when=NOW - timedelta(days=2), outlet="b.example", story=first)
    _, other = store(database, "report", when=NOW - timedelta(days=1), outlet="c.example")
    _, late = store(database, "late", when=NOW - timedelta(hours=2), outlet="c.example")
    with database.transaction() as session:
        stories.link(session, other, {first: 0.9})
        stories.link(session, late, {other: 0.9})
    with database.session() as session:
        found = replay(session, rules({"name": "r", "query": "country:KZ"}), since=SINCE, until=NOW)["r"]
    assert [(told.title, told.decision) for told in found.matches] == [
        ("first", "alerted"), ("reprint", "silent"), ("report", "alerted"), ("late", "silent")
    ]  # fmt: skip
    assert found.alerts[1].reason == "a new independent source: c.example"


def test_days_before_the_first_feed_do_not_count(database: Database) -> None:
    add_feed(database, "https://a.example/feed")  # 30 days ago
    store(database, "first", when=NOW - timedelta(days=3))
    long_ago = NOW - timedelta(days=365)
    with database.session() as session:
        found = replay(session, rules({"name": "r", "query": "country:KZ"}), since=long_ago, until=NOW)["r"]
    assert (found.since, len(found.alerts)) == (NOW - timedelta(days=30), 1)


def test_a_storm_is_seen_before_it_comes(database: Database) -> None:
    for number in range(30):
        store(database, f"storm {number}", when=NOW - timedelta(days=1, seconds=-number))
    with database.session() as session:
        found = replay(session, rules({"name": "r", "query": "country:KZ"}), since=SINCE, until=NOW)["r"]
    assert len(found.alerts) == 20
    assert sum(told.decision == "digest" for told in found.matches) == 10


def test_gained_and_lost_stories_with_their_reasons(database: Database) -> None:
    store(database, "kazakh")
    store(database, "armenian", country="AM")
    old, new = (rules({"name": "r", "query": f"country:{code}"}) for code in ("KZ", "AM"))
    with database.session() as session:
        both = compare(session, "r", old, new, since=SINCE, until=NOW)
    assert [change.title for change in both.gained] == ["armenian"]
    assert [change.title for change in both.lost] == ["kazakh"]
    assert "Armenia" in both.lost[0].reason or "AM" in both.lost[0].reason


def test_inhibition_is_replayed(database: Database) -> None:
    store(database, "one")
    both = rules(
        {"name": "high", "query": "country:KZ", "severity": "high", "inhibits": ["low"]},
        {"name": "low", "query": "country:KZ"},
    )
    with database.session() as session:
        found = replay(session, both, since=SINCE, until=NOW)
    assert len(found["high"].alerts) == 1
    assert [told.decision for told in found["low"].matches] == ["silent"]


def test_precision_and_recall_against_verdicts(database: Database) -> None:
    marked = {"good": True, "bad": False, "missed": True}
    for title, right in marked.items():
        article, story = store(database, title, country="AM" if title == "missed" else "KZ")
        with database.transaction() as session:
            hit = NewHit(article, story, "r", "normal", "alerted", "", "why", None, ())
            hits.add_hit(session, hit, NOW, None)
            assert hits.mark(session, article, right, "", NOW)
            assert not hits.mark(session, 999, right, "", NOW)
    with database.session() as session:
        found = replay(session, rules({"name": "r", "query": "country:KZ"}), since=SINCE, until=NOW)["r"]
    assert found.verdicts.judged == 3
    assert found.verdicts.precision == pytest.approx(1 / 2)
    assert found.verdicts.recall == pytest.approx(1 / 2)


def test_only_rules_that_can_silence_it_run_beside_a_rule() -> None:
    made = rules(
        {"name": "top", "query": "a", "inhibits": ["middle"]},
        {"name": "middle", "query": "b", "inhibits": ["low"]},
        {"name": "low", "query": "c"},
        {"name": "other", "query": "d"},
    )
    assert [rule.name for rule in with_silencers(made, "low")] == ["top", "middle", "low"]
    assert [rule.name for rule in with_silencers(made, "top")] == ["top"]
