# ruff: noqa: RUF001 - punctuation and datelines of several scripts are what this file is about
"""Summarizes an article by its first informative sentences: of its standfirst, or of the beginning of its text.

Extractive: nothing is reworded. Bylines, datelines, captions, greetings, prompts to read on or to subscribe, and the
title itself are left out. An article without such a sentence (a list, a page that could not be read) has no summary,
and a digest says that only its headline is known. All patterns look at the beginning of a line and are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from monitor.core.articles.lead_choice import MAX_LEAD_SENTENCES, choose_second, choose_start
from monitor.core.model import Opening
from monitor.core.text import CJK_RANGES, clean_line, mask_spans
from monitor.core.text.sentences import sentences
from monitor.core.text.shortening import characters_in, shorten

MAX_OPENING_COLUMNS = 320
"""Columns of one sentence, and of two together: characters, of which Chinese and similar ones take two."""
_EXAMINED_CHARS, _MAX_OPENING_PARAGRAPHS = 4_000, 24
"""Characters and paragraphs of a text in which sentences are looked for."""
_MIN_WORDS, _MIN_CJK_CHARS = 6, 14
"""Words of an informative sentence, or Chinese, Japanese or Korean characters."""
_SHORT_WORDS, _SHORT_CJK_CHARS = 14, 30
"""A sentence with fewer words or characters is short: it may be a byline or a caption."""
_SAME_AS_TITLE = 0.8
"""Share of a sentence's words that are those of the title, from which it only repeats the title."""
_MONTHS = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mär", "mai", "okt", "dez",
    "janv", "févr", "avr", "juin", "juil", "août", "ene", "abr", "ago", "gen", "mag", "giu", "lug", "set", "ott", "dic",
    "fév", "déc",
)  # fmt: skip
_TERMINAL = re.compile(r"[.!?…。！？؟।॥][”’\"'»)\]」』）*_]*$")
_BROKEN_OFF = re.compile(r"(?:\.\.\.|…|\[…\])[”’\"']?$")
_LIST_MARK = re.compile(r"(?:\d{1,3}[.)]|\(?[a-z]\)|[ivx]{1,4}[.)]|[-–—•*·▪■►#>]+)\s+")
_EMPHASIS = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_DASH = re.compile(r"\s*(?:--|[–—]|\s-)\s+(?=\S)")
_AGENCY = re.compile(r"\([A-Z][\w .&/,'’-]{1,40}\)$")
_NUMERIC_DATE = re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{4}\b")
_BARE_AGENCY = re.compile(r"\((?:Reuters|AP|AFP|dpa|DPA|ANI|PTI|Xinhua|Bloomberg|EFE|ANSA)\)\s*(?:--|[-–—:])?\s*")
_CHINESE_DATELINE = re.compile(
    r"[（(【\[]?[^。！？\n]{0,24}?\d{1,2}\s?月\s?\d{1,2}\s?日\s?(?:[（(][^）)\n]{0,30}[）)])?\s?"
    r"(?:电|電|讯|訊|消息|报道|報導)\s?(?:[（(][^）)\n]{0,30}[）)])?[】\]）)]?[，,：:\s]*"
)
_CHINESE_CREDIT = re.compile(
    r"[（(【](?:[^）)】\n]{0,20})(?:记者|記者|网|社|报|報|讯|訊|编译|編譯)[^）)】\n]{0,20}[）)】]\s*"
)
_CHINESE_SOURCE = re.compile(
    r"[^。！？，,：:（(\n]{2,14}(?:讯|訊|消息|电|電)\s?[（(【][^）)】\n]{1,24}[）)】]\s*[:：]?\s*|【[^】\n]{1,24}(?:导读|導讀|编者按|編者按|摘要)】\s*"
)
"""`新京报讯（记者 王明）`, `央视网消息（新闻联播）：`, `【新智元导读】`."""
_GLUED_CREDIT = re.compile(r"[^.!?\n]{0,200}?(?:Getty(?: Images)?|Shutterstock|AFP|EPA)(?=[A-Z][a-z])")
_LEAD_IN = re.compile(
    r"(?:Abstract|Summary|Update|Exclusive)\s?[:：]\s?|(?:Abstract|Summary)\s(?=[A-Z][a-z])"
    r"|\d{1,3}\s+(?=(?:Mr|Mrs|Ms|Dr|Prof|Assoc)\b)"
)
_TABLE_RULE = re.compile(r"\|\s*+-{3,}[\s|-]*+")
"""The line below the head of a table, which newsletters use for their layout."""
_FOOTNOTE = re.compile(r"\[\^?\d{1,3}\]")
_NOT_NEWS = re.compile(
    r"(?:by the authority vested|figure (?:demonstrating|showing|\d)|willkommen|bienvenue|bienvenid[oa]s?|benvenut[oi]"
    r"|ultimo aggiornamento|última actualización|dernière mise à jour|mis à jour|zuletzt aktualisiert|aktualisiert"
    r"|by|written by|posted|published|updated|last updated|photo|image|images|picture|illustration|credit|credits"
    r"|reporting by|editing by|additional reporting|listen|watch|share|subscribe|sign up|sign in|log in|follow|click"
    r"|read (?:more|also|next|our)|related|advertis\w+|our readers|more from|in brief|table of contents|skip to|welcome"
    r"|good (?:morning|afternoon|evening)|ladies and gentlemen|distinguished|thank you|dear|hello|hi"
    r"|note(?=:)|(?:content |trigger )?warning(?=:)|editor['’]s note"
    r"|this (?:post|article|story|piece|page) (?:was|is|has|originally)|you can (?:also )?(?:learn|read|find)|let['’]s"
    r"|the following (?:opinion piece|article|post|essay)|questo (?:articolo|post) è|este (?:artículo|artigo)"
    r"|cet article (?:est|a)|dieser (?:artikel|beitrag) (?:ist|wurde)"
    r"|join us|summary is|sammendraget|copyright|©|all rights|lire aussi|par|publié|von|veröffentlicht|por|publicado"
    r"|di|pubblicato|本报记者|本報記者|记者|記者|作者|编辑|編輯|来源|來源|责任编辑|责编)\b(?!-)",
    re.IGNORECASE,
)
_SHORT_ONLY = re.compile(
    r"(?:by(?! the authority)|par|von|por|di|share|follow|watch|listen|images?|picture|photo|note|warning|related|hi"
    r"|dear|记者|記者|作者)\b",
    re.IGNORECASE,
)
"""Words that also begin ordinary sentences: they mark a byline or caption only in a short line."""
_SERVICE = re.compile(
    r"cookies?\b|javascript|newsletter|unsubscribe|all rights reserved|©|your browser|terms of (?:use|service)"
    r"|available (?:at|here)\W+https?:|privacy policy|\|\s*(?:-{2,}|\|)|(?:摄|攝|供图|圖|图片来源|圖片來源)$"
    r"|\b(?:Getty Images|Shutterstock|AP Photo|Image credits?)\b",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"[▲△▼]|图为|圖為|这是[^。]{0,30}拍摄|[^.]{0,60}\b(?:these|this) (?:images?|photos?|pictures?)\b", re.IGNORECASE
)
_CREDITED = re.compile(
    r".{0,300}[|/(]\s*(?:images?|photos?|pictures?|illustrations?|credits?|graphics?|fotos?|bild|crédits?|图|圖)\s?"
    r"(?:[:：]|by\b|credit\b).{0,80}",
    re.IGNORECASE,
)
"""A paragraph that ends with the credit of a picture is its caption: `A robot at the summit. | Image: Reuters`."""
_SPACE_BEFORE_STOP = re.compile(r"(?<=\w) (?=[.,](?:\s|$))")
_WORD = re.compile(r"\w+")
_CJK = re.compile(f"[{CJK_RANGES}]")


