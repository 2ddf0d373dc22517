"""A feed's interval and rate in columns; its rhythm apart from what changes at every poll.

Revision ID: 0005
Revises: 0004
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
FEED = sa.table("feed", sa.column("id"), sa.column("state", JSON), sa.column("rhythm", JSON))
NAMES = {
    "mass": "mass",
    "exposure_days": "exposure_days",
    "rhythm_at": "at",
    "by_hour": "by_hour",
    "by_day": "by_day",
}


def upgrade() -> None:
    op.add_column("feed", sa.Column("interval_seconds", sa.Double(), nullable=True))
    op.add_column("feed", sa.Column("entries_per_day", sa.Double(), nullable=True))
    op.add_column("feed", sa.Column("rhythm", JSON, nullable=False, server_default="{}"))
    _move("state", "rhythm", NAMES)


def downgrade() -> None:
    _move("rhythm", "state", {new: old for old, new in NAMES.items()})
    for column in ("rhythm", "entries_per_day", "interval_seconds"):
        op.drop_column("feed", column)


def _move(source: str, target: str, names: dict[str, str]) -> None:
    """Carry the keys of one JSON column over to the other, under new names."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(FEED)).mappings().all():
        left: dict[str, Any] = dict(row[source])
        moved = {new: left.pop(old) for old, new in names.items() if old in left}
        if moved:
            values = {source: left, target: {**row[target], **moved}}
            connection.execute(sa.update(FEED).where(FEED.c.id == row["id"]).values(values))
