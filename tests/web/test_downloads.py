"""The Excel file of the hits: what is in it, and that it is complete or says that it is not."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook
from sample_polls import NOW, a_find, a_poll, an_article
from web_clients import TOKEN, load_config, running_server

from monitor.web.pages import downloads


def read_sheets(response):
    """Return the rows of both sheets, and the first sheet with its formats and links."""
    assert response.status_code == 200, response.text
    book = load_workbook(BytesIO(response.content))
    hits, about = book.worksheets
    headings, *rows = hits.iter_rows(values_only=True)
    lines = [dict(zip(headings, row, strict=True)) for row in rows]
    return lines, dict(about.iter_rows(max_col=2, values_only=True)), hits


def filters_of(response):
    rows = load_workbook(BytesIO(response.content)).worksheets[1].iter_rows(max_col=2, values_only=True)
    return [value for name, value in rows if name == "Filter"]


def test_the_excel_file_has_a_line_for_each_article_with_its_rules_and_its_sentence(client):
    response = client.get("/hits.xlsx")
    assert response.headers["content-disposition"] == 'attachment; filename="hits-2026-11-24-1000.xlsx"'
    (row,), about, _ = read_sheets(response)
    assert str(row["Found (Europe/Brussels)"]) == "2026-11-24 08:00:00"
    assert (row["Source"], row["Topics"]) == ("The Gazette", "Oversight of firms")
    assert set(row["Rules"].split("; ")) == {"Inquiries by regulators", "Fines"}
    assert "inquiry" in row["Sentence that matched"]
    assert row["Priority"] == "normal"
    assert row["Link"] == "https://gazette.example/one"
    assert (about["Articles"], about["Hits"], about["Complete"]) == (1, 2, "yes: all hits that match the filters")


def test_the_excel_file_takes_the_filters_of_the_page_and_names_them(client):
    rows, about, _ = read_sheets(client.get("/hits.xlsx?rule=fines&since=30d"))
    assert [row["Rules"] for row in rows] == ["Fines"]
    assert about["Hits"] == 1
    assert filters_of(client.get("/hits.xlsx?rule=fines&since=30d&backfilled=0")) == [
        "Found in the last: 30 days", "Rule: Fines", "Found: new",
    ]  # fmt: skip
    assert filters_of(client.get("/hits.xlsx?since=2026-11-20&words=fine")) == [
        "Found since: 2026-11-20",
        "Words: fine",
    ]
    assert client.get("/hits.xlsx?rule=fines&limit=2").status_code == 400
    assert 'href="/hits.xlsx?since=7d&amp;rule=fines"' in client.get("/hits?rule=fines&limit=2").text


def test_headlines_and_sentences_wrap_and_the_headings_are_on_each_printed_page(client):
    _, _, sheet = read_sheets(client.get("/hits.xlsx"))
    wrapped = {sheet.cell(1, cell.column).value for cell in sheet[2] if cell.alignment.wrap_text}
    assert {"Headline", "Rules", "Sentence that matched"} <= wrapped
    assert "Link" not in wrapped
    assert (sheet.print_title_rows, sheet.page_setup.orientation) == ("$1:$1", "landscape")


@pytest.mark.parametrize(
    "title", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "{=1}", "https://a.example", "\x1b]0;x\x07 \u202eevil"]
)
def test_no_cell_is_a_formula_or_has_control_characters(store, tmp_path, title):
    store.record(a_poll(a_find("one", "inquiries", article=an_article("one", title=title))))
    with running_server(load_config(tmp_path / "config", store._address)) as client:
        _, _, sheet = read_sheets(client.get("/hits.xlsx"))
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert all(cell.value.isprintable() for cell in cells if isinstance(cell.value, str))
    assert [cell.hyperlink.target for cell in cells if cell.hyperlink] == ["https://gazette.example/one"]


def test_an_address_that_is_no_web_address_is_not_listed(store, tmp_path):
    store.record(a_poll(a_find("one", "inquiries", article=an_article("one", url="javascript:alert(1)"))))
    with running_server(load_config(tmp_path / "config", store._address)) as client:
        (row,), _, sheet = read_sheets(client.get("/hits.xlsx"))
    assert not row["Link"]
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize(("marks", "links"), [(600, 1), (1_100, 0)])
def test_an_address_that_excel_stores_too_long_is_written_as_text(store, tmp_path, marks, links):
    url = f"https://gazette.example/{'[' * marks}"  # each stored as %5b; Excel calls a file with a longer link damaged
    store.record(a_poll(a_find("one", "inquiries", article=an_article("one", url=url))))
    with running_server(load_config(tmp_path / "config", store._address)) as client:
        (row,), _, sheet = read_sheets(client.get("/hits.xlsx"))
    assert row["Link"] == url
    assert sum(bool(cell.hyperlink) for cells in sheet.iter_rows() for cell in cells) == links


def test_a_file_that_does_not_hold_all_hits_says_so_and_how_to_get_the_others(store_with_hits, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "MAX_HITS", 1)
    monkeypatch.setattr(downloads, "_PAGE_HITS", 1)
    with running_server(load_config(tmp_path / "config", store_with_hits._address)) as client:
        _, about, _ = read_sheets(client.get("/hits.xlsx"))
    assert about["Complete"].startswith("no: older hits exist.")
    assert about["Hits from"].replace(microsecond=0) == NOW.replace(tzinfo=None, hour=8)


def test_all_pages_of_hits_are_in_the_file(store, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "_PAGE_HITS", 3)
    store.record(a_poll(*(a_find(str(number), "inquiries", "fines") for number in range(5))))
    with running_server(load_config(tmp_path / "config", store._address)) as client:
        rows, about, _ = read_sheets(client.get("/hits.xlsx"))
    assert len(rows) == about["Articles"] == 5
    assert all(len(row["Rules"].split("; ")) == 2 for row in rows)


def test_one_file_is_made_at_a_time_and_another_is_to_be_asked_for_again(client):
    with downloads.BEING_MADE:
        busy = client.get("/hits.xlsx")
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "5")
    assert "Another Excel file is being made." in busy.text
    assert "database" not in busy.text.lower()
    assert [client.get("/hits.xlsx").status_code for _ in range(2)] == [200, 200]


def test_after_a_filter_that_is_refused_the_next_file_is_made(client):
    assert client.get("/hits.xlsx?since=never").status_code == 400
    assert client.get("/hits.xlsx").status_code == 200


def test_the_excel_file_needs_the_token_and_no_feed_key_opens_it(anonymous):
    assert anonymous.get("/hits.xlsx").status_code == 401
    page = anonymous.get("/hits", headers={"authorization": f"Bearer {TOKEN}"}).text
    key = page.split("/hits.atom?", 1)[1].split("token=", 1)[1].split('"', 1)[0]
    assert anonymous.get("/hits.xlsx", params={"token": key}).status_code in (400, 401)
