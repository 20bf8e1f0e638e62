"""Replaces a configuration file in one step, so that a crash leaves the old text or the new one."""

from __future__ import annotations

import fcntl
import os
import tempfile
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder, so that two commands that edit its files do not lose each other's edit."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def replace_file(path: Path, text: str) -> None:
    """Write a file and put it in the place of another one; its permissions stay, and its byte order mark."""
    target = path.resolve()
    encoding = "utf-8-sig" if _has_byte_order_mark(target) else "utf-8"
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding=encoding, newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _has_byte_order_mark(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(BOM_UTF8)) == BOM_UTF8
    except FileNotFoundError:
        return False
