"""Logging to stderr: structured events, readable on a terminal and JSON elsewhere, with secrets redacted.

Logs of libraries are formatted and redacted too; httpx, which logs complete URLs with tokens at level info, is limited
to warnings. A line that repeats more than MAX_REPEATS times within REPEAT_WINDOW_SECONDS is counted instead of written.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from monitor.core.control_characters import remove_control

Key = tuple[object, ...]

HIDDEN = "***"
_MIN_SECRET_CHARS = 6
"""Characters. Redacting shorter values would hit ordinary words."""

_SECRET_KEY = re.compile(
    r"pass(word|wd)?$|secret|token|authorization|api_?key|webhook|cookie|credential", re.IGNORECASE
)
_SECRET_NAME = r"(?:token|api_?key|key|secret|password|pwd|sig|signature|auth)"  # noqa: S105 - a pattern of names
_SECRET_TEXT = (
    (re.compile(r"(?P<keep>(?<=[a-z0-9+.-])://)[^/\s:@]*+:[^/\s@]++@", re.IGNORECASE), r"\g<keep>***@"),
    (re.compile(r"(?P<keep>https?://hooks\.slack\.com/)\S+", re.IGNORECASE), r"\g<keep>***"),
    (re.compile(r"(?P<keep>)xox[a-z]-[\w-]+"), "***"),
    (
        re.compile(
            # the parts of a name between hyphens and underscores, one after the other, up to one that names a secret
            rf"(?P<keep>[?&](?:(?!{_SECRET_NAME}[=_-])[^\W_]*+[_-])*+{_SECRET_NAME}(?:[_-][\w-]*+)?=)"
            r"[^&\s\"']+",
            re.IGNORECASE,
        ),
        r"\g<keep>***",
    ),
    (re.compile(r"(?P<keep>\b(?:bearer|basic) )[\w.~+/=-]{6,}", re.IGNORECASE), r"\g<keep>***"),
)
"""Patterns of secrets. Each runs in linear time, as publishers' text of any length is part of reasons."""
MAX_REPEATS, REPEAT_WINDOW_SECONDS = 20, 60.0
"""Number of lines of a kind written within REPEAT_WINDOW_SECONDS; further ones are counted."""
_MAX_KINDS = 2_000
"""Kinds of lines counted at once; beyond it the oldest is summarized and dropped."""
_MAX_FIELD_CHARS = 500
"""Characters of a field that distinguish kinds of lines."""
_VARYING = frozenset(
    {"timestamp", "reason", "error", "exception", "exc_info", "stack_info", "stack", "seconds", "open"}
)
"""Fields that do not identify the subject (a feed, a job, a delivery, a file)."""
_NUMBERS = re.compile(r"0x[0-9a-fA-F]+|\d+")

_QUIET = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "apscheduler": logging.ERROR,  # its warning of a job that still runs; the event "job took too long" reports it
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "slack_sdk": logging.WARNING,
    "apprise": logging.WARNING,
    "trafilatura": logging.CRITICAL,
    "htmldate": logging.CRITICAL,
    "pypdf": logging.CRITICAL,
    "mail.log": logging.WARNING,
    "procrastinate": logging.CRITICAL,  # failures are logged where the task runs
}


