"""Old texts are cut, told ones are not; a restored backup tells its waiting alerts in one digest."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import DatabaseError
from monitor.store import articles, digests, hits, migrate, outbox, reading
from monitor.store.articles import EXCERPT_LENGTH
from monitor.store.database import Database
from monitor.store.hits import NewHit
from monitor.watch.rules import BACKLOG
from tests.messages.sample import alert as sample_alert
from tests.pipeline.fakes import NOW
from tests.pipeline.test_digest import store


def tell(database: Database, article: int, story: int, identity: str) -> None:
    """Record an alert of an article, as ingest would."""
    from dataclasses import replace

    told = replace(sample_alert(), article_id=article, story_id=story, identity=identity, rule="rule")
    with database.transaction() as session:
        alert_id = hits.add_alert(session, told, (), NOW)
        hits.add_hit(
            session, NewHit(article, story, "rule", "normal", "alerted", "", "why", None, ()), NOW, alert_id
        )
        outbox.add(
            session,
            identity=identity,
            channels=["mail"],
            kind="alert",
            payload={},
            now=NOW,
            alert_id=alert_id,
        )


def lengths(database: Database) -> dict[str, int]:
    with database.session() as session:
        stored = reading.stored_articles(session, range(1, 20))
        return {item.analysis.article.title: len(item.analysis.article.text) for item in stored}


def test_old_texts_are_cut_but_not_those_of_alerts(database: Database) -> None:
    made = {}
    for title, days in (("old", 40), ("told", 40), ("new", 2)):
        made[title] = store(database, title, when=NOW - timedelta(days=days), extra=" word" * 1000)
    tell(database, *made["told"], "a1")
    before = NOW - timedelta(days=30)
    with database.transaction() as session:
        assert articles.cut_texts(session, before) == 1
        assert articles.cut_texts(session, before) == 0
    found = lengths(database)
    assert found["old"] == EXCERPT_LENGTH
    assert found["told"] == found["new"] > 5000
    with database.session() as session:
        (old,) = reading.stored_articles(session, [made["old"][0]])
    assert [tag.key for tag in old.analysis.tags] == ["KZ", "csto"]
    assert old.analysis.tags[0].evidence[0].sentence == "Kazakhstan left."


def test_waiting_alerts_of_a_backup_become_hits_of_one_digest(database: Database) -> None:
    article, story = store(database, "one")
    tell(database, article, story, "a1")
    with database.transaction() as session:
        assert outbox.suppress_pending(session, "restored", BACKLOG) == 1
        assert outbox.suppress_pending(session, "restored", BACKLOG) == 0
    (waiting,) = database.read(lambda session: digests.waiting_hits(session, BACKLOG))
    assert (waiting.article_id, waiting.reason) == (article, "restored")
    assert database.read(outbox.counts) == {"dead": 1}


def test_backup_and_restore(sqlite_url: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    with Database(sqlite_url) as database:
        store(database, "before")
        migrate.backup(database, saved)
        store(database, "after")
        kept = migrate.restore(database, saved)
        assert set(lengths(database)) == {"before"}
        assert migrate.check(database) == []
    assert kept is not None
    with Database(f"sqlite:///{kept}") as replaced:
        assert set(lengths(replaced)) == {"before", "after"}


def test_a_damaged_backup_is_refused_and_nothing_is_lost(sqlite_url: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"SQLite format 3\x00" + b"\xff" * 4000)
    with Database(sqlite_url) as database:
        store(database, "one")
        with pytest.raises(DatabaseError, match="cannot be used"):
            migrate.restore(database, bad)
        with pytest.raises(DatabaseError, match="not a file"):
            migrate.restore(database, tmp_path / "nowhere")
        assert set(lengths(database)) == {"one"}
    assert not list(tmp_path.glob("*.restoring"))
