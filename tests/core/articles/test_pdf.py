from datetime import UTC, datetime
from textwrap import wrap

import pytest
from page_samples import BODY, pdf_of_streams
from page_samples import pdf as make_pdf

from monitor.core.articles import pdf
from monitor.core.articles.pdf_layout import reorder_columns


def test_lines_are_joined_into_paragraphs_and_hyphens_undone():
    title, text, _ = pdf.extract_text(make_pdf("The regis-\nter opens in\nMarch.\nHearings follow.", title="Minutes"))
    assert title == "Minutes"
    assert text == "The register opens in March.\n\nHearings follow."


def test_a_pdf_without_a_title_has_none():
    assert pdf.extract_text(make_pdf("Words."))[0] == ""


def test_only_so_many_pages_and_characters_are_read():
    assert pdf.extract_text(make_pdf("Words."), max_pages=0)[1] == ""
    assert pdf.extract_text(make_pdf("Words."), max_chars=1)[1] == "Words."


@pytest.mark.parametrize(
    "broken", [b"%PDF-1.4", b"%PDF-1.4\nnothing\n%%EOF", make_pdf("x")[:200], b"%PDF-" + b"\0" * 500]
)
def test_a_broken_file_is_refused_with_a_reason(broken):
    with pytest.raises(ValueError, match=r"\w+: "):
        pdf.extract_text(broken)


HEADLINE = "A headline that stands above both columns and is as wide as the whole page of this bulletin"


def at(x: float, y: float, text: str) -> str:
    escaped = text.replace("(", "\\(").replace(")", "\\)")
    return f"BT /F1 9 Tf 1 0 0 1 {x} {y} Tm ({escaped}) Tj ET "


def columns_of(harbour: str) -> tuple[str, str]:
    left, right = " ".join(BODY[:2]).replace("'", ""), " ".join(BODY[3:])
    return f"{harbour} begins. {left.replace('the', harbour)}", right.replace("the", harbour)


def page_of_columns(number: int, harbour: str, *, across: bool) -> str:
    placed = [
        (row, column, at(50 + 260 * column, 700 - 12 * row, line))
        for column, text in enumerate(columns_of(harbour))
        for row, line in enumerate(wrap(text, 44))
    ]
    ordered = sorted(placed) if across else placed
    running = at(50, 760, "Bulletin of the Harbour States") + at(300, 30, f"- {number} -")
    headline = at(50, 730, f"{HEADLINE} {harbour}")
    return running + headline + "".join(text for *_, text in ordered)


@pytest.mark.parametrize("across", [True, False])
def test_columns_are_read_one_after_the_other_without_running_titles_however_the_file_orders_them(across):
    harbours = ["Varga", "Pier", "Tidewater"]
    streams = [page_of_columns(number, harbour, across=across) for number, harbour in enumerate(harbours, 9)]
    text = " ".join(pdf.extract_text(pdf_of_streams(streams)).text.split())
    assert text == " ".join(f"{HEADLINE} {harbour} {' '.join(columns_of(harbour))}" for harbour in harbours)


def test_a_gap_that_is_no_wider_than_those_between_other_words_separates_no_columns():
    lines = [[f"office-{row}-{cell}" for cell in range(10, 15)] for row in range(10, 30)]
    text = "\n".join(" ".join(line) for line in lines)
    assert reorder_columns(text, "\n".join("    ".join(line) for line in lines)) == text
    two = "\n".join("    ".join(line[:2]) + " " * 12 + "    ".join(line[2:]) for line in lines)
    assert reorder_columns(text, two).split() == [
        *(cell for line in lines for cell in line[:2]),
        *(cell for line in lines for cell in line[2:]),
    ]


def test_rows_of_a_table_stay_rows():
    rows = [(f"District {number}", f"{number} offices", "since March") for number in range(30)]
    stream = "".join(
        at(50 + 180 * column, 740 - 20 * row, cell)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
    )
    text = " ".join(pdf.extract_text(pdf_of_streams([stream])).text.split())
    assert text == " ".join(" ".join(row) for row in rows)


def test_a_sentence_goes_on_over_the_end_of_a_page():
    streams = [at(50, 700, "The register of decisions is"), at(50, 700, "open to the public.")]
    assert pdf.extract_text(pdf_of_streams(streams)).text == "The register of decisions is open to the public."


def test_the_date_of_a_pdf_is_when_it_was_made():
    made = pdf_of_streams([at(50, 700, "Words.")], "/CreationDate (D:20260603080000+10'00')")
    assert pdf.extract_text(made).created_at == datetime(2026, 6, 2, 22, tzinfo=UTC)
    for wrong in ("", "/CreationDate (yesterday)"):
        assert pdf.extract_text(pdf_of_streams([at(50, 700, "Words.")], wrong)).created_at is None
