"""The results of a back-test and of a backfill as text for terminals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.cli.lab_lines import print_heading, print_line, print_passages
from monitor.cli.listings import Row
from monitor.cli.output import console, format_seconds, local_time, plain
from monitor.core.counts import count

if TYPE_CHECKING:
    from rich.console import Console


_BAR_CHARS = 40
_MAX_SHOWN_TERM_COUNTS = 25
_MAX_OVERLAPS = 8
_MAX_SHOWN_PEAKS = 10
_MAX_PASSAGES = 2


def print_backtest(row: Row, *, stderr: bool = False) -> None:
    """Print what a rule would have found in the archive."""
    out = console(stderr=stderr)
    print_line(out, f"{row['rule_id']}  {plain(row['title'])}", style="bold cyan")
    days = (row["until"] - row["since"]).days
    share = f"{_percent(row['share'])} % of the archive"
    hits, stories = count(row["hits"], "hit"), count(row["stories"], "story", "stories")
    print_line(out, f"{count(days, 'day')}, {count(row['articles'], 'article')}: {hits} in {stories}, {share}")
    if not row["articles"]:
        print_line(
            out, "No article of these days is stored: `monitor poll` stores some, --since 365d looks further back."
        )
        return
    _print_weeks(out, row["weeks"], compared=row["against"] is not None and row["against"]["state"] == "changed")
    if row["against"]:
        _print_comparison(out, row["against"])
    if row["newest"] and not (row["against"] and row["against"]["gained"]):
        _print_samples(out, "newest hits", row["newest"], "")
    _print_terms(out, row)
    _print_overlaps(out, row)
    _print_spikes(out, row["spike"])
    _print_warnings(out, row["warnings"])


def _percent(share: float) -> str:
    """Format a share with two significant digits, and never as a power of ten."""
    if 0 < share < 1e-6:
        return "less than 0.0001"
    return f"{100 * share:.2g}" if share < 0.1 else f"{100 * share:.0f}"


def _print_weeks(out: Console, weeks: Sequence[Row], *, compared: bool) -> None:
    from rich.text import Text

    most = max((week["stories"] for week in weeks), default=0)
    if not most:
        return
    print_heading(out, "week of", "stories a week")
    for week in weeks:
        bar = "█" * round(_BAR_CHARS * week["stories"] / most) or ("▏" if week["stories"] else "")
        text = f"{count(week['hits'], 'hit')} in {count(week['articles'], 'article')}"
        before = f", {week['hits_before']} before" if compared else ""
        remark = (f"  ({text}{before})", "dim")
        out.print(Text.assemble(f"{week['start']} ", (bar, "green"), f" {week['stories']}", remark), soft_wrap=True)


def _print_comparison(out: Console, row: Row) -> None:
    remarks = {
        "new": "the rule is not there: all that it finds is new",
        "same": "the rule finds the same there: nothing gained, nothing lost",
        "changed": f"{count(row['hits'], 'hit')} there; {row['gained']} gained, {row['lost']} lost",
    }
    print_heading(out, f"against {row['name']}", remarks[row["state"]])
    _print_samples(out, "gained", row["gained_articles"], "+ ", row["gained"])
    _print_samples(out, "lost", row["lost_articles"], "- ", row["lost"])


def _print_samples(out: Console, title: str, samples: Sequence[Row], sign: str, total: int = 0) -> None:
    if not samples:
        return
    print_heading(out, title, f"the newest {len(samples)} of {total}" if total > len(samples) else "")
    for sample in samples:
        print_line(out, f"{sign}{sample['article_id']}  {plain(sample['title']) or '(no title)'}", style="bold")
        origin = f"{sample['feed_id']}, {local_time(sample['stored_at'])}, {sample['prominence']}"
        print_line(out, f"  {origin}", style="dim")
        print_passages(out, sample["passages"][:_MAX_PASSAGES], "  ")


def _print_terms(out: Console, row: Row) -> None:
    from rich.cells import set_cell_size

    seen = [term for term in row["terms"] if term["articles"]]
    if seen:
        print_heading(out, "terms", "articles of the archive, and hits among them")
    for term in seen[:_MAX_SHOWN_TERM_COUNTS]:
        name = f"{plain(term['term'])}  ${term['list']}" if term["list"] else plain(term["term"])
        print_line(out, f"  {set_cell_size(name, 40)} {term['articles']:>9,} {term['hits']:>9,}")
    if len(seen) > _MAX_SHOWN_TERM_COUNTS:
        print_line(out, f"  and {len(seen) - _MAX_SHOWN_TERM_COUNTS} more; --format json shows them all")
    if unseen := row["never_seen"]:
        more = f" and {len(unseen) - _MAX_SHOWN_TERM_COUNTS} more" if len(unseen) > _MAX_SHOWN_TERM_COUNTS else ""
        print_heading(out, "never seen", ", ".join(map(plain, unseen[:_MAX_SHOWN_TERM_COUNTS])) + more)


def _print_overlaps(out: Console, row: Row) -> None:
    if row["overlaps"]:
        print_heading(out, "other rules", "that find some of the same articles")
    hits = f"{'this' if row['hits'] == 1 else 'these'} {count(row['hits'], 'hit')}"
    for other in row["overlaps"][:_MAX_OVERLAPS]:
        of = f"{other['both']} of {hits} ({100 * other['both'] / row['hits']:.0f} %)"
        print_line(out, f"  {other['rule_id']:40} {of}, and of its {other['theirs']}")


def _print_spikes(out: Console, spike: Row | None) -> None:
    if spike is None:
        return
    stories, sources = count(spike["stories"], "story", "stories"), count(spike["min_sources"], "source")
    condition = f"{stories} from {sources} within {format_seconds(spike['within_s'])}"
    print_heading(out, "spikes", f"{count(spike['times'], 'time')} ({condition})")
    for peak in spike["newest"][-_MAX_SHOWN_PEAKS:]:
        text = f"{count(peak['stories'], 'story', 'stories')} from {count(peak['sources'], 'source')}"
        print_line(out, f"  {local_time(peak['at'])}  {text}")


def _print_warnings(out: Console, warnings: Sequence[Row]) -> None:
    if warnings:
        print_heading(out, "warnings", "")
    for each in warnings:
        where = f"{each['path']}:{each['line']}:{each['column']}"
        print_line(out, f"{where}: {each['level']}: {each['code']} {plain(each['message'])}", style="yellow")


def print_backfill(row: Row) -> None:
    """Print the result of a backfill."""
    out = console()
    if row["hits"]:
        text = f"{count(row['hits'], 'hit')} of {row['rule_id']} stored, marked as back-filled"
        print_line(out, f"{text}; no alert is made of them.")
    else:
        print_line(out, f"Nothing new: all that {row['rule_id']} finds in the archive is stored already.")
