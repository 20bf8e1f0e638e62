"""What each transaction stored and left out, and why a digest does not show a hit

Revision ID: 0010
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0012'
branch_labels = None
depends_on = None

COUNTS = (
    'seen', 'known', 'empty', 'duplicates', 'over_limit', 'excluded', 'version_limit', 'expired', 'postponed', 'unread',
    'new', 'edited', 'same_text', 'stored_before', 'articles', 'matches', 'hits', 'known_hits', 'messages',
    'deliveries',
)


def upgrade() -> None:
    op.create_table('ledger',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('feed_id', sa.Text(), nullable=True),
    *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger'))
    )
    op.create_index(op.f('ix_ledger_at'), 'ledger', ['at'])
    op.create_index(op.f('ix_entries_first_seen_at'), 'entries', ['first_seen_at'])
    op.create_index(op.f('ix_messages_created_at'), 'messages', ['created_at'])
    op.create_index(op.f('ix_claims_claimed_at'), 'claims', ['claimed_at'])
    op.create_index(op.f('ix_digest_runs_created_at'), 'digest_runs', ['created_at'])
    op.add_column('claims', sa.Column('reason', sa.Text(), nullable=False, server_default=''))


def downgrade() -> None:
    op.drop_column('claims', 'reason')
    op.drop_index(op.f('ix_digest_runs_created_at'), table_name='digest_runs')
    op.drop_index(op.f('ix_claims_claimed_at'), table_name='claims')
    op.drop_index(op.f('ix_messages_created_at'), table_name='messages')
    op.drop_index(op.f('ix_entries_first_seen_at'), table_name='entries')
    op.drop_index(op.f('ix_ledger_at'), table_name='ledger')
    op.drop_table('ledger')
