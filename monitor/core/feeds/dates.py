"""Parses the dates of feeds and pages: RFC 822, ISO 8601 in all its forms, Drupal's, month names in many languages.

Returns an aware UTC instant between 1990 and a day ahead, or None. Dates are only shown, so no date is better than a
wrong one; `04/08/2026` is ambiguous and gives None. Unlike feedparser it knows CET, CEST and BST.
"""

from __future__ import annotations

import re
import unicodedata
from collections import ChainMap
from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

from monitor.core.feeds import month_names

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)
MAX_DATE_CHARS = 120

_BUDDHIST_YEARS = 543
"""Years by which the calendar of Thailand is ahead."""
_THAI = re.compile("[\u0e00-\u0e7f]")
_ZONES = {
    name: timedelta(hours=hours)
    for hours, names in {
        0: "utc ut gmt z wet", 1: "cet mez bst west", 2: "cest mesz eet sast", 3: "eest msk trt",
        5.5: "ist", 7: "wib", 8: "sgt hkt awst pht", 9: "jst kst", 10: "aest", 11: "aedt", 12: "nzst", 13: "nzdt",
        -3: "brt art", -4: "edt ast", -5: "est cdt", -6: "cst mdt", -7: "mst pdt", -8: "pst akdt",
        -9: "akst", -10: "hst",
    }.items()
    for name in names.split()
}  # fmt: skip

_STANDARD = re.compile(
    r"(?:(\d{4})-(\d\d)-(\d\d)|(\d{4})(\d\d)(\d\d)|(\d{4})-?w(\d\d)-?([1-7])|(\d{4})-?(\d{3})(?!\d))"
    r"(?:(?:t|\s+|(?<=\d{8})(?=\d{4}))(?P<h>\d\d)(?::?(?P<m>\d\d)(?::?(?P<s>\d\d)(?:[.,]\d+)?)?)?)?"
    r"\s*(?P<zone>z|(?![ap]m)[a-z]{2,4}|[+-]\d\d(?::?\d\d)?)?(?:\[[^\]]*\])?"
)
"""ISO 8601 and RFC 9557: a calendar, week or ordinal date, compact or not; then time and zone."""
_TIME = re.compile(
    r"(?<![\d+])(\d{1,2})\s?[:h]\s?(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?(?!\d)(?:\s*([ap])(?:\.?m\b\.?|\b\.?))?"
)
_OFFSET = re.compile(r"(?:gmt|utc)?\s*([+-])(\d{1,2}):?(\d{2})?\s*(?:[a-z]+|\([^()]*\))?\s*(?:\d{4})?$")
_ZONE_NAME = re.compile(r"\b([a-z]{1,4})\)?(?:\s+\d{4})?\s*$")
_ISO = re.compile(r"(?<!\d)(\d{4})(?:([-/.])\s?(\d{1,2})\2\s?(\d{1,2})|(\d{2})(\d{2}))(?!\d)")
_ERA = re.compile(r"(令和|平成|民[國国])?\s?(?<![\d第])(\d{1,3}|元)\s?年")
_ERA_STARTS = {"令和": 2018, "平成": 1988}
"""The year before the first of each era of Japan; years of two digits without an era are not read."""
_MINGUO_START = 1911
"""The year before the first of the calendar of Taiwan."""
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일號号]")
_VIETNAMESE = re.compile(r"(\d{1,2})\s*thang\s*(\d{1,2})(?:,|,?\s+nam)?\s*(\d{4})(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_DATE_FILLERS = frozenset(["st", "nd", "rd", "th", "er", "of", "de", "del"])


class _Day(NamedTuple):
    year: int
    month: int
    day: int


def parse_date(raw: str, now: datetime, language: str = "") -> datetime | None:
    """Parse a date as a feed or page wrote it; None if it cannot be parsed or is not plausible.

    `language` is the code of its language, for a month whose name is another month elsewhere.
    """
    text = _fold(raw[:MAX_DATE_CHARS])
    if "年" in text:
        text = _ERA.sub(_common_year, text)
    try:
        standard = None if _EPOCH.fullmatch(text) else _STANDARD.fullmatch(text)
        when = _standard(standard) if standard else _epoch(text) or _calendar(text, language)
        return plausible_date(when.astimezone(UTC), now) if when else None
    except (ValueError, OverflowError):
        return None


def is_month(word: str) -> bool:
    """Return True for the name of a month in a known language, or its abbreviation."""
    return _month(_fold(word), "") is not None


def _common_year(match: re.Match[str]) -> str:
    """Return the year of our calendar for one of an era of Japan, or one of Taiwan, which needs no name of an era."""
    era, year = match.groups()
    number = 1 if year == "元" else int(year)
    if era is None and number < 100:
        return match[0]
    return f"{_ERA_STARTS.get(era, _MINGUO_START) + number}年"


def plausible_date(when: datetime, now: datetime) -> datetime | None:
    """Return the date if it lies between EARLIEST and a day after `now`, else None."""
    return when if EARLIEST <= when <= now + AHEAD else None


def _fold(raw: str) -> str:
    if raw.isascii():
        return raw.strip().lower()
    decomposed = unicodedata.normalize("NFD", raw.strip().lower().replace("\N{MINUS SIGN}", "-"))
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if unicodedata.category(char)[0] != "M"))


