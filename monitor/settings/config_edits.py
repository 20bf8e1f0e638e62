"""How commands edit files of the configuration: one command at a time, and a file as a whole."""

from __future__ import annotations

import fcntl
import os
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.runtime.file_replacing import replace_file


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder, so that two commands that edit its files do not lose each other's edit."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def replace_text(path: Path, text: str) -> None:
    """Replace the text of a file in one step; its permissions stay, and its byte order mark."""
    target = path.resolve()
    content = text.encode("utf-8-sig" if _has_byte_order_mark(target) else "utf-8")
    replace_file(target, content, target.stat().st_mode & 0o777 if target.exists() else 0o644)


def _has_byte_order_mark(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(BOM_UTF8)) == BOM_UTF8
    except FileNotFoundError:
        return False
