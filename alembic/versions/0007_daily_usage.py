"""How much is stored of each feed in a day

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('daily_usage',
    sa.Column('feed_id', sa.Text(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('articles', sa.Integer(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('title_only', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('feed_id', name=op.f('pk_daily_usage'))
    )


def downgrade() -> None:
    op.drop_table('daily_usage')
