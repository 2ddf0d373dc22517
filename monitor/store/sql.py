"""The few statements that SQLite and PostgreSQL spell in modules of their own."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from monitor.store.tables import Base


def upsert_for(session: Session, table: type[Base]) -> Any:
    """Return an INSERT of `table` that knows ON CONFLICT, for the session's database."""
    dialect = session.get_bind().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert_ignore(session: Session, table: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same key is there; returns whether it was inserted."""
    statement = upsert_for(session, table).values(**values).on_conflict_do_nothing()
    primary = inspect(table).primary_key[0]
    return session.execute(statement.returning(primary)).first() is not None
