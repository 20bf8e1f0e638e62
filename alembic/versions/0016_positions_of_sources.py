"""Positions of sources that are read on from where the last poll ended, such as mailboxes

Revision ID: 0016
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('feed_states', sa.Column('position', sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('feed_states') as batch:
        batch.drop_column('position')
