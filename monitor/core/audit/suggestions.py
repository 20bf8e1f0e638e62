"""Suggests edits of a rule: a term, or two near each other, that it lacks, or an exclusion; each with a back-test.

An edit is tried by loading the rule files with it and running the edited rules over judged and unjudged articles, so
that what it gains is what the daemon would find. Nothing is suggested that breaks a test.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from monitor.core import rules
from monitor.core.audit import rule_edits
from monitor.core.audit.features import beginning
from monitor.core.audit.log_odds import (
    MIN_MISSES,
    MIN_PRECISION,
    GreedySelection,
    JudgedFeatures,
    TermCandidate,
    feature_set,
    find_exclusions,
    term_candidates,
)
from monitor.core.errors import UsageError, errors_of
from monitor.core.matching.expressions import terms_of
from monitor.core.matching.matcher import Matcher, match_rule
from monitor.core.matching.rulebook import Rule
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile
from monitor.core.rules.rule_tests import run_tests

MAX_NEAR_DISTANCE = 10
"""Words between two terms that are suggested together, at most."""
_MAX_TRIED_EDITS = 12
"""Edits of each kind that are back-tested."""
_MAX_TITLE_CHARS = 200
_SENTENCE = re.compile(r"[^.!?\n。！？]+[.!?。！？]?")  # noqa: RUF001 - Chinese punctuation


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEdit:
    """One insertion into one rule file, with the test that it passes."""

    rule_id: str
    path: str
    target: str
    """`any` or `none` of the rule, or `list NAME`."""
    entry: str
    """As YAML."""
    test: str = ""
    """The title of an article that must match, or must not, after the edit."""

    @property
    def kind(self) -> str:
        """Whether the test is of a hit or of a miss."""
        return "miss" if self.target == "none" else "hit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An edit with its back-test."""

    edit: RuleEdit
    diff: str
    misses_gained: int
    """Judged misses that the edited rules find."""
    irrelevant_gained: int
    """Articles judged irrelevant that they find."""
    unjudged_gained: int
    """Articles of the background that they find."""
    background: int
    """Articles of the background."""
    relevant_lost: int
    false_alarms_lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedArticles:
    """Articles by their judgement; hits are those of the rule that is to be edited."""

    misses: Sequence[Article] = ()
    irrelevant: Sequence[Article] = ()
    background: Sequence[Article] = ()
    relevant_hits: Sequence[Article] = ()
    false_alarms: Sequence[Article] = ()
    weights: Sequence[float] = ()
    """By miss: how many misses of the archive it stands for; each for itself if left out."""
    irrelevant_weights: Sequence[float] = ()
    """The same by irrelevant article."""
    unmatched: int = 0
    """Number of unmatched articles of the archive; those of the background if left out."""


def suggest(
    files: Sequence[SourceFile],
    rule: Rule,
    judged: JudgedArticles,
    most: int = 3,
    fixtures: Mapping[str, str] | None = None,
) -> list[Suggestion]:
    """Suggest edits of a rule of the files that gain judged misses, and one that loses false alarms.

    The edits can be accepted together: each is tried beside those before it.
    """
    back_test = _BackTest(judged, _features_of(judged), fixtures or {})
    chosen = list(islice(_additions(files, rule, back_test), most))
    current = list(files)
    for each in chosen:
        current = applied(current, each.edit)
    edited = _rule(current, rule.id)
    exclusions = _exclusions(current, rule, judged, back_test.features.background)
    chosen += islice(filter(None, (back_test.run(current, edited, edit) for edit in exclusions)), 1)
    return [replace(each, diff=diff_of(files, applied(files, each.edit))) for each in chosen]


def applied(files: Sequence[SourceFile], edit: RuleEdit) -> list[SourceFile]:
    """Return the files with an edit and its test; UsageError if it does not fit them any more."""
    texts = {file.path: file.text for file in files}
    path = edit.path
    if path not in texts:
        raise UsageError(f"{path} is not there any more")
    if edit.target.startswith("list "):
        texts[path] = rule_edits.insert_into_list(texts[path], path, edit.target.removeprefix("list "), edit.entry)
    else:
        texts[path] = rule_edits.insert(texts[path], path, edit.rule_id, edit.target, edit.entry)
    if edit.test:
        own = next(file for file in files if _defines_rule(file, edit.rule_id))
        test = f"{{{edit.kind}: {rule_edits.quoted(edit.test)}}}"
        texts[own.path] = rule_edits.insert(texts[own.path], own.path, edit.rule_id, "tests", test)
    return [SourceFile(path, text) for path, text in texts.items()]


