"""What the demo prints: what was polled, the hits with the words that made them, the digest, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from monitor.core.model import Changed, Failed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console, RenderableType

    from monitor.core.model import Evidence, Hit, Poll
    from monitor.demo.news import Outlet

_BEHAVIOURS = {
    "": "",
    "moved": "its feed moved for good (301)",
    "slow": "answers slowly",
    "malformed": "its XML is broken and breaks off",
    "missing": "its feed is gone (404)",
    "wall": "its feed became a sign-in page",
}
_WIDTH = 118


@dataclass(frozen=True, slots=True)
class Stage:
    """The terminal, as the demo uses it."""

    console: Console

    def welcome(self, outlets: Sequence[Outlet]) -> None:
        """Say what is going to happen."""
        articles = sum(len(outlet.pieces) for outlet in outlets)
        words = Text.from_markup(
            f"[bold]policy-monitor[/bold] watches feeds for policy that matters to you, says why, and sends it once.\n"
            f"This demo starts a newsroom of [bold]{len(outlets)} invented outlets[/bold] with {articles} articles on "
            "this machine, and runs\nthe real pipeline over it, with the rules that ship. Nothing leaves this machine."
        )
        self._print(Panel(words, box=box.ROUNDED, border_style="cyan", padding=(0, 1)))

    def polled(self, outlets: Sequence[Outlet], polls: Sequence[Poll], seconds: float) -> None:
        """Show what each outlet's feed gave."""
        self._heading("1  Poll", f"every feed once, pages and all, in {seconds:.1f} s")
        by_feed = {poll.feed_id: poll for poll in polls}
        table = _table("outlet", "feed", "lang", "articles", "what happened")
        for outlet in outlets:
            poll = by_feed.get(outlet.id)  # type: ignore[call-overload]  # FeedId is a str
            kind = "" if outlet.behaviour in {"missing", "wall"} else outlet.format
            table.add_row(Text(outlet.title), kind, outlet.language, *_outcome(outlet, poll))
        self._print(table)

    def found(self, hits: Sequence[Hit], articles: int) -> None:
        """Show the hits by topic, each with a sentence that made it."""
        told = len({hit.article_id for hit in hits})
        self._heading(
            "2  Match", f"{len(hits)} hits in {told} of {articles} articles; the words that made them in colour"
        )
        table = _table("topic", "headline, and why", "feed")
        topic = ""
        for hit in sorted(hits, key=lambda hit: (hit.topic, hit.prominence != "major", -hit.score)):
            shown = "" if hit.topic == topic else hit.topic
            topic = hit.topic
            table.add_row(Text(shown, style="cyan"), _why(hit), Text(str(hit.feed_id), style="green"))
        self._print(table)

    def nothing_new(self, unchanged: int, polled: int, new: int) -> None:
        """Show that a second look stored nothing twice."""
        words = f"{unchanged} of {polled} feeds answered 304 Not Modified; {new or 'no'} new entries"
        self._heading("3  Poll again", words)

    def digest(self, text: str, subject: str) -> None:
        """Show the digest as its readers get it in plain text."""
        self._heading("4  Digest", "composed by story, best source first, with proof of what was covered")
        self._print(Panel(Text(text.strip()), title=Text(subject), box=box.ROUNDED, border_style="dim", padding=(1, 2)))

    def told_once(self, *, again: bool) -> None:
        """Show that the same digest does not go out twice."""
        words = "it went out again" if again else "there is nothing new to tell, and nothing goes out"
        self._heading("5  Digest again", f"asked a second time: {words}")

    def farewell(self, html: Path | None, config: Path, *, kept: bool) -> None:
        """Say where everything is, and what to do now."""
        self._heading("What now", "")
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        if html:
            grid.add_row("the digest as mail", Text(str(html), style=f"bold link file://{html}"))
        name = _short(config)
        for command, meaning in (
            ("hits --format json", "hits with their evidence, for programs"),
            ("stories", "which outlets told the same news"),
            ("search loophole", "full text of the archive"),
            ("feeds health", "how each feed stands, and why"),
            ("rules list", "the rules that ship: edit them in config/rules"),
            ("doctor", "what a support person would ask first"),
        ):
            grid.add_row(meaning, Text(f"monitor --config {name} {command}", style="bold"))
        grid.add_row(
            "for real", Text("edit config/feeds.yaml and config/channels.yaml, then: monitor run", style="bold")
        )
        self._print(Padding(grid, (0, 0, 0, 2)))
        if not kept:
            self._print(Text("  `monitor demo --keep` puts all of it into ./data/demo.", style="dim"))

    def _heading(self, title: str, remark: str) -> None:
        text = Text.assemble((title, "bold cyan"), (f"  {remark}" if remark else "", ""))
        self.console.print()
        self._print(Rule(text, align="left", style="cyan"))

    def _print(self, renderable: RenderableType) -> None:
        self.console.print(renderable, width=min(_WIDTH, self.console.width))


def _outcome(outlet: Outlet, poll: Poll | None) -> tuple[Text, Text]:
    remark = _BEHAVIOURS[outlet.behaviour]
    match poll.outcome if poll else None:
        case Changed() as changed:
            count = len(poll.found) if poll else 0
            partial = sum(item.article.partial for item in poll.found) if poll else 0
            odd = remark or (f"{partial} without its page" if partial else "")
            mark = "!" if changed.malformed or odd else "✓"
            return Text(str(count), justify="right"), Text.assemble((f"{mark} ", "yellow" if odd else "green"), odd)
        case Failed() as failed:
            return Text("-", justify="right"), Text(f"✗ {failed.reason}", style="red")
        case _:
            return Text("0", justify="right"), Text("✓ unchanged", style="green")


def _why(hit: Hit) -> Text:
    mark = " (partial)" if hit.partial else ""
    text = Text.assemble((hit.title, "bold"), (mark, "magenta"))
    shown = sentence(hit.evidence)
    return text if shown.plain == hit.title else Text.assemble(text, "\n", shown)


def sentence(evidence: Sequence[Evidence]) -> Text:
    """Return the sentence that holds most of the evidence, its terms in colour."""
    if not evidence:
        return Text()
    shown = max(evidence, key=lambda item: sum(other.sentence == item.sentence for other in evidence))
    text = Text(shown.sentence, style="dim")
    for item in evidence:
        if item.sentence == shown.sentence and item.sentence_start == shown.sentence_start and item.zone == shown.zone:
            text.stylize("not dim bold yellow", item.start - item.sentence_start, item.end - item.sentence_start)
    return text


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", expand=True)
    for title in titles:
        table.add_column(
            title, no_wrap=title in {"feed", "lang", "topic"}, justify="right" if title == "articles" else "left"
        )
    return table


def _short(path: Path) -> str:
    from pathlib import Path as Here

    try:
        return str(path.relative_to(Here.cwd()))
    except ValueError:
        return str(path)
