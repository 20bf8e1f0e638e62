"""Fixtures of the tests of deliveries."""

import pytest
from deliver_fixtures import Clock, Mailbox


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def phone() -> Mailbox:
    return Mailbox("phone")
