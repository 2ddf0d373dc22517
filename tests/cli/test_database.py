"""db restore and reindex, as a person types them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from monitor.clock import utc_now
from monitor.store import digests, outbox, tables
from monitor.store.database import Database
from monitor.watch.rules import BACKLOG
from tests.cli.conftest import Cli
from tests.pipeline.test_digest import store
from tests.store.test_retention_and_restore import tell


@pytest.fixture
def url(configured: Path, tmp_path: Path) -> str:
    """The URL of the configured database, with one article whose alert waits."""
    found = f"sqlite:///{tmp_path / 'data' / 'monitor.db'}"
    with Database(found) as database:
        tell(database, *store(database, "before", when=utc_now() - timedelta(hours=1)), "a1")
    return found


def test_a_backup_comes_back_and_its_waiting_alerts_in_one_digest(cli: Cli, url: str, tmp_path: Path) -> None:
    assert cli("db", "backup", "saved.db").code == 0
    with Database(url) as database:
        store(database, "after")
    result = cli("db", "restore", "saved.db")
    assert result.code == 0, result.err
    kept = tmp_path / "data" / "monitor.db.replaced"
    assert f"kept as {kept.relative_to(tmp_path)}" in result.out and kept.exists()
    assert "1 waiting messages" in result.out
    with Database(url) as database:
        (waiting,) = database.read(lambda session: digests.waiting_hits(session, BACKLOG))
        assert "restored" in waiting.reason
        assert database.read(outbox.counts) == {"dead": 1}
    assert [row["title"] for row in cli("search", "kazakhstan", "--json").json] == ["before"]
    again = cli("db", "restore", "saved.db")
    assert "monitor.db.replaced-2" in again.out, "what was kept before is not overwritten"
    with Database(f"sqlite:///{kept}") as before:
        assert before.read(outbox.counts) == {"pending": 1}


def test_a_restore_is_refused_while_a_daemon_runs(cli: Cli, url: str) -> None:
    assert cli("db", "backup", "saved.db").code == 0
    with Database(url) as daemon:
        daemon.lock()
        result = cli("db", "restore", "saved.db")
        assert result.code == 1
        assert "already works on" in result.err
        assert daemon.read(outbox.counts) == {"pending": 1}


def test_a_restore_is_refused_where_there_is_no_backup(cli: Cli, url: str, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is no database, and " * 300)
    for name, reason in (("nowhere.db", "is not a file"), ("text.db", "cannot be used")):
        result = cli("db", "restore", name)
        assert (result.code, reason in result.err) == (1, True), result.err
    with Database(url) as database:
        assert database.read(outbox.counts) == {"pending": 1}


def test_reindex_restores_the_words(cli: Cli, url: str) -> None:
    with Database(url) as database, database.transaction() as session:
        session.execute(update(tables.Article).values(search_text=""))
    assert cli("search", "kazakhstan", "--json").json == []
    result = cli("db", "reindex")
    assert (result.code, result.out) == (0, "1 articles indexed\n")
    assert "batches indexed: 1 of 1" in result.err
    assert len(cli("search", "kazakhstan", "--json").json) == 1
