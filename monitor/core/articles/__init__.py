"""Makes an article from the bytes of a page, or from the title and summary of its feed entry.

`extract` does not raise for a bad page: the article is then partial and states the reason. Title and date of the feed
take precedence over those of the page. `extract` runs in a process that can be killed (monitor.extraction), because
the libraries do not finish on every page; `extract_plain` and `from_feed` are the fallbacks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.core.articles import main_text, parsing, pdf, standfirst
from monitor.core.articles.doubts import NAVIGATION, NOT_THE_ARTICLE, NOTHING_SELECTED, SHORT_PAGE, is_navigation
from monitor.core.articles.page_facts import PageFacts, read_page_facts
from monitor.core.articles.selected_text import select_text
from monitor.core.counts import count
from monitor.core.model import Article, Entry
from monitor.core.text import MAX_TEXT_CHARS, clean, clean_line, encodings, is_cjk, languages, tags
from monitor.core.text import words as tokens

MIN_ARTICLE_WORDS = 60
"""A shorter page is a teaser or a login wall, not an article."""
_MAX_WALL_WORDS = 150
"""A page with more words is no login wall: its text is used even if it does not match the feed."""
_BROKEN_OFF = ("…", "...", "[…]", "[...]")
_MIN_TITLE_WORDS = 3
"""With fewer significant words, a title is not compared with the text."""
_MIN_AGREEMENT = 0.15
"""Share of the feed's words that the text of the article must contain."""
_MAX_COUNTED_CHARS = 2_000
"""First characters in which words are counted: enough for the limits above."""
_MAX_DECLARED_CHARS = 500
"""Longest title and author that a page may declare."""
_MUCH_LONGER = 1.5
"""A feed's text that is this many times as long as the page's is used instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _PageContent:
    """What was extracted from a page."""

    text: str
    quality: str
    facts: PageFacts = field(default_factory=PageFacts)
    reason: str = ""
    """Why the usual extraction was not possible."""
    agreement: float = 1.0
    """Share of the feed's words that the text contains."""


def extract(page: bytes, content_type: str, entry: Entry, select: str = "") -> Article:
    """Return the article of an entry, extracted from the bytes of its page.

    `select` is a CSS selector of its text (`fulltext_select`); where it finds nothing, the text is found as usual.
    """
    try:
        content = _read(page, content_type, entry, select)
    except _UnreadableError as error:
        return from_feed(entry, str(error))
    return _article(content, entry)


def extract_plain(page: bytes, content_type: str, entry: Entry, reason: str) -> Article:
    """Return the plain text of a page that `extract` failed on, in linear time; `reason` says why it failed."""
    if parsing.detect_kind(page, content_type) not in ("html", "text"):
        return from_feed(entry, reason)
    text = tags.strip_tags(encodings.decode(page, content_type))
    return _article(_PageContent(text=text, quality="plain", reason=reason), entry)


def from_feed(entry: Entry, reason: str) -> Article:
    """Make a partial article from the title and summary of the feed; `reason` says why."""
    text, truncated = _clean_and_cut(entry.summary)
    return Article(
        title=entry.title,
        text=text,
        url=entry.link,
        language=languages.declared_language(f"{entry.title} {text}", entry.language),
        author=entry.author,
        published_at=entry.published_at,
        quality="feed" if text else "title",
        partial=True,
        partial_reason=reason,
        truncated=truncated,
    )


def drop_impossible_date(article: Article, now: datetime) -> Article:
    """Return the article without its date if that is impossible: some pages declare the year 2099."""
    from monitor.core.feeds import dates

    when = article.published_at
    return article if when is None or dates.plausible_date(when, now) else replace(article, published_at=None)


class _UnreadableError(Exception):
    """The page contains no article; the message is the reason."""


def _read(page: bytes, content_type: str, entry: Entry, select: str) -> _PageContent:
    match parsing.detect_kind(page, content_type):
        case "html":
            return _read_html(encodings.decode(page, content_type), entry, select)
        case "text":
            return _PageContent(text=encodings.decode(page, content_type), quality="plain")
        case "pdf":
            return _read_pdf(page)
        case "empty":
            raise _UnreadableError("empty page")
        case _:
            raise _UnreadableError(f"not a page: {content_type.partition(';')[0].strip() or 'unknown type'}")


def _read_pdf(page: bytes) -> _PageContent:
    try:
        title, text, created_at = pdf.extract_text(page, max_chars=MAX_TEXT_CHARS)
    except ValueError as error:
        raise _UnreadableError(f"unreadable pdf: {error}") from error
    if not text:
        raise _UnreadableError("pdf without text")
    return _PageContent(text=text, quality="pdf", facts=PageFacts(title=title, published_at=created_at))


