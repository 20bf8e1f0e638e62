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
    # The earlier program resumes a delivery in progress at its next attempt, of which none is planned now.
    op.execute("UPDATE deliveries SET next_attempt_at = created_at WHERE state = 'sending'")
    op.drop_column('deliveries', 'owner')
