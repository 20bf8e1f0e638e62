"""Newsletters in a folder of a mailbox (IMAP): each message, or each link in it, is an article.

The response is a batch of messages (`core.newsletters.mail_batch`), which `fetch.mailbox` reads. Its position (the
folder's UIDVALIDITY and the last UID) is stored with the poll, so that the next one reads only later messages.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor.core.counts import count
from monitor.core.feeds import dates
from monitor.core.feeds.failures import failed
from monitor.core.feeds.outcomes import build_changed
from monitor.core.model import Changed, Entry, Feed, FeedState, Response, Unchanged
from monitor.core.newsletters import items, mail_batch
from monitor.core.newsletters.items import NewsletterItem
from monitor.core.newsletters.mail_batch import MailBatch, StoredMail
from monitor.core.sources.entries import Item, build_entry
from monitor.core.sources.protocol import ParsedSource, SourceRequest

MAX_MAILBOX_ENTRIES = 5_000
"""Entries that are taken of one batch; further ones are counted as left out."""


class Mailbox:
    """A folder of newsletters."""

    name = "imap"

    def request(self, feed: Feed, state: FeedState, now: datetime) -> SourceRequest:  # noqa: ARG002
        """Ask for the messages behind the position of the last poll."""
        return SourceRequest(url=feed.url, accept="", position=state.position or "", since=state.last_success_at)

    def parse(self, feed: Feed, response: Response, now: datetime, cache: bytes) -> ParsedSource:  # noqa: ARG002
        """Parse the messages; one that cannot be read costs no other one and is counted."""
        if not mail_batch.is_mail(response.body):
            return ParsedSource(failed("not a feed", "no message of e-mail", response=response))
        batch = mail_batch.read_batch(response.body)
        if not batch.messages and batch.follows_last:
            return ParsedSource(Unchanged(position=batch.position))
        return ParsedSource(_build_changed(feed, response, batch, now))


def _build_changed(feed: Feed, response: Response, batch: MailBatch, now: datetime) -> Changed:
    entries: list[Entry | None] = []
    broken = 0
    for mail in batch.messages:
        try:
            of_mail = items.read_newsletter(mail, split_links=feed.split == "links", is_plain=batch.is_plain)
        except (LookupError, RecursionError, TypeError, ValueError):
            broken += 1
            entries.append(None)
            continue
        entries.extend(_entry(item, mail, feed, now) for item in of_mail)
    unreadable = f"{count(broken, 'message')} cannot be read" if broken else ""
    changed = build_changed(
        entries,
        response,
        malformed="; ".join(filter(None, [batch.note, unreadable])),
        limit=MAX_MAILBOX_ENTRIES,
        left_out=batch.left_out,
        is_whole=False,
    )
    return replace(changed, position=batch.position, follows_last=batch.follows_last, has_more=batch.has_more)


def _entry(item: NewsletterItem, mail: StoredMail, feed: Feed, now: datetime) -> Entry | None:
    """Build the entry of an article; a date that the sender got wrong is replaced by when the message was received."""
    is_dated = dates.parse_date(item.date[: dates.MAX_DATE_CHARS], now) is not None
    received = mail.received_at.isoformat() if mail.received_at else ""
    return build_entry(
        Item(
            link=item.link,
            title=item.title.replace("<", "&lt;"),
            summary=item.text.replace("&", "&amp;").replace("<", "&lt;"),
            date=item.date if is_dated else received or item.date,
            guid=item.guid,
            author=item.author.replace("<", "&lt;"),
            language=feed.language,
            no_page=item.no_page,
        ),
        feed.url,
        now,
    )
