"""Use-case: what an edited text of rules would do if it were saved. Nothing is stored, and no file is changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.core import rules
from monitor.core.errors import Problem, errors_of
from monitor.core.lab.edited_files import EditedFiles, edit_files
from monitor.core.lab.rule_previews import RulePreview, own_findings, summarize_tests
from monitor.core.matching.rulebook import RuleBook
from monitor.core.model import Tier
from monitor.core.rules.rule_tests import fixture_paths, run_tests
from monitor.runtime.garbage_collection import collection_paused
from monitor.settings import Settings
from monitor.settings.config_files import fixture_texts, stored_files
from monitor.settings.config_folder import RULES
from monitor.settings.seed_themes import seed_themes


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRequest:
    """An edited text, and the configuration in which it would be saved; it goes to another process."""

    text: str
    folder: Path
    """The folder of the configuration."""
    texts: Mapping[str, str]
    """The files of rules and seeds in force, by their names in ConfigTexts."""
    channels: Collection[str]
    sources: Collection[str]
    """What `sources` of a rule may name: ids, tiers and tags of feeds, in lower case."""


def preview_request(text: str, settings: Settings) -> PreviewRequest:
    """Return the request for a text in these settings."""
    names = {str(feed.id) for feed in settings.feeds} | {tag for feed in settings.feeds for tag in feed.tags}
    return PreviewRequest(
        text=text,
        folder=settings.folder,
        texts={name: text for name, text in settings.texts.items() if name.startswith(("rules/", "seeds/"))},
        channels=tuple(settings.channels),
        sources=frozenset({*Tier, *map(str.lower, names)}),
    )


def preview_rules(request: PreviewRequest) -> RulePreview:
    """Check the text and run the tests of its rules."""
    folder = str(request.folder / RULES)
    with collection_paused():
        edited = edit_files(request.text, stored_files(request.folder, request.texts).rules(), folder)
        if errors_of(edited.problems):
            return RulePreview(findings=own_findings(edited.problems, edited, folder))
        book, problems = _load(request, edited)
    findings = own_findings(problems, edited, folder)
    if findings.errors:
        return RulePreview(findings=findings, rule_ids=edited.rule_ids)
    own = [rule for rule in book.rules if rule.mark.path == edited.text.path]
    results = list(run_tests(own, fixture_texts(fixture_paths(own))))
    return RulePreview(
        findings=findings,
        rule_ids=tuple(str(rule.id) for rule in own),
        tests=summarize_tests(results, own, edited.text.path, folder),
    )


def _load(request: PreviewRequest, edited: EditedFiles) -> tuple[RuleBook, list[Problem]]:
    """Read all rule files as they would be with the text."""
    files = stored_files(request.folder, request.texts)
    return rules.load(
        [*edited.others, edited.text],
        channels=request.channels,
        themes=seed_themes(files.seeds())[0] if files.has_seeds else None,
        sources=request.sources,
    )
