"""The use-case: suggests edits of rules from judgements, and applies one to its file when a user accepts it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.core.audit.corpus import draw_key
from monitor.core.audit.edit_back_test import JudgedArticles, Suggestion
from monitor.core.audit.edited_files import RuleEdit, applied, diff_of
from monitor.core.audit.features import beginning
from monitor.core.audit.log_odds import feature_set
from monitor.core.audit.nearest import RuleNeighbours
from monitor.core.audit.suggestions import suggest, takes_terms
from monitor.core.errors import ConfigurationError, UsageError, errors_of
from monitor.core.grouping import group_by
from monitor.core.progress import Progress, no_progress
from monitor.core.rules import load
from monitor.core.rules.edits import FAILING
from monitor.core.rules.rule_tests import fixture_paths, run_tests
from monitor.settings.config_edits import lock_folder, replace_text
from monitor.settings.config_files import fixture_texts
from monitor.settings.config_folder import source_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from monitor.audit.auditor import Auditor
    from monitor.core.audit.pooled_samples import Judged
    from monitor.core.model import Article, JudgedHit, Judgement, RuleId
    from monitor.core.rules import SourceFile

MAX_BACKGROUND_ARTICLES = 1_500
"""Unmatched, unjudged articles, on which edits are tried."""
_HITS_OF_RULE = 30
"""The newest hits of each rule with which a miss is compared, to find the rule that should have found it."""
_MIN_FALSE_ALARMS = 3
"""Hits of a rule judged irrelevant, from which exclusions are suggested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggester:
    """Suggests edits of the rule files in a folder."""

    auditor: Auditor
    folder: Path

    def suggest(
        self, rule_id: str | None, now: datetime, *, most: int = 3, progress: Progress = no_progress
    ) -> dict[int, Suggestion]:
        """Suggest edits of one rule, or of each rule with enough judgements, by the ids with which they are applied.

        UsageError if there is no such rule.
        """
        files = self._files()
        judged = self.auditor.judged(now)
        misses = self._misses_by_rule(judged.judgements, rule_id)
        alarms = self._false_alarms(judged.hits)
        chosen = [rule_id] if rule_id else sorted({*misses, *alarms})
        suggestions: list[Suggestion] = []
        background = self._background(now, judged.judgements)
        book = load(files, warn=False)[0]
        fixtures = fixture_texts(fixture_paths(book.rules))
        for number, each in enumerate(chosen):
            articles = self._articles_of_rule(each, misses.get(each, []), judged, background)
            suggestions += suggest(files, book.rule(each), articles, most, fixtures)
            progress(number + 1, len(chosen))
        edits = [(each.edit.rule_id, asdict(each)) for each in suggestions]
        ids = self.auditor.store.record_suggestions(edits, now, rule_id)
        return dict(zip(ids, suggestions, strict=True))

    def rules_that_take_no_terms(self, now: datetime, rule_id: str | None = None) -> list[RuleId]:
        """Return the rules to which no term can be added, of this id, else of the topics of judged misses."""
        judgements = self.auditor.judged(now).judgements
        topics = {each.topic for each in judgements if each.relevant and not each.matched and each.topic}
        files = self._files()
        return [
            rule.id
            for rule in load(files, warn=False)[0].rules
            if rule.status in {"live", "test"}
            and (rule.id == rule_id or (rule_id is None and rule.topic in topics))
            and not takes_terms(files, rule)
        ]

    def open_suggestions(self, rule_id: str | None = None) -> dict[int, Suggestion]:
        """Return the last suggestions, of one rule or of all, that were not applied; UsageError for an unknown rule."""
        if rule_id is not None:
            load(self._files(), warn=False)[0].rule(rule_id)
        rows = self.auditor.store.suggestions(rule_id)
        return {row["id"]: Suggestion(**row["edit"] | {"edit": RuleEdit(**row["edit"]["edit"])}) for row in rows}

    def apply(self, suggestion_id: int, now: datetime) -> str:
        """Write a suggestion into its files, and return the diff; nothing is written if it causes an error."""
        edit = self._edit(suggestion_id)
        with lock_folder(self.folder):
            before = self._files()
            after = applied(before, edit)
            _check(after, edit.rule_id)
            texts = {file.path: file.text for file in before}
            for file in after:
                if file.text != texts[file.path]:
                    replace_text(Path(file.path), file.text)
        self.auditor.store.record_applied(suggestion_id, now)
        return diff_of(before, after)

    def _edit(self, suggestion_id: int) -> RuleEdit:
        """Return the edit of an open suggestion; UsageError says why there is none."""
        stored = self.auditor.store.suggestion(suggestion_id)
        if stored is None:
            raise UsageError(f"there is no suggestion {suggestion_id}; {self._describe_open(None)}")
        edit = RuleEdit(**stored["edit"]["edit"])
        if stored["applied_at"] is not None:
            raise UsageError(f"suggestion {suggestion_id} was applied on {stored['applied_at']:%Y-%m-%d}")
        if stored["replaced_at"] is not None:
            raise UsageError(
                f"suggestion {suggestion_id} (rule '{edit.rule_id}': {edit.entry} to {edit.target}) was replaced on "
                f"{stored['replaced_at']:%Y-%m-%d %H:%M} UTC by a later list; {self._describe_open(edit.rule_id)}"
            )
        return edit

    def _describe_open(self, rule_id: str | None) -> str:
        numbers = ", ".join(str(row["id"]) for row in self.auditor.store.suggestions(rule_id))
        of_rule = f" of rule '{rule_id}'" if rule_id else ""
        if not numbers:
            return f"no suggestion{of_rule} is open: `monitor audit suggest` makes some"
        return f"open suggestions{of_rule}: {numbers} (`monitor audit suggest --last` lists them)"

    def _files(self) -> list[SourceFile]:
        files, problems = source_files(self.folder)
        if errors := errors_of(problems):
            raise ConfigurationError(errors)
        return files

    def _misses_by_rule(self, judgements: Iterable[Judgement], rule_id: str | None) -> dict[str, list[Judgement]]:
        """Assign judged misses to rules: by topic, else by what the hits of each rule look like."""
        live = [rule for rule in self.auditor.rules if rule.status in {"live", "test"}]
        of_topic = group_by(live, lambda rule: rule.topic)
        features = cache(self._features_of_hits)
        among = cache(lambda allowed: RuleNeighbours({key: features(key) for key in allowed}))
        misses: dict[str, list[Judgement]] = {}
        for each in judgements:
            if each.relevant and not each.matched:
                allowed = tuple(rule.id for rule in of_topic.get(each.topic, live))
                text = self.auditor.store.audit_texts([each.article_id]).get(each.article_id, ("", ""))
                nearest = among(allowed).nearest(feature_set(beginning(*text)))
                only = allowed[0] if len(allowed) == 1 else None
                owner = rule_id if rule_id in allowed and each.topic else only or nearest
                if owner is not None:
                    misses.setdefault(owner, []).append(each)
        return misses

    def _features_of_hits(self, rule_id: str) -> list[frozenset[str]]:
        hits = self.auditor.store.hits(rule=rule_id, limit=_HITS_OF_RULE)
        texts = self.auditor.store.audit_texts([hit.article_id for hit in hits])
        return [feature_set(beginning(*text)) for text in texts.values()]

    def _false_alarms(self, hits: Iterable[JudgedHit]) -> set[str]:
        """Return the rules of which enough hits were judged irrelevant."""
        wrong: dict[str, int] = {}
        known = {rule.id for rule in self.auditor.rules}
        for hit in hits:
            wrong[hit.rule_id] = wrong.get(hit.rule_id, 0) + (not hit.relevant)
        return {rule_id for rule_id, number in wrong.items() if number >= _MIN_FALSE_ALARMS and rule_id in known}

    def _background(self, now: datetime, judgements: Iterable[Judgement]) -> tuple[list[Article], int]:
        """Return a random sample of the unmatched, unjudged articles, and their number."""
        known, ids, after = {each.article_id for each in judgements}, [], 0
        while batch := self.auditor.store.audit_articles(now - self.auditor.window, after, 500):
            ids += [each.id for each in batch if not each.matched and each.id not in known]
            after = batch[-1].id
        drawn = sorted(ids, key=lambda each: draw_key(str(each), self.auditor.seed))[:MAX_BACKGROUND_ARTICLES]
        return self._articles(drawn), len(ids)

    def _articles_of_rule(
        self, rule_id: str, misses: Sequence[Judgement], judged: Judged, background: tuple[list[Article], int]
    ) -> JudgedArticles:
        """Return the articles on which edits of a rule are tried."""
        irrelevant = self._with_text(each for each in judged.judgements if not each.relevant and not each.matched)
        hits = [hit for hit in judged.hits if hit.rule_id == rule_id]
        missed = self._with_text(misses)
        return JudgedArticles(
            misses=[article for _, article in missed],
            irrelevant=[article for _, article in irrelevant],
            background=background[0],
            relevant_hits=self._articles([hit.article_id for hit in hits if hit.relevant]),
            false_alarms=self._articles([hit.article_id for hit in hits if not hit.relevant]),
            weights=[each.weight or 1.0 for each, _ in missed],
            irrelevant_weights=[each.weight or 1.0 for each, _ in irrelevant],
            unmatched=background[1],
        )

    def _with_text(self, judgements: Iterable[Judgement]) -> list[tuple[Judgement, Article]]:
        """Return the judgements of articles whose text is still stored, each with its article."""
        return [(each, article) for each in judgements for article in self._articles([each.article_id])]

    def _articles(self, ids: Iterable[int]) -> list[Article]:
        stored = (self.auditor.store.article(each) for each in ids)
        return [each.article for each in stored if each is not None and each.text_removed_at is None]


def _check(files: Sequence[SourceFile], rule_id: str) -> None:
    """Raise ConfigurationError if the files have an error, or the rule fails a test; nothing is written then."""
    book, problems = load(files, warn=False)
    if errors := errors_of(problems):
        raise ConfigurationError(errors)
    rule = book.rule(rule_id)
    failed = [each for each in run_tests([rule], fixture_texts(fixture_paths([rule]))) if each.fatal]
    if failed:
        raise ConfigurationError(
            each.test.mark.problem(FAILING, f"with this suggestion, the test {each.failure}") for each in failed
        )
