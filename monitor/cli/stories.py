"""`monitor stories`: lists stories, explains why two articles are one, and groups articles of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from click.core import ParameterSource

from monitor.cli import row_keys
from monitor.cli.json_lines import JsonLines
from monitor.cli.listings import Column, format_option, refuse_other_formats, show, show_one
from monitor.cli.output import dumps, exit_with_problem_if, local_time, plain
from monitor.cli.session import NUMBER, Session, pass_session, since_option, start_instant
from monitor.core import serializers
from monitor.core.durations import TimeBound


@click.group(invoke_without_command=True)
@since_option("Updated since")
@click.option("--limit", type=NUMBER, metavar="N", help="Maximum number of results.")
@click.option("--jsonl", "source", metavar="FILE|-", help="Group the articles of FILE, or stdin, without a database.")
@format_option
@pass_session
@click.pass_context
def stories(
    context: click.Context, session: Session, *, since: TimeBound, limit: int | None, source: str | None
) -> None:
    """Show stories: articles that report one event, grouped.

    The best source of each comes first: official before agency before press, then the earliest.

    With --jsonl, reads lines {"id", "title", "text", "published_at", "lang"?, "source"?, "url"?} and prints a line
    {"id", "story"} for each, in the same order. Exit code 1 if a line cannot be read.
    """
    if context.invoked_subcommand:
        if source is not None:
            raise click.UsageError("--jsonl groups the articles of a file; `why` explains those of the database")
        return
    if source is not None:
        _refuse_filters_of_database(context)
        refuse_other_formats()
        exit_with_problem_if(not _group(source))
        return
    with session.app_in_force() as app:
        newest = app.stories(start_instant(since, app.clock()), limit)
        show(map(serializers.story, newest), _STORIES, keys=row_keys.STORIES, empty="No stories.")


def _refuse_filters_of_database(context: click.Context) -> None:
    for name in ("since", "limit"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--jsonl groups all articles of the file: leave out --{name}")


@stories.command()
@click.argument("articles", nargs=2, type=NUMBER, metavar="ARTICLE ARTICLE")
@format_option
@pass_session
def why(session: Session, *, articles: tuple[int, int]) -> None:
    """Explain why two articles are, or are not, one story.

    ARTICLE is the `article_id` of a hit, or the id that `search` shows. The two are compared as they are now, by the
    frequencies of terms as they are now.
    """
    from monitor.core.lab.story_pair_row import story_pair_row
    from monitor.lab.story_pairs import explain_story_pair

    with session.app_in_force() as app:
        pair = explain_story_pair(app.store, *articles)
    show_one(story_pair_row(pair), _print_pair)


def _group(source: str) -> bool:
    """Print the story of each line; return False if a line could not be read."""
    from monitor.core.stories.input_articles import group_articles, parse_input_article

    lines = JsonLines(source)
    articles = list(lines.parse_lines(parse_input_article))
    for article, story in zip(articles, group_articles(articles), strict=True):
        click.echo(dumps({"id": article.id, "story": story}))
    return not lines.bad


def _print_pair(row: Mapping[str, Any]) -> None:
    for each in row["articles"]:
        click.echo(f"{each['id']}  {local_time(each['stored_at'])}  {each['feed_id']}  {plain(each['title'])}")
    click.echo(row["conclusion"])
    click.echo("")
    for part in row["parts"]:
        points = "" if part["points"] is None else f"{part['points']:+.1f}"
        click.echo(f"  {part['what']:<56}{part['value']:>16}{points:>8}")
    if row["shared_terms"]:
        click.echo(f"  shared terms, the rarest first: {plain(', '.join(row['shared_terms']))}")


def _outlets(row: Mapping[str, Any]) -> str:
    return ", ".join(dict.fromkeys(article["feed_id"] for article in row["articles"]))


_STORIES = (
    Column(title="id", cell="id", right=True, no_wrap=True, style="dim"),
    Column(title="since", cell="first_at", no_wrap=True, style="dim"),
    Column(title="story", cell="title"),
    Column(title="articles", cell=lambda row: str(len(row["articles"])), right=True),
    Column(title="outlets", cell=_outlets, style="green"),
)

COMMANDS = (stories,)
