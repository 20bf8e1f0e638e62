# ruff: noqa: RUF001 - dates in several scripts
"""Which dates ahead an article announces, and which are left out because they may be wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.digests.announced_dates import MAX_DATES, announced_dates
from monitor.core.model import Opening

PUBLISHED = datetime(2026, 11, 24, 8, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def announced(text, language="en", published=PUBLISHED, **more):
    found = announced_dates(Opening(title="T", text=text, **more), language, published, TODAY)
    return [(each.kind, each.first, each.last) for each in found]


def day(kind, year, month, first, last=None):
    return [(kind, date(year, month, first), date(year, month, last or first))]


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("en", "Comments are due by January 15, 2027.", day("Deadline", 2027, 1, 15)),
        ("en", "The committee will hold a hearing on 3 December.", day("Hearing", 2026, 12, 3)),
        ("en", "The summit takes place February 16-20, 2027 in Delhi.", day("Meeting", 2027, 2, 16, 20)),
        ("en", "Members are expected to vote on Feb. 2nd.", day("Vote", 2027, 2, 2)),
        ("en", "The rules of 13 June 2024 apply from 2 August 2027.", day("Entry into force", 2027, 8, 2)),
        ("de", "Die Vorschriften gelten ab dem 2. August 2027.", day("Entry into force", 2027, 8, 2)),
        ("de", "Der Ausschuss wird am 3. Dezember eine Anhörung abhalten.", day("Hearing", 2026, 12, 3)),
        ("de", "Die Frist für Stellungnahmen endet am 15.01.2027.", day("Deadline", 2027, 1, 15)),
        ("de", "Der Gipfel findet vom 10. bis 11. Februar 2027 statt.", day("Meeting", 2027, 2, 10, 11)),
        ("fr", "Le règlement entrera en vigueur le 2 août 2027.", day("Entry into force", 2027, 8, 2)),
        ("fr", "Le sommet se tiendra les 10 et 11 février à Paris.", day("Meeting", 2027, 2, 10, 11)),
        ("fr", "Les contributions sont reçues jusqu’au 15 janvier 2027.", day("Deadline", 2027, 1, 15)),
        ("fr", "Le vote est prévu le 1er décembre.", day("Vote", 2026, 12, 1)),
        ("es", "El reglamento entrará en vigor el 2 de agosto de 2027.", day("Entry into force", 2027, 8, 2)),
        ("es", "La audiencia tendrá lugar el 3 de diciembre.", day("Hearing", 2026, 12, 3)),
        ("es", "El plazo vence el 15 de enero de 2027.", day("Deadline", 2027, 1, 15)),
        ("zh", "本办法自2027年1月1日起施行。", day("Entry into force", 2027, 1, 1)),
        ("zh-Hant", "峰會將於2月10日至11日在巴黎舉辦。", day("Meeting", 2027, 2, 10, 11)),
        ("zh", "听证会将于12月3日举行。", day("Hearing", 2026, 12, 3)),
    ],
)
def test_a_date_ahead_that_a_sentence_states_is_found_with_what_happens_then(language, sentence, expected):
    assert announced(sentence, language) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "The hearing took place on 3 November 2026.",
        "The hearing of December 3 is remembered.",
        "The vote was postponed to 3 December 2026.",
        "The rules could apply from 2 August 2027.",
        "The rules will not apply from 2 August 2027.",
        "The hearing is on 3 December 2026 and the vote on 4 December 2026.",
        "The consultation runs from 28 November to 2 December 2026, with a deadline.",
        "The summit is from November 30 to December 2, 2026.",
        "The summit will be held between 30 November and 1 December 2026.",
        "A hearing will follow on 31 February 2027.",
        "In May 2027, 3 meetings will follow.",
        "The minister will be sixty on 3 December 2026.",
        "The last meeting of the century will be on 31 December 2099.",
        "The vote is on 04/05/2027.",
        "The hearing of 3 December 1926 will be remembered.",
        "The hearing will be on 3 APRİL 2027.",
        "The hearing will be on 3 aprıl 2027.",
        "The hearing will be on 3 Auguſt 2027.",
    ],
)
def test_no_date_is_better_than_a_wrong_one(sentence):
    assert announced(sentence) == []


def test_a_date_without_a_year_needs_to_be_close_to_the_date_of_the_article():
    assert announced("The summit will be held on 1 October.") == []
    assert announced("The summit will be held on 3 December.", published=None) == []
    old = datetime(2025, 11, 24, tzinfo=UTC)
    assert announced("The summit will be held on 3 December.", published=old) == []


def test_a_sentence_in_another_language_announces_nothing():
    assert announced("Il termine scade il 15 gennaio 2027.", "it") == []


def test_each_day_is_announced_once_and_boilerplate_announces_nothing():
    sentences = [f"Comments are due by January {number}, 2027." for number in (15, 15, 16, 17, 18)]
    found = announced(" ".join(sentences))
    assert [first.day for _, first, _ in found] == [15, 16, 17][:MAX_DATES]
    assert announced(sentences[0], boilerplate=((0, len(sentences[0])),)) == []


@given(st.text(st.sampled_from("0123 .-–/年月日至will hearing May to de"), max_size=300))
def test_any_text_is_read(text):
    for _, first, last in announced(text):
        assert TODAY < first <= last
