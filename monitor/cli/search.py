"""`monitor search`: ranked full-text search over the archive."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import lab_views
from monitor.cli.hits import headline, warn_of_unknown_filters
from monitor.cli.output import Column, Form, format_option, note, plain, show, when
from monitor.cli.progress import progress
from monitor.cli.session import NUMBER, Session, TimeBoundParam, pass_session
from monitor.core import serializers
from monitor.core.durations import TimeBound, resolve_time_bound
from monitor.core.errors import UsageError
from monitor.core.model import Tier
from monitor.core.search.query import QueryError, parse_query
from monitor.core.search.request import WINDOW, SearchRequest, feeds_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.text import Text

    from monitor.app import App
    from monitor.core.model import StoredArticle
    from monitor.core.search.query import SearchQuery
    from monitor.core.search.request import SearchResult

BACKTEST = timedelta(days=90)
"""The articles over which `--as-rule` tries the rule."""


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--since", type=TimeBoundParam(), help="Stored since: time before now (7d, 2w) or a day (UTC).")
@click.option("--until", type=TimeBoundParam(), help="Stored before: likewise.")
@click.option("--feed", metavar="ID", help="Only articles of this feed.")
@click.option("--topic", metavar="TOPIC", help="Only articles with a hit of this topic.")
@click.option("--lang", metavar="CODE", default="", help="Only articles in this language (en, de), with its plurals.")
@click.option("--tier", type=click.Choice([str(each) for each in Tier]), help="Only articles of such sources.")
@click.option("--matched/--unmatched", default=None, help="Only articles with a hit, or without any.")
@click.option("--limit", type=NUMBER, default=20, show_default=True, metavar="N", help="Maximum number of results.")
@click.option("--as-rule", is_flag=True, help="Print a rule with the same condition, and its back-test on stderr.")
@format_option
@pass_session
def search(
    session: Session,
    *,
    query: tuple[str, ...],
    since: TimeBound | None,
    until: TimeBound | None,
    feed: str | None,
    topic: str | None,
    lang: str,
    tier: str | None,
    matched: bool | None,
    limit: int,
    as_rule: bool,
    form: Form | None,
) -> None:
    """Search the archive, best answers first.

    QUERY: words, which must all occur, with plurals and in any case; "a phrase"; a OR b; -not; prefix*; title:word;
    brackets. Put it in quotation marks for your shell: monitor search '"AI Act" (fine OR penalty) -chips'
    """
    language = lang.lower()
    parsed = _parse(" ".join(query), language)
    with session.reading_app() as app:
        now = app.clock()
        request = SearchRequest(
            query=parsed,
            since=None if since is None else resolve_time_bound(since, now),
            until=None if until is None else resolve_time_bound(until, now),
            feeds=feeds_with(app.settings.feeds, feed or "", tier or ""),
            language=language,
            topic=topic or "",
            matched=matched,
        )
        if request.since and request.until and request.since >= request.until:
            raise UsageError("the period begins after its end")
        result, found = _search(app, request, limit)
        if as_rule:
            _show_rule(app, parsed, found)
            return
        show(
            (serializers.search_result(each, parsed) for each in found),
            _ARTICLES,
            form,
            empty="No article answers this query.",
        )
        _note_more(result, len(found))
        if not found:
            warn_of_unknown_filters(app.settings, topic=topic, feed=feed)


def _parse(text: str, language: str) -> SearchQuery:
    try:
        return parse_query(text, (language,) if language else ())
    except QueryError as error:
        raise UsageError(f"{error}") from None


def _search(app: App, request: SearchRequest, limit: int) -> tuple[SearchResult, list[StoredArticle]]:
    """Return the first page of answers, and as many answers as were asked for."""
    result = first = app.store.search(request, limit=min(limit, WINDOW))
    found = list(first.found)
    while result.next is not None and len(found) < limit:
        result = app.store.search(request, result.next, limit=min(limit - len(found), WINDOW))
        found += result.found
    return first, found


def _note_more(result: SearchResult, shown: int) -> None:
    if result.missing_before is not None:
        note(
            f"The search index is being built: articles stored until {when(result.missing_before)} are not searched "
            "yet. `monitor db upgrade` finishes it."
        )
    total = f"more than {WINDOW:,}" if result.total is None else f"{result.total:,}"
    if result.total is None or result.total > shown:
        note(f"Shown: {shown:,} of {total}. `--limit` shows more.")


def _show_rule(app: App, query: SearchQuery, found: list[StoredArticle]) -> None:
    """Print the rule on stdout, and what it finds in the archive of the last 90 days on stderr."""
    from monitor.core import rules
    from monitor.core.lab import serializers as lab_serializers
    from monitor.core.matching.rulebook import RuleBook
    from monitor.core.search.as_rule import rule_id, rule_yaml

    text = rule_yaml(query, [each.article.title for each in found])
    book, problems = rules.load([rules.SourceFile("search.yaml", text)])
    if errors := [problem.message for problem in problems if problem.level == "error"]:
        raise UsageError(f"this query cannot be a rule: {errors[0]}")
    click.echo(text, nl=False)
    configured = app.settings.rules
    others = tuple(each for each in configured.rules if each.id != rule_id(query))
    lab = app.lab(RuleBook((*others, *book.rules), {**configured.topics, **book.topics}, configured.lists))
    now = app.clock()
    since = now - BACKTEST
    with progress("reading the archive", None) as report:
        record = lab.backtest(rule_id(query), since=since, now=now, progress=report)
    lab_views.backtest(lab_serializers.backtest(record), stderr=True)


def _quote(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

    text = Text(plain(row["snippet"]))
    for start, end in row["marks"]:
        text.stylize("bold yellow", start, end)
    return text


_ARTICLES = (
    Column(title="id", cell=lambda row: str(row["id"]), right=True, whole=True, style="dim"),
    Column(title="stored", cell=lambda row: when(row["stored_at"]), whole=True, style="dim"),
    Column(title="headline", cell=headline),
    Column(title="feed", cell=lambda row: row["feed_id"], style="green"),
    Column(title="text", cell=_quote),
)

COMMANDS = (search,)
