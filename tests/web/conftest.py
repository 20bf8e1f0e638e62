"""A running web server over a store with hits, with and without a token."""

from __future__ import annotations

import pytest
from browser_session import started_browser
from sample_polls import a_find, a_poll
from web_clients import TOKEN, load_config, running_server


@pytest.fixture
def store_with_hits(store):
    """A store with one article and a hit of each rule."""
    store.record(a_poll(a_find("one", "inquiries", "fines")))
    return store


@pytest.fixture
def client(store_with_hits, tmp_path):
    """A client of a server without a token."""
    with running_server(load_config(tmp_path / "config", store_with_hits._address)) as client:
        yield client


@pytest.fixture
def anonymous(store_with_hits, tmp_path):
    """A client that is not signed in, of a server with a token."""
    with running_server(load_config(tmp_path / "config", store_with_hits._address, TOKEN)) as client:
        yield client


@pytest.fixture(scope="session")
def browser():
    """A Chromium for all tests of a process; each opens a page of its own."""
    with started_browser() as page:
        yield page
