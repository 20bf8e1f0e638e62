"""Render a digest as text, HTML, Slack blocks or JSON, and its subject. All text from publishers is escaped here."""

from __future__ import annotations

from monitor.core.messages.render._html import html, with_html_note
from monitor.core.messages.render._ics import read_events
from monitor.core.messages.render._json import json
from monitor.core.messages.render._slack import slack, slack_webhook
from monitor.core.messages.render._slack_blocks import escape as slack_escape
from monitor.core.messages.render._slack_blocks import slack_body, with_slack_note
from monitor.core.messages.render._subject import subject
from monitor.core.messages.render._text import text
from monitor.core.messages.render.formats import FORMATS, DigestFormat