def configure(
    *,
    format_: Literal["auto", "console", "json"] = "auto",
    level: str = "info",
    secrets: Iterable[str] = (),
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Send every event to stderr; may be called again once the settings are known. `clock` is in seconds."""
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
    handler = RepeatLimiter(clock=clock)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(format_)],
        )
    )
    _replace_handler(handler, level)


def _replace_handler(handler: RepeatLimiter, level: str) -> None:
    root = logging.getLogger()
    for old in root.handlers:
        if isinstance(old, RepeatLimiter):
            old.close()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))


@dataclass(slots=True)
class _Kind:
    """Lines of one kind in a window from `began`; stores no record, whose traceback would keep frames alive."""

    logger: str
    level: int
    event: str
    fields: dict[str, Any]
    began: float
    count: int = 0

    def summary(self) -> logging.LogRecord:
        """Return a line with the number of lines that were not written, and their common fields."""
        more = self.count - MAX_REPEATS
        message = f"{self.event} repeated {'once' if more == 1 else f'{more} times'}"
        record = logging.LogRecord(self.logger, self.level, "", 0, message, None, None)
        record.__dict__.update({name: value for name, value in self.fields.items() if name not in record.__dict__})
        return record


class RepeatLimiter(logging.StreamHandler[Any]):
    """Writes to stderr the first MAX_REPEATS lines of a kind within REPEAT_WINDOW_SECONDS, then a count of the others.

    Lines of a kind have the same logger, level, event and subject (all fields but those in _VARYING). In the lines of
    libraries, whose text may contain the subject, numbers are ignored. The count of a kind is written with the next
    line of any kind after its window, or when the log is closed.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(sys.stderr)
        self._clock = clock
        self._kinds: OrderedDict[Key, _Kind] = OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line, or count it; debug lines are always written."""
        now = self._clock()
        for summary in self._pop_ended(now):
            super().emit(summary)
        if record.levelno <= logging.DEBUG or self._admit(record, now):
            super().emit(record)

    def close(self) -> None:
        """Write the outstanding counts."""
        for summary in self._pop_ended(float("inf")):
            super().emit(summary)
        super().close()

    def _admit(self, record: logging.LogRecord, now: float) -> bool:
        event, fields = _parts(record)
        pattern = event if isinstance(record.msg, dict) else _NUMBERS.sub("#", event)
        subject = sorted((name, str(value)[:_MAX_FIELD_CHARS]) for name, value in fields.items())
        key = record.name, record.levelno, pattern, *subject
        kind = self._kinds.setdefault(key, _Kind(record.name, record.levelno, event, fields, now))
        kind.count += 1
        return kind.count <= MAX_REPEATS

    def _pop_ended(self, now: float) -> Iterator[logging.LogRecord]:
        while self._kinds:
            oldest = next(iter(self._kinds.values()))
            if now - oldest.began < REPEAT_WINDOW_SECONDS and len(self._kinds) < _MAX_KINDS:
                return
            self._kinds.popitem(last=False)
            if oldest.count > MAX_REPEATS:
                yield oldest.summary()


def _parts(record: logging.LogRecord) -> tuple[str, dict[str, Any]]:
    """Return the event and the fields that identify its subject; lines of libraries have no fields."""
    if isinstance(record.msg, dict):
        left_out = {*_VARYING, "event", "logger", "level"}
        fields = {
            name: value for name, value in record.msg.items() if name not in left_out and not name.startswith("_")
        }
        return str(record.msg.get("event", "")), fields
    try:
        return record.getMessage()[:_MAX_FIELD_CHARS], {}
    except (TypeError, ValueError):  # the arguments do not fit the text; writing the line reports it
        return str(record.msg)[:_MAX_FIELD_CHARS], {}


class Redactor:
    """A structlog processor that redacts secrets by key, by pattern and by value, and removes control characters."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        values = sorted({secret for secret in secrets if len(secret) >= _MIN_SECRET_CHARS}, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, values))) if values else None

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Redact an event before it is rendered."""
        for key in event:
            if not key.startswith("_"):
                event[key] = HIDDEN if _SECRET_KEY.search(key) and event[key] else self.redact(event[key])
        return event

    def redact(self, value: Any) -> Any:  # noqa: ANN401 - events hold any values
        """Return the value with secrets redacted, at any depth."""
        match value:
            case str():
                return self._text(value)
            case dict():
                return {
                    key: HIDDEN if _SECRET_KEY.search(str(key)) else self.redact(item) for key, item in value.items()
                }
            case list() | tuple() | set() | frozenset():
                return [self.redact(item) for item in value]
            case BaseException():
                return self._text(f"{type(value).__name__}: {value}")
            case _:
                return value

    def _text(self, text: str) -> str:
        text = remove_control(text)
        for pattern, replacement in _SECRET_TEXT:
            text = pattern.sub(replacement, text)
        return self._values.sub(HIDDEN, text) if self._values else text


def _renderer(format_: Literal["auto", "console", "json"]) -> structlog.typing.Processor:
    if format_ == "console" or (format_ == "auto" and sys.stderr.isatty()):
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    return structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
