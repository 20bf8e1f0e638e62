"""The style sheet: legible in light and dark mode."""

from __future__ import annotations

import re

import pytest

from monitor.web.templating import read_asset

SHEET = read_asset("style.css").decode()
DAY, NIGHT = (dict(re.findall(r"--([\w-]+): (#\w{6})", part)) for part in SHEET.split("prefers-color-scheme: dark")[:2])
PAIRS = [
    ("text", "ground"), ("text", "card"), ("dim", "ground"), ("dim", "card"), ("link", "card"), ("link", "ground"),
    ("on-accent", "accent"), ("on-mark", "mark"), ("bad", "bad-ground"), ("odd", "odd-ground"), ("well", "well-ground"),
    ("bad", "card"), ("odd", "card"), ("text", "bad-ground"), ("text", "well-ground"),
]  # fmt: skip


def luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [DAY, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize(("above", "below"), PAIRS)
def test_text_has_the_contrast_of_wcag_aa(colours, above, below):
    light, dark = sorted((luminance(colours[above]), luminance(colours[below])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_focus_is_visible():
    assert ":focus-visible { outline: 3px" in SHEET
    assert "outline: none" not in SHEET
    assert "outline: 0" not in SHEET


def test_the_style_sheet_is_small_and_loads_nothing():
    assert len(SHEET) < 20_000
    assert "url(" not in SHEET
    assert "@import" not in SHEET
