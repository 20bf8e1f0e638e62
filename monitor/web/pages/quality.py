"""The page Quality: recall and precision with their intervals, by week, topic and rule."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.audit.lines import report_json
from monitor.core.audit.report import WeekQuality, judgements_needed, recall_report, rule_precisions, topics, weeks
from monitor.core.model import percent
from monitor.web.charts import HEIGHT, LEFT, WIDTH, ShareOfWeek, band_chart, y
from monitor.web.context import WebContext
from monitor.web.responses import json_response, render_page

_LINES = (0.0, 0.25, 0.5, 0.75, 1.0)


def quality(request: Request, context: WebContext) -> Response:
    """Show how much the rules are estimated to find, and how much of it is right."""
    now = context.clock()
    judged = context.app.auditor().judged(now)
    report = recall_report(judged)
    by_week = weeks(judged, now)
    rules = context.rules_by_id()
    precisions = sorted(rule_precisions(judged.hits).values(), key=lambda each: (each.precision, each.rule_id))
    return render_page(
        request,
        context,
        "quality.html",
        report=report,
        needed=judgements_needed(report.estimate),
        weeks=by_week,
        charts=[
            (name, band_chart(shares))
            for name, shares in (
                ("Recall", [_recall(each, context) for each in by_week]),
                ("Precision", [_precision(each, context) for each in by_week]),
            )
            if any(each.is_known for each in shares)
        ],
        size=(WIDTH, HEIGHT, LEFT),
        lines=[(y(share), percent(share)) for share in _LINES],
        topics=topics(judged),
        topic_titles=context.topic_titles(),
        rules=[(each, rules[each.rule_id].title if each.rule_id in rules else each.rule_id) for each in precisions],
        percent=percent,
        low=context.settings.monitor.audit.min_precision,
        ranking=context.store.audit_ranking(),
    )


def api(_request: Request, context: WebContext) -> Response:
    """Return the estimates as JSON, like `monitor audit estimate`."""
    return json_response(report_json(context.app.auditor().judged(context.clock())))


def _recall(week: WeekQuality, context: WebContext) -> ShareOfWeek:
    found = week.estimate
    return ShareOfWeek(share=found.recall, low=found.low, high=found.high, label=_day(week, context))


def _precision(week: WeekQuality, context: WebContext) -> ShareOfWeek:
    found = week.estimate
    return ShareOfWeek(
        share=found.precision, low=found.precision_low, high=found.precision_high, label=_day(week, context)
    )


def _day(week: WeekQuality, context: WebContext) -> str:
    local = week.end.astimezone(context.zone)
    return f"{local.day} {local:%b}"
