"""Which sender holds a delivery

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('deliveries', sa.Column('owner', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    # The program before this one takes up a delivery under way when its time comes, which now is nowhere.
    op.execute("UPDATE deliveries SET next_attempt_at = created_at WHERE state = 'sending'")
    op.drop_column('deliveries', 'owner')
