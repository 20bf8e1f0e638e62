"""Errors that a server states in a JSON document with status 200, in place of what was asked for."""

from __future__ import annotations

import re
from typing import Any

from monitor.core.feeds.failures import failed
from monitor.core.model import Failed, Feed, Response
from monitor.core.sources.json_feed import load_json
from monitor.core.text import clean_line

ERROR_NAMES = ("error", "errors", "fault")
"""Fields that state an error, unless they are empty."""
_TEXT_NAMES = ("message", "detail", "error_message", "error_description", "faultstring", "msg", "title", "reason")
"""Fields of an error with its text, in order of preference."""
_MESSAGE_NAMES = _TEXT_NAMES[:-2]
"""Those of them that contain a message of the server also outside of an error."""
_MAX_MESSAGE_CHARS = 200
_MAX_ERROR_BYTES = 100_000
"""Longer documents are no errors."""
_CREDENTIAL = re.compile(r"(?=[\w~+-]*\d)[\w~+-]{8,}")
"""A word with a digit, as keys of APIs are."""


def stated_failure(feed: Feed, response: Response, document: object) -> Failed | None:
    """Return the failure with the error that a document states; None if it states none."""
    if not isinstance(document, dict) or not any(document.get(name) for name in ERROR_NAMES):
        return None
    said = server_message(feed, response, document) or "without a reason"
    return failed("http", f"{response.status} with an error of the server: {said}", response=response)


def json_failure(feed: Feed, response: Response) -> Failed | None:
    """Return the failure of a feed whose server answers with a message in JSON; None if the body is none."""
    if len(response.body) > _MAX_ERROR_BYTES or not response.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        document = load_json(response.body)
    except ValueError:
        return None
    said = server_message(feed, response, document)
    other = failed("not a feed", f"JSON; the server says: {said}", response=response) if said else None
    return stated_failure(feed, response, document) or other


def server_message(feed: Feed, response: Response, document: Any) -> str:  # noqa: ANN401 - JSON has no type
    """Return the error or else the message in a document, without the keys that were sent; empty if it has none."""
    if not isinstance(document, dict):
        return ""
    errors = (_text_of(document.get(name)) for name in ERROR_NAMES)
    text = next(filter(None, errors), "") or _first_text(document, _MESSAGE_NAMES)
    sent = " ".join((feed.url, response.url, *feed.headers.values()))
    line = clean_line(text, limit=_MAX_MESSAGE_CHARS)
    return _CREDENTIAL.sub(lambda word: "***" if word[0] in sent else word[0], line)


def _text_of(error: object) -> str:
    """Return the text of an error: itself, one of its fields, or that of the first of several."""
    if isinstance(error, list):
        return _text_of(error[0]) if error else ""
    if isinstance(error, dict):
        return _first_text(error, _TEXT_NAMES)
    return error if isinstance(error, str) else ""


def _first_text(fields: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := fields.get(name), str) and value), "")
