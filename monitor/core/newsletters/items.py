"""The articles of a message: the message itself, or each link in it."""

from __future__ import annotations

import hashlib
import re
from email.utils import parseaddr
from typing import NamedTuple

from monitor.core.newsletters import article_links, html_body, mime, service_links, tracking
from monitor.core.newsletters.article_links import BodyLink
from monitor.core.newsletters.html_body import HtmlBody
from monitor.core.newsletters.mail_batch import StoredMail
from monitor.core.newsletters.mime import MailMessage
from monitor.core.text import MAX_TEXT_CHARS, clean
from monitor.core.text.markup import html_to_text

WHOLE = ""
"""Value of `no_page`: the text of the message is the whole article."""
CUT = "cut: only the beginning of the message was read"
TRACKER = "tracking link: not followed"
_MIN_REST_CHARS = 300
"""Characters from which the text beside the linked articles is an article of its own."""
_MESSAGE_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
_WEB = re.compile(r"https?://[^\s<>\"']{4,2000}")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_MIN_WRAPPED_LINE_CHARS = 55
"""Average characters of a paragraph's lines, from which the mail program is assumed to have wrapped them."""


class NewsletterItem(NamedTuple):
    """One article of a message."""

    guid: str
    """`mid:` and the Message-ID (RFC 2392); empty for an article with an address of its own."""
    link: str
    """Where the article can be read; empty if nowhere on the web."""
    title: str
    text: str
    author: str
    date: str
    """The date as the sender wrote it."""
    no_page: str | None
    """Why the page at `link` must not be fetched; empty if the text is the whole article; None if it may be fetched."""


def read_newsletter(mail: StoredMail, *, split_links: bool, is_plain: bool = False) -> list[NewsletterItem]:
    """Return the articles of a message: with `split_links` those that it links, else the message itself.

    With `is_plain` HTML is not parsed, which gives its text without links. If a message links articles, the text that
    belongs to none of them is one more article, unless it is short (_MIN_REST_CHARS). A message without links to
    articles is one article.
    """
    message = mime.read_message(mail.raw)
    if is_plain or not message.html.strip():
        body = HtmlBody(text=clean(html_to_text(message.html)))
    else:
        body = html_body.parse_body(message.html, with_links=split_links)
    if not body.text:
        body = _read_text(message.text, with_links=split_links)
    guid = f"mid:{_identify(message, mail.raw)}"
    whole = NewsletterItem(
        guid=guid,
        link=_archived_at(message) or body.browser_link,
        title=message.headers.get("subject", ""),
        text=body.text[:MAX_TEXT_CHARS],
        author=_author(message),
        date=message.headers.get("date", ""),
        no_page=CUT if mail.is_cut else WHOLE,
    )
    items = [_linked_item(each, whole) for each in body.links]
    if not items:
        return [whole]
    rest = [whole._replace(text=body.rest[:MAX_TEXT_CHARS])] if len(body.rest) >= _MIN_REST_CHARS else []
    return rest + items


def _linked_item(link: BodyLink, whole: NewsletterItem) -> NewsletterItem:
    digest = hashlib.sha256(link.title.encode("utf-8", "replace")).hexdigest()[:16]
    return whole._replace(
        guid=f"{whole.guid}#{digest}" if link.is_tracker else "",
        link=link.url,
        title=link.title,
        text=link.text,
        no_page=TRACKER if link.is_tracker else None,
    )


def _identify(message: MailMessage, raw: bytes) -> str:
    """Return the Message-ID, which identifies a message when it is read again; a hash of the message if it has none."""
    match = _MESSAGE_ID.search(message.headers.get("message-id", ""))
    return match[1] if match else hashlib.sha256(raw).hexdigest()


def _archived_at(message: MailMessage) -> str:
    """Return the address at which the sender keeps the message (RFC 5064)."""
    written = _WEB.search(message.headers.get("archived-at", ""))
    return tracking.resolve(written[0]).url if written else ""


def _author(message: MailMessage) -> str:
    name, address = parseaddr(message.headers.get("from", "")[:500])
    return name or address


def _read_text(text: str, *, with_links: bool) -> HtmlBody:
    """Read a body in plain text: each paragraph with one address is a link with a text."""
    paragraphs = [_unwrap(each) for each in _PARAGRAPH.split(clean(text))]
    body = HtmlBody(text="\n\n".join(filter(None, paragraphs)))
    rest = []
    for paragraph in paragraphs:
        link = _link_of(paragraph) if with_links and len(body.links) < html_body.MAX_MAIL_LINKS else None
        if link is None:
            rest.append(paragraph)
        else:
            body.links.append(link)
    body.rest = "\n\n".join(filter(None, rest))
    return body


def _link_of(paragraph: str) -> BodyLink | None:
    """Return the link of a paragraph; None if it has none or several, or no text beside the address."""
    addresses = list(dict.fromkeys(_WEB.findall(paragraph)))
    around = " ".join(_WEB.sub("", paragraph).split()).strip("<>()[] :-")
    if len(addresses) != 1 or not around:
        return None
    target = tracking.resolve(addresses[0].rstrip(".,;:)>"))
    if not target.url or service_links.is_service_link(around, target.url):
        return None
    title = next((line.strip() for line in paragraph.splitlines() if line.strip() and not _WEB.search(line)), around)
    return BodyLink(target.url, title[: article_links.MAX_LINK_TITLE_CHARS], around, target.is_tracker)


def _unwrap(paragraph: str) -> str:
    lines = [line.strip() for line in paragraph.splitlines() if line.strip()]
    if len(lines) > 1 and sum(map(len, lines[:-1])) / (len(lines) - 1) >= _MIN_WRAPPED_LINE_CHARS:
        return " ".join(lines)
    return "\n".join(lines)
