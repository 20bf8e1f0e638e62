"""Finds dates in the text of web pages, as people write them in many languages; `dates` then parses them.

A date has a year. `document 12 2026` is none, since its word is not a month.
"""

from __future__ import annotations

import re

from monitor.core.feeds import dates

_LETTER = r"(?!\d)(?:[^\W_]|[\u0654\u0900-\u0d7f\u0e00-\u0e7f])"
"""A letter, or a vowel sign of Arabic, Indic scripts or Thai, which Python does not count among the letters."""
_GAP = r"(?:\s+|[-/])"
_MONTH = rf"(?:{_LETTER}){{2,14}}"
_DAY = r"(?<!\d)\d{1,2}"
_DATE = re.compile(
    r"(?<!\d)\d{4}(?:[-/]|\.\s?)\d{1,2}(?:[-/]|\.\s?)\d{1,2}(?!\d)"
    rf"|{_DAY}(?:[-/]|\.\s?)\d{{1,2}}(?:[-/]|\.\s?)\d{{4}}(?!\d)|{_DAY}[-/.]\d{{1,2}}[-/.]\d{{2}}(?!\d)"
    r"|(?:(?<!\d)\d{4}|(?:令和|平成|民[國国])\s?(?:\d{1,3}|元)|(?<!\d)1\d\d)"
    r"\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}(?!\d)\s?[日일號号]?"
    rf"|{_DAY}(?:st|nd|rd|th|er|[.ºª°])?,?{_GAP}(?:(?:de|of)\s+|d['\u2019])?(?P<after_day>{_MONTH})[.,]{{0,2}}{_GAP}(?:del?\s+)?\d{{4}}(?!\d)"
    rf"|(?<![^\W\d_])(?P<before_day>{_MONTH})\.?{_GAP}\d{{1,2}}(?:st|nd|rd|th)?,?{_GAP}\d{{4}}(?!\d)"
    rf"|(?<!\d)\d{{4}}\.?\s+gada\s+\d{{1,2}}\.?\s+(?P<latvian>{_MONTH})"
    rf"|(?<!\d)\d{{4}}\.?{_GAP}(?:m\.\s+)?(?P<after_year>{_MONTH}){_GAP}\d{{1,2}}(?!\d)"
    r"|(?<!\d)(?P<day>\d{1,2})\s+(?P<year>\d{4})[-/.](?P<month>\d{1,2})(?!\d|[-/.]\d)"
    r"|(?<!\d)\d{1,2}\s+tháng\s+\d{1,2}(?:,|,?\s+năm)?\s+\d{4}(?!\d)",
    re.IGNORECASE,
)
"""A date in digits; in the order of East Asia; with a month after the day, before it, or after the year; a day in large
type above `2026-11`; Vietnamese."""
_CHARS_BEFORE_DIGIT = 40
"""Characters before the first digit of a text in which a date may begin; a month or an era is shorter."""
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_年月日일년월]{3,}")


def first_date(text: str) -> str:
    """Return the first date of a text as written, or nothing; `25 2026-11` in the order of ISO 8601."""
    digit = _DIGIT.search(text)
    at = max(0, digit.start() - _CHARS_BEFORE_DIGIT) if digit else len(text)
    while match := _DATE.search(text, at):
        if match["day"]:
            return f"{match['year']}-{match['month']:>02}-{match['day']:>02}"
        month = match[match.lastgroup] if match.lastgroup else ""
        if not month or dates.is_month(month):
            return match[0]
        at = match.start() + 1
    return ""


def is_only_date(text: str) -> bool:
    """Return True for a text that has a date and no word beside it: `Filed 2026-11-24`, `Thursday, 12 May 2026`."""
    date = first_date(text)
    return bool(date) and len(_WORD.findall(text.replace(date, " "))) <= 1
