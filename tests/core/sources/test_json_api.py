"""Answers of JSON APIs."""

import json

import pytest

from monitor.core.model import Failed
from monitor.core.sources.json_columns import rows_of
from monitor.core.sources.json_paths import compile_path
from tests.core.sources.samples import parse, rows


def test_paths_find_the_items_and_their_fields():
    answer = {
        "meta": {"results": [1]},
        "data": {"docs": [{"no": 7, "head": {"en": "Chips"}, "at": "2026-11-20", "x": "Text"}]},
    }
    parsed = parse(
        json.dumps(answer), kind="json", items="data.docs", title="head.en", date="at", summary="x",
        link="https://ministry.example/doc/{no}", id="no",
    )  # fmt: skip
    assert rows(parsed) == [("https://ministry.example/doc/7", "Chips", "2026-11-20")]
    assert (parsed.outcome.entries[0].summary, parsed.outcome.entries[0].guid) == ("Text", "7")


@pytest.mark.parametrize(
    "answer",
    [
        [{"title": {"rendered": "A &amp; B"}, "link": "https://ministry.example/1", "date_gmt": "2026-11-20T10:00:00"}],
        {"count": 1, "results": [{"title": "A & B", "html_url": "/1", "publication_date": "2026-11-20"}]},
        {"response": {"articles": [{"name": "A & B", "url": "https://ministry.example/1", "published": "2026-11-20"}]}},
    ],
)
def test_usual_names_need_no_paths(answer):
    assert rows(parse(json.dumps(answer))) == [("https://ministry.example/1", "A & B", "2026-11-20")]


def test_columns_are_read_as_rows():
    answer = {"recent": {"form": ["8-K", "S-8"], "file": ["a-1", "b-2"], "day": ["2026-01-02", "2026-01-03"]}}
    parsed = parse(
        json.dumps(answer), kind="json", items="recent", title="form", date="day",
        link="https://sec.example/{replace(file, '-', '')}",
    )  # fmt: skip
    assert rows(parsed) == [
        ("https://sec.example/a1", "8-K", "2026-01-02"),
        ("https://sec.example/b2", "S-8", "2026-01-03"),
    ]


EDGAR = {
    "name": "Chip Maker Inc.",
    "tickers": ["CHIP"],
    "formerNames": [{"name": "Maker of Chips LLC", "from": "2001-01-01"}],
    "addresses": {"mailing": {"city": "Hsinchu"}},
    "filings": {
        "recent": {"form": ["8-K", "S-8"], "file": ["a-1", "b-2"], "filed": ["2026-01-02", "2026-01-03"]},
        "files": [{"name": "submissions-001.json"}],
    },
}


def test_columns_are_found_without_a_path_also_beside_a_list_of_something_else():
    parsed = parse(json.dumps(EDGAR), kind="json", title="form", date="filed", link="https://sec.example/{file}")
    assert rows(parsed) == [
        ("https://sec.example/a-1", "8-K", "2026-01-02"),
        ("https://sec.example/b-2", "S-8", "2026-01-03"),
    ]


def test_columns_without_usual_names_are_refused_with_their_names_and_the_settings():
    assert parse(json.dumps(EDGAR)).outcome.reason == (
        "layout changed: no item of the columns `filings.recent` (form, file, filed) has a title or a link: "
        "name their paths in `item_title` and `item_url`"
    )


def test_a_column_that_is_shorter_than_the_others_hides_no_item():
    columns = {"title": ["Chips", "Models"], "url": ["/1"], "tags": []}
    assert rows(parse(json.dumps(columns), kind="json", items="@")) == [
        ("https://ministry.example/1", "Chips", ""),
        ("", "Models", ""),
    ]


def test_rows_have_no_more_values_than_their_columns_however_unequal_these_are():
    columns = {"title": ["Chips"] * 3000} | {f"empty-{number}": [] for number in range(3000)}
    assert sum(map(len, rows_of(columns))) == 3000


def test_a_list_of_linked_items_is_not_mistaken_for_a_detail_beside_columns():
    facets = {"by year": {"year": [2024, 2025, 2026], "count": [1, 1, 1], "share": [1, 1, 1]}}
    answer = {"facets": facets, "news": [{"title": "Chips", "url": "/1"}]}
    assert rows(parse(json.dumps(answer))) == [("https://ministry.example/1", "Chips", "")]


STATISTICS = {"year": [2024, 2025, 2026], "count": [1, 1, 1], "share": [1, 1, 1]}


@pytest.mark.parametrize(
    ("answer", "keys"),
    [
        ({"results": [{"title": "Chips"}], "statistics": STATISTICS}, {}),
        ({"bills": [{"topic": "Chips"}], "statistics": STATISTICS}, {"kind": "json", "title": "topic"}),
    ],
)
def test_a_list_of_titles_without_links_is_not_mistaken_for_a_detail_if_its_name_or_its_titles_are_known(answer, keys):
    assert [title for _, title, _ in rows(parse(json.dumps(answer), **keys))] == ["Chips"]