def summarize_opening(opening: Opening) -> tuple[str, ...]:
    """Return one or two sentences that say what happened; empty if only the headline is known.

    They have at most MAX_OPENING_COLUMNS columns.
    """
    if opening.quality == "title" or not opening.text:
        return ()
    informative = list(islice(_informative(opening), MAX_LEAD_SENTENCES + 1))
    sentences = [sentence for sentence in informative if not _BROKEN_OFF.search(sentence)] or informative[:1]
    if not sentences:
        return ()
    start = choose_start(sentences, opening.title)
    first, second = sentences[start], choose_second(sentences, start, opening.title)
    if second and _fits(f"{first} {second}") and _closes_its_quotes(second):
        return first, second
    return (shorten(first, MAX_OPENING_COLUMNS),)


def _fits(text: str) -> bool:
    return len(text) <= characters_in(text, MAX_OPENING_COLUMNS)


def _closes_its_quotes(sentence: str) -> bool:
    """Return False for the first sentence of a longer quotation, which must not be alone at the end."""
    pairs = (("“", "”"), ("«", "»"), ("„", "“"), ("「", "」"), ("『", "』"))
    return sentence.count('"') % 2 == 0 and all(sentence.count(left) <= sentence.count(right) for left, right in pairs)


def _informative(opening: Opening) -> Iterator[str]:
    """Yield the informative sentences of the beginning of a text, cleaned."""
    text = mask_spans(opening.text[:_EXAMINED_CHARS], opening.boilerplate)
    title = _words(opening.title)
    for index, paragraph in enumerate(filter(None, _paragraphs(text))):
        if index >= _MAX_OPENING_PARAGRAPHS:
            return
        line = "" if _CREDITED.fullmatch(paragraph) else _without_title(_without_dateline(paragraph), opening.title)
        for start, end in sentences(line):
            sentence = _SPACE_BEFORE_STOP.sub("", line[start:end].strip())
            if _is_informative(sentence) and not _repeats(sentence, title):
                yield sentence


