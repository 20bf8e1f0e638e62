"""`monitor hits` and `versions`: shows hits and archived articles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import row_keys
from monitor.cli.listings import Column, format_option, show
from monitor.cli.output import dumps, note, plain
from monitor.cli.session import NUMBER, Session, pass_session, since_option, start_instant
from monitor.core import serializers
from monitor.core.articles.removal import removal_note
from monitor.core.counts import count
from monitor.core.durations import TimeBound
from monitor.core.errors import UsageError
from monitor.core.model import Hit, StoredArticle
from monitor.core.unknown_filters import unknown_hit_filters

if TYPE_CHECKING:
    from rich.text import Text


@click.command()
@since_option("Found since")
@click.option("--rule", metavar="ID", help="Only hits of this rule.")
@click.option("--topic", metavar="TOPIC", help="Only hits of this topic.")
@click.option("--feed", metavar="ID", help="Only hits of this feed.")
@click.option("--backfilled", is_flag=True, help="Only hits found by the first poll of a feed, or in the archive.")
@click.option("--limit", type=NUMBER, metavar="N", help="Maximum number of results.")
@click.option("--label", is_flag=True, help="Print the articles as JSON lines to correct by hand, for `rules score`.")
@format_option
@pass_session
def hits(
    session: Session, /, *, since: TimeBound, backfilled: bool, limit: int | None, label: bool, **filters: str | None
) -> None:
    """Show hits with their evidence, newest first.

    With --label, prints one JSON line per article: {"id", "title", "text", "lang", "topics", "labelled", "sample"}. The
    topics are those of the rules that matched, without those labelled not relevant on the web page. In lines with
    "labelled": false, remove wrong topics ([] means "not relevant") and write true. Then pass the file to
    `monitor rules score`.
    """
    with session.app_in_force() as app:
        start = start_instant(since, app.clock())
        hits = app.store.hits(since=start, until=None, backfilled=True if backfilled else None, limit=limit, **filters)
        if label:
            _print_labelled_articles(hits, app.store.labels([hit.id for hit in hits]), app.store.article)
            return
        empty = "No hits. Check the feeds with `monitor feeds health`."
        show(map(serializers.hit, hits), _HITS, keys=row_keys.HITS, empty=empty)
        if not hits:
            for warning in unknown_hit_filters(filters, app.settings.filter_names()):
                note(warning)


@click.command()
@click.argument("article", type=NUMBER)
@format_option
@pass_session
def versions(session: Session, *, article: int) -> None:
    """Show the versions of an article, with added (+) and removed (-) paragraphs.

    ARTICLE is the `article_id` of a hit, or the id that `search` shows.
    """
    with session.app_in_force() as app:
        articles = app.store.versions(article)
    if not articles:
        raise UsageError(f"there is no article {article} in the archive; `monitor search WORDS` shows their ids")
    show(map(serializers.article_version, articles, [None, *articles]), _VERSIONS)


def _print_labelled_articles(
    found: Sequence[Hit], labels: Mapping[int, bool], load_article: Callable[[int], StoredArticle | None]
) -> None:
    """Print each article once, newest hit first, with the topics of its hits that are not labelled irrelevant."""
    topics: dict[int, dict[str, None]] = {}
    unlabelled = {hit.article_id for hit in found if hit.id not in labels}
    removed = {hit.article_id for hit in found if hit.text_removed_at}
    if removed:
        note(f"Left out {count(len(removed), 'article')}: retention.articles has removed the text.")
    for hit in found:
        if hit.article_id in removed:
            continue
        article_topics = topics.setdefault(hit.article_id, {})
        if labels.get(hit.id, True):
            article_topics[hit.topic] = None
    for article_id, article_topics in topics.items():
        if stored := load_article(article_id):
            is_labelled = article_id not in unlabelled
            click.echo(dumps(serializers.labelled_article(stored, list(article_topics), labelled=is_labelled)))


_MAX_TERMS_OF_HIT, _MAX_SHOWN_TERM_CHARS = 5, 32


def headline(row: Mapping[str, Any]) -> Text:
    """Return the title as a terminal link, followed by the domain where look-alike letters could deceive."""
    from rich.text import Text

    from monitor.core.text.lookalikes import domain_to_show

    address, words = plain(row.get("url") or ""), plain(row["title"]) or "(no title)"
    if domain := domain_to_show(words, address):
        words = f"{words} [{domain}]"
    return Text(words, style=f"link {address}" if address.startswith("http") else "")


def _matched_terms(row: Mapping[str, Any]) -> str:
    """Return the matched terms as the article writes them, cut to fit a table."""
    words = list(dict.fromkeys(plain(item["as_written"]) for item in row["evidence"]))
    shown = [
        word if len(word) <= _MAX_SHOWN_TERM_CHARS else f"{word[:_MAX_SHOWN_TERM_CHARS]}…"
        for word in words[:_MAX_TERMS_OF_HIT]
    ]
    return ", ".join(shown) + (f" +{len(words) - _MAX_TERMS_OF_HIT}" if len(words) > _MAX_TERMS_OF_HIT else "")


def _flags(row: Mapping[str, Any]) -> str:
    flags = [name for name in ("partial", "backfilled", "updated") if row[name]]
    return " ".join([*flags, *(["text removed"] if row["text_removed_at"] else [])])


def _edits(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

    if removed := removal_note(row["text_removed_after_days"]):
        return Text(removed, style="dim")
    styles = {"-": "red", "+": "green"}
    lines = [Text(f"{edit['mark']} {plain(edit['text'])}", style=styles[edit["mark"]]) for edit in row["edits"]]
    return Text("\n").join(lines)


_HITS = (
    Column(title="id", cell="id", right=True, no_wrap=True, style="dim"),
    Column(title="found", cell="found_at", no_wrap=True, style="dim"),
    Column(title="rule", cell="rule_id", style="cyan"),
    Column(title="headline", cell=headline),
    Column(title="feed", cell="feed_id", style="green"),
    Column(title="terms", cell=_matched_terms, style="yellow"),
    Column(title="", cell=_flags, style="magenta"),
)
_VERSIONS = (
    Column(title="version", cell="version", right=True, no_wrap=True),
    Column(title="stored", cell="stored_at", no_wrap=True, style="dim"),
    Column(title="headline", cell=headline),
    Column(title="changes", cell=_edits),
)

COMMANDS = (hits, versions)
