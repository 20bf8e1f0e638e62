"""Insertions into rule files as people write them: nothing else of the file changes."""

from __future__ import annotations

import difflib

import pytest

from monitor.core.audit import rule_edits
from monitor.core.errors import UsageError
from monitor.core.yaml_parser import parse_yaml

HEAD = "# Ports\nversion: 1\nrules:\n"
LAYOUTS = {
    "comments": "  - id: ports # one\n    # before\n    any:\n      # first\n      - quay # why\n      - 'tug'\n",
    "list at the indent of its key": "- id: ports\n  any:\n  - quay\n  - tug\n  tests:\n  - hit: The quay\n",
    "wide": "    -     id: ports\n          any:\n                -    quay\n                -    tug\n",
    "brackets over lines": '  - id: ports\n    any: [ # strong\n      quay, # a\n      "tug"   ,\n    ]\n',
    "bracket alone": "  - id: ports\n    any: [\n      quay,\n      tug ]\n",
    "empty brackets": "  - id: ports\n    any: [ ]\n    tests: [{hit: The quay}]\n",
    "rule in braces": "  - {id: ports, any: [quay, tug]}\n",
    "blocks": "  - id: ports\n    note: |\n      any:\n        - no\n"
    "    any:\n      - >-\n        quay\n        wall\n      - |\n        tug\n",
    "quoted keys": "  - \"id\": 'ports'\n    'any':\n      - quay\n    \"tests\": [{hit: x}]\n",
    "comment after the dash": "  - # ports\n    id: ports\n    any: # list\n\n      - quay\n\n      - tug\n",
    "question marks": "  - ? id\n    : ports\n    ? any\n    : [quay]\n",
    "nested": "  - id: ports\n    any:\n    - {all: [quay, {any: [a, b]}]}\n    - near: 5\n      of: [a, b]\n",
    "no list": "  - id: ports\n    all: [{any: [quay]}]\n    tests:\n      - hit: q\n",
    "no line end": "  - id: ports\n    any: [quay]",
    "tabs between": "  - id: ports\t# tab\n    any:\n      - quay\t# tab\n      - tug\t\n",
    "other line ends": "  - id: ports # \u2028\n    title: 'a\u2028   b \U0001f600'\n    any: [quay, 'x\x85  y']\n",
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_an_insertion_adds_one_entry_and_removes_nothing(layout: str, line_end: str) -> None:
    text = (HEAD + layout).replace("\n", line_end)
    for key, entry in (("any", "{near: 10, of: [pier, mole]}"), ("none", "football"), ("tests", '{hit: "New: quay"}')):
        edited = rule_edits.insert(text, "ports.yaml", "ports", key, entry)
        matcher = difflib.SequenceMatcher(None, text, edited, autojunk=False)
        assert "".join(text[a:b] for kind, a, b, _, _ in matcher.get_opcodes() if kind != "equal").strip(" ") == ""
        assert edited.count("\n") == edited.count(line_end)
        first = rule_edits._rule(edited, "", "ports").entries[key].entries[0]  # type: ignore[union-attr]
        assert rule_edits._values(first) == rule_edits._values(parse_yaml(entry, "")[0])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "layout", ["  - id: ports\n    any: quay\n", "  - id: ports\n    any:\n    tests: [{hit: x}]\n"]
)
def test_a_list_that_is_none_is_refused_with_the_entry_to_add_by_hand(layout: str) -> None:
    with pytest.raises(UsageError, match="not a list; put it into brackets first, or add this entry by hand: pier"):
        rule_edits.insert(HEAD + layout, "ports.yaml", "ports", "any", "pier")


@pytest.mark.parametrize("entry", ["x]\n  - id: other", "a: b: c", "[pier", "*alias", "'pier", ""])
def test_an_entry_that_would_change_more_than_the_list_is_refused(entry: str) -> None:
    for layout in ("  - id: ports\n    any: [quay]\n", "  - id: ports\n    any:\n      - quay\n"):
        with pytest.raises(UsageError):
            rule_edits.insert(HEAD + layout, "ports.yaml", "ports", "any", entry)
