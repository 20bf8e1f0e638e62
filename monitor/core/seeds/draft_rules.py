"""Drafts a rule file of themes, with comments that say where each term occurs and what is found already.

Every string is quoted, whatever the document holds; a test that fails when it is tried is left out, so that the file
passes `rules check` and `rules test` as it is written. A theme with at most one term that the existing rules lack
becomes a comment.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from monitor.core import rules
from monitor.core.counts import count
from monitor.core.rules.rule_tests import run_tests
from monitor.core.seeds import SourceDocument, Theme
from monitor.core.seeds.phrases import DocumentPhrase
from monitor.core.text import clean_line

SCHEMA = "# yaml-language-server: $schema=../../docs/schema/rules.schema.json"


def draft_rule_file(
    document: SourceDocument, about: Sequence[DocumentPhrase], themes: Sequence[Theme], name: str
) -> str:
    """Return the file; tests that would fail are left out."""
    text = _format_rule_file(document, about, themes, name, frozenset())
    book, _ = rules.load([rules.SourceFile("draft", text)], warn=False)
    failing = frozenset((result.rule.id, result.test.name) for result in run_tests(book.rules, {}) if result.failure)
    return _format_rule_file(document, about, themes, name, failing) if failing else text


def _format_rule_file(
    document: SourceDocument,
    about: Sequence[DocumentPhrase],
    themes: Sequence[Theme],
    name: str,
    failing: frozenset[tuple[str, str]],
) -> str:
    drafts = [theme for theme in themes if len(theme.terms) > (1 if theme.covered_by else 0)]
    lines = [SCHEMA, *_head(document, themes), "version: 1", "", *_topics(drafts, document, name)]
    lines += _subject(about, name) if drafts else []
    lines.append("rules:" if drafts else "rules: []")
    for theme in drafts:
        lines += _rule(document, about, theme, name, failing)
    return "\n".join(lines) + "\n"


def _head(document: SourceDocument, themes: Sequence[Theme]) -> list[str]:
    lines = [
        f"Draft rules from: {document.title}",
        f"{document.origin}, sha256 {document.digest}",
        "Drafts are not run. Read each rule, take out what is too general, say what is wanted and what is not, add",
        "misses, and set status: test. Paragraphs count from 1.",
    ]
    covered = [theme for theme in themes if theme.covered_by]
    if covered:
        lines += ["", "Found by existing rules, and not repeated below:"]
        lines += [
            f"- {_paragraph_numbers(theme.paragraphs)}: {', '.join(theme.covered_by)}{_only_new_term(theme)}"
            for theme in covered
        ]
    return [f"# {clean_line(line)}".rstrip() for line in lines]


def _only_new_term(theme: Theme) -> str:
    """Return the only new term of a theme that is too small for a rule."""
    return f"; new there: {theme.terms[0].text}" if len(theme.terms) == 1 else ""


def _topics(drafts: Sequence[Theme], document: SourceDocument, name: str) -> list[str]:
    if all(theme.topic for theme in drafts):
        return []
    return ["topics:", f"  {name}: {{title: {_quote(document.title[:80])}, order: 100}}", ""]


def _subject(about: Sequence[DocumentPhrase], name: str) -> list[str]:
    """Write the subject of the whole document as a named list, which each rule requires beside its own terms."""
    if not about:
        return []
    terms = (f"    - {_quote(phrase.text)} # in {count(len(phrase.paragraphs), 'paragraph')}" for phrase in about)
    return ["lists:", f"  {name}-subject:", *terms, ""]


def _rule(
    document: SourceDocument,
    about: Sequence[DocumentPhrase],
    theme: Theme,
    name: str,
    failing: frozenset[tuple[str, str]],
) -> list[str]:
    rule_id = f"{name}-{theme.id}"[:64].rstrip("-")
    wanted = f"From {_paragraph_numbers(theme.paragraphs)} of the document. Wanted: ... Not wanted: ..."
    lines = [
        f"  - id: {rule_id}",
        f"    title: {_quote(theme.title[:100])}",
        f"    description: {_quote(wanted)}",
        "    status: draft",
        "    priority: normal",
        f"    topic: {theme.topic or name}",
        *([f"    references: [{_quote(document.url)}]"] if document.url else []),
        *_omitted_terms(theme),
        *_condition(about, theme, name),
    ]
    hits = [hit for hit in theme.hits if (rule_id, clean_line(hit)) not in failing]
    return lines + (["    tests:", *(f"      - hit: {_test(document, hit)}" for hit in hits)] if hits else [])


def _condition(about: Sequence[DocumentPhrase], theme: Theme, name: str) -> list[str]:
    """Require the subject and one term; without a subject, two terms."""
    if about:
        terms = (f"          - {_term(phrase)}" for phrase in theme.terms)
        return ["    all:", f"      - ${name}-subject", "      - any:", *terms]
    terms = (f"      - {_term(phrase)}" for phrase in theme.terms)
    return [f"    at_least: {min(2, len(theme.terms))}", "    of:", *terms]


def _omitted_terms(theme: Theme) -> list[str]:
    if not theme.known:
        return []
    return [f"    # Terms that existing rules find, left out: {', '.join(map(clean_line, theme.known[:12]))}"]


def _term(phrase: DocumentPhrase) -> str:
    return f"{_quote(phrase.text)} # {_paragraph_numbers(phrase.paragraphs)}"


def _test(document: SourceDocument, hit: str) -> str:
    return f"{{title: {_quote(hit)}, lang: {document.language}}}" if document.language else _quote(hit)


def _paragraph_numbers(numbers: Sequence[int]) -> str:
    return f"paragraph{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"


def _quote(text: str) -> str:
    """JSON is YAML; control characters are gone before."""
    return json.dumps(clean_line(text), ensure_ascii=False)
