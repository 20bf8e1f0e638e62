from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.store import HitQuery, Position
from monitor.web.asked import MOST, Refusal, asked, position, row, written

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_nothing_asked_is_the_last_seven_days():
    assert asked({}).query(NOW) == HitQuery(since=NOW - timedelta(days=7))


def test_every_filter_reaches_the_question():
    given = {"since": "24h", "rule": "r", "topic": "t", "feed": "f", "language": "fr", "priority": "high"}
    given["words"] = " a b "
    assert asked(given).query(NOW) == HitQuery(
        since=NOW - timedelta(days=1), rule="r", topic="t", feed="f", language="fr", priority="high", words="a b"
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"since": "soon"}, "since: 'soon' is no length of time"),
        ({"since": "7"}, "write 30m, 6h, 7d or 2w"),
        ({"since": "\u0667d"}, "no length of time"),
        ({"since": "9999999d"}, "no length of time"),
        ({"priority": "extreme"}, "there are low, normal, high, urgent"),
        ({"label": "perhaps"}, "there are relevant, irrelevant, none"),
        ({"limit": "0"}, "no number from 1"),
        ({"limit": str(MOST + 1)}, "no number from 1"),
        ({"limit": "²"}, "no number from 1"),
        ({"before": "yesterday"}, "no place in this list"),
        ({"before": "1-2-3"}, "no place in this list"),
        ({"before": "9" * 18 + "-1"}, "no place in this list"),
        ({"words": "a " * 9}, "more than 8 words"),
        ({"rule": "x" * 201}, "longer than 200"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(given, said):
    with pytest.raises(Refusal) as refused:
        asked(given)
    assert refused.value.status == 400
    assert said in refused.value.said


def test_a_place_in_a_list_survives_the_way_through_an_address():
    place = Position(datetime(2026, 11, 24, 8, 1, 2, 345678, tzinfo=UTC), 17)
    assert position(written(place)) == place
    assert position("") is None


def test_the_way_to_the_next_piece_keeps_what_was_asked():
    address = asked({"topic": "a&b", "words": '"x y"'}).address("/hits", Position(NOW, 3))
    assert address.startswith("/hits?since=7d&topic=a%26b&words=%22x+y%22&before=")


def test_what_no_database_takes_is_left_out():
    assert asked({"words": "a\x00b\u202e", "rule": "x\x00"}).query(NOW).words == "ab"


@pytest.mark.parametrize(
    ("text", "number"), [("17", 17), ("0", 0), ("-1", 0), ("\u0661", 0), ("9" * 5000, 0), ("x", 0)]
)
def test_what_is_no_number_of_a_row_is_that_of_none(text, number):
    assert row(text) == number
