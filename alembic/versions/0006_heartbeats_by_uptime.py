"""The machine's uptime beside each heartbeat

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('heartbeats', sa.Column('boot', sa.Text(), nullable=True))
    op.add_column('heartbeats', sa.Column('uptime', sa.Float(), nullable=True))


def downgrade() -> None:
    for name in ('uptime', 'boot'):
        op.drop_column('heartbeats', name)
