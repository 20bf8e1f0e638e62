"""The list of hits as an Excel file, with the filters of its page and a line for each article."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.matching.passages import Passage
from monitor.core.model import Hit
from monitor.web.cards import HitCard, hit_cards
from monitor.web.context import WebContext
from monitor.web.pages.hits import PERIODS, filter_choices
from monitor.web.params import ListParams, RequestError, parse_list_params
from monitor.web.spreadsheet import Cell, Link, Sheet, workbook
from monitor.web.templating import clean_title, safe_url

MAX_HITS = 20_000
_PAGE_HITS = 1_000
_MAX_SECONDS = 20.0
"""After this time no further hits are read; a rare filter can lead through the whole archive."""
BEING_MADE = threading.Lock()
"""Held while a file is made: several at once would take all threads of the server, and a hundred MB of memory each."""
_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MARKS = (("partial", "partial"), ("backfilled", "from the archive"), ("updated", "updated"))
_FILTER_NAMES = {"since": "Found in the last", "feed": "Source", "tier": "Kind of source", "backfilled": "Found"}


@dataclass(frozen=True, slots=True)
class _ReadHits:
    """The hits of a list as far as they were read."""

    hits: list[Hit]
    oldest: datetime | None
    """The time down to which hits were read; None if there are no older ones."""


def hits(request: Request, context: WebContext) -> Response:
    """Return the hits that match the filters, newest first; RequestError 503 while another file is made."""
    if not BEING_MADE.acquire(blocking=False):
        message = "Another Excel file is being made. Wait some seconds, then try again."
        raise RequestError(503, message, {"retry-after": "5"})
    try:
        return _file_of_hits(request, context)
    finally:
        BEING_MADE.release()


def _file_of_hits(request: Request, context: WebContext) -> Response:
    params, now = parse_list_params(request.query_params), context.clock()
    read = _read_hits(params, context)
    cards = hit_cards(read.hits, context)
    content = workbook(_hits_sheet(cards, context), _about_sheet(params, read, len(cards), now, context))
    name = f"hits-{now.astimezone(context.zone):%Y-%m-%d-%H%M}.xlsx"
    return Response(content, 200, {"content-disposition": f'attachment; filename="{name}"'}, _MEDIA_TYPE)


def _read_hits(params: ListParams, context: WebContext) -> _ReadHits:
    query, ends_at = params.query(context.clock(), context.settings.feeds), time.monotonic() + _MAX_SECONDS
    page = context.store.find_hits(query, None, _PAGE_HITS)
    found = list(page.items)
    while page.next and len(found) < MAX_HITS and time.monotonic() < ends_at:
        page = context.store.find_hits(query, page.next, _PAGE_HITS)
        found += page.items
    return _ReadHits(found, page.next.at if page.next else None)


def _hits_sheet(cards: Sequence[HitCard], context: WebContext) -> Sheet:
    zone = context.settings.monitor.timezone
    columns = {
        f"Found ({zone})": 17, "Published": 17, "Headline": 60, "Source": 24, "Country": 9, "Language": 9, "Topics": 28,
        "Rules": 36, "Priority": 9, "Sentence that matched": 90, "Notes": 18, "Label": 14, "Link": 50, "Story": 8,
    }  # fmt: skip
    countries = {feed.id: feed.country for feed in context.settings.feeds}
    return Sheet("Hits", columns, (_row(card, countries.get(card.first.feed_id, ""), context) for card in cards))


def _row(card: HitCard, country: str, context: WebContext) -> Sequence[Cell]:
    first = card.first
    return (
        first.found_at.astimezone(context.zone),
        first.published_at.astimezone(context.zone) if first.published_at else "",
        clean_title(first.title),
        card.source,
        country,
        first.language,
        _joined(each.topic for each in card.rule_hits),
        _joined(each.rule for each in card.rule_hits),
        card.priority,
        next((_text(each.evidence.sentences[0]) for each in card.rule_hits if each.evidence.sentences), ""),
        _joined(_marks(card)),
        _joined(_label(each.label) for each in card.rule_hits),
        Link(safe_url(first.url)),
        first.story_id,
    )


def _about_sheet(params: ListParams, read: _ReadHits, articles: int, now: datetime, context: WebContext) -> Sheet:
    """State what the list is of, and whether it is complete: a file is read without the page that it came from."""
    rows: list[Sequence[Cell]] = [("Made", now.astimezone(context.zone))]
    choices = filter_choices(params, context)
    for name, value in params.filters.items():
        rows.append(("Filter", f"{_filter_name(name, value)}: {choices.get(name, {}).get(value, value)}"))
    rows += [("Articles", articles), ("Hits", len(read.hits))]
    if read.oldest is None:
        rows.append(("Complete", "yes: all hits that match the filters"))
    else:
        rows.append(("Complete", "no: older hits exist. Choose a shorter period, or end it (until) at the time below"))
        rows.append(("Hits from", read.oldest.astimezone(context.zone)))
    return Sheet("About this list", {"About": 14, "": 70}, rows)


def _filter_name(name: str, value: str) -> str:
    """Return the name that the form has for a filter; `since` can also be a time in the address."""
    if name == "since" and value not in PERIODS:
        return "Found since"
    return _FILTER_NAMES.get(name, name.capitalize())


def _marks(card: HitCard) -> Iterator[str]:
    for each in card.rule_hits:
        yield from (name for field, name in _MARKS if getattr(each.hit, field))
        if each.hit.prominence == "passing":
            yield "in passing"


def _label(label: bool | None) -> str:
    return {True: "relevant", False: "not relevant", None: ""}[label]


def _joined(texts: Iterator[str]) -> str:
    """Join texts; each stands once."""
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _text(passage: Passage) -> str:
    return "".join(piece.text for piece in passage)
