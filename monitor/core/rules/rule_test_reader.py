"""Reads the tests of a rule: titles and articles that it must hit or miss.

Fixture files are not read here; the runner of the tests passes their text in.
"""

from __future__ import annotations

import posixpath
from typing import Literal

from monitor.core import links
from monitor.core.matching.rulebook import RuleTest
from monitor.core.model import Article, Source
from monitor.core.rules.fields import FieldReader
from monitor.core.text import clean, clean_line
from monitor.core.yaml_nodes import MappingNode, Mark, Node, ScalarNode, SequenceNode, has_value

TEST_KEYS = ("hit", "miss", "because", "todo", "note")
ARTICLE_KEYS = ("title", "body", "lang", "source", "url", "author", "article", "because", "todo", "note")
_KINDS = ("hit", "miss")


def read_tests(node: Node | None, fields: FieldReader) -> tuple[RuleTest, ...]:
    """Read the tests of one rule."""
    if not has_value(node):
        return ()
    if not isinstance(node, SequenceNode):
        fields.problems.error(node.mark, "E050", "tests must be a list; start each with '- hit:' or '- miss:'")
        return ()
    tests = (_test(each, fields) for each in node.entries)
    return tuple(test for test in tests if test is not None)


def _advice_on_kind(node: Node, fields: FieldReader) -> str:
    """Return what the author probably meant; empty if nothing is similar."""
    if isinstance(node, ScalarNode):
        before, colon, _ = node.text.partition(":")
        return f"; put a space after '{before}:'" if colon and before in _KINDS else ""
    unknown = [key for key in node.entries if key not in TEST_KEYS] if isinstance(node, MappingNode) else []
    return fields.problems.did_you_mean(unknown[0], _KINDS, quoted="'{}:'") if unknown else ""


def _test(node: Node, fields: FieldReader) -> RuleTest | None:
    kinds = [key for key in _KINDS if isinstance(node, MappingNode) and key in node.entries]
    if isinstance(node, MappingNode) and len(kinds) > 1:
        second = max((node.entries[key].mark for key in kinds), key=lambda mark: (mark.line, mark.column))
        fields.problems.error(
            second, "E050", "hit and miss in one test; start each with its own dash: '- hit:', '- miss:'"
        )
        return None
    if not isinstance(node, MappingNode) or not kinds:
        advice = "a test is {hit: ...} or {miss: ...}, with a title or an article"
        fields.problems.error(node.mark, "E050", f"{advice}{_advice_on_kind(node, fields)}")
        return None
    fields.check_keys(node, TEST_KEYS)
    return _read(node, "hit" if kinds == ["hit"] else "miss", fields)


def _read(node: MappingNode, kind: Literal["hit", "miss"], fields: FieldReader) -> RuleTest | None:
    value = node.entries[kind]
    content = value if isinstance(value, MappingNode) else MappingNode({"title": value}, node.mark)
    fields.check_keys(content, ARTICLE_KEYS)
    texts = {
        key: _text(content.entries.get(key), fields) for key in ("title", "body", "source", "url", "author", "article")
    }
    if not (texts["title"] or texts["body"] or texts["article"]):
        fields.problems.error(value.mark, "E050", f"{kind} needs a title, a body or an article")
        return None
    extra = {key: content.entries.get(key) or node.entries.get(key) for key in ("because", "todo", "note")}
    because = tuple(each.text for each in fields.texts(extra["because"], "because"))
    if because and kind == "miss":
        fields.problems.error(node.mark, "E050", "because goes with hit: a miss has no evidence")
    lang = fields.languages(content.entries.get("lang"))
    fixture = _fixture(texts["article"], value.mark, fields)
    article = Article(
        title=clean_line(texts["title"]), text=clean(texts["body"]).strip(), url=texts["url"],
        language=lang[0] if lang else "", author=clean_line(texts["author"]),
    )  # fmt: skip
    return RuleTest(
        kind=kind, article=article, source=source_of_test(texts["source"], texts["url"]), mark=value.mark,
        fixture=fixture, because=because, todo=fields.boolean(extra["todo"], "todo", default=False),
        note=_text(extra["note"], fields),
    )  # fmt: skip


def _text(node: Node | None, fields: FieldReader) -> str:
    if not has_value(node):
        return ""
    if not isinstance(node, ScalarNode):
        fields.problems.error(node.mark, "E050", "this part of a test must be one text; quote it")
        return ""
    return node.text


def _fixture(name: str, mark: Mark, fields: FieldReader) -> str:
    if not name:
        return ""
    if name.startswith("/") or ".." in name.split("/") or not name.endswith(".json"):
        fields.problems.error(
            mark, "E050", f"article '{name[:60]}' must be a .json file in the folder of the rule file, or below"
        )
        return ""
    return posixpath.join(posixpath.dirname(mark.path.replace("\\", "/")), name)


def source_of_test(name: str, url: str) -> Source:
    """Make a source of a feed id or a domain, else of the domain of the article's address."""
    host = name.lower() if "." in name else "" if name else links.host(url)
    return Source(id=name, domain=host.removeprefix("www."))
