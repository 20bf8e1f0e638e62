"""Every operator key of the rule language."""

from __future__ import annotations

from monitor.core.matching.expressions import Operator
from monitor.core.rules.conditions import OPERATORS
from tests.core.rule_samples import HEAD, book, find

SAMPLES = {
    "any": "  any: [alpha, beta]\n",
    "all": "  all: [alpha, beta]\n",
    "none": "  any: [gamma]\n  none: [alpha]\n",
    "near": "  near: 3\n  of: [alpha, beta]\n",
    "at_least": "  at_least: 2\n  of: [alpha, beta]\n",
    "same": "  same: sentence\n  of: [alpha, beta]\n",
    "mentions": "  mentions: 2\n  of: [alpha, beta]\n",
}


def test_every_operator_key_is_read_matched_and_explained() -> None:
    assert SAMPLES.keys() == set(OPERATORS)
    for key, body in SAMPLES.items():
        found = find(body, "Alpha and beta") or find(body, "gamma")
        assert found is not None, key
        rule = book(HEAD + body).rules[0]
        assert key in {name.partition(":")[0] for name in (rule.condition.wording, *_wordings(rule.condition))}, key


def _wordings(condition: object) -> list[str]:
    return [each.wording for each in getattr(condition, "operands", ()) if isinstance(each, Operator)]
