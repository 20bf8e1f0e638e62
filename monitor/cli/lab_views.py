"""The answers to `rules why` and `rules why-not` as text for terminals."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.cli.lab_lines import print_fact, print_line, print_passages
from monitor.cli.listings import Row
from monitor.cli.output import console, local_time, plain, publication_time
from monitor.core.articles.removal import removal_note
from monitor.core.counts import count
from monitor.core.text import MAX_TEXT_CHARS

_STATES = {"same": "as it was", "changed": "changed since", "gone": "no longer there"}


def print_explanation(row: Row) -> None:
    """Print why a hit was made."""
    out = console()
    print_fact(out, f"hit {row['id']}", f"{row['rule_id']}  {row['rule_title']}".rstrip(), style="bold cyan")
    print_fact(out, "article", plain(row["title"]) or "(no title)", style="bold")
    for name, text in _facts(row):
        print_fact(out, name, text)
    out.print()
    print_passages(out, row["passages"], "")


def _facts(row: Row) -> Iterator[tuple[str, str]]:
    if row["url"]:
        yield "", plain(row["url"])
    times = f"published {publication_time(row['published_at'])}, found {local_time(row['found_at'])}"
    yield "from", f"{row['feed_id']}, {times}"
    if marks := [name for name in ("partial", "updated", "backfilled") if row[name]]:
        yield "marks", ", ".join(f"{name} ({_MARKS[name]})" for name in marks)
    yield "matched", f"by {row['branch'] or 'its term'}; {row['prominence']}, score {row['score']:g}"
    yield "rule", _rule_now(row)
    yield "text", f"{row['text_hash'][:12]}, {_STATES[row['text_state']]}"
    if note := removal_note(row["text_removed_after_days"]):
        yield "", note
    if row["story"]:
        more = len(row["story"]["articles"]) - 1
        yield "story", f"{row['story']['id']}" + (f", with {count(more, 'more article')}" if more else "")


_MARKS = {
    "partial": "perhaps only part of the article was read",
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


def print_why_not(row: Row) -> None:
    """Print why a rule does not match an article."""
    out = console()
    print_fact(out, "article", plain(row["title"]) or "(no title)", style="bold")
    if row["article_id"] is not None:
        print_fact(out, "", f"{row['article_id']}, from {row['feed_id']}, stored {local_time(row['stored_at'])}")
        if row["partial"]:
            print_fact(out, "", f"partial: {plain(row['partial_reason'])}")
        if note := removal_note(row["text_removed_after_days"]):
            print_fact(out, "", f"{note} Only the title is matched here.")
    if row["truncated"]:
        print_fact(out, "", f"cut after {MAX_TEXT_CHARS:,} characters; what the text says after that is not matched")
    print_fact(out, "rule", row["rule_id"], style="bold cyan")
    out.print()
    for text in _outcome_lines(row):
        print_line(out, text)
    for cause in row["causes"]:
        print_line(out, f"  {plain(cause['message'])}")
    print_passages(out, row["passages"], "  ")


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
