"""Jobs for workers, and the turns of hosts that workers share: on PostgreSQL only

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

TURNS = """
CREATE TABLE host_turns (
    host text CONSTRAINT pk_host_turns PRIMARY KEY,
    started_at timestamp with time zone NOT NULL,
    gap double precision NOT NULL
)
"""
LANES = 'CREATE INDEX ix_procrastinate_jobs_lock ON procrastinate_jobs (lock)'
"""Ours: without it, each look for a job reads all jobs for each one that waits for its lane."""
TABLES = ('events', 'periodic_defers', 'jobs', 'workers')
TYPES = ('job_to_defer_v1', 'job_event_type', 'job_status')
FUNCTIONS = """
DO $$ DECLARE each regprocedure; BEGIN
    FOR each IN SELECT oid::regprocedure FROM pg_proc
        WHERE proname LIKE 'procrastinate\\_%' AND pronamespace = current_schema()::regnamespace
    LOOP EXECUTE 'DROP FUNCTION ' || each || ' CASCADE'; END LOOP;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        from procrastinate.schema import SchemaManager  # of a version that pyproject.toml holds to 3.10

        for sql in (SchemaManager.get_schema(), LANES, TURNS):
            execute(sql)


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        execute('DROP TABLE host_turns')
        execute(FUNCTIONS)
        for table in TABLES:
            execute(f'DROP TABLE procrastinate_{table}')
        for kind in TYPES:
            execute(f'DROP TYPE procrastinate_{kind}')


def execute(sql: str) -> None:
    """Send it as it is: several statements in one, and percent signs that are no parameters."""
    op.get_bind().exec_driver_sql(sql, execution_options={'no_parameters': True})
