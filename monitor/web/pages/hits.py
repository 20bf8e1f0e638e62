"""The hits: newest first, sieved by a form, each with the sentences that made it and a way to say whether it helps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from monitor.core.findings import closest
from monitor.core.model import PRIORITIES
from monitor.web.answers import page
from monitor.web.asked import LABELS, Refusal, asked, inside, row
from monitor.web.why import Why, why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from starlette.requests import Request
    from starlette.responses import Response

    from monitor.core.model import Hit
    from monitor.web.asked import Asked
    from monitor.web.desk import Desk

SPANS = {"24h": "24 hours", "3d": "3 days", "7d": "7 days", "30d": "30 days", "90d": "90 days", "365d": "a year"}


@dataclass(frozen=True, slots=True)
class Found:
    """One rule's hit, and why it is one."""

    hit: Hit
    rule: str
    topic: str
    why: Why
    label: bool | None
    """Whether a reader found it relevant; None: nobody said."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One article with all that rules found in it at one time."""

    first: Hit
    source: str
    found: tuple[Found, ...]

    @property
    def number(self) -> int:
        """How many rules found it."""
        return len(self.found)

    @property
    def priority(self) -> str:
        """The highest of its hits."""
        return max((each.hit.priority for each in self.found), key=_rank)

    @property
    def title(self) -> Why:
        """The hit that has marks in the title, or the first one."""
        return next((each.why for each in self.found if each.why.title), self.found[0].why)


def hits(request: Request, desk: Desk) -> Response:
    """List hits."""
    wanted = asked(request.query_params)
    found = desk.library.find_hits(wanted.query(desk.clock()), wanted.before, wanted.limit)
    days = [(day, list(those)) for day, those in groupby(tellings(found.found, desk), key=_day(desk))]
    return page(
        request,
        desk,
        "hits.html",
        asked=wanted,
        days=days,
        reached=found.reached,
        onward=wanted.address("/hits", found.next) if found.next else "",
        feed=_feed(wanted, desk),
        choices=choices(wanted, desk),
        doubts=doubts(wanted, desk),
    )


def tellings(hits: Iterable[Hit], desk: Desk) -> list[Telling]:
    """Put together hits on one article that follow each other."""
    hits = list(hits)
    rules, topics, feeds = desk.rules(), desk.topics(), desk.feeds()
    labels = desk.library.labels([hit.id for hit in hits])
    told = []
    for _, those in groupby(hits, key=lambda hit: hit.article_id):
        each = [
            Found(hit, rules[hit.rule_id].title if hit.rule_id in rules else hit.rule_id,
                  topics.get(hit.topic, hit.topic), why(hit), labels.get(hit.id))
            for hit in those
        ]  # fmt: skip
        first = each[0].hit
        told.append(Telling(first, feeds.get(first.feed_id, first.feed_id), tuple(each)))
    return told


def label(request: Request, desk: Desk) -> Response:
    """Note whether a reader found a hit relevant, and lead back to it."""
    number, form = row(request.path_params["hit"]), request.state.form
    said = form.get("label", "")
    if said not in LABELS:
        raise Refusal(400, f"label: {said[:20]!r} is none; there are {', '.join(LABELS)}")
    if not desk.library.label(number, desk.clock(), relevant=LABELS[said]):
        raise Refusal(404, "There is no such hit any more.")
    return RedirectResponse(f"{inside(form.get('back', ''))}#hit-{number}", 303)


def choices(wanted: Asked, desk: Desk) -> dict[str, dict[str, str]]:
    """Name what each filter may be; what was asked for is among it, known or not."""
    rules = {rule_id: rule.title for rule_id, rule in desk.rules().items()}
    languages = sorted({feed.language for feed in desk.settings.feeds if feed.language})
    offered = {
        "since": SPANS,
        "topic": desk.topics(),
        "rule": dict(sorted(rules.items(), key=lambda pair: pair[1])),
        "feed": dict(sorted(desk.feeds().items(), key=lambda pair: pair[1].lower())),
        "language": {language: language for language in languages},
        "priority": {priority: priority for priority in reversed(PRIORITIES)},
        "label": {"none": "not labelled yet", "relevant": "relevant", "irrelevant": "not relevant"},
    }
    chosen = {name: getattr(wanted, name) for name in offered}
    return {
        name: options if chosen[name] in {"", *options} else {chosen[name]: chosen[name], **options}
        for name, options in offered.items()
    }


def doubts(wanted: Asked, desk: Desk) -> list[str]:
    """Say which filter is no name of the configuration: an empty list alone would not tell a typo from no news."""
    told = []
    for kind, known in (("rule", desk.rules()), ("topic", desk.topics()), ("feed", desk.feeds())):
        name = getattr(wanted, kind)
        if name and name not in known:
            guess = closest(name, known)
            told.append(f"The configuration has no {kind} “{name}”" + (f"; did you mean “{guess}”?" if guess else "."))
    return told


def _feed(wanted: Asked, desk: Desk) -> str:
    address = wanted.address("/hits.atom")
    if desk.keys.open:
        return address
    return f"{address}{'&' if '?' in address else '?'}token={desk.keys.feed()}"


def _day(desk: Desk) -> Callable[[Telling], date]:
    return lambda told: told.first.found_at.astimezone(desk.zone).date()


def _rank(priority: str) -> int:
    return PRIORITIES.index(priority) if priority in PRIORITIES else -1
