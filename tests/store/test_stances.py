"""How countries turned to each other, added up over stored articles."""

from datetime import timedelta

from monitor.model import Attitude
from monitor.store import digests, reports
from monitor.store.database import Database
from tests.pipeline.fakes import NOW
from tests.pipeline.test_digest import store

AWAY, BACK, NEITHER = (Attitude("KZ", "RU", stance, f"Stance {stance}.") for stance in (-1, 1, 0))  # type: ignore[arg-type]


def filled(database: Database) -> None:
    old = NOW - timedelta(days=40)
    _, story = store(database, "one", when=old, attitudes=(AWAY, NEITHER))
    store(database, "copy", outlet="b.example", when=old, story=story, attitudes=(AWAY,))
    store(database, "two", attitudes=(BACK, AWAY, Attitude("BY", "RU", 1, "Backed.")))
    store(database, "three", outlet="c.example", attitudes=(AWAY,))


def test_a_story_counts_once_for_each_side(database: Database) -> None:
    filled(database)
    with database.session() as session:
        rows = reports.stances(session)
        assert [(row.source, row.against, row.favourable, row.mean) for row in rows] == [
            ("KZ", 3, 1, -0.5), ("BY", 0, 1, 1.0)
        ]  # fmt: skip
        assert rows[0].quote in {"Stance 1.", "Stance -1."}
        assert digests.attitude_means(session, NOW - timedelta(days=50), NOW - timedelta(days=30)) == {
            ("KZ", "RU"): (-1.0, 1)
        }


def test_stances_by_month_of_one_pair(database: Database) -> None:
    filled(database)
    with database.session() as session:
        rows = reports.stances(session, source="KZ", target="RU", by="month")
        assert [(row.period, row.against, row.favourable) for row in rows] == [
            ("2026-03", 2, 1),
            ("2026-01", 1, 0),
        ]
        recent = reports.stances(session, target="RU", since=NOW - timedelta(days=2), by="day")
        assert {(row.period, row.source) for row in recent} == {("2026-03-02", "KZ"), ("2026-03-02", "BY")}
        assert reports.stances(session, target="CN") == []