def test_an_item_whose_template_cannot_be_filled_has_no_address_rather_than_a_wrong_one():
    answer = [{"title": "With", "no": 1}, {"title": "Without"}]
    parsed = parse(json.dumps(answer), kind="json", link="https://ministry.example/{no}")
    assert [link for link, _, _ in rows(parsed)] == ["https://ministry.example/1", ""]


def test_a_path_that_finds_nothing_in_any_item_is_named_and_the_structure_has_a_fingerprint():
    answer = [{"headline": f"Rule {n}", "url": f"/r/{n}", "day": "2026-11-24"} for n in range(4)]
    found = parse(json.dumps(answer), kind="json", title="headline", date="published").outcome
    assert found.layout_problem == "`published` (date) finds nothing in any of 4 items"
    assert found.fingerprint == " = day headline url"
    assert not parse(json.dumps(answer[:2]), kind="json", date="published").outcome.layout_problem


@pytest.mark.parametrize(
    ("answer", "path", "reason"),
    [
        ('{"items": 7}', "results", "layout changed: `results` finds no list"),
        ('{"error": "quota"}', "", "http: 200 with an error of the server: quota"),
        ('{"error": "quota", "results": []}', "", "http: 200 with an error of the server: quota"),
        ('{"error": "quota", "results": []}', "results", "http: 200 with an error of the server: quota"),
        ('{"errors": [{"title": "Bad key", "links": {}}]}', "", "http: 200 with an error of the server: Bad key"),
        ('{"error": true}', "", "http: 200 with an error of the server: without a reason"),
        (
            '{"message": "Down until\\nnoon", "errors": []}',
            "",
            "layout changed: no list of items was found: name its path in `items`; the server says: Down until noon",
        ),
        ('{"warnings": []}', "", "layout changed: no list of items was found"),
        ('[{"a": 1}, {"b": 2}]', "[]", "layout changed: no item has a title or a link"),
        ("{", "", "not a feed: invalid JSON: "),
        ("<html><body>Sign in<input type=password></body></html>", "", "login wall: "),
    ],
)
def test_an_answer_without_items_is_a_failure_and_never_no_news(answer, path, reason):
    outcome = parse(answer, kind="json", items=path).outcome
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith(reason)


@pytest.mark.parametrize("path", ["results", ""])
def test_an_empty_list_is_no_failure(path):
    assert rows(parse('{"count": 0, "message": "ok", "errors": [], "results": []}', kind="json", items=path)) == []


def test_an_error_that_repeats_the_key_of_the_api_is_quoted_without_it():
    answer = '{"error": {"code": 7, "message": "The key k3y-of-the-ministry has no access to laws2026."}}'
    outcome = parse(answer, kind="json", url="https://api.example/laws?key=k3y-of-the-ministry").outcome
    assert outcome.reason.endswith("of the server: The key *** has no access to laws2026.")


def test_the_address_of_the_next_page_is_given():
    answer = json.dumps({"next": "https://ministry.example/?page=2", "items": [{"title": "A", "url": "/a"}]})
    assert parse(answer, kind="json", next="next").follow == ("https://ministry.example/?page=2",)


@pytest.mark.parametrize("path", ["a[", "a.b.", "https://x.example/{a[}", "x" * 501])
def test_an_invalid_path_is_refused_with_a_sentence(path):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        compile_path(path)


def test_hostile_values_are_text_or_nothing():
    answer = [{"title": ["<b>Law</b>"], "url": {"href": 1}, "date": True}, {"title": None, "url": "file:///etc/passwd"}]
    assert rows(parse(json.dumps(answer), kind="json")) == [("", "Law", "")]


@pytest.mark.parametrize("value", [10**400, 10**4000], ids=["400 digits", "4000 digits"])
def test_a_number_too_large_for_a_float_is_read_digit_by_digit(value):
    (entry,) = parse(json.dumps([{"id": value, "title": "Bill", "url": "/1"}])).outcome.entries
    assert entry.guid.startswith("1000")


@pytest.mark.parametrize(("start", "end"), [('{"name":', "}"), ("[", "]")])
def test_a_value_nested_thousands_of_levels_deep_is_left_out(start, end):
    deep = f"{start * 3_000}1{end * 3_000}"
    assert rows(parse(f'[{{"title": "Bill", "url": "/1", "summary": {deep}}}]'))[0][1] == "Bill"
    wrapped = '{"data":' * 3_000 + "[]" + "}" * 3_000
    assert parse(wrapped).outcome.reason == "layout changed: no list of items was found: name its path in `items`"


def test_of_a_hundred_thousand_items_five_thousand_are_read_and_the_others_counted():
    body = json.dumps([{"title": f"Bill of number {n}", "url": f"/{n}"} for n in range(100_000)])
    outcome = parse(body, kind="json").outcome
    assert (len(outcome.entries), outcome.truncated, outcome.items) == (5_000, 95_000, 100_000)
