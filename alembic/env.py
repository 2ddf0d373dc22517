"""Alembic's entry: runs the migrations on the connection given, or on the configured database."""

import os
from typing import Literal

from alembic import context
from sqlalchemy import Connection

from monitor.store.database import Database
from monitor.store.tables import Base
from monitor.store.types import Text, UtcDateTime


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        include_object=_ours,
        compare_type=True,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()


def _render(_kind: str, item: object, _context: object) -> str | Literal[False]:
    # A migration must not change when the program's own column types do.
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return "sa.String()" if isinstance(item, Text) else False


def _ours(_object: object, name: str | None, kind: str, reflected: bool, _compare_to: object) -> bool:
    # The search index is made by hand: neither database can describe it as plain tables.
    return not (kind in {"table", "index"} and reflected and name is not None and "search" in name)


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with (
        Database(os.environ.get("MONITOR_DATABASE_URL", "sqlite:///data/monitor.db")) as database,
        database.engine.execution_options(monitor_write=True).begin() as connection,
    ):
        _run(connection)
