"""Column types that keep strangers' text and times storable on every database."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

from monitor.model import utc
from monitor.text import storable

Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes; refuses naive ones. SQLite keeps them as `YYYY-MM-DD HH:MM:SS.ffffff`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    # The whole processor instead of `process_bind_param`: a poll stores eighty times.
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _sqlite_text if dialect.name == "sqlite" else _utc_or_null

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _sqlite_text(moment: datetime | None) -> str | None:
    return None if moment is None else utc(moment).isoformat(" ", "microseconds")[:26]


def _utc_or_null(moment: datetime | None) -> datetime | None:
    return None if moment is None else utc(moment)


class Text(TypeDecorator[str]):
    """Text of any length. NULs and lone surrogates, which databases refuse, become U+FFFD."""

    impl = String
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        return storable_or_null


def storable_or_null(text: str | None) -> str | None:
    """Return `text` as databases take it."""
    return None if text is None else storable(text)
