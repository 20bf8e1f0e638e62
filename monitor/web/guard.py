"""Access to the web page: the host names it answers to, authentication, the origin of forms, and the security headers.

A request without the token gets the sign-in page and nothing else. A request with the token in the header
`Authorization` needs no form key: no other site can make a browser send that header. A known session is looked at
before any other secret, so that a wrong one beside it does no harm.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request

from monitor.web.answers import refuse
from monitor.web.asked import Refusal, path_of
from monitor.web.throttle import client_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from monitor.web.desk import Desk
    from monitor.web.throttle import WrongSecrets

COOKIE = "monitor"
OPEN = frozenset({"/health", "/style.css", "/icon.svg", "/login"})
"""What anybody may ask for."""
FEED = "/hits.atom"
LARGEST = 16_384
"""Bytes of a form."""
SLOWEST = 10.0
"""Seconds that a form may take to arrive."""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "private, no-store",
}


@dataclass(frozen=True, slots=True)
class Guard:
    """Stands before the pages."""

    app: ASGIApp
    desk: Desk
    wrong: WrongSecrets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        request.state.session, request.state.form = "", {}
        answer = self.app
        try:
            await self._admit(request)
        except Refusal as refusal:
            answer = refuse(request, self.desk, refusal)
        except ClientDisconnect:
            return
        await answer(scope, receive, _dressed(send))

    async def _admit(self, request: Request) -> None:
        self._check_name(request)
        known = self._known_session(request)
        bearer = self.desk.keys.known(_bearer_token(request))
        if not (known or bearer or path_of(request) in OPEN):
            self._check_feed_key(request)
        if request.method == "POST":
            if not bearer:
                _check_origin(request)
            request.state.form = await _form(request)
            key = request.state.form.get("key", "")
            if not bearer and not self.desk.keys.sent_by_us(key, request.state.session):
                raise Refusal(403, "This form is too old, or not from here. Go back, load the page again, and repeat.")

    def _check_name(self, request: Request) -> None:
        """Refuse to be asked for by a stranger's name, which is how a strange site would read this one (rebinding)."""
        name = request.headers.get("host", "")
        if path_of(request) == "/health":
            return
        if self.desk.hosts is not None and _without_port(name) not in self.desk.hosts:
            raise Refusal(421, "This page does not answer to that name; web.hosts in monitor.yaml names those it does.")

    def _known_session(self, request: Request) -> bool:
        """Whether nothing is asked here, or the cookie is a session of ours."""
        cookie = request.cookies.get(COOKIE, "")
        if not self.desk.keys.open and self.desk.keys.admits(cookie, self.desk.clock()):
            request.state.session = cookie
            return True
        return self.desk.keys.open

    def _check_feed_key(self, request: Request) -> None:
        """Admit a reader of the feed by its key; otherwise refuse, and count the secret if a wrong one was offered."""
        key = request.query_params.get("token", "") if path_of(request) == FEED else ""
        if key and self.desk.keys.reads_feed(key):
            return
        said = ""
        if key or _bearer_token(request):
            self.wrong.add(client_of(request), self.desk.clock())
            said = f"The token in the {'address' if key else 'header Authorization'} is not the one of this page."
        raise Refusal(401, said, {"www-authenticate": "Bearer"})


def _bearer_token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _without_port(name: str) -> str:
    host, _, port = name.rpartition(":")
    return (host if host and port.isdecimal() else name).lower()


def _check_origin(request: Request) -> None:
    """Let only our own pages send forms. `null` is what no-referrer makes of our own origin; the form's key decides."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    strange = site not in {None, "same-origin"} or (site is None and origin is None)
    if site is None and origin not in {None, "null"}:
        strange = urlsplit(origin or "").netloc.lower() != request.headers.get("host", "").lower()
    if strange:
        raise Refusal(403, "This form came from another site, and was not taken.")


async def _form(request: Request) -> dict[str, str]:
    """Read a form, as long as it is small and in time."""
    body = b""
    try:
        async with asyncio.timeout(SLOWEST):
            async for piece in request.stream():
                body += piece
                if len(body) > LARGEST:
                    raise Refusal(413, "That is more than a form of this page holds.", {"connection": "close"})
    except TimeoutError:
        raise Refusal(408, "The form took too long to arrive.", {"connection": "close"}) from None
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        raise Refusal(400, "That is no form of this page.") from None


def _dressed(send: Send) -> Send:
    """Put on the headers that an answer does not wear already."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return dressed
