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


@pytest.mark.parametrize("width", [320, 375, 600])
def test_nothing_sticks_out_at_the_width_of_a_phone_or_a_mail(width):
    measured = chromium.measure(html(a_digest()), width)
    assert measured["width"] == width
    assert measured["right"] <= width
    assert measured["size"] >= 13


def test_words_without_end_are_broken_on_a_phone():
    measured = chromium.measure(html(hostile()), 320)
    assert measured["width"] == 320
    assert measured["right"] <= 320


def test_the_page_is_dark_where_the_reader_wants_it_dark():
    page = html(a_digest())
    assert chromium.measure(page, 600)["background"] == "rgb(255, 255, 255)"
    assert chromium.measure(page, 600, dark=True)["background"] == "rgb(27, 33, 40)"
