"""The rules with their number of hits, and one rule with its condition and its YAML."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.audit.report import POOLED, rule_precisions
from monitor.core.matching.rulebook import Rule
from monitor.core.problems import did_you_mean
from monitor.core.rules.wording import condition_tree
from monitor.settings import Settings
from monitor.settings.config_folder import RULES
from monitor.web.context import WebContext
from monitor.web.params import RequestError
from monitor.web.responses import render_page

MAX_LINES = 1_000


def rules(request: Request, context: WebContext) -> Response:
    """List the rules by topic."""
    topics = context.topic_titles()
    order = list(topics)
    listed = sorted(context.rules_by_id().values(), key=lambda rule: (order.index(rule.topic), rule.title.lower()))
    return render_page(
        request,
        context,
        "rules.html",
        rules=listed,
        topics=topics,
        hits=_hit_counts(context),
        precisions=_precisions(context),
    )


def rule(request: Request, context: WebContext) -> Response:
    """Show one rule."""
    rule_id, settings = rule_id_or_404(request, context), context.settings
    rule = settings.rules.rule(rule_id)
    return render_page(
        request,
        context,
        "rule.html",
        rule=rule,
        topic=context.topic_titles()[rule.topic],
        condition=condition_tree(rule),
        source=_source(rule, settings),
        file=_file(rule, settings),
        hits=_hit_counts(context),
        precision=_precisions(context).get(rule.id, ""),
    )


def rule_id_or_404(request: Request, context: WebContext) -> str:
    """Return the id of the rule that the path names; RequestError 404 if there is none with this id."""
    rule_id = str(request.path_params["rule"])
    if rule_id not in (known := [str(rule.id) for rule in context.settings.rule_summaries]):
        hint = did_you_mean(rule_id, known, quoted="“{}”") or "."
        raise RequestError(404, f"There is no rule with this id{hint}")
    return rule_id


def _precisions(context: WebContext) -> dict[str, str]:
    """Return the precision of each rule of which hits were judged, in words."""
    hits = context.store.judged_hits(context.clock() - POOLED)
    return {rule_id: each.sentence for rule_id, each in rule_precisions(hits).items()}


def _hit_counts(context: WebContext) -> dict[int, dict[str, int]]:
    """Count hits of the last 7 and 30 days: days -> rule id -> hits."""
    return {days: context.store.count_by_rule(context.clock() - timedelta(days=days)) for days in (7, 30)}


def _file(rule: Rule, settings: Settings) -> str:
    """Return the path of a rule's file below the folder of rules, or only its name if it is not there."""
    path, folder = Path(rule.mark.path), settings.folder / RULES
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _source(rule: Rule, settings: Settings) -> str:
    """Return the YAML of a rule in force, even if its file has changed since; empty if it is not known."""
    texts = settings.held_rules.get(rule.id) or settings.texts
    try:
        name = Path(rule.mark.path).relative_to(settings.folder).as_posix()
    except ValueError:
        return ""
    lines = texts.get(name, "").splitlines()
    first = rule.mark.line - 1
    indent = " " * (rule.mark.column - 1)
    next_items = (
        number
        for number, line in enumerate(lines[first + 1 :], first + 1)
        if line.strip() and line[: len(indent)].strip()
    )
    end = next(next_items, len(lines))
    source = [line.removeprefix(indent) for line in lines[first : min(end, first + MAX_LINES)]]
    if source:
        source[0] = lines[first][rule.mark.column - 1 :]
    text = "\n".join(source).rstrip()
    return text if rule.id in text else ""
