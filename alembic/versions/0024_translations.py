"""Machine translations of headlines

Revision ID: 0024
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'translations',
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('translated', sa.Text(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_translations')),
    )
    op.create_index(op.f('ix_translations_made_at'), 'translations', ['made_at'])


def downgrade() -> None:
    op.drop_table('translations')
