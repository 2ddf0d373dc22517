"""Migrations: from empty, up and down, no drift from the tables, newer schemas refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from monitor.errors import AlreadyRunning, DatabaseError, NewerSchema
from monitor.store import feeds, migrate
from monitor.store.database import Database
from monitor.store.tables import Base

KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
VIEWS = {"v_article", "v_hit", "v_daily", "v_attitude", "v_source_health"}


@KINDS
def test_up_down_up(kind: str, empty_urls: Callable[[str], str]) -> None:
    with Database(empty_urls(kind)) as database:
        assert migrate.upgrade(database) == (None, migrate.newest())
        found = inspect(database.engine)
        assert set(Base.metadata.tables) <= set(found.get_table_names())
        assert set(found.get_view_names()) >= VIEWS
        migrate.downgrade(database, "base")
        left = inspect(database.engine)
        assert set(left.get_table_names()) <= {"alembic_version"}
        assert not VIEWS & set(left.get_view_names())
        migrate.upgrade(database)
        assert migrate.check(database) == []


@KINDS
def test_no_drift(kind: str, empty_urls: Callable[[str], str]) -> None:
    with Database(empty_urls(kind)) as database:
        migrate.upgrade(database)
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            drift = [
                change
                for change in compare_metadata(context, Base.metadata)
                if "search" not in str(change)  # the search index is made by hand
            ]
    assert drift == []


def test_scripts_are_named_for_their_revisions() -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(migrate.script_folder()))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == migrate.newest()
    for script in scripts.walk_revisions():
        assert Path(script.path).name.startswith(f"{script.revision}_")


def test_upgrade_twice_changes_nothing(database: Database) -> None:
    assert migrate.upgrade(database) == (migrate.newest(), migrate.newest())


def test_newer_schema_is_refused(database: Database) -> None:
    with database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerSchema, match="9999"):
        migrate.upgrade(database)
    with pytest.raises(NewerSchema, match="newer"):
        migrate.require_current(database)
    assert "9999" in migrate.check(database)[0]


@KINDS
def test_empty_database_is_named(kind: str, empty_urls: Callable[[str], str]) -> None:
    with (
        Database(empty_urls(kind)) as database,
        pytest.raises(DatabaseError, match="is empty: run `monitor db upgrade`"),
    ):
        migrate.require_current(database)


def test_second_daemon_is_refused_with_the_first_ones_process_id(database_url: str) -> None:
    import os

    with Database(database_url) as first, Database(database_url) as second:
        first.lock()
        with pytest.raises(AlreadyRunning, match=str(os.getpid())):
            second.lock()
        first.unlock()
        second.lock()


def test_backup_while_writing(sqlite_url: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    with Database(sqlite_url) as database:
        migrate.backup(database, target)
        with pytest.raises(DatabaseError, match="exists"):
            migrate.backup(database, target)
    with Database(f"sqlite:///{target}") as copy:
        assert migrate.check(copy) == []


@pytest.mark.parametrize("url", ["mysql://x/y", "not a url", "oracle://x"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(DatabaseError, match=r"database\.url"):
        Database(url)


@KINDS
def test_what_was_learned_of_a_feed_moves_to_its_own_column_and_back(
    kind: str, empty_urls: Callable[[str], str]
) -> None:
    learned = {"mass": 4.5, "exposure_days": 7.0, "by_hour": [1.0] * 24, "by_day": [2.0] * 7}
    old = {"url": "https://a.example/", "etag": "x", "rhythm_at": "2026-03-01T12:00:00+00:00", **learned}
    with Database(empty_urls(kind)) as database:
        migrate.upgrade(database)
        migrate.downgrade(database, "0004")
        with database.transaction() as session:
            session.execute(
                text(
                    "INSERT INTO feed (url, title, folder, country, language, opinion, origin, domain,"
                    " added_at, next_poll_at, retired, state) VALUES ('https://a.example/', '', '', '', '',"
                    " :no, 'cli', 'a.example', '2026-03-01 12:00:00', '2026-03-01 12:00:00', :no, :state)"
                ),
                {"no": False, "state": json.dumps(old)},
            )
        migrate.upgrade(database)
        feed = database.read(feeds.listed)[0]
        assert feed.rhythm == {"at": old["rhythm_at"], **learned}
        assert feed.state == {"url": "https://a.example/", "etag": "x"}
        migrate.downgrade(database, "0004")
        with database.session() as session:
            stored = session.execute(text("SELECT state FROM feed")).scalar_one()
        assert (json.loads(stored) if isinstance(stored, str) else stored) == old
