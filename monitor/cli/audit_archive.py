"""Runs `monitor audit` on the archive (rank, sample, judge, estimate), and prints the results."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import row_keys
from monitor.cli.listings import Column, chosen_format, show
from monitor.cli.output import note, plain, progress
from monitor.cli.session import start_instant
from monitor.core.control_characters import remove_control
from monitor.core.counts import count
from monitor.core.durations import MAX_DURATION
from monitor.core.errors import UsageError
from monitor.core.json_objects import fields_of
from monitor.core.model import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.app import App
    from monitor.cli.session import Session
    from monitor.core.audit.edit_back_test import Suggestion
    from monitor.core.durations import TimeBound
    from monitor.core.model import SampledArticle, StoredArticle

NOTHING_TO_RANK = "Nothing to rank: rules match all articles that are not judged."
NOTHING_TO_SUGGEST = (
    "Nothing to suggest: no term that can be added occurs in several judged misses or false alarms of a rule and in "
    "few other articles. Judge more (`monitor audit next`), and name the topics of misses."
)
NO_OPEN_SUGGESTIONS = "No suggestion is open: `monitor audit suggest` makes some."

_DAY = timedelta(days=1)
_MAX_QUEUE = 1_000
_COUNTED_AS_CHOSEN = (
    "It counts as picked by a reader, not as drawn at random, so it is not extrapolated to other articles."
)
_STAYS_DRAWN = "It was judged before as drawn at random and still counts so: `withdraw` that verdict first."
_WORDS = {True: "relevant", False: "not relevant"}


@dataclass(frozen=True, slots=True)
class Ranked:
    """The articles that look most like misses, or the reason why nothing was ranked."""

    rows: Sequence[Mapping[str, Any]]
    reason: str


def rank_archive(session: Session, limit: int | None) -> Ranked:
    """Rank the archive and store the ranking."""
    with session.app_in_force() as app:
        reason = _train(app, sample=None)
        now = app.clock()
        misses = app.store.possible_misses(now - MAX_DURATION, now + _DAY, limit or _MAX_QUEUE)
    return Ranked([] if reason else list(map(fields_of, misses)), reason)


def next_articles(session: Session, limit: int) -> list[dict[str, Any]]:
    """Return the articles to judge next; a sample is drawn if none is left."""
    with session.app_in_force() as app:
        auditor = app.auditor()
        queue = auditor.queue(limit)
        if not queue and not auditor.weekly:
            raise UsageError("no samples are drawn: `audit.weekly` in monitor.yaml is 0")
        if not queue:
            _train(app, sample=True)
            queue = auditor.queue(limit)
        app.store.record_listed([drawn.article_id for drawn, _ in queue], app.clock())
    return [_queue_row(*each) for each in queue]


def judge_article(
    session: Session, article_id: int, verdict: str, *, topic: str, remark: str, person: str, chosen: bool
) -> str:
    """Store a verdict, and return what was done.

    An article that `audit next` has not listed was chosen by its reader: it is not counted as drawn at random.
    """
    with session.app_in_force() as app:
        auditor = app.auditor()
        if verdict == "withdraw":
            if not app.store.withdraw_judgement(article_id):
                raise UsageError(f"article {article_id} has no verdict to withdraw")
            return f"The judgement of article {article_id} is withdrawn."
        sampled = app.store.sampled_article(article_id)
        if verdict == "skip":
            if sampled is None:
                raise UsageError(f"article {article_id} is not among those to judge; `monitor audit next` lists them")
            app.store.postpone_sampled(article_id)
            return f"Article {article_id} will be listed again, after the others."
        before = app.store.judgement(article_id)
        done = auditor.judge(
            article_id,
            app.clock(),
            relevant=verdict == "relevant",
            topic=topic or None,
            note=remark,
            person=person,
            chosen=chosen or sampled is None or sampled[0].listed_at is None,
        )
        left = len(app.store.audit_queue(_MAX_QUEUE))
    changed = f", and was {_WORDS[before.relevant]} before" if before and before.relevant is not done.relevant else ""
    counted = f" {_COUNTED_AS_CHOSEN}" if done.stratum == CHOSEN else f" {_STAYS_DRAWN}" if chosen else ""
    left_text = count(left, "article is", "articles are")
    return f"Article {article_id} is {_WORDS[done.relevant]}{changed}.{counted} {left_text} left to judge."


def estimate_recall(session: Session, since: TimeBound) -> dict[str, Any]:
    """Return the estimate from the judgements of the archive."""
    from monitor.core.audit.lines import report_json

    with session.app_in_force() as app:
        now = app.clock()
        return report_json(app.auditor().judged(now, start_instant(since, now)))


def suggest_edits(session: Session, rule_id: str | None, most: int) -> list[dict[str, Any]]:
    """Return suggested edits of one rule, or of all."""
    with session.app(only=("rules", "feeds.yaml")) as app:
        suggester, now = app.suggester(), app.clock()
        with progress("trying edits", None) as report:
            found = suggester.suggest(rule_id, now, most=most, progress=report)
        for each in suggester.rules_that_take_no_terms(now, rule_id):
            note(
                f"No term can be suggested for rule '{each}', which has no `any` of its own and no list: move terms of "
                "its condition into a list, and refer to it with $NAME."
            )
    return [_suggestion_row(suggestion_id, suggestion) for suggestion_id, suggestion in found.items()]


def open_suggestions(session: Session, rule_id: str | None) -> list[dict[str, Any]]:
    """Return the last suggestions that were not applied, of one rule or of all."""
    with session.app_in_force() as app:
        return [_suggestion_row(*each) for each in app.suggester().open_suggestions(rule_id).items()]


def apply_suggestion(session: Session, suggestion: int) -> str:
    """Apply a suggestion, and return the diff."""
    with session.app(only=("rules", "feeds.yaml")) as app:
        return app.suggester().apply(suggestion, app.clock())


def print_suggestions(rows: Sequence[Mapping[str, Any]], empty: str) -> None:
    """Print suggestions; for people, what each gains and loses, and its diff."""
    if chosen_format() != "table":
        show(rows, (), keys=row_keys.SUGGESTIONS)
        return
    if not rows:
        note(empty)
    for row in rows:
        click.secho(f"{row['id']}  {row['rule_id']}: {plain(row['entry'])} to {row['target']}", bold=True)
        click.echo(
            f"  gains {count(row['misses_gained'], 'judged miss', 'judged misses')}, "
            f"{count(row['irrelevant_gained'], 'irrelevant article')}, and "
            f"{row['unjudged_gained']} of {count(row['background'], 'unjudged article')}; "
            f"loses {count(row['relevant_lost'], 'relevant hit')} and {count(row['false_alarms_lost'], 'false alarm')}"
        )
        click.echo("".join(f"  {remove_control(line)}\n" for line in row["diff"].splitlines()), nl=False)
        click.echo(f"  accept: monitor audit apply {row['id']}\n")


def _suggestion_row(suggestion_id: int, suggestion: Suggestion) -> dict[str, Any]:
    figures = asdict(suggestion)
    edit, diff = figures.pop("edit"), figures.pop("diff")
    return {"id": suggestion_id, **edit, **figures, "diff": diff}


def print_estimate(row: Mapping[str, Any]) -> None:
    """Print the estimate for people."""
    click.echo(row["text"] if row["sufficient"] else f"Recall: {row['text']}")
    for topic in row["topics"]:
        click.echo(f"  {topic['topic']}: {topic['text']}")
    if row["more_needed"]:
        needed = count(row["more_needed"], "more judgement makes", "more judgements make")
        click.echo(f"About {needed} the interval ten points wide.")


def _train(app: App, *, sample: bool | None) -> str:
    with progress("ranking", None) as report:
        return app.auditor().train(app.clock(), report, sample=sample).reason


def _queue_row(drawn: SampledArticle, stored: StoredArticle) -> dict[str, Any]:
    article = stored.article
    return {
        "article_id": drawn.article_id,
        "feed_id": stored.feed_id,
        "title": article.title,
        "url": article.url,
        "language": article.language,
        "published_at": article.published_at,
        "terms": list(drawn.terms),
        "stratum": drawn.stratum,
        "beginning": article.text[:300],
    }


RANKED_COLUMNS = (
    Column(title="article", cell="article_id", right=True, no_wrap=True),
    Column(title="score", cell=lambda row: f"{row['score']:.2f}", right=True, no_wrap=True),
    Column(title="stored", cell="stored_at", no_wrap=True, spare=True),
    Column(title="feed", cell="feed_id", spare=True),
    Column(title="title", cell="title"),
    Column(title="terms", cell=lambda row: ", ".join(row["terms"])),
)
QUEUE_COLUMNS = (
    Column(title="article", cell="article_id", right=True, no_wrap=True),
    Column(title="feed", cell="feed_id", spare=True),
    Column(title="title", cell="title"),
    Column(title="begins", cell=lambda row: str(row["beginning"])[:160]),
)
