"""The log: events with fixed words on stderr, for people on a terminal and as JSON elsewhere. No secret gets through.

Libraries' own logs go the same way; httpx would print whole addresses, tokens included, at level info, and stays below
warning.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any, Literal

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

HIDDEN = "***"
_SHORTEST_SECRET = 6
"""A shorter value would blot out ordinary words."""

_SECRET_KEY = re.compile(
    r"pass(word|wd)?$|secret|token|authorization|api_?key|webhook|cookie|credential", re.IGNORECASE
)
_SECRET_TEXT = (
    (re.compile(r"(?P<keep>[a-z][a-z0-9+.-]*://)[^/\s:@]*:[^/\s@]+@", re.IGNORECASE), r"\g<keep>***@"),
    (re.compile(r"(?P<keep>https?://hooks\.slack\.com/)\S+", re.IGNORECASE), r"\g<keep>***"),
    (re.compile(r"(?P<keep>)xox[a-z]-[\w-]+"), "***"),
    (
        re.compile(
            r"(?P<keep>[?&](?:[\w-]*[_-])?(?:token|api_?key|key|secret|password|pwd|sig|signature|auth)(?:[_-][\w-]*)?=)"
            r"[^&\s\"']+",
            re.IGNORECASE,
        ),
        r"\g<keep>***",
    ),
    (re.compile(r"(?P<keep>\b(?:bearer|basic) )[\w.~+/=-]{6,}", re.IGNORECASE), r"\g<keep>***"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""A publisher's words get into reasons: they must not move a cursor or start a line of their own."""

_QUIET = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "apscheduler": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "slack_sdk": logging.WARNING,
    "apprise": logging.WARNING,
    "trafilatura": logging.CRITICAL,
    "htmldate": logging.CRITICAL,
    "pypdf": logging.CRITICAL,
    "mail.log": logging.WARNING,
    "procrastinate": logging.CRITICAL,  # what a job failed of is told where it is done
}


def configure(
    *,
    form: Literal["auto", "console", "json"] = "auto",
    level: str = "info",
    secrets: Iterable[str] = (),
) -> None:
    """Send every event to stderr; may be called again when the settings are known."""
    redact = Redactor(secrets)
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(form)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))


class Redactor:
    """A structlog processor that blots out secrets by key, by shape and by value, and control characters."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        values = sorted({secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, values))) if values else None

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Clean an event before it is rendered."""
        for key in event:
            if not key.startswith("_"):
                event[key] = HIDDEN if _SECRET_KEY.search(key) and event[key] else self.clean(event[key])
        return event

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - whatever an event holds
        """Return the value with every secret in it blotted out, however deep."""
        match value:
            case str():
                return self._text(value)
            case dict():
                return {
                    key: HIDDEN if _SECRET_KEY.search(str(key)) else self.clean(item) for key, item in value.items()
                }
            case list() | tuple() | set() | frozenset():
                return [self.clean(item) for item in value]
            case BaseException():
                return self._text(f"{type(value).__name__}: {value}")
            case _:
                return value

    def _text(self, text: str) -> str:
        text = _CONTROL.sub("", text)
        for pattern, replacement in _SECRET_TEXT:
            text = pattern.sub(replacement, text)
        return self._values.sub(HIDDEN, text) if self._values else text


def _renderer(form: Literal["auto", "console", "json"]) -> structlog.typing.Processor:
    if form == "console" or (form == "auto" and sys.stderr.isatty()):
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    return structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
