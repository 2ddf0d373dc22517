"""Visits to the pages of told articles, and pages that are gone.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article", sa.Column("visits", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("article", sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("article", sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
    _index("next_try_at IS NOT NULL")


def downgrade() -> None:
    op.execute("UPDATE feed_entry SET state = 'done', next_try_at = NULL WHERE state = 'watched'")
    _index("state = 'pending'")
    for column in ("gone_at", "missing_since", "visits"):
        op.drop_column("article", column)


def _index(where: str) -> None:
    op.drop_index("ix_feed_entry_due", table_name="feed_entry")
    op.create_index(
        "ix_feed_entry_due",
        "feed_entry",
        ["next_try_at"],
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
