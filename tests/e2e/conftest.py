"""A complete service for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sample_service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service with good and bad outlets and a configuration that polls them; nothing has run yet."""
    with running(tmp_path) as started:
        yield started