def _read_html(markup: str, entry: Entry, select: str) -> _PageContent:
    """Extract the main text; fall back to all text if parsing or extraction fails."""
    markup = markup.replace("\u00ad", "").replace("&shy;", "")  # soft hyphens are invisible, and split words
    tree, whole = parsing.parse_html(markup)
    if tree is None:
        return _PageContent(text=tags.strip_tags(markup), quality="plain", reason="no html in the page")
    facts = read_page_facts(tree)
    content = _PageContent(text="", quality="full", facts=facts)
    if not whole:
        return replace(content, text=tags.strip_tags(markup), quality="plain", reason="nested too deeply")
    selected = select_text(tree, select, (entry.title, facts.title)) if select else ""
    if selected:
        return replace(content, text=selected)
    reading = main_text.extract_main_text(tree, (entry.title, facts.title), entry.summary, facts.body)
    reading = replace(reading, reason=NOTHING_SELECTED) if select else reading
    if not reading.text:
        return replace(content, text=tags.strip_tags(markup), quality="plain", reason="nothing readable in the page")
    return replace(content, text=reading.text, agreement=reading.agreement, reason=reading.reason)


def _article(content: _PageContent, entry: Entry) -> Article:
    """Combine page and feed entry; a text that is not the article is replaced by the feed's own."""
    text, truncated = _clean_and_cut(content.text)
    merged = _with_page_facts(entry, content)
    words = count_words(text)
    doubt = _reason_for_doubt(content, entry.title, text, words)
    reasons = (doubt, content.reason) if content.quality == "full" else (content.reason, doubt)
    reason = "; ".join(filter(None, reasons))
    is_wall = content.agreement < _MIN_AGREEMENT and words < _MAX_WALL_WORDS and not _matches_title(entry.title, text)
    if doubt and (is_wall or count_words(entry.summary) >= words):
        return from_feed(merged, reason)
    if len(entry.summary) > _MUCH_LONGER * len(text):
        return replace(from_feed(merged, "the feed carries more than the page"), partial=False)
    whole = standfirst.prepend(entry.summary, text, merged.title)
    return Article(
        title=merged.title,
        text=whole[:MAX_TEXT_CHARS],
        url=entry.link,
        language=languages.detect_language(text or merged.title, content.facts.language, entry.language),
        author=merged.author,
        published_at=merged.published_at,
        quality=content.quality,
        partial=bool(doubt),
        partial_reason=reason,
        truncated=truncated or len(whole) > MAX_TEXT_CHARS,
    )


def _with_page_facts(entry: Entry, content: _PageContent) -> Entry:
    """Return the entry with title, author and date of the page where the feed has none."""
    return replace(
        entry,
        title=entry.title or clean_line(content.facts.title, limit=_MAX_DECLARED_CHARS),
        author=entry.author or clean_line(content.facts.author, limit=_MAX_DECLARED_CHARS),
        published_at=entry.published_at or content.facts.published_at,
    )


def _reason_for_doubt(content: _PageContent, title: str, text: str, words: int) -> str:
    """Return why a text may not be the article (a teaser, a consent or login page); empty if it is."""
    if reason := _reason_it_looks_wrong(content, title, text, words):
        return reason
    if words < _MAX_WALL_WORDS and content.facts.asks_password:
        return "login wall: the page asks for a password"
    if content.facts.paywalled and (words < _MAX_WALL_WORDS or content.text.rstrip().endswith(_BROKEN_OFF)):
        return "paywall: the page shows the beginning"
    return ""


def _reason_it_looks_wrong(content: _PageContent, title: str, text: str, words: int) -> str:
    """Return one of the reasons that begin as `doubts.LOOKS_WRONG`; empty if there is none."""
    if words < MIN_ARTICLE_WORDS:
        return f"{SHORT_PAGE}: {count(words, 'word')}"
    if content.quality == "full" and is_navigation(text):
        return f"{NAVIGATION}: no sentence in the text of the page"
    if content.agreement < _MIN_AGREEMENT:
        return f"{NOT_THE_ARTICLE}: the page has none of the feed's words"
    if words < _MAX_WALL_WORDS and not content.facts.asks_password and not _matches_title(title, text):
        return f"{NOT_THE_ARTICLE}: the page has none of the title's words"
    return ""


def _matches_title(title: str, text: str) -> bool:
    """Return True if a text contains a significant word of its title, or the title has too few."""
    significant = main_text.significant_words(title)
    return len(significant) < _MIN_TITLE_WORDS or not significant.isdisjoint(tokens(text))


def _clean_and_cut(text: str) -> tuple[str, bool]:
    """Clean a text and cut it at MAX_TEXT_CHARS characters, saying whether it was cut."""
    cleaned = clean(text[: 2 * MAX_TEXT_CHARS])
    return cleaned[:MAX_TEXT_CHARS], len(cleaned) > MAX_TEXT_CHARS or len(text) > 2 * MAX_TEXT_CHARS


def count_words(text: str) -> int:
    """Count the words at the start of a text; a character of a script without spaces counts half a word."""
    counted = tokens(text[:_MAX_COUNTED_CHARS])
    wide = sum(map(is_cjk, counted))
    return len(counted) - wide + wide // 2
