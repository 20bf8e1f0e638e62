"""Layouts and rhythms of feeds

Revision ID: 0018
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('feed_states', sa.Column('usual_gap', sa.Float(), nullable=True))
    op.add_column('feed_states', sa.Column('fingerprint', sa.Text(), nullable=True))
    op.add_column('feed_states', sa.Column('layout_changed_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('feed_states', 'layout_changed_at')
    op.drop_column('feed_states', 'fingerprint')
    op.drop_column('feed_states', 'usual_gap')
