"""On a terminal: tables by default, progress that is erased, and no control sequences of publishers."""

from __future__ import annotations

import os
import pty
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from program import Program
from sample_service import GOOD, Service

from monitor.cli.hits import headline

if TYPE_CHECKING:
    from pathlib import Path

_OWN = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\]8;[^\x1b]*\x1b\\|\r")
"""What rich itself writes: colours, cursor, links."""


def on_a_terminal(service: Service, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run a command with a terminal for all of its streams, and return its exit code and what was shown."""
    ours, theirs = pty.openpty()
    command = ["--config", str(service.config), *arguments]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40", **variables}
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with Program(command, folder=service.folder, environment=environment, **streams) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65_536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    return process.returncode, shown.decode()


def test_a_listing_is_a_table_with_links(service: Service) -> None:
    code, shown = on_a_terminal(service, "hits")
    assert code == 0
    assert "headline" in shown
    assert "\x1b]8;" in shown  # a headline opens its article
    assert not shown.lstrip().startswith("[")


def test_terms_are_coloured_and_in_brackets_where_colours_are_not_wanted(service: Service) -> None:
    brackets = re.compile(r"^(title|lead): .*\[\w", re.MULTILINE)
    for wanted, found in (("", False), ("1", True)):
        code, shown = on_a_terminal(service, "rules", "why", "1", NO_COLOR=wanted)
        assert code == 0
        assert bool(brackets.search(_OWN.sub("", shown))) is found


def test_a_match_shows_each_sentence_once_as_it_is_written(service: Service, tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text('News\nIreland names its "EU AI Act" authority; the EU AI Act applies.\n')
    code, shown = on_a_terminal(service, "match", str(tmp_path / "article.txt"), NO_COLOR="1")
    assert code == 0
    assert _OWN.sub("", shown).count('lead: Ireland names its "[EU AI Act]" authority; the [EU AI Act] applies.') == 1


def test_progress_is_shown_and_taken_away(service: Service) -> None:
    code, shown = on_a_terminal(service, "poll", GOOD[0])
    assert code == 0
    assert "polling" in shown
    assert "1 feed polled" in shown.splitlines()[-2]


def test_a_hostile_headline_moves_no_cursor(service: Service) -> None:
    with closing(sqlite3.connect(service.folder / "monitor.db")) as connection, connection:
        # Stored without the cleaning at ingest: the output has to be safe by itself.
        connection.execute("UPDATE articles SET title = char(27) || '[2J' || char(155) || '1A' || title || char(8238)")
    for command in ("hits", "stories"):
        code, shown = on_a_terminal(service, command)
        assert code == 0
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", _OWN.sub("", shown.replace("\x1b[2J", "!\0")))


def test_a_headline_that_mixes_alphabets_is_followed_by_the_domain_that_its_link_leads_to() -> None:
    row = {"title": "\u0410pple settles", "url": "https://www.gazette.example.co.uk/a"}
    assert headline(row).plain == "\u0410pple settles [example.co.uk]"
