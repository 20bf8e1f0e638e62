from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.search.query_parser import parse_query
from monitor.store import HitQuery, PageCursor
from monitor.web.params import MAX_LIMIT, RequestError, format_cursor, parse_cursor, parse_id, parse_list_params

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_the_default_is_the_last_seven_days():
    assert parse_list_params({}).query(NOW) == HitQuery(since=NOW - timedelta(days=7))


def test_every_filter_reaches_the_query():
    given = {"since": "24h", "rule": "r", "topic": "t", "feed": "f", "language": "fr", "priority": "high"}
    given["words"] = " a b "
    assert parse_list_params(given).query(NOW) == HitQuery(
        since=NOW - timedelta(days=1),
        rule="r",
        topic="t",
        feed="f",
        language="fr",
        priority="high",
        words=parse_query("a b"),
    )


@pytest.mark.parametrize(
    ("since", "start"),
    [
        ("2w", NOW - timedelta(days=14)),
        ("90s", NOW - timedelta(seconds=90)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_since_is_a_duration_or_a_day_as_on_the_command_line(since, start):
    assert parse_list_params({"since": since}).query(NOW).since == start


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"since": "soon"}, "since: 'soon' is not a duration"),
        ({"since": "9999999d"}, "longer than 100 years"),
        ({"priority": "extreme"}, "is not one of low, normal, high, urgent"),
        ({"label": "perhaps"}, "is not one of relevant, irrelevant, none"),
        ({"limit": "0"}, "is not a number from 1"),
        ({"limit": str(MAX_LIMIT + 1)}, "is not a number from 1"),
        ({"limit": "²"}, "is not a number from 1"),
        ({"before": "yesterday"}, "not a cursor of this list"),
        ({"before": "1-2-3"}, "not a cursor of this list"),
        ({"before": "9" * 18 + "-1"}, "not a cursor of this list"),
        ({"words": "a " * 41}, "more than 40 words"),
        ({"words": "a OR"}, "column 3: a word must follow OR"),
        ({"rule": "x" * 201}, "longer than 200"),
    ],
)
def test_an_invalid_value_is_400_with_a_message(given, message):
    with pytest.raises(RequestError) as refused:
        parse_list_params(given)
    assert refused.value.status == 400
    assert message in refused.value.message


def test_a_list_does_not_begin_with_a_day_that_has_not_begun():
    params = parse_list_params({"since": "2999-12-31"})
    with pytest.raises(
        RequestError, match=r"since: '2999-12-31' has not begun, it is .* write an earlier day"
    ) as refused:
        params.query(NOW)
    assert refused.value.status == 400


def test_a_cursor_survives_its_url():
    place = PageCursor(datetime(2026, 11, 24, 8, 1, 2, 345678, tzinfo=UTC), 17)
    assert parse_cursor(format_cursor(place)) == place
    assert parse_cursor("") is None


def test_the_url_of_the_next_page_keeps_the_filters():
    address = parse_list_params({"topic": "a&b", "words": '"x y"'}).url("/hits", PageCursor(NOW, 3))
    assert address.startswith("/hits?since=7d&topic=a%26b&words=%22x+y%22&before=")


def test_characters_that_no_database_stores_are_removed():
    assert parse_list_params({"words": "a\x00b\u202e", "rule": "x\x00"}).get("words") == "ab"


@pytest.mark.parametrize(
    ("text", "number"), [("17", 17), ("0", 0), ("-1", 0), ("\u0661", 0), ("9" * 5000, 0), ("x", 0)]
)
def test_a_malformed_row_id_is_0(text, number):
    assert parse_id(text) == number