def _paragraphs(text: str) -> Iterator[str]:
    """Yield paragraphs as lines; short lines that end no sentence stand alone (bylines, headings, captions)."""
    for block in _TABLE_RULE.sub("\n\n", text).split("\n\n"):
        gathered = ""
        for line in map(clean_line, block.split("\n")):
            if gathered and _continues(gathered, line):
                gathered = f"{gathered} {line}"
            else:
                yield gathered
                gathered = line
        yield gathered


def _continues(gathered: str, line: str) -> bool:
    """Return True if a line belongs to the paragraph before it."""
    if line[:1].islower():
        return True
    return not (_is_label(gathered) or (_TERMINAL.search(gathered) and _LIST_MARK.match(line)))


def _is_label(line: str) -> bool:
    return len(line) < 60 and not _TERMINAL.search(line)


def _without_dateline(line: str) -> str:
    line = _FOOTNOTE.sub("", _EMPHASIS.sub("", line))
    if mark := _LIST_MARK.match(line):
        line = line[mark.end() :]
    for pattern in (_GLUED_CREDIT, _CHINESE_CREDIT, _CHINESE_DATELINE, _CHINESE_SOURCE, _BARE_AGENCY, _LEAD_IN):
        if (match := pattern.match(line)) and match.end() < len(line):
            line = line[match.end() :]
    dash = _DASH.search(line, 0, 100)
    return line[dash.end() :] if dash and _is_dateline(line[: dash.start()].strip()) else line


def _without_title(line: str, title: str) -> str:
    """Remove the title where a page repeats it in front of its first sentence, without a mark in between."""
    rest = line.removeprefix(title).lstrip() if title else line
    return rest if len(rest) < len(line) and rest[:1].isupper() and not _TERMINAL.search(title) else line


def _is_dateline(prefix: str) -> bool:
    """Return True for `BRUSSELS, Nov 24 (Reuters)`, `WASHINGTON`, or `Berlin, February 11, 2025`."""
    words = _WORD.findall(prefix)
    if _NUMERIC_DATE.match(prefix):
        return True
    if not words or len(words) > 9 or not words[0][0].isupper():
        return bool(_AGENCY.fullmatch(prefix))
    has_date = any(word.lower().startswith(_MONTHS) for word in words) and any(map(str.isdigit, words))
    is_capital = len(words) <= 4 and len(words[0]) > 2 and words[0].isupper() and words[-1][0].isupper()
    is_site = len(words) == 2 and "." in prefix and " " not in prefix
    return has_date or is_capital or is_site or bool(_AGENCY.search(prefix))


def _is_informative(sentence: str) -> bool:
    if not _TERMINAL.search(sentence) or _SERVICE.search(sentence) or sentence.startswith((")", "]", ",", ";")):
        return False
    words, cjk = len(_WORD.findall(sentence)), len(_CJK.findall(sentence))
    if words < _MIN_WORDS and cjk < _MIN_CJK_CHARS:
        return False
    is_short = words < _SHORT_WORDS and cjk < _SHORT_CJK_CHARS
    if is_short and _CAPTION.match(sentence):
        return False
    return not (_NOT_NEWS.match(sentence) and (is_short or not _SHORT_ONLY.match(sentence)))


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _repeats(sentence: str, title: set[str]) -> bool:
    """Return True if a sentence mostly repeats the title."""
    words = _words(sentence)
    return len(words & title) >= _SAME_AS_TITLE * len(words)
