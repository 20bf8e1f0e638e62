"""Words of ordinary news, which any paper prints on any day: none of them alone shows what a document is about.

`background.txt` lists them by section: function words, the vocabulary of reporting, numbers and time, politics and
economy in general, and the places and people that are always in the news. It was made by hand. The words are folded as
core.text folds words, in their usual forms; names are separated by slashes.
"""

from __future__ import annotations

import re
from importlib.resources import files

_SECTIONS = dict(
    re.findall(r"^\[(.+)\]\n([^\[]+)", (files(__package__) / "background.txt").read_text("utf-8"), re.MULTILINE)
)


def _words(*sections: str) -> frozenset[str]:
    return frozenset(word for section in sections for word in _SECTIONS[section].split())


SMALL_WORDS = _words("function words", "words of other languages")
EDGES = SMALL_WORDS | _words("reporting")
"""Words that no phrase worth watching starts or ends with."""
BACKGROUND = EDGES | _words("time", "public life", "places and people")
EVERYDAY_NAMES = frozenset(_SECTIONS["names"].strip().replace("\n", "/").split("/"))
