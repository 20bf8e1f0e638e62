"""A digest is legible on a phone and in dark mode. Skipped without Chromium."""

from __future__ import annotations

from dataclasses import replace

import chromium
import pytest
from sample_news import HITS, a_digest, evidence_of

from monitor.core.messages.render import html

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium is installed (Debian: apt-get install chromium)"),
]
ENDLESS = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3


def hostile():
    """A digest of very long words."""
    long = replace(HITS[3], title=ENDLESS, evidence=evidence_of(f"{ENDLESS} AI Act", "AI Act", ENDLESS), topic=ENDLESS)
    return a_digest(hits=[long, *HITS], stories=[])


WIDTHS = (320, 375, 600)


@pytest.fixture(scope="module")
def measured():
    """The digest at each width, and that of very long words at the least."""
    return chromium.measure(*((html(a_digest()), width) for width in WIDTHS), (html(hostile()), WIDTHS[0]))


@pytest.mark.parametrize("number", range(len(WIDTHS)), ids=WIDTHS)
def test_nothing_overflows_at_the_width_of_a_phone_or_a_mail(measured, number):
    assert measured[number]["width"] == WIDTHS[number]
    assert measured[number]["right"] <= WIDTHS[number]
    assert measured[number]["size"] >= 13


def test_words_without_end_are_broken_on_a_phone(measured):
    assert measured[-1]["width"] == WIDTHS[0]
    assert measured[-1]["right"] <= WIDTHS[0]


def test_the_page_is_dark_where_the_reader_wants_it_dark(measured):
    [dark] = chromium.measure((html(a_digest()), 600), dark=True)
    assert measured[WIDTHS.index(600)]["background"] == "rgb(255, 255, 255)"
    assert dark["background"] == "rgb(27, 33, 40)"
