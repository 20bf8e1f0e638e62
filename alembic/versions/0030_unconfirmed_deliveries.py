"""Which deliveries were attempted without any answer

Revision ID: 0030
Revises: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('deliveries') as batch:
        batch.add_column(sa.Column('unconfirmed', sa.Boolean(), nullable=False, server_default=sa.false()))
    # The reason said so until now: a gateway's answer marked a delivery too.
    op.execute(
        "UPDATE deliveries SET unconfirmed = maybe_repeat "
        "WHERE last_error NOT LIKE 'http 502%' AND last_error NOT LIKE 'http 504%'"
    )


def downgrade() -> None:
    with op.batch_alter_table('deliveries') as batch:
        batch.drop_column('unconfirmed')
