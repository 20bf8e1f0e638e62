"""Labels set from the links of a mail, without signing in: GET shows a confirmation page, and only POST sets the label.

Mail programs and link scanners open every link of a mail; none of them sets anything.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.digests.web_links import LabelRequest, label_key, read_label_token
from monitor.core.model import Hit
from monitor.web.context import WebContext
from monitor.web.params import RequestError
from monitor.web.responses import render_page

LINK_EXPIRED = "This link is not valid or has expired. Label the story on the page of hits instead."
REMOVED = "This story is not stored any more."


def confirm(request: Request, context: WebContext) -> Response:
    """Ask for a confirmation; changes nothing."""
    label_request, hits = _read(request, context)
    return _page(request, context, label_request, hits, is_stored=False)


def store(request: Request, context: WebContext) -> Response:
    """Store the label of every hit of the story."""
    label_request, hits = _read(request, context)
    for hit in hits:
        context.store.label(hit.id, context.clock(), relevant=label_request.relevant)
    return _page(request, context, label_request, hits, is_stored=True)


def _read(request: Request, context: WebContext) -> tuple[LabelRequest, list[Hit]]:
    """Return what the link allows, and its hits that are still stored; RequestError 404 without any."""
    key = label_key(context.settings.monitor.web.label_secret)
    label_request = read_label_token(key, request.path_params["token"], context.clock())
    if label_request is None:
        raise RequestError(404, LINK_EXPIRED)
    hits = [hit for hit_id in label_request.hit_ids if (hit := context.store.hit(hit_id))]
    if not hits:
        raise RequestError(404, REMOVED)
    return label_request, hits


def _page(
    request: Request, context: WebContext, label_request: LabelRequest, hits: list[Hit], *, is_stored: bool
) -> Response:
    feeds, rules = context.feed_titles(), context.rule_titles()
    return render_page(
        request,
        context,
        "label.html",
        headers={"referrer-policy": "no-referrer"},
        label="relevant" if label_request.relevant else "not relevant",
        hit=hits[0],
        source=feeds.get(hits[0].feed_id, hits[0].feed_id),
        rules=sorted({rules[hit.rule_id] for hit in hits if hit.rule_id in rules}),
        is_stored=is_stored,
        menu_shown=False,
    )
