"""Fixtures of migrated databases: the same tests run on SQLite and on PostgreSQL."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from monitor.store.database import Database
from monitor.store.migrate import upgrade

_numbers = itertools.count()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("template") / "monitor.db"
    with Database(f"sqlite:///{path}") as database:
        upgrade(database)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The URL pattern of a server that has a migrated, empty database `template_monitor`."""
    _create(postgres_server, "template_monitor")
    with Database(postgres_server.format(name="template_monitor")) as database:
        upgrade(database)
    return postgres_server


def _create(server: str, name: str, template: str = "template1") -> None:
    engine = create_engine(server.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    engine.dispose()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite database."""
    path = tmp_path / "monitor.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database; the test runs on each kind."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        return url
    server: str = request.getfixturevalue("postgres_template")
    name = f"test_{next(_numbers)}"
    _create(server, name, "template_monitor")
    return server.format(name=name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database, opened."""
    with Database(database_url) as opened:
        yield opened


@pytest.fixture
def empty_urls(tmp_path: Path, postgres_server: str) -> Callable[[str], str]:
    """Return a function kind -> URL of an empty database, not migrated."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / f'empty{next(_numbers)}.db'}"
        name = f"empty_{next(_numbers)}"
        _create(postgres_server, name)
        return postgres_server.format(name=name)

    return make
