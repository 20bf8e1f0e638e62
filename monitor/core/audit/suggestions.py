"""Suggests edits of a rule: a term, or two near each other, that it lacks, or an exclusion; each with a back-test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from monitor.core.audit import rule_edits
from monitor.core.audit.edit_back_test import EditBackTest, JudgedArticles, Suggestion, features
from monitor.core.audit.edited_files import RuleEdit, applied, defines_rule, diff_of, rule_in
from monitor.core.audit.log_odds import (
    GreedySelection,
    JudgedFeatures,
    TermCandidate,
    find_exclusions,
    term_candidates,
)
from monitor.core.matching.expressions import terms_of
from monitor.core.matching.rulebook import Rule
from monitor.core.rules import SourceFile

MAX_NEAR_DISTANCE = 10
"""Words between two terms that are suggested together, at most."""
_MAX_TRIED_EDITS = 12
"""Edits of each kind that are back-tested."""


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
    back_test = EditBackTest.of(judged, fixtures or {})
    chosen = list(islice(_additions(files, rule, back_test), most))
    current = list(files)
    for each in chosen:
        current = applied(current, each.edit)
    edited = rule_in(current, rule.id)
    exclusions = _exclusions(current, rule, judged, back_test.features.background)
    chosen += islice(filter(None, (back_test.run(current, edited, edit) for edit in exclusions)), 1)
    return [replace(each, diff=diff_of(files, applied(files, each.edit))) for each in chosen]


def takes_terms(files: Sequence[SourceFile], rule: Rule) -> bool:
    """Return True if a term can be added to a rule of the files: it has an `any` of its own, or uses a list."""
    return bool(_targets(files, rule))


def _additions(files: Sequence[SourceFile], rule: Rule, back_test: EditBackTest) -> Iterator[Suggestion]:
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
                rule = rule_in(files, rule.id)
                break


def _targets(files: Sequence[SourceFile], rule: Rule) -> list[tuple[str, str]]:
    """Return where a term can be added, each with its file: to the rule's own `any`, else to the lists that it uses."""
    file = next(file for file in files if defines_rule(file, rule.id))
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
    file = next(file for file in files if defines_rule(file, rule.id))
    if not judged.false_alarms or not rule_edits.has_condition(file.text, file.path, rule.id):
        return
    false_alarms, relevant = features(judged.false_alarms), features(judged.relevant_hits)
    for candidate in find_exclusions(false_alarms, relevant, background)[:_MAX_TRIED_EDITS]:
        yield RuleEdit(rule_id=rule.id, path=file.path, target="none", entry=_entry(candidate))


def _entry(candidate: TermCandidate) -> str:
    if len(candidate.terms) == 1:
        return rule_edits.quoted(candidate.terms[0])
    return rule_edits.near_condition(candidate.terms[0], candidate.terms[1], MAX_NEAR_DISTANCE)
