"""Rows of many words in the search index

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


KEYS = """
CREATE FUNCTION search_keys(article_id integer, words text, keys text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT array_to_tsvector(
    string_to_array(translate(words, chr(9) || chr(10), ''), NULL)
    || string_to_array(rtrim(regexp_replace(translate(split_part(words, chr(9), 1), chr(10), ''),
        '(.)', 't\\1 ', 'g')), ' ')
    || ARRAY['b0x' || CAST(article_id / 4096 AS text), 'b1x' || CAST(article_id / 16384 AS text),
        'b2x' || CAST(article_id / 65536 AS text), 'b3x' || CAST(article_id / 262144 AS text),
        'b4x' || CAST(article_id / 1048576 AS text), 'b5x' || CAST(article_id / 4194304 AS text),
        'b6x' || CAST(article_id / 16777216 AS text)]
    || string_to_array(rtrim(keys), ' ')) $$
"""
# The words and those of the title again, blocks of ids, feed and language.


def upgrade() -> None:
    # Words get other codes, so the index is built anew afterwards, in batches: by `monitor db upgrade` or the daemon.
    _empty(3, next_short=0, next_middle=91, next_long=1978)
    sqlite = op.get_bind().dialect.name == 'sqlite'
    op.create_table('search_words',
    sa.Column('first', sa.Text(collation=None if sqlite else 'C'), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('first', name=op.f('pk_search_words')),
    sqlite_with_rowid=False
    )
    if not sqlite:
        op.execute('ALTER TABLE search_documents SET (toast_tuple_target = 128)')
        op.execute('ALTER TABLE search_documents ALTER COLUMN words SET STORAGE EXTERNAL')
        op.execute('ALTER TABLE search_words SET (fillfactor = 60)')
        op.execute(KEYS)
        _index('search_keys(article_id, words, keys)')


def downgrade() -> None:
    _empty(2, next_short=0, next_middle=36, next_long=1923)
    sqlite = op.get_bind().dialect.name == 'sqlite'
    op.create_table('search_words',
    sa.Column('word', sa.Text(collation=None if sqlite else 'C'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('word', name=op.f('pk_search_words')),
    sqlite_with_rowid=False
    )
    if not sqlite:
        op.execute('DROP FUNCTION search_keys')
        op.execute('ALTER TABLE search_documents ALTER COLUMN words SET STORAGE EXTENDED')
        op.execute('ALTER TABLE search_documents SET (toast_tuple_target = 8160)')
        _index("array_to_tsvector(string_to_array(words, NULL) || string_to_array(keys, ' '))")


def _empty(version: int, **numbers: int) -> None:
    op.execute('DELETE FROM search_documents' if op.get_bind().dialect.name == 'sqlite' else 'TRUNCATE search_documents')
    op.execute('DELETE FROM search_blocks')
    op.drop_table('search_words')
    counts = ', '.join(f'{name} = {number}' for name, number in numbers.items())
    op.execute(f'UPDATE search_totals SET articles = 0, words = 0, {counts}')
    op.execute(
        f'UPDATE search_progress SET version = {version}, below = (SELECT coalesce(max(id), 0) + 1 FROM articles)'
    )
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TABLE search_index')
        # Before 3.43 a row without its text cannot be deleted: there the index keeps the keys too.
        contentless = ", content='', contentless_delete=1" if sqlite3.sqlite_version_info >= (3, 43) else ''
        op.execute(f"CREATE VIRTUAL TABLE search_index USING fts5(keys, tokenize='ascii', detail=none{contentless})")
    else:
        op.execute('DROP INDEX ix_search_documents_keys')


def _index(expression: str) -> None:
    op.execute(
        f'CREATE INDEX ix_search_documents_keys ON search_documents USING gin ({expression})'
        ' WITH (gin_pending_list_limit = 512)'
    )
