"""The page Quality: recall and precision with their intervals, by week, topic and rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.audit.corpus import MIN_HITS_TO_RANK
from monitor.core.audit.lines import report_json
from monitor.core.audit.report import WeekQuality, judgements_needed, recall_report, rule_precisions, topics, weeks
from monitor.core.model import percent
from monitor.web.context import WebContext
from monitor.web.responses import json_response, render_page

_LINES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares at which the chart has a line."""

WIDTH, HEIGHT, LEFT = 640, 180, 40
"""Width and height of a chart, and the width of the margin for its labels, in pixels."""
_MARGIN = 12
_SIDES = (-20, 20)
"""Edges of the band of a single week, from its dot."""


def quality(request: Request, context: WebContext) -> Response:
    """Show how much the rules are estimated to find, and how much of it is right."""
    now = context.clock()
    judged = context.app.auditor().judged(now)
    report = recall_report(judged)
    by_week = weeks(judged, now)
    rules = context.rule_titles()
    precisions = sorted(rule_precisions(judged.hits).values(), key=lambda each: (each.precision, each.rule_id))
    return render_page(
        request,
        context,
        "quality.html",
        report=report,
        needed=judgements_needed(report.estimate),
        weeks=by_week,
        charts=[
            (name, _band_chart(shares))
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
        rules=[(each, rules.get(each.rule_id, each.rule_id)) for each in precisions],
        percent=percent,
        low=context.settings.monitor.audit.min_precision,
        ranking=context.store.audit_ranking(),
        min_hits=MIN_HITS_TO_RANK,
        audited=context.settings.monitor.audit.window,
    )


def api(_request: Request, context: WebContext) -> Response:
    """Return the estimates as JSON, like `monitor audit estimate`."""
    return json_response(report_json(context.app.auditor().judged(context.clock())))


def _recall(week: WeekQuality, context: WebContext) -> ShareOfWeek:
    estimate = week.estimate
    return ShareOfWeek(share=estimate.recall, low=estimate.low, high=estimate.high, label=_day(week, context))


def _precision(week: WeekQuality, context: WebContext) -> ShareOfWeek:
    estimate = week.estimate
    return ShareOfWeek(
        share=estimate.precision, low=estimate.precision_low, high=estimate.precision_high, label=_day(week, context)
    )


def _day(week: WeekQuality, context: WebContext) -> str:
    local = week.end.astimezone(context.zone)
    return f"{local.day} {local:%b}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfWeek:
    """One week of a chart; `share` is None if it is not known."""

    share: float | None
    low: float
    high: float
    label: str

    @property
    def is_known(self) -> bool:
        """Return True unless the share can be anything."""
        return self.share is not None or (self.low, self.high) != (0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandChart:
    """A line with a band, as the attributes `points` of SVG elements."""

    band: str
    line: str
    dots: tuple[tuple[float, float], ...]
    labels: tuple[tuple[float, str], ...]
    """The place of each week's label, from the left."""


def _band_chart(weeks: Sequence[ShareOfWeek]) -> BandChart:
    """Draw the weeks from left to right; a week without a share has a band and no dot. There is at least one."""
    xs = [_distance_from_left(index, len(weeks)) for index in range(len(weeks))]
    edges = list(zip(xs, weeks, strict=True)) if len(weeks) > 1 else [(xs[0] + side, weeks[0]) for side in _SIDES]
    upper = [(x, y(week.high)) for x, week in edges]
    lower = [(x, y(week.low)) for x, week in edges]
    dots = tuple((x, y(week.share)) for x, week in zip(xs, weeks, strict=True) if week.share is not None)
    every = max(1, len(weeks) // 6)
    labelled = list(zip(xs, weeks, strict=True))[::every]
    return BandChart(
        band=_points([*upper, *reversed(lower)]),
        line=_points(dots),
        dots=dots,
        labels=tuple((x, week.label) for x, week in labelled),
    )


def y(share: float) -> float:
    """Return the distance of a share from the top."""
    return round(_MARGIN + (1 - share) * (HEIGHT - 2 * _MARGIN), 1)


def _distance_from_left(index: int, count: int) -> float:
    width = WIDTH - LEFT - _MARGIN
    return round(LEFT + (width * index / (count - 1) if count > 1 else width / 2), 1)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
