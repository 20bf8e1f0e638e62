"""Each test works in a folder of its own, so that paths in messages are short and the same everywhere."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Path("config")
