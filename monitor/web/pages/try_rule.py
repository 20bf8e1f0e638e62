"""The page on which an edit of a rule is tried before its file is edited. Nothing is stored, and no file is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.errors import DatabaseError, MonitorError
from monitor.core.lab.edited_files import find_rule
from monitor.core.lab.rule_previews import RulePreview
from monitor.lab.preview_process import PreviewBusyError
from monitor.lab.rule_preview import DEFAULT_DAYS, preview_request
from monitor.settings.config_files import stored_files
from monitor.web.context import WebContext
from monitor.web.pages.rules import rule_id_or_404
from monitor.web.params import RequestError, request_path
from monitor.web.responses import render_page

NEW_RULE = """\
version: 1

rules:
  - id: my-rule
    title: What this rule finds
    topic: {topic}
    status: test
    any:
      - first phrase
      - near: 10
        of: [one word, {{any: [another, a third]}}]
    tests:
      - hit: A headline with the first phrase must be found
      - miss: A headline with another word must not be found
"""
_NO_TOPIC = "my-topic"
PERIODS = {"7": "7 days", "30": "30 days", "90": "90 days"}


def new(request: Request, context: WebContext) -> Response:
    """Show the form with a rule to begin with."""
    topic = next(iter(context.topic_titles()), _NO_TOPIC)
    return _page(request, context, NEW_RULE.format(topic=topic))


def edit(request: Request, context: WebContext) -> Response:
    """Show the form with the YAML of a rule in force, as its file has it."""
    return _page(request, context, _yaml_in_force(rule_id_or_404(request, context), context))


def preview(request: Request, context: WebContext) -> Response:
    """Try the text of the form."""
    if "rule" in request.path_params:
        rule_id_or_404(request, context)
    form = request.state.form
    text = form.get("yaml", "").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        return _page(request, context, text, problem="There is no text to try. Write a rule, or paste one.")
    asked = preview_request(text, context.settings, context.store, context.clock())
    opened = request.path_params.get("rule", "")
    chosen, article = form.get("rule", "") or opened, form.get("article", "")
    try:
        result = context.previews.run(
            replace(asked, rule_id=chosen, days=_days(form), article=article, opened_id=opened)
        )
    except PreviewBusyError as error:
        return _page(request, context, text, problem=f"Not tried: {error}.", status=503, retry_after=5)
    except DatabaseError:
        raise
    except MonitorError as error:
        return _page(request, context, text, problem=f"Not tried to the end: {error}.")
    return _page(request, context, text, result)


def _page(
    request: Request,
    context: WebContext,
    text: str,
    result: RulePreview | None = None,
    *,
    problem: str = "",
    status: int = 200,
    retry_after: int = 0,
) -> Response:
    rule_id = request.path_params.get("rule", "")
    return render_page(
        request,
        context,
        "try.html",
        status=status,
        headers={"retry-after": str(retry_after)} if retry_after else None,
        rule=context.rules_by_id().get(rule_id),
        action=request_path(request),
        text=text,
        result=result,
        problem=problem,
        article=request.state.form.get("article", ""),
        periods=PERIODS,
        days=str(_days(request.state.form)),
        feeds=context.feed_titles(),
        now=context.clock(),
        rule_choices={rule_id: rule_id for rule_id in result.rule_ids} if result else {},
        policy=context.settings.monitor.rules.on_failing_tests,
    )


def _days(form: Mapping[str, str]) -> int:
    """Return the chosen period; the default for anything that the form does not offer."""
    return int(form.get("days", "")) if form.get("days", "") in PERIODS else DEFAULT_DAYS


def _yaml_in_force(rule_id: str, context: WebContext) -> str:
    """Return the lines of a rule in its file, even if the file has changed since; RequestError 404 if not known."""
    settings = context.settings
    files = stored_files(settings.folder, settings.held_rules.get(rule_id) or settings.texts).rules()
    for file in files:
        if place := find_rule(file, rule_id):
            return "\n".join(file.text.split("\n")[place.first - 1 : place.last]) + "\n"
    raise RequestError(404, "The YAML of this rule is not known. Paste it from its file.")
