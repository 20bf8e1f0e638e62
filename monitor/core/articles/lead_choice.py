# ruff: noqa: RUF001 - punctuation of several scripts
"""Chooses the informative sentence with which a summary begins, and the one that follows it.

It begins with the first one, unless that depends on the sentence before it (“However, …”, “She said …”), is a question
or part of a quotation, or is background: it has none of the words of the title while a later one has several, or less
than a quarter of them while a later one has most. The second is the next one that says more than the title and the
first: a standfirst and the first sentence of the text often say the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.core.text import CJK_RANGES

MAX_LEAD_SENTENCES = 5
"""Sentences among which one is chosen."""
_MIN_NEW_SHARE = 0.4
"""Share of the content words of a second sentence that neither the title nor the first sentence has."""
_SHARED_WITH_TITLE, _SHARED_PAIRS = 2, 3
"""Words, or pairs of characters in scripts without spaces, that a later sentence must share with the title."""
_LITTLE, _MUCH = 0.25, 0.6
"""Share of the title's words below which the first sentence may be background, and from which a later one is not."""
_MAX_SENTENCE_CHARS = 300
"""Characters of a later sentence; a longer one would be shown without its end."""
_MIN_LETTERS, _COMPARED_LETTERS = 4, 6
"""Letters of a word that counts, and how many of them are compared, so that endings do not matter."""
_DEPENDENT = re.compile(
    r"(?:he|she|they|his|her|their|but|and|yet|however|meanwhile|moreover|in addition|additionally|also|instead|still"
    r"|so(?! far)|besides|in fact|in other words|what['’]s|take(?=,)"
    r"|for (?:example|instance)|as a result|therefore|thus|nevertheless|by contrast|on the other hand"
    r"|er (?:hat|sagte|ist)|doch|aber|jedoch|allerdings|außerdem|zudem|dennoch|il (?:a|est)|elle|ils|elles|mais"
    r"|cependant|toutefois|en revanche|par ailleurs|pero|sin embargo|además|no obstante|ma|però|tuttavia|inoltre)\b"
    r"|但是?|然而|不过|此外|另外|同时|因此|当时|當時|[他她](?:称|稱|同时|同時|还|還)|他(?:说|表示|指出|认为)|她(?:说|表示|指出|认为)",
    re.IGNORECASE,
)
_REFERRING = re.compile(
    r"(?:this|that|these|those|its?|such|well|maybe|perhaps|dies\w*|das|questo|queste?|est[aeo]s?)\b|这|此|該|该",
    re.IGNORECASE,
)
"""Beginnings of sentences that often refer to the one before; at the beginning of an article they do not."""
_QUESTION = re.compile(r"[?？][”’\"'»)\]」』）*_]*$")
_BARE_QUOTATION = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|„[^“]*“|「[^」]*」")
_END_OF_QUOTATION = re.compile(r"[^“”„«»\"「」『』]*(?:[\w.,!?…][“”»\"](?=[\s,.;:!?)]|$)|[」』])")
"""The first quotation mark of a sentence closes a quotation that began before it."""
_BEGIN_OF_QUOTATION = re.compile(r"“[^”]*|„[^“”]*|«[^»]*|「[^」]*|『[^』]*|\"[^\"]*")
"""A quotation begins with the sentence and goes on after it."""
_WORD = re.compile(r"[^\W_]+")
_CJK_RUN = re.compile(f"[{CJK_RANGES}]+")


def choose_start(sentences: Sequence[str], title: str) -> int:
    """Return the index of the sentence to begin with; `sentences` are in the order of the text, at least one."""
    whole = [index for index, sentence in enumerate(sentences[:MAX_LEAD_SENTENCES]) if _stands_alone(sentence)]
    if not whole:
        return 0
    first, *later = whole
    words = _content_words(title)
    shared = len(words & _content_words(sentences[first]))
    if shared < _LITTLE * len(words):
        least = _MUCH * len(words) if shared else 0
        first = next((index for index in later if _is_about(sentences[index], words, least)), first)
    refers_back = first > 0 and _REFERRING.match(sentences[first]) is not None
    return first - 1 if refers_back else first


def choose_second(sentences: Sequence[str], start: int, title: str) -> str:
    """Return the sentence to show after the one at `start`; empty if none says more."""
    known_words = _content_words(f"{title} {sentences[start]}")
    following = sentences[start + 1 : start + MAX_LEAD_SENTENCES]
    for index, sentence in enumerate(following):
        if _says_more(sentence, known_words):
            is_next = index == 0 or _continues(sentence, known_words)
            return sentence if is_next and _has_whole_quotations(sentence) else ""
    return ""


def _says_more(sentence: str, known_words: set[str]) -> bool:
    words = _content_words(sentence)
    return len(words - known_words) >= _MIN_NEW_SHARE * len(words)


def _continues(sentence: str, known_words: set[str]) -> bool:
    """Return True if a sentence is about the same and can be read without the one before it."""
    is_readable = _stands_alone(sentence) and not _REFERRING.match(sentence) and not sentence[0].islower()
    return is_readable and bool(known_words & _content_words(sentence))


def _stands_alone(sentence: str) -> bool:
    """Return True if a sentence says something without the one before it."""
    if _DEPENDENT.match(sentence) or _QUESTION.search(sentence) or _BARE_QUOTATION.fullmatch(sentence):
        return False
    return not (_END_OF_QUOTATION.match(sentence) or _BEGIN_OF_QUOTATION.fullmatch(sentence))


def _has_whole_quotations(sentence: str) -> bool:
    """Return False for the first or the last sentence of a longer quotation."""
    count = sentence.count
    if count('"') % 2 or count("«") != count("»") or count("「") != count("」") or count("『") != count("』"):
        return False
    if "„" in sentence:
        return count("„") == count("“") + count("”")
    return count("“") == count("”") or (count("“") == 0 and count("”") % 2 == 0)


def _is_about(sentence: str, title: set[str], least: float) -> bool:
    """Return True if a later sentence clearly says what the title announces: `least` of its words, and some."""
    shared = title & _content_words(sentence)
    enough = _SHARED_PAIRS if any(map(_CJK_RUN.match, shared)) else _SHARED_WITH_TITLE
    return len(shared) >= max(enough, least) and len(sentence) <= _MAX_SENTENCE_CHARS and not _REFERRING.match(sentence)


def _content_words(text: str) -> set[str]:
    """Return the beginnings of the longer words, and pairs of characters in scripts without spaces."""
    text = text.casefold()
    pairs = {run[at : at + 2] for run in _CJK_RUN.findall(text) for at in range(len(run) - 1)}
    return pairs | {
        word[:_COMPARED_LETTERS] for word in _WORD.findall(_CJK_RUN.sub(" ", text)) if len(word) >= _MIN_LETTERS
    }
