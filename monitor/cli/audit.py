"""`monitor audit`: how much the rules miss, and what they may have missed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import audit_archive, audit_documents, row_keys
from monitor.cli.audit_lines import DocumentReader
from monitor.cli.choices import Choice
from monitor.cli.json_lines import JsonLines
from monitor.cli.listings import choose_format, format_option, refuse_other_formats, show, show_one
from monitor.cli.output import dumps, exit_with_problem_if, progress
from monitor.cli.rule_files import folder_option
from monitor.cli.session import NUMBER, Session, WholeNumber, pass_session, since_option

if TYPE_CHECKING:
    from monitor.core.durations import TimeBound

topic_option = click.option("--topic", default="", metavar="TOPIC", help="Count only the rules of this topic.")


@click.group()
def audit() -> None:
    """Measure how much the rules miss, and find what they missed.

    Recall is the share of the relevant articles that the rules find. It is estimated from articles that people judged.
    """


@audit.command()
@click.option("--jsonl", "source", metavar="FILE|-", default=None, help="Rank the documents of FILE, or stdin.")
@click.option(
    "--assume-hits-relevant/--judged-only",
    default=True,
    help="Learn also from unjudged hits in which a rule's terms are prominent. Default: yes.",
)
@click.option("--limit", type=NUMBER, default=None, metavar="N", help="Print the first N only.")
@click.option("--seed", type=WholeNumber(0, 2**31), default=0, show_default=True, help="Random seed.")
@topic_option
@folder_option
@format_option
@pass_session
def rank(
    session: Session,
    *,
    source: str | None,
    assume_hits_relevant: bool,
    limit: int | None,
    seed: int,
    topic: str,
    folder: Path | None,
) -> None:
    """Rank the articles that no rule matches, the likeliest misses first.

    Without --jsonl, ranks the archive and stores the ranking, as the daemon does once a day; its options do not apply.

    Lines of FILE: {"id", "title", "text", "lang"?, "judged"?: true|false}. Each line printed: {"id", "score", "terms"}.
    Exit code 1 if a line could not be read, or if there are fewer than 30 relevant examples: nothing is ranked then.
    """
    if source is None:
        ranking = audit_archive.rank_archive(session, limit)
        empty = ranking.reason or audit_archive.NOTHING_TO_RANK
        show(ranking.rows, audit_archive.RANKED_COLUMNS, keys=row_keys.RANKED_ARTICLES, empty=empty)
        exit_with_problem_if(ranking.reason)
        return
    refuse_other_formats()
    reader = DocumentReader(audit_documents.load_matcher(session, folder, topic))
    exit_with_problem_if(
        not audit_documents.rank_documents(source, reader, seed, limit, assume_hits_relevant=assume_hits_relevant)
    )


@audit.command()
@click.option("--jsonl", "source", metavar="FILE|-", default=None, help="Estimate from the counts of FILE, or stdin.")
@since_option("Without --jsonl, use judgements since", default="16w")
@format_option
@pass_session
def estimate(session: Session, *, source: str | None, since: TimeBound) -> None:
    """Estimate recall and precision, with 95 % intervals.

    Lines of FILE: {"id", "hits": {"total", "judged", "relevant"}, "strata": [{"size", "judged", "relevant"}, ...]},
    where strata are of unmatched documents. Each line printed: {"id", "recall", "low", "high", "precision",
    "precision_low", "precision_high", "judged", "relevant"}. A share that cannot be estimated is null. Exit code 1 if
    a line could not be read.
    """
    from monitor.core.audit import lines
    from monitor.core.audit.estimation import estimate as estimate_problem

    if source is None:
        show_one(audit_archive.estimate_recall(session, since), audit_archive.print_estimate)
        return
    refuse_other_formats()
    file = JsonLines(source)
    for problem in file.parse_lines(lines.parse_problem):
        click.echo(dumps(lines.estimate_json(problem.id, estimate_problem([problem.hits], problem.strata))))
    exit_with_problem_if(file.bad)


@audit.command(name="next")
@click.option("--limit", type=NUMBER, default=20, show_default=True, metavar="N", help="Maximum number of articles.")
@format_option
@pass_session
def next_(session: Session, *, limit: int) -> None:
    """List the articles to judge next: a random sample of hits and of what no rule matches.

    Draws a new sample if all of the last one is judged. Judge as many as you like, from the top of the list.
    """
    rows = audit_archive.next_articles(session, limit)
    empty = "Nothing to judge: no article was stored since the last sample."
    show(rows, audit_archive.QUEUE_COLUMNS, keys=row_keys.SAMPLED_ARTICLES, empty=empty)


@audit.command()
@click.argument("article_id", metavar="ARTICLE_ID", type=NUMBER)
@click.argument("verdict", type=Choice(("relevant", "irrelevant", "skip", "withdraw")))
@click.option("--topic", default="", metavar="TOPIC", help="The topic that a relevant article belongs to.")
@click.option("--note", "remark", default="", metavar="TEXT", help="Why.")
@click.option("--person", default="", metavar="NAME", help="Who judged.")
@click.option("--chosen", is_flag=True, help="You came across the article elsewhere, although `audit next` listed it.")
@pass_session
def judge(
    session: Session, *, article_id: int, verdict: str, topic: str, remark: str, person: str, chosen: bool
) -> None:
    """Say whether an article is relevant. The last verdict counts; `withdraw` removes it, `skip` postpones it.

    An article that `audit next` has listed counts as drawn at random and stands for others; any other one counts for
    itself alone, since articles that readers choose are relevant more often.
    """
    click.echo(
        audit_archive.judge_article(
            session, article_id, verdict, topic=topic, remark=remark, person=person, chosen=chosen
        )
    )


@audit.command()
@click.argument("rule_id", metavar="[RULE]", required=False)
@click.option(
    "--most",
    type=WholeNumber(1, 20),
    default=3,
    show_default=True,
    metavar="N",
    help="Maximum number of suggestions for each rule.",
)
@click.option("--last", is_flag=True, help="List the last suggestions that were not applied, without making new ones.")
@format_option
@pass_session
def suggest(session: Session, *, rule_id: str | None, most: int, last: bool) -> None:
    """Suggest edits of rules from judged misses and false alarms, each with its back-test.

    Nothing is changed: copy the lines, or let `monitor audit apply` write them. The suggestions replace earlier ones;
    an edit that is suggested again keeps its number.
    """
    if last:
        rows, empty = audit_archive.open_suggestions(session, rule_id), audit_archive.NO_OPEN_SUGGESTIONS
    else:
        rows, empty = audit_archive.suggest_edits(session, rule_id, most), audit_archive.NOTHING_TO_SUGGEST
    audit_archive.print_suggestions(rows, empty)


@audit.command()
@click.argument("suggestion", metavar="SUGGESTION", type=NUMBER)
@pass_session
def apply(session: Session, *, suggestion: int) -> None:
    """Write a suggested edit into the rule files; comments and layout stay as they are."""
    click.echo(audit_archive.apply_suggestion(session, suggestion), nl=False)


@audit.command()
@click.argument("file", metavar="FILE")
@click.option("--labels", type=NUMBER, default=200, show_default=True, metavar="N", help="Judgements in each run.")
@click.option("--runs", type=WholeNumber(1, 100_000), default=500, show_default=True, metavar="N", help="Runs.")
@click.option("--seed", type=WholeNumber(0, 2**31), default=1, show_default=True, help="Random seed.")
@choose_format("table")
@topic_option
@folder_option
@pass_session
def simulate(
    session: Session, *, file: str, labels: int, runs: int, seed: int, topic: str, folder: Path | None
) -> None:
    """Check the estimate on documents whose relevance is known.

    Lines of FILE: {"id", "title", "text", "lang"?, "judged": true|false}, or "topics": [...] as for `rules score`. Each
    run draws new judgements; coverage is the share of the runs whose interval holds the true recall.
    """
    from monitor.audit.simulation import simulate as run_simulation

    reader = DocumentReader(audit_documents.load_matcher(session, folder, topic), topic, fully_labelled=True)
    documents, bad = audit_documents.read_documents(file, reader)
    with progress("simulating", runs) as report:
        result = run_simulation(
            documents, reader.texts, labels=labels, runs=runs, seed=seed, rules=reader.rules, progress=report
        )
    audit_documents.print_simulation(result)
    exit_with_problem_if(bad)


COMMANDS = (audit,)
