"""The digest of each delivery, which follows renames

Revision ID: 0034
Revises: 0033
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None

KEY = re.compile(r'digest/(?P<name>.+)/\d{4}-\d\d-\d\dT\d{6}[+-]\d{4}/')


def upgrade() -> None:
    op.add_column('deliveries', sa.Column('digest_id', sa.Text(), nullable=False, server_default=''))
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, key FROM messages WHERE kind = 'digest'")).all()
    names = [{'message': row.id, 'name': key['name']} for row in rows if (key := KEY.match(row.key))]
    if names:
        connection.execute(sa.text('UPDATE deliveries SET digest_id = :name WHERE message_id = :message'), names)


def downgrade() -> None:
    with op.batch_alter_table('deliveries') as batch:
        batch.drop_column('digest_id')
