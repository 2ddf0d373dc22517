"""The search index.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from monitor.store import search_index

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    search_index.create(op.get_bind())


def downgrade() -> None:
    search_index.drop(op.get_bind())
