"""A digest as text, HTML, Slack blocks or JSON; and its subject. Everything a publisher wrote is escaped here."""

from __future__ import annotations

from monitor.core.messages.render._html import REPEAT, html
from monitor.core.messages.render._json import json
from monitor.core.messages.render._slack import body as slack_body
from monitor.core.messages.render._slack import escape as slack_escape
from monitor.core.messages.render._slack import slack
from monitor.core.messages.render._text import text
from monitor.core.messages.render._words import subject

__all__ = ["REPEAT", "html", "json", "slack", "slack_body", "slack_escape", "subject", "text"]
