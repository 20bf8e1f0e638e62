"""A smaller search index

Revision ID: 0026
Revises: 0023
"""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The index is built anew afterwards, in batches: by `monitor db upgrade` or the daemon.
    sqlite = op.get_bind().dialect.name == 'sqlite'
    op.execute('DROP TABLE search_index')
    if not sqlite:
        op.execute('DROP TABLE search_totals')
    op.drop_table('search_documents')
    op.create_table('search_documents',
    sa.Column('article_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('feed_id', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('length', sa.Integer(), nullable=False),
    sa.Column('keys', sa.Text(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('article_id', name=op.f('pk_search_documents'))
    )
    op.create_index(op.f('ix_search_documents_entry_id'), 'search_documents', ['entry_id'])
    op.create_table('search_words',
    sa.Column('word', sa.Text(collation=None if sqlite else 'C'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('word', name=op.f('pk_search_words')),
    sqlite_with_rowid=False
    )
    op.create_table('search_blocks',
    sa.Column('block', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('first_stored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_stored_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('block', name=op.f('pk_search_blocks'))
    )
    op.create_table('search_totals',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('articles', sa.Integer(), nullable=False),
    sa.Column('words', sa.BigInteger(), nullable=False),
    sa.Column('next_short', sa.Integer(), nullable=False),
    sa.Column('next_middle', sa.Integer(), nullable=False),
    sa.Column('next_long', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_totals'))
    )
    op.execute('INSERT INTO search_totals VALUES (1, 0, 0, 0, 36, 1923)')
    op.create_index(op.f('ix_hits_topic_entry_id'), 'hits', ['topic', 'entry_id'])
    op.execute('UPDATE search_progress SET version = 2, below = (SELECT coalesce(max(id), 0) + 1 FROM articles)')
    if sqlite:
        # Before 3.43 a row without its text cannot be deleted: there the index keeps the keys too.
        contentless = ", content='', contentless_delete=1" if sqlite3.sqlite_version_info >= (3, 43) else ''
        op.execute(f"CREATE VIRTUAL TABLE search_index USING fts5(keys, tokenize='ascii', detail=none{contentless})")
    else:
        op.execute('ALTER TABLE search_documents SET (toast_tuple_target = 8160)')  # words are mostly read with the row
        op.execute(
            'CREATE INDEX ix_search_documents_keys ON search_documents USING gin (array_to_tsvector('
            "string_to_array(words, NULL) || string_to_array(keys, ' '))) WITH (gin_pending_list_limit = 512)"
        )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == 'sqlite'
    op.drop_index(op.f('ix_hits_topic_entry_id'), 'hits')
    for table in ('search_documents', 'search_words', 'search_blocks', 'search_totals'):
        op.drop_table(table)
    op.create_table('search_documents',
    sa.Column('article_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('feed_id', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('length', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('article_id', name=op.f('pk_search_documents'))
    )
    op.execute('UPDATE search_progress SET version = 1, below = (SELECT coalesce(max(id), 0) + 1 FROM articles)')
    if sqlite:
        op.execute('DROP TABLE search_index')
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
