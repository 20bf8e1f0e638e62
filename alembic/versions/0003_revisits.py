"""Revisits of pages

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

COLUMNS = (
    sa.Column('revisit_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revisits', sa.Integer(), nullable=False, server_default='0'),
    sa.Column('etag', sa.Text(), nullable=True),
    sa.Column('last_modified', sa.Text(), nullable=True),
)


def upgrade() -> None:
    # Added in place, at once however large the archive is; articles that are there have no revisit.
    for column in COLUMNS:
        op.add_column('articles', column._copy())
    wanted = sa.text('revisit_at IS NOT NULL')
    op.create_index('ix_articles_revisit_at', 'articles', ['revisit_at'], unique=False, sqlite_where=wanted, postgresql_where=wanted)


def downgrade() -> None:
    op.drop_index('ix_articles_revisit_at', table_name='articles')
    for column in reversed(COLUMNS):
        op.drop_column('articles', column.name)
