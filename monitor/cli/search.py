"""`monitor search`: ranked full-text search over the archive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from monitor.cli import backtest_view, row_keys
from monitor.cli.choices import Choice
from monitor.cli.hits import headline
from monitor.cli.listings import Column, format_option, show
from monitor.cli.output import local_time, note, plain, progress
from monitor.cli.session import NUMBER, Session, TimeBoundParam, pass_session, start_instant
from monitor.core import serializers
from monitor.core.durations import TimeBound, resolve_time_bound
from monitor.core.errors import UsageError
from monitor.core.model import StoredArticle, Tier
from monitor.core.search.query import SearchQuery
from monitor.core.search.query_parser import QueryError, parse_query, unknown_field
from monitor.core.search.request import RANK_WINDOW, SearchRequest, SearchResult, feeds_with

if TYPE_CHECKING:
    from rich.text import Text

    from monitor.app import App

BACKTEST = timedelta(days=90)
"""The articles over which `--as-rule` tries the rule."""


class _SearchCommand(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Explain why a query that begins with an excluded word is taken for an option."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name.startswith("--"):
                raise
            raise UsageError("an excluded word cannot come first: write it after the others, 'AI -football'") from None


@click.command(cls=_SearchCommand)
@click.argument("words", nargs=-1, required=True, metavar="QUERY")
@click.option("--since", type=TimeBoundParam(), help="Stored since: time before now (7d, 2w) or a day (UTC).")
@click.option("--until", type=TimeBoundParam(ends=True), help="Stored before: time before now, or a day.")
@click.option("--feed", metavar="ID", default="", help="Only articles of this feed.")
@click.option("--topic", metavar="TOPIC", default="", help="Only articles with a hit of this topic.")
@click.option("--lang", metavar="CODE", default="", help="Only articles in this language (en, de), with its plurals.")
@click.option("--tier", type=Choice(Tier), help="Only articles of such sources.")
@click.option("--matched", is_flag=True, help="Only articles with a hit.")
@click.option("--unmatched", is_flag=True, help="Only articles without any hit.")
@click.option("--limit", type=NUMBER, default=20, show_default=True, metavar="N", help="Maximum number of results.")
@click.option("--as-rule", is_flag=True, help="Print a rule with the same condition, and its back-test on stderr.")
@format_option
@pass_session
def search(
    session: Session,
    /,
    *,
    words: tuple[str, ...],
    limit: int,
    as_rule: bool,
    **filters: Any,  # noqa: ANN401 - the fields of _Filters
) -> None:
    """Search the archive, best results first.

    QUERY: words, which must all occur, with plurals and in any case; "a phrase"; a OR b; -not; prefix*; title:word;
    brackets. Put it in quotation marks for your shell: monitor search '"AI Act" (fine OR penalty) -chips'
    """
    options = _Filters(**filters)
    if options.matched and options.unmatched:
        raise UsageError("--matched and --unmatched exclude each other: leave out both to search all articles")
    with session.app_in_force() as app:
        request = _request(app, " ".join(words), options)
        first, articles, more = _search(app, request, limit)
        if as_rule:
            _show_rule(app, request, articles)
            return
        results = (serializers.search_result(each, request.query) for each in articles)
        show(results, _ARTICLES, keys=row_keys.SEARCH_RESULTS, empty="No article matches this query.")
        _note_limits(first, len(articles), more=more)
        if not articles and (field := unknown_field(" ".join(words))):
            note(f"{field} is not a field, so it was searched for as a word; the only field is title:.")


class _Filters(NamedTuple):
    """The filters of one search as they were given."""

    since: TimeBound | None
    until: TimeBound | None
    feed: str
    topic: str
    lang: str
    tier: str | None
    matched: bool
    unmatched: bool


def _request(app: App, text: str, options: _Filters) -> SearchRequest:
    """Build the request; UsageError for an invalid query or filter."""
    language = options.lang.lower()
    if unknown := app.unknown_search_filter(feed=options.feed, topic=options.topic, language=language):
        raise UsageError(unknown)
    now = app.clock()
    since = None if options.since is None else start_instant(options.since, now)
    until = None if options.until is None else resolve_time_bound(options.until, now)
    if since and until and since >= until:
        raise UsageError("the period begins after its end")
    return SearchRequest(
        query=_parse(text, language),
        since=since,
        until=until,
        feeds=feeds_with(app.settings.feeds, options.feed, options.tier or ""),
        language=language,
        topic=options.topic,
        matched=True if options.matched else False if options.unmatched else None,
    )


def _parse(text: str, language: str) -> SearchQuery:
    try:
        return parse_query(text, (language,) if language else ())
    except QueryError as error:
        raise UsageError(f"{error}") from None


def _search(app: App, request: SearchRequest, limit: int) -> tuple[SearchResult, list[StoredArticle], bool]:
    """Return the first page, as many results as were requested, and whether there may be more."""
    result = first = app.store.search(request, limit=min(limit, RANK_WINDOW))
    articles = list(first.articles)
    while result.next is not None and len(articles) < limit:
        result = app.store.search(request, result.next, limit=min(limit - len(articles), RANK_WINDOW))
        articles += result.articles
    return first, articles, result.next is not None


def _note_limits(first: SearchResult, shown: int, *, more: bool) -> None:
    """Say on stderr what the results leave out."""
    if first.missing_before is not None:
        note(
            f"The search index is being built: articles stored until {local_time(first.missing_before)} may "
            "be missing. `monitor db upgrade` finishes it."
        )
    if not more:
        return
    if first.examined_since is not None:
        note(f"Best first among the articles stored since {local_time(first.examined_since)}, then older ones.")
    known = first.total is not None and first.total.counted > min(shown, RANK_WINDOW)
    note(f"Shown: {shown:,}{f' of {first.total}' if known else ', and there may be more'}. `--limit` shows more.")


def _show_rule(app: App, request: SearchRequest, articles: list[StoredArticle]) -> None:
    """Print the rule on stdout, and what it finds in the archive of the last 90 days on stderr."""
    from monitor.core.lab import serializers as lab_serializers
    from monitor.core.matching.rulebook import RuleBook
    from monitor.lab.search_rule import draft_search_rule

    draft = draft_search_rule(app.store, request, articles)
    book, configured = draft.book, app.settings.rules
    click.echo(draft.yaml, nl=False)
    rule_id = book.rules[0].id
    other_rules = tuple(each for each in configured.rules if each.id != rule_id)
    lab = app.lab(RuleBook((*other_rules, *book.rules), {**configured.topics, **book.topics}, configured.lists))
    now = app.clock()
    with progress("reading the archive", None) as report:
        record = lab.backtest(rule_id, since=now - BACKTEST, now=now, progress=report)
    backtest_view.print_backtest(lab_serializers.backtest(record), stderr=True)


def _quote(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

    text = Text(plain(row["snippet"]))
    for start, end in row["marks"]:
        text.stylize("bold yellow", start, end)
    return text


_ARTICLES = (
    Column(title="id", cell="id", right=True, no_wrap=True, style="dim"),
    Column(title="stored", cell="stored_at", no_wrap=True, style="dim"),
    Column(title="headline", cell=headline),
    Column(title="feed", cell="feed_id", style="green"),
    Column(title="text", cell=_quote),
)

COMMANDS = (search,)
