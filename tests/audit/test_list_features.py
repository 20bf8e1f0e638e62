"""Named lists as features of articles."""

from __future__ import annotations

from monitor.audit.feature_numbers import LISTS, FeatureNumbers
from monitor.core import rules
from monitor.core.rules import SourceFile

TEXT = """
version: 1
lists:
  works: [dredging, "quay wall", Künstliche Insel, 疏浚工程, 준설, K1监管, harbo*, "port authorit*",
    new deep water quay]
  places: [$works, fairway]
rules:
  - {id: ports, title: Ports, topic: port, status: test, any: [$places], tests: [{hit: Fairway}, {miss: No}]}
"""


def lists_of(*texts: str) -> list[list[str]]:
    found = FeatureNumbers(rules.load([SourceFile("ports.yaml", TEXT)])[0].rules).read(texts)[LISTS]
    names = ("places", "works")
    pairs = list(zip(found.rows.tolist(), found.numbers.tolist(), strict=True))
    return [sorted(names[number - 1] for at, number in pairs if at == row) for row in range(len(texts))]


def test_a_term_in_any_of_its_forms_stands_for_its_list_and_for_the_lists_around_it() -> None:
    both = ["places", "works"]
    texts = (
        "Dredging",
        "Two quay walls",
        "Eine künstliche Insel",
        "港口疏浚工程开始",
        "Port authorities",
        "A new deep",
        "항만 준설 공사",
        "\uff2b\uff11 监管",
    )
    for text, found in zip(texts, lists_of(*(f"{text} HARBOURS" for text in texts)), strict=True):
        assert found == sorted(both * 2), text
    assert lists_of("fairway") == [["places"]]
    for text in ("A wall of the quay", "疏浚", "疏浚。工程", "port of authorities", "Harb"):
        assert lists_of(text) == [[]], text


def test_each_occurrence_counts() -> None:
    assert lists_of("The fairway; a fairway") == [["places", "places"]]
