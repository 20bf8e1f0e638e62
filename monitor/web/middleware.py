"""Access control for every request: Host header, authentication, CSRF protection of forms, and security headers.

A request without the token gets the sign-in page and nothing else. A request with the token in the header
`Authorization` needs no CSRF token: no other site can make a browser send that header. The session cookie is checked
first, so that a wrong secret beside a valid session is not counted as a failed attempt.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.web.context import WebContext
from monitor.web.params import RequestError, request_path
from monitor.web.responses import error_response
from monitor.web.throttle import FailedAttempts, client_of

SESSION_COOKIE = "monitor"
PROBES = frozenset({"/health", "/healthz", "/readyz"})
"""Paths that load balancers request, under any host name."""
PUBLIC = frozenset({*PROBES, "/style.css", "/labels.js", "/icon.svg", "/login"})
"""Paths that need no authentication."""
SIGNED = "/label/"
"""Beginning of the paths that carry a signed value, which admits without session and replaces the CSRF token."""
FEED = "/hits.atom"
MAX_FORM_BYTES = 16_384
TRY = re.compile(r"/rules/(?:[^/]+/)?try")
"""Paths of the form with rules, whose text may be a whole file."""
MAX_RULES_FORM_BYTES = 1_000_000
"""Bytes as they are sent, in which a letter may take nine."""
RULES_TOO_LARGE = (
    "The text is too large to be tried here: a page takes 1 MB as browsers send it, some 300 to 900 kB of YAML. Go"
    " back, and try one rule, or run `monitor rules check` and `monitor rules backtest` with the file."
)
FORM_TIMEOUT_SECONDS = 10.0
"""Seconds within which a form must arrive."""
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
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
class AccessMiddleware:
    """ASGI middleware that answers a request itself unless it may reach the application."""

    app: ASGIApp
    context: WebContext
    failed_attempts: FailedAttempts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an admitted request on, with the session and the form in its state; else send an error response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        request.state.session, request.state.form = "", {}
        response = self.app
        try:
            await self._admit(request)
        except RequestError as error:
            response = error_response(request, self.context, error)
        except ClientDisconnect:
            return
        await response(scope, receive, _with_security_headers(send))

    async def _admit(self, request: Request) -> None:
        self._check_host(request)
        has_session = self._has_session(request)
        bearer = self.context.signer.is_token(_bearer_token(request))
        is_signed = request_path(request).startswith(SIGNED)
        if not (has_session or bearer or is_signed or request_path(request) in PUBLIC):
            self._check_feed_key(request)
        if request.method == "POST":
            if not bearer and not is_signed:
                _check_origin(request)
            request.state.form = await _read_form(request)
            token = request.state.form.get("csrf_token", "")
            if not bearer and not is_signed and not self.context.signer.is_csrf_token(token, request.state.session):
                raise RequestError(403, "This form has expired. Go back, reload the page and try again.")

    def _check_host(self, request: Request) -> None:
        """Refuse unknown host names, which is what a DNS rebinding attack sends."""
        name = request.headers.get("host", "")
        if request_path(request) in PROBES:
            return
        if self.context.allowed_hosts is not None and _without_port(name) not in self.context.allowed_hosts:
            raise RequestError(421, "This host name is not configured. Add it to web.hosts in monitor.yaml.")

    def _has_session(self, request: Request) -> bool:
        """Return whether the cookie holds a valid session, or none is needed."""
        cookie, signer = request.cookies.get(SESSION_COOKIE, ""), self.context.signer
        if signer.is_session(cookie, self.context.clock()):
            request.state.session = cookie
            return True
        return signer.is_public

    def _check_feed_key(self, request: Request) -> None:
        """Admit a feed reader by the key in the URL; else raise 401, and count a wrong secret as a failed attempt."""
        key = request.query_params.get("token", "") if request_path(request) == FEED else ""
        if key and self.context.signer.opens_feed(key):
            return
        message = ""
        if key or _bearer_token(request):
            self.failed_attempts.record(client_of(request), self.context.clock())
            message = f"Wrong token in the {'address' if key else 'header Authorization'}."
        raise RequestError(401, message, {"www-authenticate": "Bearer"})


def _bearer_token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _without_port(name: str) -> str:
    host, _, port = name.rpartition(":")
    return (host if host and port.isdecimal() else name).lower()


def _check_origin(request: Request) -> None:
    """Refuse forms of other sites; the origin `null`, which no-referrer pages send, is left to the CSRF token."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = site not in {None, "same-origin"} or (site is None and origin is None)
    if site is None and origin not in {None, "null"}:
        foreign = urlsplit(origin or "").netloc.lower() != request.headers.get("host", "").lower()
    if foreign:
        raise RequestError(403, "This form was sent from another site.")


async def _read_form(request: Request) -> dict[str, str]:
    """Read a form within FORM_TIMEOUT_SECONDS: of at most MAX_FORM_BYTES, one with rules of MAX_RULES_FORM_BYTES."""
    body, limit, reason = b"", MAX_FORM_BYTES, "The form is too large."
    if TRY.fullmatch(request_path(request)):
        limit, reason = MAX_RULES_FORM_BYTES, RULES_TOO_LARGE
    try:
        async with asyncio.timeout(FORM_TIMEOUT_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > limit:
                    raise RequestError(413, reason, {"connection": "close"})
    except TimeoutError:
        raise RequestError(408, "The form took too long to arrive.", {"connection": "close"}) from None
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        raise RequestError(400, "The form could not be read.") from None


def _with_security_headers(send: Send) -> Send:
    """Add the security headers that a response does not set itself."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
