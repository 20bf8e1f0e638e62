"""Which drawn articles were listed for judging, and which suggestions were replaced

Revision ID: 0028
Revises: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('sampled_articles') as batch:
        batch.add_column(sa.Column('listed_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('suggestions') as batch:
        batch.add_column(sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('suggestions') as batch:
        batch.drop_column('replaced_at')
    with op.batch_alter_table('sampled_articles') as batch:
        batch.drop_column('listed_at')
