"""What a ranking learned from, and with which versions

Revision ID: 0023
Revises: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('audit_rankings') as batch:
        batch.add_column(sa.Column('versions', sa.Text(), server_default='', nullable=False))
        batch.add_column(sa.Column('judged', sa.Integer(), server_default='0', nullable=False))
        batch.add_column(sa.Column('from_tests', sa.Integer(), server_default='0', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('audit_rankings') as batch:
        batch.drop_column('from_tests')
        batch.drop_column('judged')
        batch.drop_column('versions')
