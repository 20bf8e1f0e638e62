"""Results of the rule lab as text for terminals: sentences with marked terms, and bars.

Without colours (a pipe, NO_COLOR), terms are marked by [brackets].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.cli.output import console, plain, span, when
from monitor.core.articles.removal import removal_note
from monitor.core.counts import count
from monitor.core.text import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console
    from rich.text import Text

    Row = Mapping[str, Any]

_BAR = 40
_TERMS = 25
_OVERLAPS = 8
_PEAKS = 10
_PASSAGES = 2
_STATES = {"same": "as it was", "changed": "changed since", "gone": "no longer there"}


# ---------------------------------------------------------------- why


def print_explanation(row: Row) -> None:
    """Print why a hit was made."""
    out = console()
    _line(out, f"hit {row['id']}", f"{row['rule_id']}  {row['rule_title']}".rstrip(), style="bold cyan")
    _line(out, "article", plain(row["title"]) or "(no title)", style="bold")
    for name, text in _facts(row):
        _line(out, name, text)
    out.print()
    _print_passages(out, row["passages"], "")


def _facts(row: Row) -> Iterator[tuple[str, str]]:
    if row["url"]:
        yield "", plain(row["url"])
    yield "from", f"{row['feed_id']}, published {when(row['published_at'])}, found {when(row['found_at'])}"
    if marks := [name for name in ("partial", "updated", "backfilled") if row[name]]:
        yield "marks", ", ".join(f"{name} ({_MARKS[name]})" for name in marks)
    yield "matched", f"by {row['branch'] or 'its term'}; {row['prominence']}, score {row['score']:g}"
    yield "rule", _rule_now(row)
    yield "text", f"{row['text_hash'][:12]}, {_STATES[row['text_state']]}"
    if note := removal_note(row["text_removed_after_days"]):
        yield "", note
    if row["story"]:
        others = len(row["story"]["articles"]) - 1
        yield "story", f"{row['story']['id']}" + (f", with {count(others, 'more article')}" if others else "")


_MARKS = {
    "partial": "the page could not be fetched; only the feed's own text was matched",
    "updated": "found in a later version of the article",
    "backfilled": "found by the first poll of its feed, or in the archive; no alert was made of it",
}


def _rule_now(row: Row) -> str:
    text = f"{row['rule_hash'][:12]}, {_STATES[row['rule_state']]}"
    if row["rule_state"] == "changed" and row["text_state"] == "gone":
        return f"{text}; whether it still matches cannot be said without the text"
    if row["rule_state"] == "changed":
        verb = f"still matches, by {row['branch_now'] or 'its term'}" if row["matches_now"] else "no longer matches"
        text += f" ({row['rule_hash_now'][:12]} now): as it is now it {verb}"
    return text


# ---------------------------------------------------------------- why not


def print_why_not(row: Row) -> None:
    """Print why a rule does not match an article."""
    out = console()
    _line(out, "article", plain(row["title"]) or "(no title)", style="bold")
    if row["article_id"] is not None:
        _line(out, "", f"{row['article_id']}, from {row['feed_id']}, stored {when(row['stored_at'])}")
        if row["partial"]:
            _line(out, "", f"partial: {plain(row['partial_reason'])}")
        if note := removal_note(row["text_removed_after_days"]):
            _line(out, "", f"{note} Only the title is matched here.")
        if row["truncated"]:
            _line(out, "", f"cut after {MAX_TEXT:,} characters; what the page says after that is not matched")
    _line(out, "rule", row["rule_id"], style="bold cyan")
    out.print()
    for text in _outcome_lines(row):
        _print_line(out, text)
    for cause in row["causes"]:
        _print_line(out, f"  {plain(cause['message'])}")
    _print_passages(out, row["passages"], "  ")


def _outcome_lines(row: Row) -> Iterator[str]:
    runs = row["rule_status"] not in {"draft", "retired"}
    if row["outcome"] == "hit":
        yield f"It did match: hit {row['hit_id']}. `monitor rules why {row['hit_id']}` shows where."
    if row["outcome"] == "hit" and not row["matches_now"]:
        yield "As the rule is now, it would not, the nearest miss first:"
    elif row["outcome"] == "matches" and row["article_id"] is None:
        yield f"It matches, by {row['branch'] or 'its term'}" + ("." if runs else ", if it were run:")
    elif row["outcome"] == "matches" and runs:
        yield f"It matches now, by {row['branch'] or 'its term'}, and no hit is stored: the article came in before the"
        yield f"rule was as it is. `monitor rules backfill {row['rule_id']}` stores what it finds in the archive."
    elif row["outcome"] == "matches":
        yield f"It would match, by {row['branch'] or 'its term'}, but:"
    elif row["outcome"] == "miss":
        yield "It does not match, the nearest miss first:"


# ---------------------------------------------------------------- back-test


def print_backtest(row: Row, *, stderr: bool = False) -> None:
    """Print what a rule would have found in the archive."""
    out = console(stderr=stderr)
    _print_line(out, f"{row['rule_id']}  {plain(row['title'])}", style="bold cyan")
    days = (row["until"] - row["since"]).days
    hits, stories = count(row["hits"], "hit"), count(row["stories"], "story", "stories")
    _print_line(out, f"{count(days, 'day')}, {count(row['articles'], 'article')}: {hits} in {stories}, {_share(row)}")
    if not row["articles"]:
        _print_line(
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


def _share(row: Row) -> str:
    return f"{100 * row['share']:.2g} % of the archive"


def _print_weeks(out: Console, weeks: Sequence[Row], *, compared: bool) -> None:
    most = max((week["stories"] for week in weeks), default=0)
    if not most:
        return
    _head(out, "week of", "stories a week")
    for week in weeks:
        bar = "█" * round(_BAR * week["stories"] / most) or ("▏" if week["stories"] else "")
        text = f"{count(week['hits'], 'hit')} in {count(week['articles'], 'article')}"
        before = f", {week['hits_before']} before" if compared else ""
        _bar(out, week["start"], bar, f"{week['stories']}", f"  ({text}{before})")


def _print_comparison(out: Console, row: Row) -> None:
    match row["state"]:
        case "new":
            _head(out, f"against {row['name']}", "the rule is not there: all that it finds is new")
        case "same":
            _head(out, f"against {row['name']}", "the rule finds the same there: nothing gained, nothing lost")
        case _:
            text = f"{count(row['hits'], 'hit')} there; {row['gained']} gained, {row['lost']} lost"
            _head(out, f"against {row['name']}", text)
    _print_samples(out, "gained", row["gained_articles"], "+ ", row["gained"])
    _print_samples(out, "lost", row["lost_articles"], "- ", row["lost"])


def _print_samples(out: Console, title: str, samples: Sequence[Row], sign: str, total: int = 0) -> None:
    if not samples:
        return
    _head(out, title, f"the newest {len(samples)} of {total}" if total > len(samples) else "")
    for sample in samples:
        _print_line(out, f"{sign}{sample['article_id']}  {plain(sample['title']) or '(no title)'}", style="bold")
        _print_line(out, f"  {sample['feed_id']}, {when(sample['stored_at'])}, {sample['prominence']}", style="dim")
        _print_passages(out, sample["passages"][:_PASSAGES], "  ")


def _print_terms(out: Console, row: Row) -> None:
    from rich.cells import set_cell_size

    seen = [term for term in row["terms"] if term["articles"]]
    if seen:
        _head(out, "terms", "articles of the archive, and hits among them")
    for term in seen[:_TERMS]:
        name = f"{plain(term['term'])}  ${term['list']}" if term["list"] else plain(term["term"])
        _print_line(out, f"  {set_cell_size(name, 40)} {term['articles']:>9,} {term['hits']:>9,}")
    if len(seen) > _TERMS:
        _print_line(out, f"  and {len(seen) - _TERMS} more; --format json shows them all")
    if unseen := row["never_seen"]:
        more = f" and {len(unseen) - _TERMS} more" if len(unseen) > _TERMS else ""
        _head(out, "never seen", ", ".join(map(plain, unseen[:_TERMS])) + more)


def _print_overlaps(out: Console, row: Row) -> None:
    if row["overlaps"]:
        _head(out, "other rules", "that find some of the same articles")
    for other in row["overlaps"][:_OVERLAPS]:
        of = f"{other['both']} of these {row['hits']} hits ({100 * other['both'] / row['hits']:.0f} %)"
        _print_line(out, f"  {other['rule_id']:40} {of}, and of its {other['theirs']}")


def _print_spikes(out: Console, spike: Row | None) -> None:
    if spike is None:
        return
    condition = f"{spike['stories']} stories from {spike['min_sources']} sources within {span(spike['within_s'])}"
    _head(out, "spikes", f"{count(spike['times'], 'time')} ({condition})")
    for peak in spike["newest"][-_PEAKS:]:
        text = f"{count(peak['stories'], 'story', 'stories')} from {count(peak['sources'], 'source')}"
        _print_line(out, f"  {when(peak['at'])}  {text}")


def _print_warnings(out: Console, warnings: Sequence[Row]) -> None:
    if warnings:
        _head(out, "warnings", "")
    for each in warnings:
        where = f"{each['path']}:{each['line']}:{each['column']}"
        _print_line(out, f"{where}: {each['level']}: {each['code']} {plain(each['message'])}", style="yellow")


# ---------------------------------------------------------------- backfill


def print_backfill(row: Row) -> None:
    """Print the result of a backfill."""
    out = console()
    if row["hits"]:
        text = f"{count(row['hits'], 'hit')} of {row['rule_id']} stored, marked as back-filled"
        _print_line(out, f"{text}; no alert is made of them.")
    else:
        _print_line(out, f"Nothing new: all that {row['rule_id']} finds in the archive is stored already.")


# ---------------------------------------------------------------- pieces


def marked(passage: Row, *, colours: bool) -> Text:
    """Return a piece of text with its terms marked."""
    from rich.text import Text

    text, at = Text(), 0
    for start, end in passage["marks"]:
        text.append(_shown(passage["text"][at:start]))
        term = _shown(passage["text"][start:end])
        text.append(term if colours else f"[{term}]", style="bold yellow")
        at = end
    return text.append(_shown(passage["text"][at:]))


def _shown(piece: str) -> str:
    """Keep the spaces at a piece's edges, which `plain` takes away."""
    inner = plain(piece)
    before, after = piece[:1].isspace(), piece[-1:].isspace() and bool(inner)
    return f"{' ' * before}{inner}{' ' * after}"


def _print_passages(out: Console, found: Sequence[Row], indent: str) -> None:
    from rich.text import Text

    coloured = out.color_system is not None and not out.no_color
    for passage in found:
        zone = Text(f"{indent}{passage['zone']}: ", style="dim")
        out.print(zone + marked(passage, colours=coloured), soft_wrap=True)


def _line(out: Console, name: str, value: str, style: str = "") -> None:
    from rich.text import Text

    out.print(Text(f"{name:10}", style="dim") + Text(value, style=style), soft_wrap=True)


def _head(out: Console, name: str, text: str) -> None:
    from rich.text import Text

    out.print()
    out.print(Text(name, style="bold") + Text(f"  {text}".rstrip()), soft_wrap=True)


def _bar(out: Console, start: str, bar: str, number: str, text: str) -> None:
    from rich.text import Text

    out.print(
        Text(f"{start} ") + Text(bar, style="green") + Text(f" {number}") + Text(text, style="dim"), soft_wrap=True
    )


def _print_line(out: Console, text: str, style: str = "") -> None:
    from rich.text import Text

    out.print(Text(text, style=style), soft_wrap=True)
