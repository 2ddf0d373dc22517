"""Migrations: bring a database to this program's schema, refuse one that is newer, back one up.

The scripts are in `alembic/` of the source tree, and in `monitor/migrations` of an installed wheel. Their
names begin with their revisions: asking whether a database is current, as all commands do, takes no Alembic.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from monitor.errors import DatabaseError, NewerSchema
from monitor.store import views
from monitor.store.database import Database, sqlite_path

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

_PACKAGE = Path(__file__).parent.parent


def script_folder() -> Path:
    """Return where the migration scripts are."""
    installed = _PACKAGE / "migrations"
    return installed if installed.is_dir() else _PACKAGE.parent / "alembic"


def _alembic(connection: Connection) -> "AlembicConfig":
    from alembic.config import Config as AlembicConfig

    config = AlembicConfig()
    config.set_main_option("script_location", str(script_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def current(database: Database) -> str | None:
    """Return the revision that the database is at, None for an empty one."""
    with database.engine.connect() as connection:
        return _current(connection)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def newest() -> str:
    """Return the revision of this program."""
    return max(_revisions())


def _revisions() -> set[str]:
    found = {path.name.partition("_")[0] for path in (script_folder() / "versions").glob("[0-9]*.py")}
    if not found:
        raise DatabaseError(f"no migrations in {script_folder()}: the installation is broken")
    return found


def require_current(database: Database) -> None:
    """Raise DatabaseError where the database is not at this program's revision."""
    at = current(database)
    if at == newest():
        return
    _refuse_newer(at)
    state = "is empty" if at is None else f"is at revision {at}, older than {newest()}"
    raise DatabaseError(f"the database {state}: run `monitor db upgrade`")


def _refuse_newer(at: str | None) -> None:
    if at is not None and at not in _revisions():
        raise NewerSchema(
            f"the database is at revision {at}, which this version of monitor does not know: it was made by"
            " a newer one. Install that version, or restore a backup"
        )


@contextmanager
def _outside_views(database: Database) -> Iterator[Connection]:
    """Yield a write transaction in which no view stands in the way; they are made anew at its end.

    SQLite cannot rebuild a table under a view, and views hold no data: they belong to the program's
    version, not to a migration.
    """
    with database.engine.execution_options(monitor_write=True).begin() as connection:
        for statement in views.drop_statements():
            connection.exec_driver_sql(statement)
        yield connection
        if _current(connection) == newest():
            for statement in views.create_statements(connection.dialect.name):
                connection.exec_driver_sql(statement)


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the database to this program's revision; returns the revisions before and after."""
    from alembic import command

    before = current(database)
    _refuse_newer(before)
    with _outside_views(database) as connection:
        command.upgrade(_alembic(connection), "head")
    return before, newest()


def downgrade(database: Database, revision: str) -> None:
    """Take the database back to a revision (`base` empties it)."""
    from alembic import command

    with _outside_views(database) as connection:
        command.downgrade(_alembic(connection), revision)


def check(database: Database) -> list[str]:
    """Return what is wrong with the database: an empty list where all is well."""
    problems: list[str] = []
    try:
        require_current(database)
    except DatabaseError as error:
        return [str(error)]
    with database.engine.connect() as connection:
        if database.is_sqlite:
            problems += [
                f"integrity: {row[0]}"
                for row in connection.exec_driver_sql("PRAGMA integrity_check")
                if row[0] != "ok"
            ]
            problems += [
                f"foreign key: row {row[1]} of {row[0]} refers to nothing in {row[2]}"
                for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
            ]
    return problems


def backup(database: Database, target: Path) -> None:
    """Copy an SQLite database to `target` while it is in use; raises DatabaseError for PostgreSQL."""
    source = sqlite_path(database.url)
    if source is None:
        raise DatabaseError("`db backup` copies SQLite files; for PostgreSQL use pg_dump")
    if target.exists():
        raise DatabaseError(f"{target} exists: name a new file")
    partial = target.with_name(target.name + ".partial")
    with sqlite3.connect(source) as reading, sqlite3.connect(partial) as writing:
        reading.backup(writing)
    reading.close()
    writing.close()
    partial.replace(target)


def restore(database: Database, source: Path) -> Path | None:
    """Put a backup in the place of the database; returns where the replaced file was kept, if there was one.

    `database` must be closed to everybody else: take its lock first. Raises DatabaseError where `source` is
    no whole database of this program.
    """
    target = sqlite_path(database.url)
    if target is None:
        raise DatabaseError("`db restore` copies SQLite files; for PostgreSQL use pg_restore")
    if not source.is_file():
        raise DatabaseError(f"{source} is not a file")
    partial = target.with_name(target.name + ".restoring")
    shutil.copyfile(source, partial)
    try:
        with Database(f"sqlite:///{partial}") as copy:
            upgrade(copy)
            problems = check(copy)
    except (DatabaseError, SQLAlchemyError) as error:
        partial.unlink()
        raise DatabaseError(f"{source} cannot be used: {error}") from error
    if problems:
        partial.unlink()
        raise DatabaseError(f"{source} is damaged: {'; '.join(problems)}")
    kept = None
    if target.exists():
        database.engine.dispose()  # the last connection takes the write-ahead log into the file
        kept = next(path for path in _spare_names(target) if not path.exists())
        target.replace(kept)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    partial.replace(target)
    return kept


def _spare_names(target: Path) -> Iterator[Path]:
    """Yield `monitor.db.replaced`, `monitor.db.replaced-2` ..., so that no restore overwrites a kept file."""
    yield target.with_name(target.name + ".replaced")
    for number in count(2):
        yield target.with_name(f"{target.name}.replaced-{number}")
