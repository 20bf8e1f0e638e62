"""Routes for load balancers and Prometheus: liveness, readiness, health and metrics."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from monitor.core.errors import DatabaseError
from monitor.core.jobs import health_problems, is_ticking
from monitor.web.context import WebContext


def alive(_request: Request, _context: WebContext) -> Response:
    """Return 200: this process answers."""
    return PlainTextResponse("ok\n")


def ready(_request: Request, context: WebContext) -> Response:
    """Return 200 if the database answers and the daemon has ticked lately, else 503; without a reason, as /health."""
    try:
        is_ready = is_ticking(context.app.heartbeats(), context.clock())
    except DatabaseError:
        is_ready = False
    return PlainTextResponse("ready\n" if is_ready else "not ready\n", 200 if is_ready else 503)


def health(_request: Request, context: WebContext) -> Response:
    """Return `ok` (200) or `not ok` (503), without the reason: this route needs no token."""
    try:
        healthy = not health_problems(context.app.heartbeats(), context.clock())
    except DatabaseError:
        healthy = False
    return PlainTextResponse("ok\n" if healthy else "not ok\n", 200 if healthy else 503)


def metrics(_request: Request, context: WebContext) -> Response:
    """Return the metrics in Prometheus' text format."""
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

    from monitor.runtime.timings import REGISTRY
    from monitor.web.metrics import collect

    return Response(generate_latest(collect(context)) + generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
