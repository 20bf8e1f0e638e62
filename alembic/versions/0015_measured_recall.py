"""Measured recall

Revision ID: 0015
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_rankings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('trained_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('training_hash', sa.Text(), nullable=False),
    sa.Column('rules_hash', sa.Text(), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('relevant', sa.Integer(), nullable=False),
    sa.Column('irrelevant', sa.Integer(), nullable=False),
    sa.Column('assumed', sa.Integer(), nullable=False),
    sa.Column('ranked', sa.Integer(), nullable=False),
    sa.Column('hits', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_rankings'))
    )
    op.create_table('possible_misses',
    sa.Column('article_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('listed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ranking_id', sa.Integer(), nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('terms', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['articles.id'], name=op.f('fk_possible_misses_article_id_articles')),
    sa.PrimaryKeyConstraint('article_id', name=op.f('pk_possible_misses'))
    )
    op.create_table('audit_samples',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rules_hash', sa.Text(), nullable=False),
    sa.Column('planned', sa.Integer(), nullable=False),
    sa.Column('sizes', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_samples'))
    )
    op.create_table('sampled_articles',
    sa.Column('article_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('sample_id', sa.Integer(), nullable=False),
    sa.Column('stratum', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('score', sa.Float(), nullable=True),
    sa.Column('terms', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['articles.id'], name=op.f('fk_sampled_articles_article_id_articles')),
    sa.ForeignKeyConstraint(['sample_id'], ['audit_samples.id'], name=op.f('fk_sampled_articles_sample_id_audit_samples')),
    sa.PrimaryKeyConstraint('article_id', name=op.f('pk_sampled_articles'))
    )
    op.create_index(op.f('ix_sampled_articles_sample_id'), 'sampled_articles', ['sample_id'])
    op.create_table('judgements',
    sa.Column('article_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('relevant', sa.Boolean(), nullable=False),
    sa.Column('judged_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('matched', sa.Boolean(), nullable=False),
    sa.Column('rules_hash', sa.Text(), nullable=False),
    sa.Column('text_hash', sa.Text(), nullable=False),
    sa.Column('stratum', sa.Text(), nullable=False),
    sa.Column('sample_id', sa.Integer(), nullable=True),
    sa.Column('weight', sa.Float(), nullable=True),
    sa.Column('score', sa.Float(), nullable=True),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['articles.id'], name=op.f('fk_judgements_article_id_articles')),
    sa.PrimaryKeyConstraint('article_id', name=op.f('pk_judgements'))
    )
    op.create_table('suggestions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('rule_id', sa.Text(), nullable=False),
    sa.Column('suggested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('edit', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suggestions'))
    )


def downgrade() -> None:
    for table in ('suggestions', 'judgements', 'sampled_articles', 'audit_samples', 'possible_misses', 'audit_rankings'):
        op.drop_table(table)
