"""Conditions that were reported to the operator, and which entries were back-filled

Revision ID: 0011
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('operator_conditions',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('absent_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('announces_end', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_operator_conditions')),
    sqlite_with_rowid=False,
    )
    op.add_column('entries', sa.Column('backfilled', sa.Boolean(), nullable=False, server_default=sa.false()))
    # Only pages that are still to be fetched need it. Their entries were back-filled if they came with a first poll.
    op.execute(
        "UPDATE entries SET backfilled = TRUE"
        " WHERE id IN (SELECT entry_id FROM articles WHERE retry_at IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM entries AS other"
        " WHERE other.feed_id = entries.feed_id AND other.first_seen_at < entries.first_seen_at)"
    )


def downgrade() -> None:
    op.drop_column('entries', 'backfilled')
    op.drop_table('operator_conditions')
