"""Prints the results of the demo: the polls, the hits with the matched terms, the digest, and what to do next."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich import box
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from monitor.core.counts import count
from monitor.core.grouping import group_by
from monitor.core.matching.passages import mark_spans
from monitor.core.model import Changed, Failed, Hit, Poll
from monitor.demo.news import SampleOutlet

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_BEHAVIOURS = {
    "": "",
    "moved": "its feed moved permanently (301)",
    "slow": "responds slowly",
    "malformed": "its XML is malformed and truncated",
    "missing": "its feed is gone (404)",
    "wall": "its feed became a sign-in page",
}
_SOURCES = {
    "page": "no feed: read from its page of news",
    "sitemap": "no feed: read from its news sitemap",
    "json": "no feed: read from its API",
    "imap": "no feed: read from its mailbox",
}
_NEXT_COMMANDS = (
    ("hits", "what was found, and why; --format json|csv for programs"),
    ("stories", "which outlets reported the same news"),
    ("search entity list", "search all stored articles"),
    ("feeds health", "the state of each feed, with reasons"),
    ("rules list", "the rules; edit them in rules/ of that folder"),
    ("digest preview demo-brief --since 2d", "preview the digest; nothing is sent or stored"),
    ("serve", "the web page, http://127.0.0.1:8080/; Ctrl-C ends it"),
    ("doctor", "versions, configuration, database and feeds at a glance"),
)
_WIDTH = 118
_RATIOS = {"story": 5, "reported by": 2}


@dataclass(frozen=True, slots=True)
class DemoOutput:
    """The terminal to which the demo prints."""

    console: Console

    def print_welcome(self, outlets: Sequence[SampleOutlet]) -> None:
        """Print what the demo does."""
        articles = sum(len(outlet.articles) for outlet in outlets)
        words = Text.from_markup(
            f"[bold]policy-monitor[/bold] watches feeds for policy that matters to you, says why, and sends it once.\n"
            f"This demo starts [bold]{len(outlets)} invented outlets[/bold] with {articles} articles on "
            "this machine, and runs\nthe real pipeline over them, with the shipped rules. Nothing leaves this machine."
        )
        self._print(Panel(words, box=box.ROUNDED, border_style="cyan", padding=(0, 1)))

    def print_polls(self, outlets: Sequence[SampleOutlet], polls: Sequence[Poll], seconds: float) -> None:
        """Print the result of the poll of each feed."""
        self._heading("1  Poll", f"every source once, pages and all, in {seconds:.1f} s")
        by_feed = {poll.feed_id: poll for poll in polls}
        table = _table("outlet", "source", "lang", "articles", "what happened")
        for outlet in outlets:
            poll = by_feed.get(outlet.id)  # type: ignore[call-overload]  # FeedId is a str
            kind = "" if outlet.behaviour in {"missing", "wall"} else outlet.format
            table.add_row(Text(outlet.title), kind, outlet.language, *_outcome(outlet, poll))
        self._print(table)

    def print_hits(self, hits: Sequence[Hit], articles: int) -> None:
        """Print the hits, one line per story, with the matched terms."""
        articles_hit = len({hit.article_id for hit in hits})
        stories = _stories(hits)
        words = f"{len(hits)} hits in {articles_hit} of {articles} articles, {len(stories)} stories"
        self._heading("2  Match", f"{words}; the matched terms are marked")
        table = _table("topic", "story", "reported by")
        topic, colour = "", self.console.is_terminal and not self.console.no_color
        for story in stories:
            best = story[0]
            shown, topic = ("" if best.topic == topic else best.topic), best.topic
            outlets = ", ".join(dict.fromkeys(str(hit.feed_id) for hit in story))
            table.add_row(Text(shown, style="cyan"), _why(story, colour=colour), Text(outlets, style="green"))
        self._print(table)

    def print_second_poll(self, unchanged: int, polled: int, new: int) -> None:
        """Print how many entries a second poll found."""
        words = f"{unchanged} of {polled} feeds answered 304 Not Modified; {count(new, 'new entry', 'new entries')}"
        self._heading("3  Poll again", words)

    def print_digest(self, text: str, subject: str) -> None:
        """Print the plain text of the digest, with its marked terms in colour."""
        self._heading("4  Digest", "composed by story, best source first, with its coverage report")
        body = Text(text.strip())
        body.highlight_regex(r"(?<!\w)\*[^*\n]+(\n[^*\n]+)?\*(?!\w)", "bold yellow")
        body.highlight_regex(r"(?m)^[^\n]+(?=\n[=-]{4,}$)", "bold cyan")
        body.highlight_regex(r"https?://\S+", "dim")
        self._print(Panel(body, title=Text(subject), box=box.ROUNDED, border_style="dim", padding=(1, 2)))

    def print_second_digest(self, *, again: bool) -> None:
        """Print whether the digest was sent a second time."""
        words = "it was sent again" if again else "no new hits, so nothing is sent"
        self._heading("5  Digest again", f"requested a second time: {words}")

    def print_next_steps(self, html: Path | None, config: Path, *, kept: bool) -> None:
        """Print where the files are, and what to do next."""
        self._heading("Next steps", "")
        if html:
            self._print(
                Text.assemble("The same digest as mail, for a browser:\n  ", (str(html), f"link file://{html}"))
            )
            self.console.print()
        program = _program()
        self._print(
            Text.assemble("To work with the data of the demo:\n  ", (f"export MONITOR_CONFIG={_short(config)}", "bold"))
        )
        grid = Table.grid(padding=(0, 3))
        for command, meaning in _NEXT_COMMANDS:
            grid.add_row(Text(f"{program} {command}", style="bold"), Text(meaning, style="dim"))
        self._print(Padding(grid, (0, 0, 0, 2)))
        hint = "" if kept else f"`{program} demo --keep` puts all of this into ./data/demo. "
        self.console.print()
        self._print(Text(f"{hint}For real: edit config/feeds.yaml and config/channels.yaml, then `{program} run`."))

    def _heading(self, title: str, remark: str) -> None:
        text = Text.assemble((title, "bold cyan"), (f"  {remark}" if remark else "", ""))
        self.console.print()
        self._print(Rule(text, align="left", style="cyan"))

    def _print(self, renderable: RenderableType) -> None:
        self.console.print(renderable, width=min(_WIDTH, self.console.width))


def _outcome(outlet: SampleOutlet, poll: Poll | None) -> tuple[Text, Text]:
    remark = _BEHAVIOURS[outlet.behaviour]
    match poll.outcome if poll else None:
        case Changed() as changed:
            count = len(poll.found) if poll else 0
            partial = sum(item.article.partial for item in poll.found) if poll else 0
            odd = remark or (f"{partial} without its page" if partial else "")
            mark = "!" if changed.malformed or odd else "✓"
            words = odd or _SOURCES.get(outlet.format, "")
            return Text(str(count), justify="right"), Text.assemble((f"{mark} ", "yellow" if odd else "green"), words)
        case Failed() as failed:
            return Text("-", justify="right"), Text(f"✗ {failed.reason}", style="red")
        case _:
            return Text("0", justify="right"), Text("✓ unchanged", style="green")


def _stories(hits: Sequence[Hit]) -> list[list[Hit]]:
    """Group the hits by story, the best first, and sort the stories by topic."""
    in_order = sorted(hits, key=lambda hit: (hit.prominence != "major", -hit.score, hit.id))
    by_story = group_by(in_order, lambda hit: hit.story_id)
    return sorted(by_story.values(), key=lambda story: (story[0].topic, -story[0].score))


def _why(story: Sequence[Hit], *, colour: bool) -> Text:
    """Return the headline with its terms marked or, if it has none, with the sentence that has most."""
    hit = story[0]
    title = [(item.start, item.end) for item in hit.evidence if item.zone == "title"]
    if title or not hit.evidence:
        return _with_marks(hit.title, title, colour=colour)
    shown = max(hit.evidence, key=lambda item: sum(other.sentence == item.sentence for other in hit.evidence))
    inside = [
        (item.start - item.sentence_start, item.end - item.sentence_start)
        for item in hit.evidence
        if (item.sentence, item.sentence_start) == (shown.sentence, shown.sentence_start)
    ]
    return Text.assemble(hit.title, "\n", _with_marks(shown.sentence, inside, colour=colour, style="dim"))


def _with_marks(text: str, spans: Sequence[tuple[int, int]], *, colour: bool, style: str = "") -> Text:
    """Return the text with these spans in colour, or between asterisks without colour."""
    marked = Text(style=style)
    for piece in mark_spans(text, spans, limit=len(text)):
        asterisks = "*" if piece.marked and not colour else ""
        marked.append(f"{asterisks}{piece.text}{asterisks}", style="not dim bold yellow" if piece.marked else None)
    return marked


def _program() -> str:
    """Return the command that calls the program from this folder."""
    here = Path(sys.executable).with_name("monitor")
    return "monitor" if shutil.which("monitor") or not here.exists() else _short(here)


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", expand=True)
    for title in titles:
        justify: Literal["left", "right"] = "right" if title == "articles" else "left"
        whole, ratio = title in {"source", "lang", "topic"}, _RATIOS.get(title)
        table.add_column(title, no_wrap=whole, overflow="fold", justify=justify, ratio=ratio)
    return table


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
