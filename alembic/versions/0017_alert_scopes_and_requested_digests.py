"""What was alerted since when, and digests that readers ask for on the web page

Revision ID: 0017
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('alert_scopes',
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('scope', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('since', name=op.f('pk_alert_scopes'))
    )
    op.create_table('requested_digests',
    sa.Column('digest_id', sa.Text(), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest_id', name=op.f('pk_requested_digests'))
    )


def downgrade() -> None:
    op.drop_table('requested_digests')
    op.drop_table('alert_scopes')
