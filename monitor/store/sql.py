"""What SQLAlchemy spells per database, statements for many rows at once, and fair shares of a queue."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Executable, Insert, Update, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from monitor.store.tables import Base
from monitor.store.types import storable_or_null
from monitor.text import is_storable

_READ_AHEAD = 500  # rows that are fetched at once of a queue


def upsert_for(session: Session, table: type[Base]) -> Any:
    """Return an INSERT of `table` that knows ON CONFLICT, for the session's database."""
    dialect = session.get_bind().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert_ignore(session: Session, table: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same key is there; returns whether it was inserted."""
    statement = upsert_for(session, table).values(**values).on_conflict_do_nothing()
    primary = inspect(table).primary_key[0]
    return session.execute(statement.returning(primary)).first() is not None


def fair_share(
    session: Session, queue: Executable, *, limit: int, per_domain: int, busy: frozenset[int]
) -> list[int]:
    """Return the first `limit` ids of a queue of ids and domains, each domain with at most its share.

    None of `busy` is among them, but they count in their domain's share, so that no single host can fill a
    crew. No more of the queue is read than that takes.
    """
    shares: Counter[str] = Counter()
    chosen: list[int] = []
    with session.execute(queue, execution_options={"yield_per": _READ_AHEAD}) as rows:
        for identity, domain in rows:
            if shares[domain] == per_domain:
                continue
            shares[domain] += 1
            if identity not in busy:
                chosen.append(identity)
                if len(chosen) == limit:
                    break
    return chosen


def execute_many(
    session: Session, statement: Insert | Update, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Execute a statement of bound `names` once for each row of their values.

    The types' own conversions are applied column by column. What SQLAlchemy's executemany does for each row
    costs twice as much as SQLite's own work, and polls store thousands.
    """
    if not rows:
        return
    sql, converters, order = _prepared(statement, session.get_bind().dialect, names)
    columns = [
        _converted(convert, column) if convert else column
        for convert, column in zip(converters, zip(*rows, strict=True), strict=True)
    ]
    parameters: Any
    if order is None:
        parameters = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    else:
        parameters = list(zip(*(columns[place] for place in order), strict=True))
    session.connection().exec_driver_sql(sql, parameters)


def _converted(convert: Callable[[Any], Any], column: Sequence[Any]) -> Sequence[Any]:
    if convert is storable_or_null and is_storable("".join(filter(None, column))):
        return column  # looked at as one text, since nearly all are clean
    if len(column) > 1 and column[0] is column[1]:  # one instant for all entries of a poll: convert it once
        known = {key: convert(value) for key, value in {id(value): value for value in column}.items()}
        return [known[id(value)] for value in column]
    return list(map(convert, column))


@lru_cache(maxsize=64)
def _prepared(
    statement: Insert | Update, dialect: Dialect, names: tuple[str, ...]
) -> tuple[str, Sequence[Callable[[Any], Any] | None], tuple[int, ...] | None]:
    """The statement as the driver takes it, what converts each value, and the order of placeholders.

    No order where the driver takes names.
    """
    compiled = statement.compile(dialect=dialect)
    types = (compiled.binds[name].type for name in names)
    converters = [kind.dialect_impl(dialect).bind_processor(dialect) for kind in types]
    order = tuple(map(names.index, compiled.positiontup or ())) if dialect.positional else None
    return compiled.string, converters, order
