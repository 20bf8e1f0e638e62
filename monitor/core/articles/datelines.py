# ruff: noqa: RUF001 - punctuation and datelines of several scripts are what this file is about
"""Removes what stands before the first sentence of a paragraph: datelines, agencies, bylines, labels and list marks.

Examples: `BRUSSELS, Nov 24 (Reuters) - `, `Madrid, 11 mar (EFE).- `, `(서울=연합뉴스) 홍길동 기자 = `. All patterns
look at the beginning of a paragraph and are bounded.
"""

from __future__ import annotations

import re

from monitor.core.feeds import dates
from monitor.core.text import CJK_RANGES
from monitor.core.text.english import SENTENCE_STARTERS

_LIST_MARK = re.compile(r"(?:\d{1,3}[.)]|\(?[a-z]\)|[ivx]{1,4}[.)]|[-–—•*·▪■►#>]+)\s+")
_EMPHASIS = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_FOOTNOTE = re.compile(r"\[\^?\d{1,3}\]")
_IMAGE = re.compile(r"!\[[^\]\n]{0,200}\](?:\([^)\n]{0,500}\))?\s*")
"""An image in Markdown."""
_LINK_NOTE = re.compile(r" ?\(opens in (?:a )?new (?:tab|window)\)|,? opens (?:in )?(?:a )?new (?:tab|window)\b")
"""What pages say to screen readers behind a link."""
_GLUED_SENTENCES = re.compile(r"[.!?](?:(?<=[a-z]{3}[.!?])|”)(?=[A-Z][a-z]+ )")
"""Where a space is missing between two sentences, because a page or a feed separates them by markup only."""
_DASH = re.compile(r"\s*(?:--|[–—]|\s-|\.-)\s+(?=\S)")
_AGENCY = re.compile(
    r"\((?:[A-Z][\w .&/,'’-]{1,40}|(?:afp|ansa|apa|belga|dpa|efe|epd|kna|lusa|ots|ritzau|sda)\b[\w /-]{0,20}"
    r"|رويترز|أ ف ب|أ ب|د ب أ|وكالات)\)$"
)
_MAX_DATELINE_WORDS, _MAX_DATELINE_CHARS = 9, 100
_NUMERIC_DATE = re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{4}\b")
_PLACE_WITHOUT_DATE = re.compile(r"[^\W\d_]{4,20}(?: [^\W\d_]{2,12})?")
"""`Brasília` or `New Delhi`, which count only before a word that begins sentences."""
_ENGLISH_PLACE = re.compile(
    r"(?:New Delhi|Mumbai|Bengaluru|Chennai|Kolkata|Hyderabad|Islamabad|Karachi|Dhaka|Colombo|Kathmandu|Singapore"
    r"|Manila|Jakarta|Kuala Lumpur|Canberra|Sydney|Melbourne|Wellington|London|Brussels|Paris|Berlin|Madrid|Rome|Geneva"
    r"|Washington|New York|Beijing|Tokyo|Seoul|Taipei|Dubai|Cairo|Nairobi|Johannesburg|Abuja):\s+(?=[A-Z])",
    re.IGNORECASE,
)
"""Places before a colon, as Indian and Australian newspapers print them. Other names before one are of speakers."""
_FIRST_WORD = re.compile(r"[“‘\"'«(]?([^\W\d_]+)")
_WORD = re.compile(r"\w+")
_BARE_AGENCY = re.compile(
    r"\((?:Reuters|AP|AFP|dpa|DPA|ANI|PTI|Xinhua|Bloomberg|EFE|ANSA|Adnkronos|AGI|Europa Press|CNN|IANS)\)"
    r"\s*(?:--|[-–—:])?\s*"
)
_ARABIC_DATELINE = re.compile(r"[\u0600-\u06ff ]{2,24}/[\u0600-\u06ff .]{1,16}/\s*")
"""`القاهرة/أ ش أ/`."""
_CHINESE_DATELINE = re.compile(
    r"[（(【\[]?[^。！？\n]{0,24}?\d{1,2}\s?月\s?\d{1,2}\s?日\s?(?:[（(][^）)\n]{0,30}[）)])?\s?"
    r"(?:电|電|讯|訊|消息|报道|報導)\s?(?:[（(][^）)\n]{0,30}[）)])?[】\]）)]?[，,：:\s]*"
)
_CHINESE_CREDIT = re.compile(
    r"[（(【](?:[^）)】\n]{0,20})(?:记者|記者|网|社|报|報|讯|訊|编译|編譯)[^）)】\n]{0,20}[）)】]\s*"
)
_CHINESE_SOURCE = re.compile(
    r"[^。！？，,：:（(\n]{2,14}(?:讯|訊|消息|电|電)\s?[（(【][^）)】\n]{1,24}[）)】]\s*[:：]?\s*|【[^】\n]{1,24}(?:导读|導讀|编者按|編者按|摘要)】\s*"
    rf"|[^。！？，,\s|]{{2,16}}(?:讯|訊)\s+(?=[{CJK_RANGES}])"
)
"""`新京报讯（记者 王明）`, `央视网消息（新闻联播）：`, `【新智元导读】`, `24K99讯 `."""
_BRACKETED_LABEL = re.compile(
    rf"[【〔［\[](?=[^】〕］\]\n]{{0,40}}[{CJK_RANGES}])[^】〕］\]\n]{{2,40}}[】〕］\]]\s?(?:[-－–—:：]\s)?\s*"
)
"""`〔記者王明／台北報導〕`, `［東京 22日 ロイター］ - `, `[한국신문 홍길동기자] `."""
_KOREAN_BYLINE = re.compile(
    r"(?:[(（][^)）\n]{2,30}[)）]\s?)?[가-힣·]{2,12}\s?(?:기자|특파원|위원)\s?=\s?|[(（][가-힣]{2,8}\s?=\s?[^)）\n]{2,12}[)）]\s?(?:=\s?)?"
)
_BAR = re.compile(r"[^|｜。.!?？！\n]{2,24}?\s?[|｜]\s?(?=[^\s|｜-])")
"""The source before a vertical bar: `Berlin dpa | `, `金吾财讯 | `."""
_GLUED_CREDIT = re.compile(
    r"[^.!?\n]{0,200}?(?:Getty(?: Images)?|Shutterstock|AFP|EPA)(?=[A-Z][a-z])"
    r"|[A-Z][\w .'’-]{2,40}/[A-Z]{2,12}(?=[A-Z][a-z]+ )"
)
_LEAD_IN = re.compile(
    r"(?:Abstract|Summary|Update|Exclusive)\s?[:：]\s?|(?:Abstract|Summary)\s(?=[A-Z][a-z])"
    r"|(?:[Uu]pdated|Exclusive|Analysis)\s(?=[A-Z][\w'’-]* )"
    r"(?!(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b)"
    r"|\d{1,3}\s+(?=(?:Mr|Mrs|Ms|Dr|Prof|Assoc)\b)"
)
_INNER_DATELINE = re.compile(
    r"\b[A-Z][A-Z/ .'-]{2,30}(?:, [A-Z][a-z]{2,8}\.? \d{1,2})? \((?:Reuters|AP|AFP|Xinhua)\)\s?(?:--|[-–—])\s+"
)
"""A dateline behind a caption and its credit, which some pages print in one paragraph with the text."""
_MAX_CAPTION_CHARS = 600
"""Characters of a line in which the dateline behind a caption is looked for."""
_BEFORE_THE_SENTENCE = (
    _GLUED_CREDIT, _BRACKETED_LABEL, _CHINESE_CREDIT, _CHINESE_DATELINE, _CHINESE_SOURCE, _KOREAN_BYLINE, _BARE_AGENCY,
    _ARABIC_DATELINE, _BAR, _LEAD_IN, _ENGLISH_PLACE,
)  # fmt: skip


