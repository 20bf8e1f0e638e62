# ruff: noqa: RUF001 - dates and words of several scripts
"""Finds the dates that an article announces: hearings, deadlines, summits, votes, entries into force.

Reads English, German, French, Spanish and Chinese, and returns no date rather than a wrong one: a sentence must name
the event close to its date, and that date must be the only one ahead. Dates that may be conditional, postponed, or
parts of a period over several months are left out. One without a year must be announced by a word such as "will", and
lie within half a year of the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple, get_args

from monitor.core.digests.announcing_words import CONDITIONAL, EVENTS, FUTURE, MONTH_NUMBERS
from monitor.core.model import Opening
from monitor.core.text import clean_line, mask_spans
from monitor.core.text.languages import language_code
from monitor.core.text.sentences import sentences

EventKind = Literal["Deadline", "Hearing", "Meeting", "Vote", "Entry into force"]

MAX_DATES = 3
"""Dates of one article."""
MAX_DATE_SENTENCE_CHARS = 400
_MAX_TIME_AHEAD = timedelta(days=5 * 366)
_WITHIN_WITHOUT_YEAR = timedelta(days=180)
_MAX_GAP_CHARS = 70
"""Characters between a date and the word that names its event."""
_DAY, _TO = r"(?P<{0}>[12]?\d|3[01]|0[1-9])", r"\s?(?:-|–|—|to|and|bis|und|au|et|al|y)\s?"
_MONTH = "(?P<month>" + "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True)) + r")\b\.?"
_YEAR = r"(?P<year>20[2-9]\d)(?!\d)"
_ORDINAL = r"(?:st|nd|rd|th|er|º|\.)?"
_OF_MONTH = rf"(?:{_DAY.format('day')}{_ORDINAL}{_TO})?{_DAY.format('last')}{_ORDINAL}\s(?:of\s|de\s)?{_MONTH}"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\d.,/-]){_OF_MONTH}(?:,?\s(?:of\s|del?\s)?{_YEAR})?",
        rf"\b{_MONTH}\s{_DAY.format('day')}{_ORDINAL}(?:{_TO}{_DAY.format('last')}{_ORDINAL})?(?![\d:])(?:,?\s{_YEAR})?",
        rf"(?:{_YEAR}年)?(?P<month>1[0-2]|0?[1-9])月{_DAY.format('day')}日(?:[至到~—–-]+{_DAY.format('last')}日)?",
        rf"(?<![\d/-]){_YEAR}-(?P<month>1[0-2]|0[1-9])-{_DAY.format('day')}(?P<last>)(?![\d-])",
        rf"(?<![\d./]){_DAY.format('day')}\.(?P<month>1[0-2]|0?[1-9])\.{_YEAR}(?P<last>)",
    )
)
_OF_A_PERIOD = re.compile(
    r"(?:\b(?:to|through|bis|and|und|et|y|between|zwischen|entre)|(?<!jusqu['’])\bau|[^\w]al|[-–—至到])\s*$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\s?(?:[-–—至到]|(?:to|through|bis|au|al)\s)\s?\d", re.IGNORECASE)
"""What surrounds the end and the beginning of a period over two months."""


class AnnouncedDate(NamedTuple):
    """A day ahead, or several, with the sentence that announces it."""

    first: date
    last: date
    kind: EventKind
    sentence: str


def announced_dates(opening: Opening, language: str, published: datetime | None, today: date) -> list[AnnouncedDate]:
    """Return the dates after `today` that the beginning of an article announces, the first MAX_DATES of them."""
    dates: dict[date, AnnouncedDate] = {}
    for sentence in _sentences(opening):
        announced = _find_announced_date(sentence, language_code(language), published and published.date(), today)
        if announced and len(dates) < MAX_DATES:
            dates.setdefault(announced.first, announced)
    return list(dates.values())


def _sentences(opening: Opening) -> Iterator[str]:
    for paragraph in mask_spans(opening.text, opening.boilerplate).split("\n"):
        for start, end in sentences(paragraph):
            yield clean_line(paragraph[start:end])


def _find_announced_date(sentence: str, language: str, published: date | None, today: date) -> AnnouncedDate | None:
    """Return the only date ahead that a sentence names, if it says what happens then."""
    if language not in EVENTS or len(sentence) > MAX_DATE_SENTENCE_CHARS or CONDITIONAL[language].search(sentence):
        return None
    ahead = [
        (match, days)
        for pattern in _PATTERNS
        for match in pattern.finditer(sentence)
        if (days := _days(match, language, published)) and days[0] > today
    ]
    if len(ahead) != 1:
        return None
    match, (first, last) = ahead[0]
    kind = _kind(sentence, match, language)
    is_clear = not _OF_A_PERIOD.search(sentence[: match.start()]) and not _GOES_ON.match(sentence, match.end())
    if kind is None or not is_clear or first > today + _MAX_TIME_AHEAD:
        return None
    return AnnouncedDate(first, last, kind, sentence)


def _days(match: re.Match[str], language: str, published: date | None) -> tuple[date, date] | None:
    """Return the first and the last day of a date; None if it is no date or its year is not known."""
    named = match["month"].lower().removesuffix(".")
    # 0, which is no month, for April with a dotless i, which the pattern takes for an i.
    month = int(named) if named.isdigit() else MONTH_NUMBERS.get(named, 0)
    days = [int(each) for each in (match["day"], match["last"]) if each]
    if days[0] > days[-1]:
        return None
    try:
        if match["year"]:
            return date(int(match["year"]), month, days[0]), date(int(match["year"]), month, days[-1])
        return _next(month, days, published) if _is_ahead(match, language) else None
    except ValueError:
        return None


def _next(month: int, days: list[int], published: date | None) -> tuple[date, date] | None:
    """Return the next such days after an article was published, if they are close."""
    if published is None:
        return None
    year = published.year + ((month, days[0]) < (published.month, published.day))
    first, last = date(year, month, days[0]), date(year, month, days[-1])
    return (first, last) if first - published <= _WITHIN_WITHOUT_YEAR else None


def _is_ahead(match: re.Match[str], language: str) -> bool:
    """Return True if a word before the date says that it is in the future."""
    return FUTURE[language].search(match.string, max(0, match.start() - _MAX_GAP_CHARS), match.start()) is not None


def _kind(sentence: str, match: re.Match[str], language: str) -> EventKind | None:
    """Return what happens on a date: the event named closest to it."""
    near: list[tuple[int, EventKind]] = []
    for kind, pattern in zip(get_args(EventKind), EVENTS[language], strict=True):
        for named in pattern.finditer(sentence):
            gap = max(match.start() - named.end(), named.start() - match.end())
            if gap >= 0:
                near.append((gap, kind))
    gap, kind = min(near, default=(_MAX_GAP_CHARS + 1, None))
    return kind if gap <= _MAX_GAP_CHARS else None
