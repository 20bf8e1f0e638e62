"""Promise 1: kill -9 at any moment, start again, and the hits are those of an undisturbed run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sample_service import BAD, Service, events, running

if TYPE_CHECKING:
    from pathlib import Path

RESTARTS = (0, 1, 2, 4)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[Any, ...]]:
    """The hits of a run that is not killed."""
    with running(tmp_path_factory.mktemp("undisturbed")) as service:
        totals = service.json("poll")
        assert (totals["failed"], totals["partial"]) == (len(BAD), 0), totals
        return hits_of(service)


@pytest.mark.parametrize("polls", RESTARTS)
def test_a_poll_that_is_killed_loses_nothing(tmp_path: Path, undisturbed: set[tuple[Any, ...]], polls: int) -> None:
    with running(tmp_path) as service:
        victim = service.start("--verbose", "poll")
        polled = 0
        for entry in events(victim):
            polled += entry["event"] in {"feed changed", "feed failed"}
            if polled >= polls:
                break
        victim.kill()
        victim.communicate()
        assert service.inside("ledger")[0] == 0

        assert service.inside("poll", "--all")[0] == 1
        assert hits_of(service) == undisturbed
        assert service.inside("db", "check")[0] == 0
        assert service.inside("ledger")[0] == 0
        assert differences_of(service) == []


def differences_of(service: Service) -> list[dict[str, Any]]:
    """Return the differences of the ledger; the entries of the poll that was not killed must be counted."""
    rows = service.json("ledger")
    assert sum(row["count"] for row in rows if row["item"] == "seen") > 0
    return [row for row in rows if row["kind"] == "difference"]


def hits_of(service: Service) -> set[tuple[Any, ...]]:
    """Return all hits without what differs from run to run."""
    found = service.json("hits")
    assert len({(hit["rule_id"], hit["article_id"]) for hit in found}) == len(found)
    return {
        (
            hit["rule_id"],
            hit["feed_id"],
            hit["title"],
            hit["text_hash"],
            tuple(e["as_written"] for e in hit["evidence"]),
        )
        for hit in found
    }
