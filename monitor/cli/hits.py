"""`monitor hits`, `stories`, `search` and `versions`: what was found, and what is in the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import Column, Form, dumps, format_option, note, plain, show, when
from monitor.cli.session import NUMBER, Session, Span, Start, ago, begins, pass_session
from monitor.core import serializers
from monitor.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, timedelta

    from rich.text import Text

    from monitor.core.model import Hit, StoredArticle
    from monitor.settings import Settings


@click.command()
@click.option(
    "--since", type=Start(), default="7d", show_default=True, help="Found so long ago at most, or on that day or later."
)
@click.option("--rule", metavar="ID", help="Of this rule only.")
@click.option("--topic", metavar="TOPIC", help="Of this topic only.")
@click.option("--feed", metavar="ID", help="Of this feed only.")
@click.option("--backfilled", is_flag=True, help="Only what was found in the archive.")
@click.option("--limit", type=NUMBER, metavar="N", help="So many at most.")
@click.option("--label", is_flag=True, help="Give the articles as lines to correct by hand, for `rules score`.")
@format_option
@pass_session
def hits(
    session: Session,
    *,
    since: timedelta | date,
    rule: str | None,
    topic: str | None,
    feed: str | None,
    backfilled: bool,
    limit: int | None,
    label: bool,
    form: Form | None,
) -> None:
    """Show what the rules found, and why.

    With --label: one JSON line an article, {"id", "title", "text", "lang", "topics"}, the topics being those of the
    rules that found it, but for those whose hits were called not relevant on the web page. Take out what is wrong ([]
    means "not relevant") and give the file to `monitor rules score`.
    """
    with session.app() as app:
        found = app.store.hits(
            since=begins(since, app.clock()),
            rule=rule,
            topic=topic,
            feed=feed,
            backfilled=True if backfilled else None,
            limit=limit,
        )
        if label:
            _label(found, app.store.labels([hit.id for hit in found]), app.store.article)
            return
        show(
            map(serializers.hit, found),
            _HITS,
            form,
            empty="No hits. `monitor feeds health` tells whether the feeds are heard.",
        )
        if not found:
            _tell_typos(app.settings, rule=rule, topic=topic, feed=feed)


@click.command()
@click.option("--since", type=Span(), default="7d", show_default=True, help="Grown so long ago at most.")
@click.option("--limit", type=NUMBER, metavar="N", help="So many at most.")
@format_option
@pass_session
def stories(session: Session, *, since: timedelta, limit: int | None, form: Form | None) -> None:
    """Show which articles tell the same news.

    Each story with its best source first: official before agency before press, then the earliest.
    """
    with session.app() as app:
        found = app.stories(ago(since, app.clock()), limit)
        show(map(serializers.story, found), _STORIES, form, empty="No stories.")


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=NUMBER, default=50, show_default=True, metavar="N", help="So many at most.")
@format_option
@pass_session
def search(session: Session, *, query: tuple[str, ...], limit: int, form: Form | None) -> None:
    """Search the archive by words.

    Shows the articles that hold every word of QUERY, best first.
    """
    with session.app() as app:
        found = app.store.search(" ".join(query), limit=limit)
        show(map(serializers.article, found), _ARTICLES, form, empty="No article holds all of these words.")


@click.command()
@click.argument("article", type=NUMBER)
@format_option
@pass_session
def versions(session: Session, *, article: int, form: Form | None) -> None:
    """Show how an article was edited.

    ARTICLE is the `article_id` of a hit, or the id that `search` shows. Each version that was seen, with the
    paragraphs that came (+) and went (-).
    """
    with session.app() as app:
        found = app.store.versions(article)
    if not found:
        raise UsageError(f"there is no article {article} in the archive; `monitor search WORDS` shows their ids")
    show(map(serializers.article_version, found, [None, *found]), _VERSIONS, form)


def _tell_typos(settings: Settings, **asked: str | None) -> None:
    """Say which filter is no name of the configuration: an empty listing alone would not tell a typo from no news."""
    from difflib import get_close_matches

    known = {
        "rule": {str(rule.id) for rule in settings.rules.rules},
        "topic": {rule.topic for rule in settings.rules.rules},
        "feed": {str(feed.id) for feed in settings.feeds},
    }
    for kind, name in asked.items():
        if name is not None and name not in known[kind]:
            close = get_close_matches(name, known[kind], 1)
            note(f"The configuration has no {kind} {name!r}" + (f"; did you mean {close[0]}?" if close else "."))


def _label(found: Sequence[Hit], labels: Mapping[int, bool], article: Callable[[int], StoredArticle | None]) -> None:
    """Print each article once, newest hit first, with the topics under which it was found and not called irrelevant."""
    topics: dict[int, dict[str, None]] = {}
    for hit in found:
        its = topics.setdefault(hit.article_id, {})
        if labels.get(hit.id, True):
            its[hit.topic] = None
    for number, its in topics.items():
        if stored := article(number):
            click.echo(dumps(serializers.labelled_article(stored, list(its))))


_WORDS, _WORD = 5, 32


def headline(row: Mapping[str, Any]) -> Text:
    """Return a title that a terminal can open, with its domain where letters may deceive."""
    from rich.text import Text

    from monitor.core.text.lookalikes import domain_to_show

    address, words = plain(row.get("url") or ""), plain(row["title"]) or "(no title)"
    if domain := domain_to_show(words, address):
        words = f"{words} [{domain}]"
    return Text(words, style=f"link {address}" if address.startswith("http") else "")


def why(row: Mapping[str, Any]) -> str:
    """Return the words that made a hit, as the article writes them: as many as a table has room for."""
    words = list(dict.fromkeys(plain(item["as_written"]) for item in row["evidence"]))
    shown = [word if len(word) <= _WORD else f"{word[:_WORD]}…" for word in words[:_WORDS]]
    return ", ".join(shown) + (f" +{len(words) - _WORDS}" if len(words) > _WORDS else "")


def _marks(row: Mapping[str, Any]) -> str:
    return " ".join(name for name in ("partial", "backfilled", "updated") if row[name])


def _edits(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

    styles = {"-": "red", "+": "green"}
    lines = [Text(f"{edit['mark']} {plain(edit['text'])}", style=styles[edit["mark"]]) for edit in row["edits"]]
    return Text("\n").join(lines)


def _outlets(row: Mapping[str, Any]) -> str:
    return ", ".join(dict.fromkeys(article["feed_id"] for article in row["articles"]))


_HITS = (
    Column(title="id", cell=lambda row: str(row["id"]), right=True, whole=True, style="dim"),
    Column(title="found", cell=lambda row: when(row["found_at"]), whole=True, style="dim"),
    Column(title="rule", cell=lambda row: row["rule_id"], style="cyan"),
    Column(title="headline", cell=headline),
    Column(title="feed", cell=lambda row: row["feed_id"], style="green"),
    Column(title="why", cell=why, style="yellow"),
    Column(title="", cell=_marks, style="magenta"),
)
_STORIES = (
    Column(title="id", cell=lambda row: str(row["id"]), right=True, whole=True, style="dim"),
    Column(title="since", cell=lambda row: when(row["first_at"]), whole=True, style="dim"),
    Column(title="story", cell=lambda row: row["title"]),
    Column(title="articles", cell=lambda row: str(len(row["articles"])), right=True),
    Column(title="told by", cell=_outlets, style="green"),
)
_ARTICLES = (
    Column(title="id", cell=lambda row: str(row["id"]), right=True, whole=True, style="dim"),
    Column(title="stored", cell=lambda row: when(row["stored_at"]), whole=True, style="dim"),
    Column(title="headline", cell=headline),
    Column(title="feed", cell=lambda row: row["feed_id"], style="green"),
)
_VERSIONS = (
    Column(title="version", cell=lambda row: str(row["version"]), right=True, whole=True),
    Column(title="stored", cell=lambda row: when(row["stored_at"]), whole=True, style="dim"),
    Column(title="headline", cell=headline),
    Column(title="edited", cell=_edits),
)

COMMANDS = (hits, stories, search, versions)
