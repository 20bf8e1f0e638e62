"""The rules: how much each finds, and one of them as its file has it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.core.findings import closest
from monitor.core.rules.wording import worded
from monitor.web.answers import page
from monitor.web.asked import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from monitor.core.rules import Rule
    from monitor.web.desk import Desk

MOST_LINES = 1_000


def rules(request: Request, desk: Desk) -> Response:
    """List them by topic."""
    now, topics = desk.clock(), desk.topics()
    order = list(topics)
    listed = sorted(desk.rules().values(), key=lambda rule: (order.index(rule.topic), rule.title.lower()))
    return page(
        request,
        desk,
        "rules.html",
        rules=listed,
        topics=topics,
        week=desk.library.count_by_rule(now - timedelta(days=7)),
        month=desk.library.count_by_rule(now - timedelta(days=30)),
    )


def rule(request: Request, desk: Desk) -> Response:
    """Show one."""
    name, known = request.path_params["rule"], desk.rules()
    if name not in known:
        guess = closest(name, known)
        raise Refusal(404, "The configuration has no such rule" + (f"; did you mean “{guess}”?" if guess else "."))
    chosen, now = known[name], desk.clock()
    return page(
        request,
        desk,
        "rule.html",
        rule=chosen,
        topic=desk.topics()[chosen.topic],
        condition="\n".join(worded(chosen)),
        source=source(chosen),
        file=Path(chosen.mark.path).name,
        week=desk.library.count_by_rule(now - timedelta(days=7)).get(name, 0),
        month=desk.library.count_by_rule(now - timedelta(days=30)).get(name, 0),
    )


def source(rule: Rule) -> str:
    """Read what its file says of it; empty when the file is not what it was when the rule was read."""
    try:
        lines = Path(rule.mark.path).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return ""
    first = rule.mark.line - 1
    inside = " " * (rule.mark.column - 1)
    outside = (
        number
        for number, line in enumerate(lines[first + 1 :], first + 1)
        if line.strip() and line[: len(inside)].strip()
    )
    last = next(outside, len(lines))
    found = [line.removeprefix(inside) for line in lines[first : min(last, first + MOST_LINES)]]
    if found:
        found[0] = lines[first][rule.mark.column - 1 :]
    text = "\n".join(found).rstrip()
    return text if rule.id in text else ""
