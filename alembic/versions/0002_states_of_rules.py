"""States of rules

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('rule_states',
    sa.Column('rule_id', sa.Text(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('rule_id', 'since', name=op.f('pk_rule_states')),
    sqlite_with_rowid=False
    )


def downgrade() -> None:
    op.drop_table('rule_states')
