"""YAML read as text with positions: what is kept as typed, what is refused, and the messages."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import yaml_parser
from monitor.core.yaml_comments import COMMENT, find_comments
from monitor.core.yaml_nodes import MappingNode, Mark, ScalarNode, SequenceNode, walk
from monitor.core.yaml_parser import MAX_YAML_BYTES, parse_yaml


def _lines(text: str) -> list[str]:
    return [str(problem) for problem in parse_yaml(text, "f.yaml")[1]]


def _texts(text: str) -> list[str]:
    root, problems = parse_yaml(text, "f.yaml")
    assert problems == []
    assert root is not None
    return [node.text for node in walk(root) if isinstance(node, ScalarNode)]


def test_scalars_stay_what_was_typed() -> None:
    assert _texts("[no, on, 12:30, 010, 1e3, ~, 2026-01-31, '', \"q\"]") == [
        "no", "on", "12:30", "010", "1e3", "~", "2026-01-31", "", "q",
    ]  # fmt: skip


def test_nodes_know_where_they_start_and_how_they_are_written() -> None:
    root, _ = parse_yaml("é中:\n  - 'a'\n  - |\n    one\n    two\n  - b\n    c\nkey: {x: y}\n", "f.yaml")

    assert isinstance(root, MappingNode)
    held = root.entries["é中"]
    assert isinstance(held, SequenceNode)
    quoted, block, plain = held.entries
    assert quoted == ScalarNode("a", Mark("f.yaml", 2, 5), "'", 1, 0)
    assert isinstance(block, ScalarNode)
    assert (block.text, block.style, block.indent, block.mark.line) == ("one\ntwo\n", "|", 4, 3)
    assert isinstance(plain, ScalarNode)
    assert (plain.text, plain.plain, plain.lines) == ("b c", True, 2)
    assert root.keys["key"] == Mark("f.yaml", 8, 1)


@pytest.mark.parametrize(("text", "null"), [("~", True), ("null", True), ("'null'", False), ("no", False)])
def test_nothing_is_nothing_only_when_it_is_plain(text: str, null: bool) -> None:
    root, _ = parse_yaml(text, "f.yaml")

    assert isinstance(root, ScalarNode)
    assert root.null is null


def test_an_empty_file_is_nothing_and_no_problem() -> None:
    assert parse_yaml("", "f.yaml") == (None, [])
    assert parse_yaml("# only a comment\n", "f.yaml") == (None, [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: @foo\n", "1:4: error: E001 YAML: '@' cannot start a text; quote the text: \"@...\""),
        ("é中: @x\n", "1:5: error: E001 YAML: '@' cannot start a text; quote the text: \"@...\""),
        ("a: `x`\n", "1:4: error: E001 YAML: '`' cannot start a text; quote the text: \"`...\""),
        ("a: %x\n", "1:4: error: E001 YAML: '%' cannot start a text; quote the text: \"%...\""),
        ("a:\n\tb: c\n", "2:1: error: E001 YAML: a tab cannot start a text; indent with spaces"),
        (
            "a: b: c\n",
            "1:5: error: E001 YAML: mapping values are not allowed in this context; quote the text that holds ': '",
        ),
        (
            "a: [b, c\n",
            "2:1: error: E001 YAML: did not find expected ',' or ']'; close the bracket of 1:4, or quote text that holds , ? : # or quotes",  # noqa: E501
        ),
        (
            "a: [b, AI #safety, c]\nd: e\n",
            "1:11: error: E001 '#safety' is a comment to YAML, up to the end of its line; quote the text that holds #",
        ),
        (
            "a: ['b #1]', C#, AI # 1]\nd: e\nf: g\n",
            "1:21: error: E001 '# 1' is a comment to YAML, up to the end of its line; quote the text that holds #",
        ),
        (
            "a: [#1 of b, c]\nd: e\n",
            "1:5: error: E001 '#1 of b' is a comment to YAML, up to the end of its line; quote the text that holds #",
        ),
        (
            "a: [#MeToo, c]\nd:\n  - e\n",
            "1:5: error: E001 '#MeToo' is a comment to YAML, up to the end of its line; quote the text that holds #",
        ),
        (
            "a: [b] #c [d]\ne:\n- f: [{]\n",
            "3:8: error: E001 YAML: did not find expected node content; quote text that starts with , ? : { [ or ]",
        ),
        (
            "a:\n- {b: [c, #1]}\n\n- d\n",
            "2:11: error: E001 '#1' is a comment to YAML, up to the end of its line; quote the text that holds #",
        ),
        ("a: b\nc: “d: e”\n", "2:4: error: E001 “ does not quote a text in YAML; type \" or ' around it"),
        (
            "a: ['b”, c]\n",
            (
                "1:5: error: E001 YAML: found unexpected end of stream; this quote is not closed, "
                "and ” in column 7 is not a quote in YAML; type \" or '"
            ),
        ),
        (
            "a:\n- id:\u00a0b\n  c: d\n",
            "2:6: error: E001 the character U+00A0 looks like a space but is not one; type a space instead",
        ),
        ('a: "b\n', "1:4: error: E001 YAML: found unexpected end of stream; this quote is not closed"),
        (
            "a:\n  b: 'tis the rule\n  c: d\n",
            "2:6: error: E001 YAML: found unexpected end of stream; this quote is not closed",
        ),
        (
            "a: b\n   c: d\n",
            "2:5: error: E001 YAML: mapping values are not allowed in this context; check the indentation of this line",
        ),
        (
            "a:\n- near:2\n  of: c\n",
            (
                "3:5: error: E001 YAML: mapping values are not allowed in this context; "
                "put a space after 'near:' in the line before"
            ),
        ),
        (
            "a:\n  - b: c\n\u00a0   d: e\n    f: g\n",
            "3:1: error: E001 the character U+00A0 looks like a space but is not one; type a space instead",
        ),
        ("a:\n- b\n-c\nd: e\n", "3:1: error: E001 an entry starts with '- ', a hyphen and a space, not with '-'"),
        ("a:\n- b\n•\u00a0c\nd: e\n", "3:1: error: E001 an entry starts with '- ', a hyphen and a space, not with '•'"),
        (
            "a:\n- near: 5, of: [b]\n",
            (
                "2:14: error: E001 YAML: mapping values are not allowed in this context; write each key on a line of "
                "its own, or all within { }; or quote the text that holds ': '"
            ),
        ),
        ("a: [b],\nc: d\n", "1:7: error: E001 YAML: did not find expected key; delete this comma"),
        ("a:\n  * b\n  * c\n", "2:3: error: E001 an entry starts with '- ', a hyphen and a space, not with '*'"),
        (
            "a: b\n<<<<<<< HEAD\nc: d\n=======\nc: e\n>>>>>>> main\n",
            "2:1: error: E001 a conflict of two edits, marked by git; keep one and delete the lines of < = and >",
        ),
        (
            "a: [b,\n<<<<<<< HEAD\n c,\n=======\n d,\n>>>>>>> main\n e]\n",
            "2:1: error: E001 a conflict of two edits, marked by git; keep one and delete the lines of < = and >",
        ),
        ("a: b\nc：d\ne: f\n", "2:1: error: E001 no ':' after 'c'; write c: d"),  # noqa: RUF001
        (
            "a:\n- b: c\n\td: e\n",
            "3:1: error: E001 YAML: found a tab character that violates indentation; indent with spaces",
        ),
        (
            "a: [!x]\n",
            "1:7: error: E001 YAML: did not find expected whitespace or line break; quote the text that starts with !",
        ),
        (
            'a: "\\q"\n',
            "1:5: error: E001 YAML: found unknown escape character; use 'single quotes' around text with \\ or \"",
        ),
        (
            "a:\n  - b\n - c\n",
            "3:2: error: E001 YAML: did not find expected key; check the indentation, or quote text that goes on after a quote",  # noqa: E501
        ),
        (
            "```yaml\na: 1\n```\n",
            "1:1: error: E001 YAML: '`' cannot start a text; delete the lines of ``` around the text",
        ),
        (
            '- id: x\n  query: "data center" AND water\n',
            "2:24: error: E001 YAML: did not find expected key; put the whole search string in 'single quotes'",
        ),
        (
            '"AI summit" AND (India OR Paris)\n',
            "1:13: error: E001 YAML: did not find expected <document start>; a search string is the `query:` of a rule, in 'single quotes'",  # noqa: E501
        ),
        (
            'any: ["data center" AND water]\n',
            "1:21: error: E001 YAML: did not find expected ',' or ']'; a search string is the `query:` of a rule, in 'single quotes'",  # noqa: E501
        ),
        (
            "a: ,b\n",
            "1:4: error: E001 YAML: did not find expected node content; quote text that starts with , ? : { [ or ]",
        ),
        (
            "a: | x\n  b\n",
            "1:6: error: E001 YAML: did not find expected comment or line break; check quotes and indentation",
        ),
        ("a: *foo\n", "1:4: error: E001 alias '*foo' is not allowed; quote a term that starts with *"),
        ("a: &x b\n", "1:4: error: E001 anchor '&x' is not allowed; quote a term that starts with &"),
        ("a: !x b\n", "1:4: error: E001 tag '!x' is not allowed; quote a term that starts with !"),
        ("%TAG ! x\n---\na: b", "1:1: error: E001 a line that starts with %; quote a term that starts with %"),
        (
            "# x\n\n%YAML 1.1\n---\na: b\n",
            "3:1: error: E001 a line that starts with %; quote a term that starts with %",
        ),
        ("a: b\n---\nc: d\n", "2:1: error: E001 a second document ('---') in one file; make it a file of its own"),
        (
            "id: a\n\nid: b\n",
            "3:1: error: E003 duplicate key 'id' (YAML would silently keep only the last); of several entries, start each with '- id:'",  # noqa: E501
        ),
        ("a: 1\na: 2\n", "2:1: error: E003 duplicate key 'a' (YAML would silently keep only the last)"),
        ("? [a]\n: b\n", "1:3: error: E001 a key must be plain text; quote values that hold { or ["),
        ("a: \x00b\n", "1:4: error: E001 character U+0000 is not allowed in YAML; delete it"),
        ("x: 1\na: \ud800\n", "2:4: error: E001 character U+D800 is not allowed in YAML; delete it"),
        ("[" * 5_000, "1:1001: error: E001 nested more than 100 levels deep"),
        ("[" * 101 + "]" * 101, "1:101: error: E001 nested more than 100 levels deep"),
        ("{a: " * 5_000, "1:398: error: E001 nested more than 100 levels deep"),
        ("- " * 5_000, "1:201: error: E001 nested more than 100 levels deep"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_a_remedy(text: str, line: str) -> None:
    assert _lines(text) == [f"f.yaml:{line}"]


def test_every_anchor_alias_and_tag_is_reported_at_once_and_nothing_of_the_file_is_used() -> None:
    root, problems = parse_yaml("a: &x [1]\nb: *x\nc: !!python/object:os.system x\n", "f.yaml")

    assert root is None
    assert [problem.line for problem in problems] == [1, 2, 3]


def test_an_alias_bomb_is_refused_before_it_expands() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]

    said = _lines("\n".join(lines))
    assert said[0] == "f.yaml:1:5: error: E001 anchor '&a0' is not allowed; quote a term that starts with &"
    assert len(said) == 60 + 2 * 59


def test_a_file_over_one_megabyte_is_refused_unread() -> None:
    assert _lines("a: " + "x" * MAX_YAML_BYTES) == ["f.yaml: error: E001 file is larger than 1 MB; split it"]
    assert _lines("中" * (MAX_YAML_BYTES // 2)) == ["f.yaml: error: E001 file is larger than 1 MB; split it"]


def test_a_file_of_too_many_values_is_refused() -> None:
    text = "[" + "a," * 300_000 + "]"

    assert _lines(text) == ["f.yaml:1:200000: error: E001 more than 100000 values in one file; split it"]


def test_an_error_without_a_position_is_reported_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def __init__(self, error: Exception) -> None:
            self.error = error

        def __call__(self, _text: str) -> Failing:
            return self

        def get_event(self) -> object:
            raise self.error

        def dispose(self) -> None: ...

    for error, line in [
        (yaml.MarkedYAMLError(problem="odd"), "f.yaml: error: E001 YAML: odd; check quotes and indentation"),
        (yaml.YAMLError("odd"), "f.yaml: error: E001 not readable as YAML: odd"),
    ]:
        monkeypatch.setattr(yaml_parser, "_LOADER", Failing(error))
        assert _lines("a: b") == [line]


@given(st.text(st.characters(), max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    root, problems = parse_yaml(text, "f.yaml")

    assert root is None or problems == [] or all(problem.code in {"E001", "E003"} for problem in problems)


@given(
    st.recursive(
        st.text("ab:#-[]{}'\"\n &*!|>%@ ", max_size=5), lambda below: st.lists(below, max_size=4), max_leaves=10
    )
)
def test_what_is_quoted_comes_back(value: object) -> None:
    text = yaml.safe_dump(value, default_style='"')
    root, problems = parse_yaml(text, "f.yaml")

    def plain(node: object) -> object:
        return node.text if isinstance(node, ScalarNode) else [plain(each) for each in node.entries]  # type: ignore[attr-defined]

    assert problems == []
    assert plain(root) == value


@given(st.text(alphabet="# \ta,[}!\n", max_size=20))
def test_comments_are_found_from_their_signs_as_by_reading_the_whole_text(text: str) -> None:
    assert find_comments(text) == {match.start() for match in COMMENT.finditer(text)}
