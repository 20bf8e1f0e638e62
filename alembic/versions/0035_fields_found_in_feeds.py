"""The selectors with which the fields of a feed's items were found

Revision ID: 0035
Revises: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('feed_states', sa.Column('fields_found', sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column('feed_states', 'fields_found')
