"""The list of hits with its filter form, and the labels that readers give to hits."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.core.model import PRIORITIES
from monitor.core.unknown_filters import unknown_hit_filters
from monitor.web.cards import story_cards
from monitor.web.context import WebContext
from monitor.web.params import (
    CHOICES,
    LABELS,
    ListParams,
    RequestError,
    local_target,
    parse_id,
    parse_list_params,
)
from monitor.web.responses import render_page

PERIODS = {"24h": "24 hours", "3d": "3 days", "7d": "7 days", "30d": "30 days", "90d": "90 days", "365d": "a year"}


def hits(request: Request, context: WebContext) -> Response:
    """List hits by day, newest first."""
    params = parse_list_params(request.query_params)
    result = context.store.find_hits_by_story(
        params.query(context.clock(), context.settings.feeds), params.before, params.limit
    )
    cards = story_cards(result.items, context)
    by_day = groupby(cards, key=lambda card: card.first.found_at.astimezone(context.zone).date())
    filters = {name: params.get(name) or None for name in ("rule", "topic", "feed")}
    return render_page(
        request,
        context,
        "hits.html",
        params=params,
        days=[list(those) for _, those in by_day],
        reached=result.reached,
        next_page=params.url("/hits", result.next) if result.next else "",
        atom_url=_atom_url(params, context),
        download_url=replace(params, limit=params.default_limit).url("/hits.xlsx"),
        choices=filter_choices(params, context),
        unknown_filters=unknown_hit_filters(filters, context.settings.filter_names(), "“{}”"),
    )


def label(request: Request, context: WebContext) -> Response:
    """Store a reader's label of a hit, and redirect to the hit on the page that the form was on."""
    hit_id, form = parse_id(request.path_params["hit"]), request.state.form
    value = form.get("label", "")
    if value not in LABELS:
        raise RequestError(400, f"Invalid label: {value[:20]!r} is not one of {', '.join(LABELS)}")
    if not context.store.label(hit_id, context.clock(), relevant=LABELS[value]):
        raise RequestError(404, "This hit no longer exists.")
    return RedirectResponse(f"{local_target(form.get('back', ''))}#hit-{hit_id}", 303)


def filter_choices(params: ListParams, context: WebContext) -> dict[str, dict[str, str]]:
    """Return the options of each select, value to text; a current value that is not configured is among them."""
    languages = sorted({feed.language for feed in context.settings.feeds if feed.language})
    choices = {
        "since": PERIODS,
        "topic": context.topic_titles(),
        "rule": dict(sorted(context.rule_titles().items(), key=lambda pair: pair[1])),
        "feed": dict(sorted(context.feed_titles().items(), key=lambda pair: pair[1].lower())),
        "language": {language: language for language in languages},
        "tier": {tier: tier.replace("_", " ") for tier in CHOICES["tier"]},
        "country": {code: code for code in sorted({feed.country for feed in context.settings.feeds if feed.country})},
        "tag": {tag: tag for tag in sorted({tag for feed in context.settings.feeds for tag in feed.tags})},
        "priority": {priority: priority for priority in reversed(PRIORITIES)},
        "prominence": {"major": "a main subject", "passing": "mentioned in passing"},
        "backfilled": {"0": "new", "1": "from the archive"},
        "label": {"none": "not labelled", "relevant": "relevant", "irrelevant": "not relevant"},
    }
    chosen = {name: params.get(name) for name in choices}
    return {
        name: options if chosen[name] in {"", *options} else {chosen[name]: chosen[name], **options}
        for name, options in choices.items()
    }


def _atom_url(params: ListParams, context: WebContext) -> str:
    url = params.url("/hits.atom")
    if context.signer.is_public:
        return url
    return f"{url}{'&' if '?' in url else '?'}token={context.signer.feed_key()}"
