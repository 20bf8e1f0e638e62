"""Durations, sizes, time zones and schedules as people write them: `30s`, `10MB`, `Europe/Brussels`, `0 8 * * 1-5`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Annotated, TypeVar
from zoneinfo import available_timezones

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema

from monitor.config_types.values import CRON, FORM, RANGE, ZONE, invalid, text_of
from monitor.core.digests.slots import expand_weekdays
from monitor.core.durations import DURATION_PATTERN, format_duration, parse_duration
from monitor.core.problems import did_you_mean

T = TypeVar("T", timedelta, int)
_SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def duration(value: object) -> timedelta:
    """Return a timedelta as it is, and parse text with `parse_duration`."""
    if isinstance(value, timedelta):
        return value
    text = text_of(value)
    try:
        return parse_duration(text)
    except ValueError as error:
        raise invalid(FORM, str(error)) from None


def size(value: object) -> int:
    """Parse a size such as `10MB` into bytes."""
    if isinstance(value, int):
        return value
    match = re.fullmatch(r"([0-9]{1,12})\s*([a-zA-Z]{0,3})", text_of(value))
    if match and match[2].upper() in _SIZES:
        return int(match[1]) * _SIZES[match[2].upper()]
    if match and not match[2]:
        raise invalid(FORM, "has no unit; write it like 500KB or 10MB")
    raise invalid(FORM, "is not a size; write a whole number and its unit: 500KB, 10MB or 1GB")


def size_text(value: int) -> str:
    """Format a number of bytes as `size` parses it."""
    unit = next(unit for unit in ("GB", "MB", "KB", "B") if value % _SIZES[unit] == 0)
    return f"{value // _SIZES[unit]}{unit}"


def duration_between(least: str, most: str) -> AfterValidator:
    """Refuse a duration outside of two bounds, both allowed."""
    return _within_bounds(duration, least, most)


def size_between(least: str, most: str) -> AfterValidator:
    """Refuse a size outside of two bounds, both allowed."""
    return _within_bounds(size, least, most)


def duration_between_or_off(least: str, most: str) -> AfterValidator:
    """Refuse a duration outside of two bounds, both allowed; `off` is allowed too."""
    return _within_bounds(duration, least, most, ", or off")


def _within_bounds(parse: Callable[[object], T], least: str, most: str, otherwise: str = "") -> AfterValidator:
    def check(value: T | None) -> T | None:
        if value is not None and not parse(least) <= value <= parse(most):
            raise invalid(RANGE, f"must be between {least} and {most}{otherwise}")
        return value

    return AfterValidator(check)


Duration = Annotated[
    timedelta,
    PlainValidator(duration),
    PlainSerializer(format_duration),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{DURATION_PATTERN}$", "examples": ["30s", "15m", "6h", "7d", "2w"]}
    ),
]
Size = Annotated[
    int,
    PlainValidator(size),
    PlainSerializer(size_text),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]+ *([kKmMgG]i?)?[bB]$", "examples": ["500KB", "10MB", "1GB"]}),
]


def _optional_duration(value: object) -> timedelta | None:
    """Read a duration, or `off`."""
    return None if value is None or text_of(value).lower() == "off" else duration(value)


OptionalDuration = Annotated[
    timedelta | None,
    PlainValidator(_optional_duration),
    PlainSerializer(lambda value: "off" if value is None else format_duration(value)),
    WithJsonSchema(
        {"anyOf": [{"const": "off"}, {"type": "string", "pattern": f"^{DURATION_PATTERN}$", "examples": ["24h", "7d"]}]}
    ),
]


def _workers(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    text = text_of(value)
    if text.lower() == "auto":
        return None
    if re.fullmatch(r"[1-9][0-9]{0,2}", text):
        return int(text)
    raise invalid(FORM, "must be auto (one for each processor) or a whole number from 1 to 999")


Workers = Annotated[
    int | None,
    PlainValidator(_workers),
    PlainSerializer(lambda value: value or "auto"),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": 999}]}),
]


_zones = cache(available_timezones)
"""The names of all time zones; listing them takes 10 ms."""
_ABBREVIATION = re.compile(r"[A-Z]{2,5}([+-].*)?")
"""CEST or UTC+1: the name that is spelled most like one (EST, UTC) is another time."""


def _zone(value: object) -> str:
    text = text_of(value)
    if text in _zones():
        return text
    known = () if _ABBREVIATION.fullmatch(text) else _zones()
    hint = did_you_mean(text, known, otherwise="write it like Europe/Brussels or UTC")
    raise invalid(ZONE, f"is not a time zone{hint}")


TimeZone = Annotated[
    str, PlainValidator(_zone), WithJsonSchema({"type": "string", "examples": ["Europe/Brussels", "UTC"]})
]
_QUIET = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) ?- ?([01]?\d|2[0-3]):([0-5]\d)")


def _quiet_hours(value: object) -> tuple[time, time]:
    match = _QUIET.fullmatch(text_of(value))
    if match is None:
        raise invalid(FORM, "must be two times of a day, such as 22:00-07:00")
    begin, end = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    if begin == end:
        raise invalid(FORM, "begins and ends at the same time; leave the key out for no quiet hours")
    return begin, end


QuietHours = Annotated[
    tuple[time, time],
    PlainValidator(_quiet_hours),
    PlainSerializer(lambda value: f"{value[0]:%H:%M}-{value[1]:%H:%M}"),
    WithJsonSchema({"type": "string", "pattern": _QUIET.pattern, "examples": ["22:00-07:00"]}),
]
_CRON = "write minute, hour, day of month, month and day of week: '0 8 * * mon-fri' is 8:00 from Monday to Friday"


def _cron(value: object) -> str:
    text = " ".join(text_of(value).split())
    if len(text.split()) != 5:
        raise invalid(CRON, f"is not a schedule of five fields; {_CRON}")
    if len(text) > 200:
        raise invalid(CRON, f"is longer than any schedule; {_CRON}")
    try:
        next(CronSim(expand_weekdays(text), datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise invalid(CRON, f"is not a schedule: {str(error).lower()}; {_CRON}") from None
    except (StopIteration, ValueError, AssertionError, OverflowError):
        raise invalid(CRON, f"is a schedule that never occurs; {_CRON}") from None
    return text


Cron = Annotated[
    str,
    PlainValidator(_cron),
    WithJsonSchema({"type": "string", "pattern": r"^\S+ +\S+ +\S+ +\S+ +\S+$", "examples": ["0 8 * * mon-fri"]}),
]
