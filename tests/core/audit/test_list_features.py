"""Named lists as features of articles."""

from __future__ import annotations

from monitor.core import rules
from monitor.core.audit.list_features import ListFeatures
from monitor.core.rules import SourceFile

TEXT = """
version: 1
lists:
  works: [dredging, "quay wall", Künstliche Insel, 疏浚工程, harbo*, "port authorit*", new deep water quay]
  places: [$works, fairway]
rules:
  - {id: ports, title: Ports, topic: port, status: test, any: [$places], tests: [{hit: Fairway}, {miss: No}]}
"""


def lists_of(text: str) -> list[str]:
    return sorted(ListFeatures(rules.load([SourceFile("ports.yaml", TEXT)])[0].rules)(text))


def test_a_term_in_any_of_its_forms_stands_for_its_list_and_for_the_lists_around_it() -> None:
    both = ["places", "works"]
    for text in (
        "Dredging",
        "Two quay walls",
        "Eine künstliche Insel",
        "港口疏浚工程开始",
        "Port authorities",
        "A new deep",
    ):
        assert lists_of(f"{text} HARBOURS") == sorted(both * 2), text
    assert lists_of("fairway") == ["places"]
    for text in ("A wall of the quay", "疏浚", "port of authorities", "Harb"):
        assert lists_of(text) == [], text


def test_each_occurrence_counts() -> None:
    assert lists_of("The fairway; a fairway") == ["places", "places"]
