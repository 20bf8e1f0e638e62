"""Every operator defines all abstract members."""

from __future__ import annotations

import pytest

from monitor.core.matching import alternatives, logic, proximity
from monitor.core.matching.expressions import Operator
from monitor.core.problems import ProblemList
from monitor.core.rules.conditions import CONDITION_KEYS, OPERATORS, ConditionReader
from monitor.core.yaml_nodes import Mark
from tests.core.rule_samples import HEAD, book, find

ABSTRACT = [name for name, member in vars(Operator).items() if getattr(member, "__isabstractmethod__", False)]
OPERATOR_CLASSES = [
    value
    for module in (alternatives, logic, proximity)
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Operator) and value not in (Operator, alternatives.SingleOperand)
]
SAMPLES = {
    "any": "  any: [alpha, beta]\n",
    "all": "  all: [alpha, beta]\n",
    "none": "  any: [gamma]\n  none: [alpha]\n",
    "near": "  near: 3\n  of: [alpha, beta]\n",
    "at_least": "  at_least: 2\n  of: [alpha, beta]\n",
    "same": "  same: sentence\n  of: [alpha, beta]\n",
    "mentions": "  mentions: 2\n  of: [alpha, beta]\n",
}


@pytest.mark.parametrize("operator", OPERATOR_CLASSES, ids=lambda operator: operator.__name__)
def test_an_operator_states_all_that_the_engine_needs(operator: type[Operator]) -> None:
    assert {"operands_needed", "derive", "explain_miss", "signature"} <= set(ABSTRACT)
    stated = [name for name in ABSTRACT if not getattr(getattr(operator, name), "__isabstractmethod__", False)]
    assert stated == ABSTRACT


def test_every_operator_key_is_read_matched_and_explained() -> None:
    assert SAMPLES.keys() == set(OPERATORS)
    for key, body in SAMPLES.items():
        found = find(body, "Alpha and beta") or find(body, "gamma")
        assert found is not None, key
        rule = book(HEAD + body).rules[0]
        assert key in {name.partition(":")[0] for name in (rule.condition.wording, *_wordings(rule.condition))}, key


def _wordings(condition: object) -> list[str]:
    return [each.wording for each in getattr(condition, "operands", ()) if isinstance(each, Operator)]


def test_an_operator_key_that_no_class_stands_for_is_refused_and_not_taken_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from monitor.core.rules import conditions
    from monitor.core.yaml_nodes import MappingNode, ScalarNode, SequenceNode

    monkeypatch.setattr(conditions, "OF_OPERATORS", {**conditions.OF_OPERATORS, "twice": "twice"})
    monkeypatch.setattr(conditions, "OPERATORS", (*OPERATORS, "twice"))
    mark = Mark("r.yaml", 1, 1)
    entries = {"twice": ScalarNode("2", mark), "of": SequenceNode((ScalarNode("alpha", mark),), mark)}
    node = MappingNode(entries, mark, dict.fromkeys(entries, mark))

    with pytest.raises(AssertionError, match="twice"):
        ConditionReader(ProblemList()).mapping(node, (*CONDITION_KEYS, "twice"))
