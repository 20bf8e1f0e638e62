"""Rename claims.told to claims.notified

Revision ID: 0019
Revises: 0010
"""

from __future__ import annotations

from alembic import op

revision = '0019'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column('claims', 'told', new_column_name='notified')


def downgrade() -> None:
    op.alter_column('claims', 'notified', new_column_name='told')
