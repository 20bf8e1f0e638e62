"""Stories are found by the terms of titles and leads, with their frequencies

Revision ID: 0014
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Articles that are stored already get no terms: they are compared as before, for the week that they are compared.
    op.create_table('story_terms',
    sa.Column('term', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('article_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('term', 'article_id', name=op.f('pk_story_terms')),
    sqlite_with_rowid=False
    )
    op.create_table('term_frequencies',
    sa.Column('bucket', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('articles', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('bucket', name=op.f('pk_term_frequencies')),
    sqlite_with_rowid=False
    )
    op.add_column('fingerprints', sa.Column('terms', sa.LargeBinary(), server_default=sa.text("''"), nullable=False))
    op.create_index(op.f('ix_fingerprints_story_id_article_id'), 'fingerprints', ['story_id', 'article_id'])
    op.drop_index(op.f('ix_fingerprints_story_id'), table_name='fingerprints')
    op.drop_table('title_words')


def downgrade() -> None:
    op.create_table('title_words',
    sa.Column('word', sa.Text(), nullable=False),
    sa.Column('article_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('word', 'article_id', name=op.f('pk_title_words')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_fingerprints_story_id'), 'fingerprints', ['story_id'])
    op.drop_index(op.f('ix_fingerprints_story_id_article_id'), table_name='fingerprints')
    op.drop_column('fingerprints', 'terms')
    op.drop_table('term_frequencies')
    op.drop_table('story_terms')
