"""Labels of hits

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('labels',
    sa.Column('hit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('relevant', sa.Boolean(), nullable=False),
    sa.Column('labelled_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['hit_id'], ['hits.id'], name=op.f('fk_labels_hit_id_hits')),
    sa.PrimaryKeyConstraint('hit_id', name=op.f('pk_labels'))
    )


def downgrade() -> None:
    op.drop_table('labels')
