"""A message as an RFC 5322 mail: text and HTML, a stable Message-ID, and headers against automatic replies.

All headers are one line whatever a publisher wrote. Date is when the message was queued, so that a repeat is the same
mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import quote

from monitor.core.model import Delivery, Message
from monitor.core.text import clean, clean_line

_MAX_SUBJECT_CHARS = 250
_NO_DOMAIN = "policy-monitor.invalid"


def compose_mail(
    message: Message, delivery: Delivery, *, sender: str, to: Sequence[str], reply_to: str = "", unsubscribe: str = ""
) -> EmailMessage:
    """Compose the mail; recipients of `bcc` are not in it.

    `unsubscribe`: the address that a request to leave the list goes to; empty: no List-Unsubscribe.
    """
    mail = EmailMessage(policy=SMTP)
    # An encoded word (RFC 2047) that a publisher wrote would be decoded by the reader's mail program: take it apart.
    mail["Subject"] = clean_line(message.subject, limit=_MAX_SUBJECT_CHARS).replace("=?", "= ?")
    mail["From"] = address(sender)
    mail["To"] = [address(each) for each in to] or "undisclosed-recipients:;"
    if reply_to:
        mail["Reply-To"] = [address(reply_to)]
    mail["Date"] = format_datetime(delivery.created_at)
    mail["Message-ID"] = message_id(message, sender)
    mail["List-Id"] = f"<{_label(message)}.{_domain(sender)}>"
    if unsubscribe and message.kind in {"digest", "alert"}:
        mail["List-Unsubscribe"] = _unsubscribe(message, unsubscribe)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if delivery.maybe_repeat:
        mail["X-Policy-Monitor-Repeat"] = "maybe"
    mail.set_content(clean(message.text), charset="utf-8")
    if message.html:
        mail.add_alternative(message.html, subtype="html", charset="utf-8")
    if calendar := message.payload.get("ics"):
        mail.add_attachment(calendar, subtype="calendar", params={"method": "PUBLISH"}, filename="dates.ics")
    return mail


def _unsubscribe(message: Message, to: str) -> str:
    """Return a mailto address that names the list to leave (RFC 2369)."""
    subject = quote(f"unsubscribe {_label(message)}")
    return f"<mailto:{quote(address(to).addr_spec, safe='@')}?subject={subject}>"


def message_id(message: Message, sender: str) -> str:
    """Return the Message-ID, which depends on the key of the message and the domain of the sender only."""
    digest = hashlib.sha256(message.key.encode("utf-8", "replace")).hexdigest()[:32]
    return f"<{digest}@{_domain(sender)}>"


def address(text: str) -> Address:
    """Read `Name <box@host>` or `box@host`."""
    name, spec = parseaddr(clean_line(text))
    box, _, host = spec.rpartition("@")
    return Address(display_name=name, username=box, domain=host)


def _domain(sender: str) -> str:
    host = parseaddr(sender)[1].rpartition("@")[2]
    try:
        return host.encode("idna").decode("ascii") or _NO_DOMAIN
    except UnicodeError:
        return _NO_DOMAIN


def _label(message: Message) -> str:
    """Return the label of the List-Id: the digest, or the kind of message."""
    parts = message.key.split("/")
    name = parts[1].partition(":")[0] if len(parts) > 1 else ""  # without the reader of a subscription
    return name if message.kind == "digest" and name and name.isascii() else f"{message.kind}s"
