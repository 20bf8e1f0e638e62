"""Back-tests an edit of a rule: what the edited rule gains and loses among judged and unjudged articles.

An edit is tried by loading the rule files with it, so that what it gains is what the daemon would find. An edit that
breaks a test of the rule is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.core.audit.edited_files import RuleEdit, applied, rule_in
from monitor.core.audit.features import beginning
from monitor.core.audit.log_odds import MIN_MISSES, MIN_PRECISION, JudgedFeatures, feature_set
from monitor.core.errors import UsageError
from monitor.core.matching.matcher import Matcher, match_rule
from monitor.core.matching.rulebook import Rule
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile
from monitor.core.rules.rule_tests import run_tests

_MAX_TITLE_CHARS = 200
_SENTENCE = re.compile(r"[^.!?\n。！？]+[.!?。！？]?")  # noqa: RUF001 - Chinese punctuation


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


def _features_of(judged: JudgedArticles) -> JudgedFeatures:
    return JudgedFeatures(
        misses=features(judged.misses),
        irrelevant=features(judged.irrelevant),
        background=features(judged.background),
        weights=judged.weights or [1.0] * len(judged.misses),
        irrelevant_weights=judged.irrelevant_weights or [1.0] * len(judged.irrelevant),
        unmatched=judged.unmatched or len(judged.background),
    )


def features(articles: Iterable[Article]) -> list[frozenset[str]]:
    """Return the words, pairs of words and the like of each article, by which edits are chosen."""
    return [feature_set(beginning(article.title, article.text)) for article in articles]


@dataclass(frozen=True, slots=True)
class EditBackTest:
    """What edits are tried on."""

    judged: JudgedArticles
    features: JudgedFeatures
    fixtures: Mapping[str, str]

    @classmethod
    def of(cls, judged: JudgedArticles, fixtures: Mapping[str, str]) -> EditBackTest:
        """Return the back-test on some judged articles, whose features are read once."""
        return cls(judged, _features_of(judged), fixtures)

    def run(self, files: Sequence[SourceFile], rule: Rule, edit: RuleEdit) -> Suggestion | None:
        """Back-test an edit; None if it gains too little, loses what is right, or causes an error or a failed test."""
        try:
            edited = _EditedRule(rule, rule_in(applied(files, edit), rule.id))
            result = self._result(edited, edit)
            if result is None:
                return None
            examples = self.judged.false_alarms if edit.kind == "miss" else self.judged.misses
            result = replace(result, edit=replace(edit, test=_test(edit, edited, examples)))
            own = rule_in(applied(files, result.edit), rule.id)
        except UsageError:
            return None
        return None if any(each.fatal for each in run_tests([own], self.fixtures)) else result

    def _result(self, edited: _EditedRule, edit: RuleEdit) -> Suggestion | None:
        """Return what an edit changes, None if that is no improvement; the cheapest checks come first."""
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
        """Return the indexes of articles that only the edited rule matches, and of those that it no longer matches."""
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
