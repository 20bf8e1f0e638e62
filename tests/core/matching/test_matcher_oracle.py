"""The engine compared with a brute-force matcher, on random rules and texts."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.matching.matcher import Matcher, match_rule
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile, load
from tests.core.oracle import hits, matches

TERMS = st.sampled_from(
    [
        "chip",
        "export",
        "ban",
        "export ban",
        "AI",
        "AI chip",
        "chip ban",
        "policy",
        "poli*",
        "export poli*",
        "中国",
        "EU",
        "a",
        "חוקה",
        "कानून",
    ]
)
LISTS = st.sampled_from(["$one", "$two"])
WORDS = [
    "chip",
    "chips",
    "export",
    "ban",
    "AI",
    "ai",
    "policy",
    "policies",
    "EU",
    "a",
    "中国",
    "中",
    "国",
    "החוקה",
    "क़ानूनों",
    "other",
]


@st.composite
def _placed(draw: st.DrawFn, depth: int = 2) -> Any:
    """Generate an entry with positions."""
    kind = draw(st.sampled_from(["term", "list", "any", "near"] if depth else ["term", "list"]))
    if kind == "term":
        return draw(TERMS)
    if kind == "list":
        return draw(LISTS)
    entry: dict[str, Any] = {"any": [draw(_placed(depth - 1)) for _ in range(draw(st.integers(1, 3)))]}
    if kind == "near":
        entry = {"near": draw(st.integers(0, 6)), "of": [draw(_placed(depth - 1)) for _ in range(2)]}
        entry |= draw(st.sampled_from([{}, {"ordered": "yes"}, {"ordered": "no"}]))
    return draw(_zoned(entry))


@st.composite
def _condition(draw: st.DrawFn, depth: int = 2) -> Any:
    """Generate any entry."""
    kinds = ["placed", "same", "mentions", "at_least", "keys"] if depth else ["placed"]
    kind = draw(st.sampled_from(kinds))
    if kind == "placed":
        return draw(_placed())
    number = draw(st.integers(1, 3))
    if kind in {"same", "mentions"}:
        how = draw(st.sampled_from(["sentence", "paragraph"])) if kind == "same" else draw(st.integers(1, 4))
        return draw(_zoned({kind: how, "of": [draw(_placed(1)) for _ in range(number)]}))
    if kind == "at_least":
        of = [draw(_condition(depth - 1)) for _ in range(number)]
        return draw(_zoned({"at_least": draw(st.integers(1, number)), "of": of}))
    keys = draw(st.lists(st.sampled_from(["any", "all", "none"]), min_size=1, max_size=3, unique=True))
    return draw(_zoned({key: [draw(_condition(depth - 1)) for _ in range(draw(st.integers(1, 2)))] for key in keys}))


@st.composite
def _zoned(draw: st.DrawFn, entry: dict[str, Any]) -> dict[str, Any]:
    zone = draw(st.sampled_from(["", "", "", "title", "lead", "body"]))
    return {"in": zone, **entry} if zone else entry


@st.composite
def _rule(draw: st.DrawFn) -> dict[str, Any]:
    rule: dict[str, Any] = {"any": [draw(_condition()) for _ in range(draw(st.integers(1, 3)))]}
    for key in draw(st.sampled_from([(), (), ("none",), ("ignore",), ("none", "ignore")])):
        rule[key] = [draw(_placed(1)) for _ in range(draw(st.integers(1, 2)))]
    first = draw(st.sampled_from([{}, {}, {"unless_topic": "any"}, {"unless_topic": "chips"}]))
    topic, status = draw(st.sampled_from(["chips", "bans"])), draw(st.sampled_from(["live", "test"]))
    return rule | first | {"topic": topic, "status": status}


@st.composite
def _lists(draw: st.DrawFn) -> dict[str, list[Any]]:
    one = [draw(TERMS) for _ in range(draw(st.integers(1, 3)))]
    return {"one": one, "two": draw(st.lists(st.one_of(TERMS, st.just("$one")), min_size=1, max_size=3))}


BREAKS = st.sampled_from(
    [*[" "] * 4, ", ", "-", ". ", ": ", ";", "! ", "。", "।", ",", "\n", "\n- ", "\n\n", ".\n\n"],
)


@st.composite
def _texts(draw: st.DrawFn, most: int) -> str:
    pieces = draw(st.lists(st.tuples(st.sampled_from(WORDS), BREAKS), max_size=most))
    return "".join(word + after for word, after in pieces)


def _yes(entry: Any) -> Any:
    """Evaluate `yes` and `no` for the oracle."""
    if isinstance(entry, dict):
        return {key: value == "yes" if key == "ordered" else _yes(value) for key, value in entry.items()}
    return [_yes(each) for each in entry] if isinstance(entry, list) else entry


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(_rule(), min_size=1, max_size=4),
    _lists(),
    _texts(5),
    _texts(30),
)
def test_the_engine_finds_what_brute_force_finds(
    rules: list[dict[str, Any]], lists: dict[str, list[Any]], title: str, text: str
) -> None:
    title = title.replace("\n\n", " ")
    heads = [{"id": f"rule-{number}", "title": "T", **rule} for number, rule in enumerate(rules)]
    book, problems = load([SourceFile("r.yaml", json.dumps({"lists": lists, "rules": heads}, ensure_ascii=False))])
    errors = {problem.code for problem in problems if problem.level == "error"}
    assert errors <= {"E030", "E031"}  # near or same of what stands in zones apart; no term that must be there

    matcher, article = Matcher(book.rules), Article(title=title, text=text)
    found = {match.rule_id for match in matcher.match(article, Source())}

    loaded = {rule.id for rule in book.rules}
    sound = [_yes(head) for head in heads if head["id"] in loaded]
    assert found == hits(sound, _yes(lists), title, text)
    everything = matcher.scan(article, Source())
    wanted = {rule["id"] for rule in sound if matches(rule, _yes(lists), title, text)}
    single = {rule.id: match_rule(rule, everything, Source()) for rule in book.rules}
    assert wanted == {rule_id for rule_id, match in single.items() if match is not None}
    for rule in book.rules:
        own = Matcher([rule]).scan(article, Source())
        assert match_rule(rule, own, Source()) == single[rule.id]
