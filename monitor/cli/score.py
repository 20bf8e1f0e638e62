"""`monitor rules score`: precision and recall of the rules on labelled documents, and the documents to read first.

Live rules count; `--with-test` adds those under test. Bad lines are reported and left out; the exit code is then 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.json_lines import open_source
from monitor.cli.listings import choose_format, wants_json
from monitor.cli.output import dumps, exit_with_problem_if, note, plain
from monitor.cli.rule_files import folder_option, rule_book
from monitor.cli.session import Session, pass_session
from monitor.core.counts import count
from monitor.core.errors import Problem
from monitor.core.model import Match

if TYPE_CHECKING:
    from monitor.core.lab.scoring import LabelledDocument, Scores
    from monitor.core.matching.rulebook import Rule


@click.command()
@click.argument("labelled", metavar="LABELLED.jsonl")
@choose_format("table")
@click.option(
    "--worst",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    metavar="N",
    help="How many misses and false alarms to show.",
)
@click.option("--with-test", is_flag=True, help="Count the rules of status test too.")
@folder_option
@pass_session
def score(session: Session, *, labelled: str, worst: int, with_test: bool, folder: Path | None) -> None:
    """Measure precision and recall of the rules on documents that people labelled.

    LABELLED.jsonl (or - for stdin) has one object a line: {"id", "title", "text", "lang", "topics": [...]}; an empty
    list of topics means "not relevant". Lines with "labelled": false are left out. Precision, recall and F1 are printed
    for relevance (any rule) and for each topic, precision with its Wilson interval at 95 %, and the worst misses and
    false alarms. A file of hits alone gives no recall. Exit code 1 when a line could not be read, or no document is
    labelled.
    """
    from monitor.core.lab import scoring

    book = rule_book(session, folder)
    counted = [rule for rule in book.rules if rule.status == "live" or (with_test and rule.status == "test")]
    documents, problems = scoring.read_documents(_lines(labelled), labelled)
    for problem in [*problems, *_unknown(documents, counted, labelled)]:
        note(str(problem))
    scores = scoring.score(documents, _found(documents, counted))
    if wants_json():
        click.echo(dumps(scoring.as_json(scores, worst), indent=2))
    else:
        _print_scores(scores, worst)
    for sentence in _limits(scores, documents):
        note(sentence)
    exit_with_problem_if(problems or not scores.documents)


def _limits(scores: Scores, documents: Sequence[LabelledDocument]) -> Iterator[str]:
    """Say what the figures do not count, and what cannot be known from the file."""
    from monitor.cli.match import is_truncated, truncation_note

    if truncated := sum(is_truncated(each.text) for each in documents):
        yield truncation_note(count(truncated, "document"))
    if not scores.documents:
        yield "There is no labelled document, so that nothing is scored."
    if scores.unlabelled:
        everything = count(scores.documents + scores.unlabelled, "document")
        yield (
            f"Not labelled, and left out: {scores.unlabelled} of {everything}. "
            'Correct the topics and set "labelled": true.'
        )
    if scores.hits_only and scores.documents:
        yield (
            "All documents are hits, so recall cannot be known from this file: it has nothing that the rules missed. "
            "Label documents that were not chosen by the rules too."
        )


def _lines(source: str) -> list[bytes]:
    with open_source(source) as file:
        return file.readlines()


def _unknown(documents: Sequence[LabelledDocument], rules: Sequence[Rule], path: str) -> list[Problem]:
    from monitor.core.lab.scoring import unknown_topics

    return unknown_topics(documents, {rule.topic for rule in rules}, path)


def _found(documents: Sequence[LabelledDocument], rules: Sequence[Rule]) -> list[tuple[Match, ...]]:
    from monitor.cli.match import match_article
    from monitor.core.matching.matcher import Matcher
    from monitor.core.model import Article, Source

    matcher = Matcher(rules)
    return [
        match_article(matcher, Article(title=each.title, text=each.text, language=each.language), Source())
        for each in documents
    ]


def _print_scores(scores: Scores, worst: int) -> None:
    """Print the figures as a table, then the documents that lower them, each with its line in the file."""
    from monitor.core.lab import scoring

    figures = scoring.as_json(scores, worst)
    _figures({"relevance": figures["relevance"], **figures["topics"]}, scores.documents)
    _documents("Missed: relevant, found by no rule", figures["misses"], len(scores.misses))
    _documents("False alarms: not relevant, but found", figures["false_alarms"], len(scores.false_alarms))
    _documents("Confused: found under other topics", figures["confused"], len(scores.confused))


def _figures(figures: Mapping[str, Mapping[str, Any]], documents: int) -> None:
    from rich import box
    from rich.table import Table

    from monitor.cli.output import console

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", title=count(documents, "document"))
    table.add_column("")
    for heading in ("precision", "95 % interval", "recall", "F1", "found", "missed", "false"):
        table.add_column(heading, justify="right")
    for name, figure in figures.items():
        precision, recall, f1 = (_share(figure[key]) for key in ("precision", "recall", "f1"))
        interval = figure["precision_interval"]
        between = "-" if interval is None else "-".join(f"{bound:.2f}" for bound in interval)
        counts = (str(figure[key]) for key in ("found", "missed", "false"))
        table.add_row(plain(name), precision, between, recall, f1, *counts, end_section=name == "relevance")
    console().print(table)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _documents(heading: str, rows: Sequence[Mapping[str, Any]], total: int) -> None:
    if not rows:
        return
    more = f", the worst {len(rows)} of {total}" if total > len(rows) else f", {total}"
    click.secho(f"\n{heading}{more}", bold=True)
    for row in rows:
        labels = ", ".join(row["topics"]) or "not relevant"
        click.echo(f"  line {row['line']}  {plain(row['title'])[:90]}  [{plain(labels)}]")
        for hit in row["hits"]:
            click.echo(f"      {hit['rule_id']}: {plain(', '.join(hit['because'][:6]))[:110]}")
