"""The configuration in force is stored

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('configurations',
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('texts', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_configurations'))
    )
    op.create_table('configuration_in_force',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('digest', sa.Text(), nullable=True),
    sa.Column('held_rules', sa.Text(), nullable=False),
    sa.Column('refusals', sa.Text(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_configuration_in_force'))
    )


def downgrade() -> None:
    op.drop_table('configuration_in_force')
    op.drop_table('configurations')
