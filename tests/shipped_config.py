"""The configuration that ships, loaded once in a process: reading all of its rules takes more than a second."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import settings

if TYPE_CHECKING:
    from monitor.settings import Settings

CONFIG = Path(__file__).parents[1] / "config"


@cache
def shipped() -> Settings:
    """Return the shipped configuration."""
    return settings.load(CONFIG, {})