def diff_of(before: Sequence[SourceFile], after: Sequence[SourceFile]) -> str:
    """Return the difference as a unified diff."""
    new = {file.path: file.text for file in after}
    parts: list[str] = []
    for file in before:
        if new[file.path] != file.text:
            old, edited = (text.splitlines(keepends=True) for text in (file.text, new[file.path]))
            parts += difflib.unified_diff(old, edited, fromfile=file.path, tofile=file.path, n=1)
    return "".join(parts)


def _rule(files: Sequence[SourceFile], rule_id: str) -> Rule:
    own = [file for file in files if _defines_rule(file, rule_id)]
    book, problems = rules.load(own, beside=[file for file in files if file not in own], warn=False)
    if errors := errors_of(problems):
        raise UsageError(f"the rules have an error: {errors[0]}")
    return book.rule(rule_id)


def _defines_rule(file: SourceFile, rule_id: str) -> bool:
    if rule_id not in file.text:  # to parse all files takes long
        return False
    try:
        rule_edits.has_key(file.text, file.path, rule_id, "any")
    except UsageError:
        return False
    return True


def _additions(files: Sequence[SourceFile], rule: Rule, back_test: _BackTest) -> Iterator[Suggestion]:
    """Yield edits that add a term and pass their back-test, each beside those before it."""
    targets = _targets(files, rule)
    selection = GreedySelection(_new_terms(rule, back_test.features))
    for candidate in islice(selection, _MAX_TRIED_EDITS):
        for path, target in targets:
            edit = RuleEdit(rule_id=rule.id, path=path, target=target, entry=_entry(candidate))
            tried = back_test.run(files, rule, edit)
            if tried is not None:
                selection.accept(candidate)
                yield tried
                files = applied(files, tried.edit)
                rule = _rule(files, rule.id)
                break


def _targets(files: Sequence[SourceFile], rule: Rule) -> list[tuple[str, str]]:
    """Return where a term can be added, each with its file: to the rule's own `any`, else to the lists that it uses."""
    file = next(file for file in files if _defines_rule(file, rule.id))
    if rule_edits.has_key(file.text, file.path, rule.id, "any"):
        return [(file.path, "any")]
    used = {term.list_name for term in terms_of(rule.expressions) if term.list_name}
    lists = [(each.path, name) for each in files for name in rule_edits.list_names(each.text, each.path)]
    return [(path, f"list {name}") for path, name in lists if name in used]


def _new_terms(rule: Rule, evidence: JudgedFeatures) -> list[TermCandidate]:
    """Return the candidates without a term that the rule has."""
    known = {term.text.lower() for term in terms_of(rule.expressions)}
    return [each for each in term_candidates(evidence) if known.isdisjoint(each.terms)]


def _exclusions(
    files: Sequence[SourceFile], rule: Rule, judged: JudgedArticles, background: Sequence[frozenset[str]]
) -> Iterator[RuleEdit]:
    """Yield edits that exclude a term of false alarms."""
    file = next(file for file in files if _defines_rule(file, rule.id))
    if not judged.false_alarms or not rule_edits.has_condition(file.text, file.path, rule.id):
        return
    false_alarms, relevant = _features(judged.false_alarms), _features(judged.relevant_hits)
    for candidate in find_exclusions(false_alarms, relevant, background)[:_MAX_TRIED_EDITS]:
        yield RuleEdit(rule_id=rule.id, path=file.path, target="none", entry=_entry(candidate))


def _features_of(judged: JudgedArticles) -> JudgedFeatures:
    return JudgedFeatures(
        misses=_features(judged.misses),
        irrelevant=_features(judged.irrelevant),
        background=_features(judged.background),
        weights=judged.weights or [1.0] * len(judged.misses),
        irrelevant_weights=judged.irrelevant_weights or [1.0] * len(judged.irrelevant),
        unmatched=judged.unmatched or len(judged.background),
    )


