"""One row for each key of the index of stories

Revision ID: 0031
Revises: 0030
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None

AT_ONCE = 10_000
MOST = 50


def upgrade() -> None:
    op.create_table('story_keys',
    sa.Column('key', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('newest', sa.Integer(), nullable=False),
    sa.Column('articles', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_story_keys')),
    sqlite_with_rowid=False
    )
    # The lowest two bits of a key are its kind: hash of the text, title, term.
    _fill('shingles', 'hash', lambda value: value & -4)
    _fill('fingerprints', 'title_key', lambda value: value & -4 | 1)
    _fill('story_terms', 'term', lambda value: value * 4 + 2)
    op.drop_table('shingles')
    op.drop_table('story_terms')
    op.drop_index(op.f('ix_fingerprints_title_key'), table_name='fingerprints')
    op.drop_column('fingerprints', 'title_key')


def downgrade() -> None:
    # The articles of the last week are found by nothing: reports on the same news begin new stories.
    op.add_column('fingerprints', sa.Column('title_key', sa.BigInteger(), nullable=True))
    op.create_index(op.f('ix_fingerprints_title_key'), 'fingerprints', ['title_key'])
    for table, key in (('shingles', 'hash'), ('story_terms', 'term')):
        op.create_table(table,
        sa.Column(key, sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('article_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(key, 'article_id', name=op.f(f'pk_{table}')),
        sqlite_with_rowid=False
        )
    op.drop_table('story_keys')


def _fill(table: str, column: str, key_of: Callable[[int], int]) -> None:
    """Write one row for each value of a column, with its newest articles."""
    bind = op.get_bind()
    joined = 'group_concat' if bind.dialect.name == 'sqlite' else 'string_agg'
    if bind.dialect.name == 'postgresql':  # without statistics, as after a restore, each step would read all rows
        bind.execute(sa.text(f'ANALYZE {table}'))
    read = sa.text(
        f"SELECT {column}, {joined}(CAST(article_id AS text), ',') FROM {table}"
        f" WHERE {column} > :after GROUP BY {column} ORDER BY {column} LIMIT {AT_ONCE}"
    )
    write = sa.text('INSERT INTO story_keys VALUES (:key, :newest, :articles) ON CONFLICT DO NOTHING')
    after = -(1 << 63)
    while found := bind.execute(read, {'after': after}).all():
        ids = [(key_of(value), array('I', sorted(map(int, joined.split(',')))[-MOST:])) for value, joined in found]
        bind.execute(write, [{'key': key, 'newest': each[-1], 'articles': each.tobytes()} for key, each in ids])
        after = found[-1][0]
