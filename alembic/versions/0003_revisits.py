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


def upgrade() -> None:
    # Added in place, at once however large the archive is; articles that are there have no revisit.
    op.add_column('articles', sa.Column('revisit_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('articles', sa.Column('revisits', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('articles', sa.Column('etag', sa.Text(), nullable=True))
    op.add_column('articles', sa.Column('last_modified', sa.Text(), nullable=True))
    wanted = sa.text('revisit_at IS NOT NULL')
    op.create_index('ix_articles_revisit_at', 'articles', ['revisit_at'], unique=False, sqlite_where=wanted, postgresql_where=wanted)


def downgrade() -> None:
    op.drop_index('ix_articles_revisit_at', table_name='articles')
    for name in ('last_modified', 'etag', 'revisits', 'revisit_at'):
        op.drop_column('articles', name)
