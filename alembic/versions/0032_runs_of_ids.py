"""Ids of joined search volumes as runs

Revision ID: 0032
Revises: 0031
"""

from __future__ import annotations

from array import array
from itertools import repeat

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None

SEGMENT_BYTES = 1024


def upgrade() -> None:
    # Volumes of one segment are recognized by the length of their ids.
    for volume, ids in _volumes():
        runs = _to_runs(array('i', ids))
        if len(ids) > SEGMENT_BYTES and len(runs) < len(ids):
            _save(volume, runs)


def downgrade() -> None:
    for volume, ids in _volumes():
        if _are_runs(ids):
            _save(volume, _to_plain(array('i', ids[1:])))


def _volumes() -> list[tuple[int, bytes]]:
    """Return the volumes, but the one of articles without postings; damaged ones are left for `db check` to name."""
    rows = op.get_bind().execute(sa.text('SELECT volume, ids FROM search_volumes WHERE volume != 0')).all()
    return [(volume, bytes(ids)) for volume, ids in rows if len(ids) % 4 == 0 or _are_runs(ids)]


def _are_runs(ids: bytes) -> bool:
    return len(ids) % 8 == 1 and ids[:1] == b'r'


def _save(volume: int, ids: bytes) -> None:
    op.get_bind().execute(
        sa.text('UPDATE search_volumes SET ids = :ids WHERE volume = :volume'), {'ids': ids, 'volume': volume}
    )


def _to_runs(ids: array[int]) -> bytes:
    runs = array('i')
    for each in ids:
        if runs and each == (runs[-2] + runs[-1] if each > 0 else runs[-2]):
            runs[-1] += 1
        else:
            runs.extend((each, 1))
    return b'r' + runs.tobytes()


def _to_plain(runs: array[int]) -> bytes:
    ids = array('i')
    for first, count in zip(runs[::2], runs[1::2], strict=True):
        ids.extend(range(first, first + count) if first > 0 else repeat(first, count))
    return ids.tobytes()