def _entry(candidate: TermCandidate) -> str:
    if len(candidate.terms) == 1:
        return rule_edits.quoted(candidate.terms[0])
    return rule_edits.near_condition(candidate.terms[0], candidate.terms[1], MAX_NEAR_DISTANCE)


def _features(articles: Iterable[Article]) -> list[frozenset[str]]:
    return [feature_set(beginning(article.title, article.text)) for article in articles]


@dataclass(frozen=True, slots=True)
class _BackTest:
    """What edits are tried on."""

    judged: JudgedArticles
    features: JudgedFeatures
    fixtures: Mapping[str, str]

    def run(self, files: Sequence[SourceFile], rule: Rule, edit: RuleEdit) -> Suggestion | None:
        """Back-test an edit; None if it gains too little, loses what is right, or causes an error or a failed test."""
        try:
            edited = _EditedRule(rule, _rule(applied(files, edit), rule.id))
            result = self._result(edited, edit)
            if result is None:
                return None
            examples = self.judged.false_alarms if edit.kind == "miss" else self.judged.misses
            result = replace(result, edit=replace(edit, test=_test(edit, edited, examples)))
            own = _rule(applied(files, result.edit), rule.id)
        except UsageError:
            return None
        return None if any(each.fatal for each in run_tests([own], self.fixtures)) else result

    def _result(self, edited: _EditedRule, edit: RuleEdit) -> Suggestion | None:
        """Return what an edit changes, if it improves the rule; what settles that it does not is tried first."""
        judged = self.judged
        misses, _ = edited.changes(judged.misses)
        irrelevant, _ = edited.changes(judged.irrelevant)
        if edit.kind == "hit" and not self._gains(misses, irrelevant, 0):
            return None
        unjudged, _ = edited.changes(judged.background)
        if edit.kind == "hit" and not self._gains(misses, irrelevant, len(unjudged)):
            return None
        _, relevant_lost = edited.changes(judged.relevant_hits)
        _, false_alarms_lost = edited.changes(judged.false_alarms)
        if edit.kind == "miss" and (relevant_lost or not false_alarms_lost):
            return None
        return Suggestion(
            edit=edit,
            diff="",
            misses_gained=len(misses),
            irrelevant_gained=len(irrelevant),
            unjudged_gained=len(unjudged),
            background=len(judged.background),
            relevant_lost=len(relevant_lost),
            false_alarms_lost=len(false_alarms_lost),
        )

    def _gains(self, misses: Sequence[int], irrelevant: Sequence[int], unjudged: int) -> bool:
        return len(misses) >= MIN_MISSES and self.features.precision(misses, irrelevant, unjudged) >= MIN_PRECISION


class _EditedRule:
    """A rule before and after an edit; an article is searched once for the terms of both."""

    def __init__(self, before: Rule, after: Rule) -> None:
        self._rules = tuple(replace(rule, status="test") for rule in (before, after))
        self._matcher = Matcher(self._rules)

    def matches(self, article: Article) -> tuple[bool, bool]:
        """Return whether the rule matches an article before the edit, and after it."""
        context = self._matcher.scan(article, Source())
        before, after = (match_rule(rule, context, Source(), limit=1) is not None for rule in self._rules)
        return before, after

    def changes(self, articles: Sequence[Article]) -> tuple[list[int], list[int]]:
        """Return the places of the articles that only the edited rule matches, and that only the old one does."""
        matches = list(map(self.matches, articles))
        gained = [index for index, (before, after) in enumerate(matches) if after and not before]
        return gained, [index for index, (before, after) in enumerate(matches) if before and not after]


def _test(edit: RuleEdit, edited: _EditedRule, articles: Iterable[Article]) -> str:
    """Return a title of which the edit changes whether it matches, else such a sentence; empty if there is none."""
    wanted = (False, True) if edit.kind == "hit" else (True, False)
    for article in articles:
        for text in (article.title, *_sentences(article.text)):
            if edited.matches(Article(title=text, text="")) == wanted:
                return text
    return ""


def _sentences(text: str) -> Iterator[str]:
    for match in _SENTENCE.finditer(text[:4_000]):
        sentence = " ".join(match[0].split())
        if 0 < len(sentence) <= _MAX_TITLE_CHARS:
            yield sentence
