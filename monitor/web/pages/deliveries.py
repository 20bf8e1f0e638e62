"""One delivery: the message as it was sent, its state, and sending it again, or a digest now, after a confirmation."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from monitor.core.messages.retries import describe_cancellation, describe_missing_channel
from monitor.core.model import Delivery, DeliveryState, Message
from monitor.web.context import WebContext
from monitor.web.pages.digests import PREVIEW_HEADERS, find_digest, framed_mail, when_sent
from monitor.web.params import RequestError, parse_id
from monitor.web.responses import render_page

NOT_STORED = "There is no delivery with this number. It may have been removed after its retention."
SENT = "This delivery was sent, or is being sent now."


def delivery(request: Request, context: WebContext) -> Response:
    """Show a delivery and its message."""
    found, message = _find(request, context)
    return render_page(request, context, "delivery.html", delivery=found, has_mail=bool(message.html))


def as_sent(request: Request, context: WebContext) -> Response:
    """Return the message as it was sent: the mail, or the text of a channel without mail."""
    _, message = _find(request, context)
    if not message.html:
        return PlainTextResponse(message.text, headers=PREVIEW_HEADERS)
    return framed_mail(message.html)


def confirm_retry(request: Request, context: WebContext) -> Response:
    """Ask whether a delivery is to be sent again; changes nothing."""
    found, _ = _find(request, context)
    if found.state in {DeliveryState.SENT, DeliveryState.SENDING}:
        raise RequestError(409, SENT)
    channel = _require_channel(found, context)
    question = f"Send delivery {found.id} to {found.recipient} again?"
    by = "" if channel == found.channel else f" It goes by {channel}, and no longer by {found.channel}."
    explanation = f"{describe_cancellation(found)} It is queued at once.{by} {when_sent(context)}".lstrip()
    return _confirm(request, context, question, explanation, "Send again")


def retry(request: Request, context: WebContext) -> Response:
    """Queue a delivery again."""
    found, _ = _find(request, context)
    channel = _require_channel(found, context)
    if not context.store.requeue(found.id, context.clock(), channel=channel):
        raise RequestError(409, SENT)
    return RedirectResponse(f"/deliveries/{found.id}", 303)


def _require_channel(found: Delivery, context: WebContext) -> str:
    """Return the channel by which a delivery goes now; RequestError 409 if it is not configured."""
    channel = context.app.deliverer().present_channel(found)
    if channel not in context.settings.channels:
        raise RequestError(409, describe_missing_channel(found, channel))
    return channel


def confirm_send(request: Request, context: WebContext) -> Response:
    """Ask whether a digest is to be sent now; changes nothing."""
    digest = find_digest(request.path_params["digest"], context)
    to = digest.recipient or ", ".join(digest.channels)
    explanation = f"It contains the hits that no run contained; without any, nothing is sent. {when_sent(context)}"
    return _confirm(request, context, f"Send {digest.title or digest.id} to {to} now?", explanation, "Send now")


def send(request: Request, context: WebContext) -> Response:
    """Ask the daemon to send a digest."""
    digest = find_digest(request.path_params["digest"], context)
    context.store.request_digest(digest.id, context.clock())
    return RedirectResponse(f"/digests/{quote(digest.id, safe='')}", 303)


def _confirm(request: Request, context: WebContext, question: str, explanation: str, button: str) -> Response:
    return render_page(request, context, "confirm.html", question=question, explanation=explanation, button=button)


def _find(request: Request, context: WebContext) -> tuple[Delivery, Message]:
    found = context.store.delivery(parse_id(request.path_params["delivery"]))
    if found is None:
        raise RequestError(404, NOT_STORED)
    return found