def _number_names(names: str) -> dict[str, int]:
    return {_fold(name): number for number, name in enumerate(names.split(), 1)}


_MONTHS_OF = {
    language: _number_names(names) | _number_names(month_names.ALONE.get(language, ""))
    for language, names in month_names.IN_DATES.items()
}
_SHORT = {_fold(name): number for number, names in enumerate(month_names.SHORT.split(";"), 1) for name in names.split()}
_MONTHS = dict(ChainMap(_SHORT, *_MONTHS_OF.values()))  # the first language that has a name decides


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)


def _standard(match: re.Match[str]) -> datetime:
    day = _standard_day(match)
    hour, minute, second = _time_of_day(*(int(match[name] or 0) for name in "hms"))
    start = datetime(*day, tzinfo=timezone(_zone(match["zone"] or "")))
    return start + timedelta(hours=hour, minutes=minute, seconds=second)


def _standard_day(match: re.Match[str]) -> _Day:
    year, *rest = (int(group) for group in match.groups()[:11] if group)
    if match[10]:
        day = date(year, 1, 1) + timedelta(days=rest[0] - 1)
        if day.year != year:
            raise ValueError("no day of that year")
        return _Day(*day.timetuple()[:3])
    return _Day(*date.fromisocalendar(year, *rest).timetuple()[:3]) if match[7] else _Day(year, *rest)


def _calendar(text: str, language: str) -> datetime | None:
    clock = _TIME.search(text)
    if clock:
        before, after = text[: clock.start()], text[clock.end() :]
    else:
        before, after = text, ""
    day = _day(before, language) or _day(f"{before} {after}", language)
    if day is None:
        return None
    if day.year >= EARLIEST.year + _BUDDHIST_YEARS and (language == "th" or _THAI.search(text)):
        day = day._replace(year=day.year - _BUDDHIST_YEARS)
    hour, minute, second = _clock(clock) if clock else (0, 0, 0)
    start = datetime(*day, tzinfo=timezone(_zone(after)))
    return start + timedelta(hours=hour, minutes=minute, seconds=second)


def _clock(match: re.Match[str]) -> tuple[int, int, int]:
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4] and hour <= 12:
        hour = hour % 12 + (12 if match[4] == "p" else 0)
    return _time_of_day(hour, minute, second)


def _time_of_day(hour: int, minute: int, second: int) -> tuple[int, int, int]:
    """Check a time of day, 24:00 and a leap second included; raises ValueError."""
    if (hour, minute, second) > (24, 0, 0) or minute > 59 or second > 60:
        raise ValueError("no time of day")
    return hour, minute, min(second, 59)


def _zone(after: str) -> timedelta:
    """Return the UTC offset after the time; zero if there is none or it is unknown, since most feeds then mean UTC."""
    if offset := _OFFSET.search(after):
        distance = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return -distance if offset[1] == "-" else distance
    name = _ZONE_NAME.search(after)
    return _ZONES.get(name[1], timedelta(0)) if name else timedelta(0)


def _day(text: str, language: str) -> _Day | None:
    for pattern in (_ISO, _CJK):
        if match := pattern.search(text):
            year, month, day = (int(group) for group in match.groups() if group and group.isdigit())
            return _Day(year, month, day)
    if match := _VIETNAMESE.search(text):
        return _Day(int(match[3]), int(match[2]), int(match[1]))
    return _numeric(text) or _parse_worded_day(text, language)


def _numeric(text: str) -> _Day | None:
    match = _NUMERIC.search(text)
    if not match:
        return None
    first, separator, second, year = int(match[1]), match[2], int(match[3]), _year(match[4])
    if separator == "." or first > 12 or first == second:
        return _Day(year, second, first)
    return _Day(year, first, second) if second > 12 else None


def _parse_worded_day(text: str, language: str) -> _Day | None:
    words = _WORD.findall(text)
    months = [month for word in words if (month := _month(word, language))]
    numbers = [word for word in words if word.isdigit()]
    if not months or len(numbers) < 2:
        return None
    if len(numbers[0]) == 4:  # 2026 Feb 25
        return _Day(int(numbers[0]), months[-1], int(numbers[1]))
    year = next((int(number) for number in numbers[1:] if len(number) == 4 and number > "1900"), None)
    if year is None and not _is_adjacent(words, numbers):
        return None
    return _Day(year or _year(numbers[1]), months[-1], int(numbers[0]))  # the last month: `mar.` before it is a Tuesday


def _month(word: str, language: str) -> int | None:
    """Return the number of a month by its name in a language, or in any; Hebrew writes "in" before it."""
    return _MONTHS_OF.get(language, {}).get(word) or _MONTHS.get(word.removeprefix("ב"))


def _is_adjacent(words: list[str], numbers: list[str]) -> bool:
    """Return True if only words of a date are between the day and a year of two digits."""
    start = words.index(numbers[0])
    between = words[start + 1 : words.index(numbers[1], start + 1)]
    return all(word in _MONTHS or word in _DATE_FILLERS for word in between)


def _year(digits: str) -> int:
    """Parse a year; one of two digits as in RFC 5322, section 4.3."""
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (2000 if year < 50 else 1900)