def starts_with_list_mark(line: str) -> bool:
    """Return True for the line of a list."""
    return _LIST_MARK.match(line) is not None


def remove_dateline(paragraph: str) -> str:
    """Return a paragraph, in one line, from its first sentence on, without emphasis, images, and notes on links."""
    line = paragraph
    for pattern in (_EMPHASIS, _FOOTNOTE, _IMAGE, _LINK_NOTE):
        line = pattern.sub("", line)
    line = _GLUED_SENTENCES.sub(r"\g<0> ", line)
    if mark := _INNER_DATELINE.search(line, 0, _MAX_CAPTION_CHARS) or _LIST_MARK.match(line):
        line = line[mark.end() :]
    for pattern in _BEFORE_THE_SENTENCE:
        if (match := pattern.match(line)) and match.end() < len(line):
            line = line[match.end() :]
    dash = _DASH.search(line, 0, _MAX_DATELINE_CHARS)
    return line[dash.end() :] if dash and _is_dateline(line[: dash.start()].strip(), line[dash.end() :]) else line


def _is_dateline(prefix: str, rest: str) -> bool:
    """Return True for `BRUSSELS, Nov 24 (Reuters)`, `WASHINGTON`, or `Berlin, February 11, 2025`."""
    words = _WORD.findall(prefix)
    if rest[0].islower():
        return False
    if _NUMERIC_DATE.match(prefix):
        return True
    if not words or len(words) > _MAX_DATELINE_WORDS or words[0][0].islower():
        return bool(_AGENCY.fullmatch(prefix))
    has_date = any(map(dates.is_month, words)) and any(map(str.isdigit, words))
    is_capital = len(words) <= 4 and len(words[0]) > 2 and words[0].isupper() and words[-1][0].isupper()
    is_site = len(words) == 2 and "." in prefix and " " not in prefix
    return has_date or is_capital or is_site or bool(_AGENCY.search(prefix)) or _is_place(prefix, rest)


def _is_place(prefix: str, rest: str) -> bool:
    """Return True for a short name before a dash after which a sentence begins."""
    following = _FIRST_WORD.match(rest)
    begins = following is not None and following[1] in SENTENCE_STARTERS
    return begins and prefix == prefix.title() and _PLACE_WITHOUT_DATE.fullmatch(prefix) is not None
