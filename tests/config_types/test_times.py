"""Sizes and schedules: parsing, formatting, errors."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from monitor.config_types.times import Cron, Size, Workers, duration, size, size_between, size_text


@pytest.mark.parametrize(
    ("text", "number"),
    [("10MB", 10_000_000), ("1GiB", 2**30), ("500 kb", 500_000), ("7B", 7), ("1KiB", 1024)],
)
def test_a_size_is_a_number_and_its_unit(text, number):
    assert size(text) == number


@pytest.mark.parametrize("text", ["", "10", "MB", "-1MB", "1.5MB", "1TB", "10 megabytes"])
def test_anything_else_is_no_size(text):
    with pytest.raises(ValidationError):
        TypeAdapter(Size).validate_python(text)


def test_a_size_out_of_bounds_names_them():
    from typing import Annotated

    with pytest.raises(ValidationError, match="must be between 1KB and 1GB"):
        TypeAdapter(Annotated[Size, size_between("1KB", "1GB")]).validate_python("2GB")


@given(st.integers(0, 10**12))
def test_what_is_written_is_read_again(number):
    assert size(size_text(number % 10**12)) == number % 10**12


def test_values_that_are_read_already_stay_as_they_are():
    assert duration(timedelta(hours=1)) == timedelta(hours=1)
    assert size(5) == 5
    assert TypeAdapter(Workers).validate_python(4) == 4


@pytest.mark.parametrize(("text", "read"), [("auto", None), ("AUTO", None), ("2", 2)])
def test_workers_are_a_number_or_auto(text, read):
    assert TypeAdapter(Workers).validate_python(text) == read


@pytest.mark.parametrize(
    "text",
    ["0 8 * * mon-fri", "*/15 * * * *", "0 0 L * *", "0 9 * * 1#1", "0 8 29 2 *", "0 0 1 jan,jul *", "0 8 * * 7"],
)
def test_a_schedule_has_five_fields(text):
    assert TypeAdapter(Cron).validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "@daily",
        "0 0 8 * * *",
        "60 * * * *",
        "0 24 * * *",
        "0 0 31 feb *",
        "0 0 */31 2 1#5",
        f"{'1,' * 150}1 * * * *",
        f"{'9' * 190} * * * *",
    ],
)
def test_what_never_comes_or_is_no_schedule_is_refused(text):
    with pytest.raises(ValidationError):
        TypeAdapter(Cron).validate_python(text)
