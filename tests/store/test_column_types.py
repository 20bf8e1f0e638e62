"""Times, durations, texts and JSON are returned from a column as they were stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_polls import FEED, NOW, a_poll
from sqlalchemy.dialects import sqlite

from monitor.store._types import Json, PlainText, Seconds, UtcDateTime, storable

DIALECT = sqlite.dialect()
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001 - hypothesis wants bounds so
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.fixture(scope="module")
def through():
    """What sends values through a table of one column of a type, in a real database."""
    engine = sa.create_engine("sqlite://")

    def send(kind, *values):
        table = sa.Table("one", sa.MetaData(), sa.Column("n", sa.Integer, primary_key=True), sa.Column("value", kind))
        with engine.begin() as connection:
            table.drop(connection, checkfirst=True)
            table.create(connection)
            connection.execute(table.insert(), [{"value": value} for value in values])
            return list(connection.execute(sa.select(table.c.value).order_by(table.c.n)).scalars())

    yield send
    engine.dispose()


@given(INSTANTS)
def test_an_instant_is_stored_and_read_in_utc(through, instant):
    (back,) = through(UtcDateTime, instant)
    assert back == instant
    assert back.tzinfo is UTC


@given(st.lists(INSTANTS, min_size=2, max_size=5, unique=True))
def test_the_database_sorts_instants_in_order_of_time(through, instants):
    written = sa.DateTime().dialect_impl(DIALECT).bind_processor(DIALECT)
    texts = [written(UtcDateTime().process_bind_param(each, DIALECT)) for each in instants]
    assert [texts.index(text) for text in sorted(texts)] == [instants.index(each) for each in sorted(instants)]


def test_an_instant_without_a_zone_is_refused(any_store):
    naive = datetime(2026, 11, 24)  # noqa: DTZ001 - the point of the test
    with pytest.raises(sa.exc.StatementError, match="naive"):
        any_store.record(a_poll(started_at=naive))


@pytest.mark.parametrize(
    "instant", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
)
def test_the_first_and_the_last_instant_can_be_stored_in_both_databases(any_store, instant):
    state = a_poll().state
    any_store.record(a_poll(state=type(state)(feed_id=FEED, last_poll_at=instant)))
    assert any_store.state(FEED).last_poll_at == instant


def test_an_instant_of_another_zone_is_compared_in_utc(any_store):
    tokyo = timezone(timedelta(hours=9))
    any_store.record_heartbeat("poller", NOW.astimezone(tokyo))
    (beat,) = any_store.heartbeats().values()
    assert (beat, beat.tzinfo) == (NOW, UTC)


@given(st.timedeltas(timedelta(0), timedelta(days=36500)))
def test_a_duration_is_kept_to_the_microsecond(through, duration):
    assert through(Seconds, duration) == [duration]


@given(st.text())
def test_text_loses_only_characters_that_no_database_stores(through, text):
    (back,) = through(PlainText, text)
    assert back == "".join(each for each in text if each != "\x00" and not "\ud800" <= each <= "\udfff")
    assert storable(back) == back


@settings(max_examples=40)
@given(TREES)
def test_json_loses_only_characters_that_no_database_stores(through, tree):
    (back,) = through(Json, tree)
    assert back == cleaned(tree)


def cleaned(tree):
    match tree:
        case str():
            return storable(tree)
        case list():
            return [cleaned(each) for each in tree]
        case dict():
            return {storable(name): cleaned(each) for name, each in tree.items()}
        case _:
            return tree


def test_an_empty_value_is_stored_as_null(through):
    for kind in (UtcDateTime, Seconds, PlainText, Json):
        assert through(kind, None) == [None]
