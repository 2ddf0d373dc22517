"""Related stories.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _json() -> sa.types.TypeEngine[object]:
    return sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "story_gist",
        sa.Column("story_id", _id(), nullable=False),
        sa.Column("outlet_id", _id(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("countries", _json(), nullable=False),
        sa.Column("words", _json(), nullable=False),
        sa.Column("names", _json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["outlet.id"], name=op.f("fk_story_gist_outlet_id_outlet"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_story_gist_story_id_story"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_story_gist")),
    )
    op.create_index(op.f("ix_story_gist_seen_at"), "story_gist", ["seen_at"])
    op.create_table(
        "story_key",
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("story_id", _id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_story_key_story_id_story"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("language", "word", "seen_at", "story_id", name=op.f("pk_story_key")),
    )
    op.create_table(
        "story_link",
        sa.Column("story_id", _id(), nullable=False),
        sa.Column("related_id", _id(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_story_link_story_id_story"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["related_id"], ["story.id"], name=op.f("fk_story_link_related_id_story"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("story_id", "related_id", name=op.f("pk_story_link")),
    )
    op.create_index(op.f("ix_story_link_related_id"), "story_link", ["related_id"])
    op.create_table(
        "word_count",
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("language", "word", name=op.f("pk_word_count")),
    )


def downgrade() -> None:
    for table in ("word_count", "story_link", "story_key", "story_gist"):
        op.drop_table(table)
