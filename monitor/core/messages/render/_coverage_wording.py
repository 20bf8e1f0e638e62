"""The sentences of a coverage report: how many feeds were polled, which have a problem, and what the ledger says."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from monitor.core.counts import count
from monitor.core.digests.digest import Digest
from monitor.core.digests.source_coverage import CoverageReport, FeedNote
from monitor.core.ledger.words import BRIEF_REASONS, describe_difference
from monitor.core.messages.render._dates import format_date, format_time
from monitor.core.model import Ledger, LedgerAccount
from monitor.core.text.directions import before_number

MAX_NAMED_FEEDS = 12
"""Feeds that are named per problem; the others are counted."""


REFUSED_EDITS = "Edits of the configuration that are not in force"

NOT_BALANCED = "The ledger does not balance"


class _FeedProblem(NamedTuple):
    """One kind of problem: how to count its feeds, the title of their list, and how to describe each."""

    predicate: str
    title: str
    feeds: tuple[FeedNote, ...]
    describe: Callable[[FeedNote, Digest], str]


class CoverageProblem(NamedTuple):
    """One kind of problem, with the feeds, the edits or the differences that it is about, each in words."""

    title: str
    items: list[str]

    def list_items(self, most: int = MAX_NAMED_FEEDS) -> str:
        """List the first `most` items, separated by semicolons since a reason may contain commas."""
        more = [f"and {len(self.items) - most:,} more"] if len(self.items) > most else []
        return "; ".join([*self.items[:most], *more])

    def line(self, most: int = MAX_NAMED_FEEDS) -> str:
        """Return the title with the list."""
        return f"{self.title}: {self.list_items(most)}"


def coverage_summary(report: CoverageReport) -> str:
    """Say how many feeds were polled and how many have which problem, for the end of a digest."""
    return " ".join(filter(None, (_describe_polls(report), ledger_summary(report), _problem_counts(report))))


def low_coverage_warning(digest: Digest) -> str:
    """Warn at the top that few sources could be read; empty if enough were."""
    report = digest.coverage
    if report is None or not report.is_low:
        return ""
    since = format_time(digest.window.since, digest)
    if not report.polls:
        return (
            f"No polls are recorded since {since}: what {count(report.sources, 'source')} published since then is not"
            " known yet. The daemon (`monitor run`) and `monitor poll` read them."
        )
    missing = report.sources - report.covered
    unread = f"{missing:,} of {count(report.sources, 'source')}" if report.covered else count(report.sources, "source")
    return (
        f"Low coverage: nothing could be read from {unread} since {since}. News is missing. It will be in a later"
        " digest if the sources still list it then."
    )


def attention(report: CoverageReport) -> str:
    """Say how many feeds need attention, for the line of numbers; empty if none does."""
    feeds = {note.feed_id for problem in _problems(report) for note in problem.feeds}
    parts = [f"{count(len(feeds), 'feed needs', 'feeds need')} attention"] if feeds else []
    if edits := len(report.refused_edits):
        parts.append(f"{count(edits, 'edit of the configuration is', 'edits of the configuration are')} not in force")
    if report.ledger_differences:
        parts.append("the ledger does not balance")
    return ", ".join(parts)


def coverage_problems(report: CoverageReport, digest: Digest) -> list[CoverageProblem]:
    """List the problems, edits and the ledger first; empty if there is none."""
    edits = CoverageProblem(f"{REFUSED_EDITS} ({len(report.refused_edits):,})", list(report.refused_edits))
    differences = CoverageProblem(NOT_BALANCED, ledger_problems(report))
    of_feeds = (
        CoverageProblem(f"{each.title} ({len(each.feeds):,})", [each.describe(note, digest) for note in each.feeds])
        for each in _problems(report)
    )
    return [each for each in (edits, differences, *of_feeds) if each.items]


def _describe_polls(report: CoverageReport) -> str:
    if not report.feeds:
        return "No feeds are configured."
    articles = f"{count(report.articles, 'article was', 'articles were')} read"
    if report.partial:
        articles += f", {report.partial:,} of them perhaps only in part"
    polled = f"{report.polled:,} of {count(report.feeds, 'feed')} {'was' if report.polled == 1 else 'were'} polled"
    if report.not_due:
        polled += f"; {count(len(report.not_due), 'was', 'were')} not due in this period"
    elif report.polled == report.feeds > 1:
        polled = f"All {count(report.feeds, 'feed')} were polled"
    elif report.polled == report.feeds:
        polled = "The one feed was polled"
    return f"{polled}. {'No problems were found. ' if report.is_complete else ''}{articles}."


def _problem_counts(report: CoverageReport) -> str:
    counts = [f"{len(problem.feeds):,} {problem.predicate}" for problem in _problems(report)]
    if report.refused_edits:
        counts.append(f"{count(len(report.refused_edits), 'edit')} of the configuration not in force")
    return f"Problems: {', '.join(counts)}." if counts else ""


def _problems(report: CoverageReport) -> list[_FeedProblem]:
    problems = [
        _FeedProblem("failing", "Failing", report.failing, _describe_failing),
        _FeedProblem("whose layout changed", "Layout changed", report.layout_changed, _describe_layout_change),
        _FeedProblem("unusually quiet", "Unusually quiet", report.unusually_quiet, _unusually_quiet),
        _FeedProblem("not polled", "Not polled", report.not_polled, _feed_title),
        _FeedProblem("with possibly missed entries", "Possibly missed entries", report.possible_gaps, _possible_gap),
        _FeedProblem("over the daily limit", "Over the daily limit", report.title_only, _over_limit),
        _FeedProblem(
            "with articles not fully matched", "Articles not fully matched", report.unmatched, _describe_unmatched
        ),
        _FeedProblem(
            "with pages whose text looks wrong", "Pages whose text looks wrong", report.wrong_texts, _wrong_texts
        ),
        _FeedProblem(
            "with pages that could not be read", "Pages that could not be read", report.unread_pages, _unread_pages
        ),
    ]
    return [problem for problem in problems if problem.feeds]


def _feed_title(note: FeedNote, _digest: Digest) -> str:
    return note.title


def _possible_gap(note: FeedNote, _digest: Digest) -> str:
    return f"{note.title} (no entry of one poll was in the next, so others may have come and gone between)"


def _describe_failing(note: FeedNote, digest: Digest) -> str:
    since = (
        f"not be read since {format_time(note.last_success_at, digest)}" if note.last_success_at else "never be read"
    )
    return f"{note.title} could {since} ({note.reason or 'reason unknown'})"


def _describe_layout_change(note: FeedNote, _digest: Digest) -> str:
    return f"{note.title} ({note.reason.removeprefix('layout changed: ')})"


def _unusually_quiet(note: FeedNote, digest: Digest) -> str:
    kind, _, detail = note.reason.partition(": ")
    if detail and kind != "silent":  # empty, or frozen: the date of what was found last would not explain it
        return f"{note.title} ({detail})"
    if note.last_entry_at is None:
        return note.title
    return f"{note.title} (nothing new since {format_date(note.last_entry_at, digest)})"


def _over_limit(note: FeedNote, _digest: Digest) -> str:
    return f"{before_number(note.title)} ({count(note.count, 'entry', 'entries')} stored with the title only)"


def _wrong_texts(note: FeedNote, _digest: Digest) -> str:
    return f"{before_number(note.title)} ({count(note.count, 'page')})"


def _unread_pages(note: FeedNote, _digest: Digest) -> str:
    return f"{before_number(note.title)} ({count(note.count, 'page')}; {note.reason})"


def _describe_unmatched(note: FeedNote, _digest: Digest) -> str:
    return f"{before_number(note.title)} ({count(note.count, 'article')} not fully matched)"


def ledger_summary(report: CoverageReport) -> str:
    """Say how many entries were seen and stored, and why the others were not; empty if nothing was counted."""
    ledger = report.ledger
    if ledger is None or not ledger.account("entries").total:
        return ""
    return " ".join(filter(None, (_entries(ledger.account("entries")), _articles(ledger), _difference(ledger))))


def ledger_problems(report: CoverageReport) -> list[str]:
    """Return one line for each difference."""
    return [describe_difference(each) for each in report.ledger_differences]


def _entries(account: LedgerAccount) -> str:
    stored, known = account.sum_of("stored"), account.sum_of("known")
    left_out = [line for line in account.lines if line.kind == "left_out"]
    parts = [f"{stored:,} stored", f"{known:,} already known"]
    if left_out:
        reasons = ", ".join(f"{BRIEF_REASONS[line.item]} {line.count:,}" for line in left_out)
        parts.append(f"{account.sum_of('left_out'):,} left out ({reasons})")
    return f"{count(account.total, 'entry', 'entries')} seen: {', '.join(parts)}."


def _articles(ledger: Ledger) -> str:
    account = ledger.account("articles")
    return f"{count(account.total, 'article')}: {account.count('matched'):,} matched." if account.total else ""


def _difference(ledger: Ledger) -> str:
    return f"{NOT_BALANCED}, see below." if ledger.differences else ""
