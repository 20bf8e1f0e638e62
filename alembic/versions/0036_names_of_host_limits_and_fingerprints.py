"""Standard names: `host_rate_limits` for `host_turns` (on PostgreSQL only), `shingle_hashes` for `sketch`

Revision ID: 0036
Revises: 0035
"""

from __future__ import annotations

from alembic import op

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def upgrade() -> None:
    rename_column('sketch', 'shingle_hashes')
    rename_table('host_turns', 'host_rate_limits')


def downgrade() -> None:
    rename_table('host_rate_limits', 'host_turns')
    rename_column('shingle_hashes', 'sketch')


def rename_column(old: str, new: str) -> None:
    """Rename it in place: batch mode would copy the table on SQLite."""
    op.execute(f'ALTER TABLE fingerprints RENAME COLUMN {old} TO {new}')


def rename_table(old: str, new: str) -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.rename_table(old, new)
        op.execute(f'ALTER INDEX pk_{old} RENAME TO pk_{new}')
