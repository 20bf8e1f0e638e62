"""The working folder of this process, which may be deleted while it runs."""

from __future__ import annotations

import os
from contextlib import suppress

from monitor.core.errors import MonitorError


def check() -> None:
    """Raise MonitorError if the working folder is gone or cannot be entered."""
    with suppress(FileNotFoundError):
        if os.access(os.getcwd(), os.X_OK):  # noqa: PTH109 - not a path to work with
            return
    raise MonitorError("the working folder was deleted or cannot be entered: start the program in another folder")
