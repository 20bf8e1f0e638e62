"""`monitor match`: rules against texts, without a database.

One text gives one answer. With `--jsonl` each input line gives one output line, in order and flushed at once; a bad
line is reported on stderr with its number. The language is detected, as the daemon does, only if some rule depends on
it and the input does not state it.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import row_keys
from monitor.cli.json_lines import MAX_LINE_BYTES, JsonLines, open_source
from monitor.cli.listings import chosen_format, format_option, refuse_other_formats, show, show_one
from monitor.cli.output import console, dumps, exit_with_problem_if, note
from monitor.cli.rule_files import folder_option, rule_book
from monitor.cli.session import Session, pass_session
from monitor.core import json_objects
from monitor.core.counts import count
from monitor.core.errors import UsageError
from monitor.core.model import Article, Match, Source
from monitor.core.text import MAX_TEXT_CHARS

if TYPE_CHECKING:
    from monitor.core.matching.matcher import Matcher
    from monitor.core.matching.rulebook import RuleBook

_MARKUP = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


@click.command(name="match")
@click.argument("source", metavar="[FILE|-]", default="-")
@click.option("--jsonl", is_flag=True, help="Read one text from each line, and print one line for each.")
@format_option
@folder_option
@pass_session
def match_(session: Session, *, source: str, jsonl: bool, folder: Path | None) -> None:
    """Show which rules match a text, and why.

    The text is a FILE or comes on stdin; its first line is taken for the title. Draft and retired rules are not run.
    Exit code 1 if there is no text. In CSV each hit is a line. "truncated" is true for a text of which only the first
    200,000 characters were matched, as by the daemon.

    With --jsonl, reads lines {"id", "title", "text", "lang"?, "url"?, "source"?} and prints a line {"id", "hits":
    [{"rule_id", "topic", "status", "priority", "prominence", "score", "branch", "evidence": [{"term", "as_written",
    "zone", "start", "end", "sentence", "list"}]}], "truncated"?} for each, in the same order. Exit code 1 if a line
    cannot be read.
    """
    from monitor.core.matching.matcher import Matcher
    from monitor.runtime.garbage_collection import collection_paused

    if jsonl:
        refuse_other_formats()
    book = rule_book(session, folder)
    with collection_paused():
        matcher = Matcher(book.rules)
    if not matcher.rules:
        note(_no_active_rules(book))
    exit_with_problem_if(not (_answer_lines(JsonLines(source), matcher) if jsonl else _answer_text(source, matcher)))


def _no_active_rules(book: RuleBook) -> str:
    counts = Counter(rule.status for rule in book.rules)
    idle = ", ".join(f"{rule_count} {status}" for status, rule_count in sorted(counts.items()))
    return f"no rule is run: {idle}; give one `status: test` or `live`" if idle else "no rule is run: there is none"


def _answer_lines(lines: JsonLines, matcher: Matcher) -> bool:
    truncated = 0
    for answer in lines.parse_lines(lambda data: _answer(data, matcher)):
        # A lone surrogate cannot be written as UTF-8; as \udXXX it is the JSON escape that it came from.
        sys.stdout.buffer.write(dumps(answer).encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.buffer.flush()
        truncated += "truncated" in answer
    if truncated:
        note(truncation_note(count(truncated, "text")))
    return not lines.bad


def _answer(data: Any, matcher: Matcher) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    from monitor.core.rules.rule_tests import parse_article

    if isinstance(data, dict) and _is_empty_text(data):
        return {"id": data.get("id"), "hits": []}
    article, source = parse_article(data)
    hits = [json_objects.match(each) for each in match_article(matcher, article, source)]
    return {"id": data.get("id"), "hits": hits, **_truncation(article.text)}


def _truncation(text: str) -> dict[str, bool]:
    return {"truncated": True} if is_truncated(text) else {}


def is_truncated(text: str) -> bool:
    """Return True for a text of which the matcher reads the beginning only."""
    return len(text) > MAX_TEXT_CHARS


def truncation_note(texts: str) -> str:
    """Say of what texts only the beginning was matched."""
    return f"{texts}: only the first {MAX_TEXT_CHARS:,} characters were matched"


def _is_empty_text(data: dict[str, Any]) -> bool:
    """Return True for a text that is present and empty; a line without any text is an error instead."""
    texts = [data[key] for key in ("title", "text", "body") if key in data]
    return bool(texts) and all(text in (None, "") for text in texts)


def match_article(matcher: Matcher, article: Article, source: Source) -> tuple[Match, ...]:
    """Match one article without the notices of feed software, with its language detected if a rule depends on it."""
    from monitor.core.lab.given_articles import analyse

    return matcher.match(analyse(article, needs_language=matcher.needs_language), source)


def _answer_text(source: str, matcher: Matcher) -> bool:
    """Print the matches of one text; False, with a note, if there is no text."""
    from monitor.core.text import encodings

    with open_source(source) as stream:
        data = stream.read(MAX_LINE_BYTES)
    name = "stdin" if source == "-" else source
    try:
        text = encodings.decode_file(data).strip()
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None
    title, _, body = text.partition("\n")
    article = Article(title=title.strip(), text=body.strip())
    matches = match_article(matcher, article, Source())
    hits = [json_objects.match(each) for each in matches]
    if chosen_format() == "csv":
        show([{"id": source, **hit} for hit in hits], (), keys=row_keys.MATCHES)
    else:
        show_one({"id": source, "hits": hits, **_truncation(article.text)}, lambda _: _print_matches(matches))
    if is_truncated(article.text):
        note(truncation_note(name))
    if not text:
        note(f"{name}: holds no text, so that no rule can match")
    elif _MARKUP.match(text):
        note(f"{name}: is HTML, whose tags were matched, too; try: monitor extract {source} | monitor match")
    return bool(text)


def _print_matches(matches: tuple[Match, ...]) -> None:
    from monitor.cli.lab_lines import print_passages
    from monitor.core.matching.passages import marked_sentences

    if not matches:
        note("No rule matches.")
    out = console()
    for each in matches:
        click.secho(f"{each.rule_id}  ", bold=True, nl=False)
        click.echo(f"{each.topic}, {each.status}, {each.prominence} ({each.score:g})  {each.branch}")
        sentences = [
            json_objects.fields_of(sentence, without=("evidence",)) for sentence in marked_sentences(each.evidence)
        ]
        print_passages(out, sentences, "  ")


COMMANDS = (match_,)
