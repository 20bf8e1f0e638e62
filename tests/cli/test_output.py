"""What listings print, and what they remove for terminals and spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli import listings, output
from monitor.cli.listings import Column
from monitor.core.model import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.text import Text

ROWS = [
    {"id": 1, "title": "Rules for AI", "at": datetime(2026, 5, 1, 8, tzinfo=UTC), "tier": Tier.PRESS, "n": None},
    {"id": 2, "title": "人工智能法", "at": None, "tier": Tier.OFFICIAL, "n": {"a": [1, 2]}},
]
COLUMNS = (
    Column(title="id", cell="id", right=True, no_wrap=True),
    Column(title="title", cell="title"),
)


@contextmanager
def _format(chosen: str | None) -> Iterator[None]:
    """Act within a command that was called with this `--format`."""
    command = listings.format_option(click.Command("command"))
    options = [] if chosen is None else ["--format", chosen]
    with command.make_context("command", options):
        yield


def _show(chosen: str | None, rows: Sequence[Mapping[str, object]], columns: Sequence[Column], empty: str = "") -> None:
    with _format(chosen):
        listings.show(rows, columns, empty=empty)


ODD = "\x1b[31mred\x1b[0m \x9b2J \u202etxt.exe \u2028 \x00 \r"


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json_holds_every_row_and_keeps_scripts_readable(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    _show(form, ROWS, COLUMNS)
    text = capsys.readouterr().out
    assert "人工智能法" in text
    rows = json.loads(text) if form == "json" else [json.loads(line) for line in text.splitlines()]
    assert [row["id"] for row in rows] == [1, 2]
    assert rows[0]["at"] == "2026-05-01T08:00:00+00:00"
    assert rows[1]["tier"] == "official"


def test_json_of_nothing_is_an_empty_array(capsys: pytest.CaptureFixture[str]) -> None:
    _show("json", [], COLUMNS)
    assert json.loads(capsys.readouterr().out) == []


def test_an_array_has_one_row_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    _show("json", ROWS, COLUMNS)
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_csv_has_a_header_and_one_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    _show("csv", ROWS, COLUMNS)
    read = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["title"] for row in read] == ["Rules for AI", "人工智能法"]
    assert read[0]["n"] == ""
    assert json.loads(read[1]["n"]) == {"a": [1, 2]}


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\x00=cmd"])
def test_no_cell_of_a_spreadsheet_starts_a_formula(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    _show("csv", [{"title": title}], COLUMNS)
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["title"].startswith("'")


def test_a_negative_number_stays_a_number_in_csv(capsys: pytest.CaptureFixture[str]) -> None:
    _show("csv", [{"score": -1.5}], COLUMNS)
    assert capsys.readouterr().out == "score\n-1.5\n"


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_nothing_that_a_terminal_obeys_is_printed(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    _show(form, [{"id": 1, "title": ODD}], COLUMNS)
    result = capsys.readouterr()
    assert not {"\x1b", "\x9b", "\u202e", "\u2028", "\x00", "\r"} & set(result.out + result.err)


@given(st.text())
def test_json_reads_back_as_what_went_in(text: str) -> None:
    assert json.loads(output.dumps({"text": text})) == {"text": text}


@given(st.text())
def test_plain_text_is_one_line_that_a_terminal_can_show(text: str) -> None:
    assert len(output.plain(text).splitlines()) <= 1


def test_mark_up_in_a_headline_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    _show("table", [{"id": 1, "title": "[bold]no[/bold] [link=x]"}], COLUMNS)
    assert "[bold]no[/bold] [link=x]" in capsys.readouterr().out


def test_an_empty_table_says_so_beside_the_results(capsys: pytest.CaptureFixture[str]) -> None:
    _show("table", [], COLUMNS, empty="No hits.")
    result = capsys.readouterr()
    assert (result.out, result.err) == ("", "No hits.\n")


def test_off_a_terminal_json_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    _show(None, ROWS, COLUMNS)
    assert len(json.loads(capsys.readouterr().out)) == 2


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_one_result_is_printed_in_every_format(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    with _format(form):
        listings.show_one({"polled": 3}, lambda row: print(f"{row['polled']} polled"))
    result = capsys.readouterr().out
    assert "3" in result
    assert "polled" in result


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "-"),
        (45, "45s"),
        (90, "1.5m"),
        (1800, "30m"),
        (21_600, "6h"),
        (604_800, "7d"),
        (999.6 * 86_400, "1,000d"),
        (3650 * 86_400, "3,650d"),
    ],
)
def test_lengths_of_time_read_as_in_the_configuration(seconds: float | None, shown: str) -> None:
    assert output.format_seconds(seconds) == shown


def test_values_of_every_kind_become_json() -> None:
    result = json.loads(output.dumps({"span": timedelta(minutes=1), "set": {1}, "other": ValueError("x")}))
    assert result == {"span": 60.0, "set": [1], "other": "x"}


def test_a_cell_may_bring_its_own_style(capsys: pytest.CaptureFixture[str]) -> None:
    def cell(_row: object) -> Text:
        from rich.text import Text

        return Text("styled", style="red")

    _show("table", [{"id": 1}], [Column(title="x", cell=cell)])
    assert "styled" in capsys.readouterr().out


def test_times_are_shown_to_the_minute(capsys: pytest.CaptureFixture[str]) -> None:
    _show("table", ROWS, [Column(title="at", cell="at"), Column(title="tier", cell="tier")])
    first, second = capsys.readouterr().out.split("\n")[-4:-2]
    local = datetime(2026, 5, 1, 8, tzinfo=UTC).astimezone()
    assert (first.split(), second.split()) == ([f"{local:%Y-%m-%d}", f"{local:%H:%M}", "press"], ["-", "official"])
