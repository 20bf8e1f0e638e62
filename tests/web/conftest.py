"""The page over a store of its own, open or with a token."""

from __future__ import annotations

import pytest
from sample_polls import a_find, a_poll
from visitors import TOKEN, configured, visiting


@pytest.fixture
def filled(store):
    """A store with one article and a hit of each rule."""
    store.record(a_poll(a_find("one", "inquiries", "fines")))
    return store


@pytest.fixture
def visitor(filled, tmp_path):
    """Who looks at the open page."""
    with visiting(configured(tmp_path / "config", filled._address)) as client:
        yield client


@pytest.fixture
def stranger(filled, tmp_path):
    """Who looks at the page that asks for a token."""
    with visiting(configured(tmp_path / "config", filled._address, TOKEN)) as client:
        yield client
