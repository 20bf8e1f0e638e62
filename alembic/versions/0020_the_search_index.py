"""The search index

Revision ID: 0020
Revises: 0016
"""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Only the tables: the index of what is archived already is built afterwards, in batches.
    op.create_table('search_documents',
    sa.Column('article_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('feed_id', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('length', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('article_id', name=op.f('pk_search_documents'))
    )
    op.create_table('search_progress',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('below', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_progress'))
    )
    op.execute("INSERT INTO search_progress (id, version, below) SELECT 1, 1, coalesce(max(id), 0) + 1 FROM articles")
    if op.get_bind().dialect.name == 'sqlite':
        # Before 3.43 a row without its text cannot be deleted: there the index keeps the words too.
        contentless = ", content='', contentless_delete=1" if sqlite3.sqlite_version_info >= (3, 43) else ''
        op.execute(f"CREATE VIRTUAL TABLE search_index USING fts5(title, text, tokenize='ascii'{contentless})")
    else:
        op.execute(
            'CREATE TABLE search_index (article_id integer CONSTRAINT pk_search_index PRIMARY KEY, '
            'complete boolean NOT NULL, words tsvector NOT NULL)'
        )
        op.execute('CREATE INDEX ix_search_index_words ON search_index USING gin (words)')
        op.execute(
            'CREATE TABLE search_totals (id integer CONSTRAINT pk_search_totals PRIMARY KEY, '
            'articles bigint NOT NULL, words bigint NOT NULL)'
        )
        op.execute('INSERT INTO search_totals VALUES (1, 0, 0)')


def downgrade() -> None:
    op.execute('DROP TABLE search_index')
    if op.get_bind().dialect.name != 'sqlite':
        op.execute('DROP TABLE search_totals')
    op.drop_table('search_progress')
    op.drop_table('search_documents')
