"""Search postings

Revision ID: 0029
Revises: 0028
"""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
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


def upgrade() -> None:
    # Words get other codes, so the index is built anew afterwards, in batches: by `monitor db upgrade` or the daemon.
    sqlite = op.get_bind().dialect.name == 'sqlite'
    op.execute('DROP TABLE search_index' if sqlite else 'DROP INDEX ix_search_documents_keys')
    _empty(4, sa.LargeBinary(), next_short=0, next_middle=64, next_long=6264)
    op.create_table('search_volumes',
    sa.Column('volume', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('first', sa.Integer(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.Column('ids', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('volume', name=op.f('pk_search_volumes'))
    )
    op.create_index(op.f('ix_search_volumes_last_first'), 'search_volumes', ['last', 'first'])
    op.create_table('search_postings',
    sa.Column('bucket', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('volume', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('postings', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('bucket', 'volume', name=op.f('pk_search_postings'))
    )
    if not sqlite:
        op.execute('DROP FUNCTION search_keys')
        # Both are read with their rows, so they are stored there, as they are.
        for table, column in (('search_documents', 'words'), ('search_postings', 'postings')):
            op.execute(f'ALTER TABLE {table} SET (toast_tuple_target = 8160)')
            op.execute(f'ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL')
        # Rows are removed when volumes are joined: others should take their place soon.
        op.execute(
            'ALTER TABLE search_postings SET (autovacuum_vacuum_scale_factor = 0.02, '
            'autovacuum_vacuum_threshold = 10000)'
        )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == 'sqlite'
    op.drop_table('search_postings')
    op.drop_table('search_volumes')
    _empty(3, sa.Text(), next_short=0, next_middle=91, next_long=1978)
    if sqlite:
        # Before 3.43 a row without its text cannot be deleted: there the index keeps the keys too.
        contentless = ", content='', contentless_delete=1" if sqlite3.sqlite_version_info >= (3, 43) else ''
        op.execute(f"CREATE VIRTUAL TABLE search_index USING fts5(keys, tokenize='ascii', detail=none{contentless})")
    else:
        op.execute('ALTER TABLE search_documents SET (toast_tuple_target = 128)')
        op.execute('ALTER TABLE search_documents ALTER COLUMN words SET STORAGE EXTERNAL')
        op.execute(KEYS)
        op.execute(
            'CREATE INDEX ix_search_documents_keys ON search_documents USING gin '
            '(search_keys(article_id, words, keys)) WITH (gin_pending_list_limit = 512)'
        )


def _empty(version: int, words: sa.types.TypeEngine, **numbers: int) -> None:
    op.drop_table('search_documents')
    op.create_table('search_documents',
    sa.Column('article_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('feed_id', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('length', sa.Integer(), nullable=False),
    sa.Column('keys', sa.Text(), nullable=False),
    sa.Column('words', words, nullable=False),
    sa.PrimaryKeyConstraint('article_id', name=op.f('pk_search_documents'))
    )
    op.create_index(op.f('ix_search_documents_entry_id'), 'search_documents', ['entry_id'])
    op.execute('DELETE FROM search_blocks')
    op.execute('DELETE FROM search_words')
    counts = ', '.join(f'{name} = {number}' for name, number in numbers.items())
    op.execute(f'UPDATE search_totals SET articles = 0, words = 0, {counts}')
    op.execute(
        f'UPDATE search_progress SET version = {version}, below = (SELECT coalesce(max(id), 0) + 1 FROM articles)'
    )
