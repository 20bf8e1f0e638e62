"""Rules in words, as `rules show` prints them."""

from __future__ import annotations

import pytest

from monitor.core.errors import UsageError
from monitor.core.rules.wording import condition_tree, describe_condition, folded_lines
from tests.core.rule_samples import HEAD, book


def _written(body: str, lists: str = "") -> list[str]:
    text = HEAD + body
    return describe_condition(book(text.replace("rules:\n", f"lists:\n{lists}rules:\n", 1) if lists else text).rules[0])


def test_a_condition_is_written_out_with_its_lists_and_terms() -> None:
    body = """  any:
  - $l
  - {near: 3, ordered: yes, of: [alpha*, =Beta]}
  - {in: title, all: [{same: sentence, of: [x y, z]}, {mentions: 2, of: [alpha]}, {at_least: 1, of: [alpha]}]}
  none: [{term: gamma, plural: no, lang: [fr]}]
  ignore: [alpha beta]
"""
    assert _written(body, "  l: [AI, {all: [one, two]}]\n") == [
        "all of",
        "  any",
        "    $l",
        "      AI  (case-sensitive)",
        "      all",
        "        one",
        "        two",
        "    near: 3 ordered",
        "      alpha*",
        "      Beta  (case-sensitive)",
        "    in: title",
        "      all",
        "        same: sentence",
        "          x y",
        "          z",
        "        mentions: 2",
        "          alpha",
        "        at_least: 1",
        "          alpha",
        "  none",
        "    gamma  (no plural, only in fr)",
        "ignore",
        "  'alpha beta'",
    ]


def test_all_terms_of_a_long_list_are_written_once() -> None:
    words = [f"word{n}" for n in range(300)]

    written = _written("  any: [$l, {all: [$l, other]}]\n", f"  l: [{', '.join(words)}]\n")

    assert written[1:302] == ["  $l", *(f"    {word}" for word in words)]
    assert written[302:] == ["  all", "    $l (as above)", "    other"]


def test_an_operator_is_named_by_its_first_entries() -> None:
    condition = book(HEAD + "  any: [alpha, beta, {all: [gamma, delta]}]\n").rules[0].condition

    assert condition.short_form == "any ['alpha', 'beta', ...]"


FOLDED = """  any:
  - {in: title, all: [$long, {near: 3, of: [$long, $short]}]}
  - alpha
  ignore: [beta gamma]
"""
LISTS = "  long: [" + ", ".join(f"word{number}" for number in range(30)) + "]\n  short: [=Beta, z]\n"


def test_a_folded_condition_names_the_first_terms_of_a_long_list_and_writes_each_list_once() -> None:
    rule = book((HEAD + FOLDED).replace("rules:\n", f"lists:\n{LISTS}rules:\n", 1)).rules[0]

    assert folded_lines(rule) == [
        "any: alpha",
        "  in: title, all",
        "    $long (30 terms): word0, word1, word2, word3, word4, word5, word6, word7, ...",
        "    near: 3",
        "      $long (as above)",
        "      $short: Beta  (case-sensitive), z",
        "ignore: beta gamma",
    ]
    assert [node.size for node in condition_tree(rule)] == [33, 1]


NESTED = """lists:
  about: [{in: title, all: [$who, $what]}, {any: [{near: 4, of: [$who, ban]}]}]
  who: [{near: 1, of: [prime, minister]}, $courts]
  what: [law, bill]
  courts: [court, judge]
  games: [chess, $courts]
rules:
"""


def test_a_list_within_a_list_or_below_none_is_folded_to_one_line() -> None:
    rule = book((HEAD + "  any: [$about]\n  none: [$games]\n").replace("rules:\n", NESTED, 1)).rules[0]

    assert folded_lines(rule) == [
        "all of",
        "  $about",
        "    in: title, all",
        "      $who: prime, minister, court, judge",
        "      $what: law, bill",
        "    near: 4: ban",
        "      $who (as above)",
        "  none",
        "    $games: chess, court, judge",
    ]


def test_one_list_of_a_rule_is_written_out_by_its_name() -> None:
    rule = book((HEAD + "  any: [$about]\n  ignore: [$games]\n").replace("rules:\n", NESTED, 1)).rules[0]

    assert folded_lines(rule, "who") == ["$who", "  near: 1: prime, minister", "  $courts: court, judge"]
    assert folded_lines(rule, "$games") == ["$games: chess", "  $courts: court, judge"]
    with pytest.raises(UsageError, match="uses no list '\\$whom'; did you mean 'who'"):
        folded_lines(rule, "whom")
