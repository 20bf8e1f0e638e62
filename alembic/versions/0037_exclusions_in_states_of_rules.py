"""States of rules say which terms only exclude

No table changes: a program from before could not read such states when it writes a digest. It refuses a database of
this revision instead, and the copy that is made before a migration leads back to it.

Revision ID: 0037
Revises: 0036
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None

STATES = sa.table('rule_states', sa.column('rule_id'), sa.column('since'), sa.column('state', sa.Text))


def upgrade() -> None:
    pass


def downgrade() -> None:
    connection = op.get_bind()
    states = connection.execute(sa.select(STATES).where(STATES.c.state.contains('"excluded"'))).all()
    for rule_id, since, text in states:
        kept = {key: value for key, value in json.loads(text).items() if key != 'excluded'}
        state = json.dumps(kept, ensure_ascii=False, separators=(',', ':'))
        row = sa.and_(STATES.c.rule_id == rule_id, STATES.c.since == since)
        connection.execute(sa.update(STATES).where(row).values(state=state))
