"""Removes what follows an article: other articles, newsletters, comments, notes on the author.

It is known by its heading, in the languages of the sources that ship, and only looked for at the end of a text: the
same words further up are headings of the article.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.articles.page_blocks import Block

_LONGEST = 80  # characters of such a heading
_PART, _PLAIN_PART = 0.2, 0.1
"""Share of the text that may follow such a heading, and such a heading that is set as a paragraph."""
_PHRASES = re.compile(
    r"""[\W\d_]*(?:
    (?:related|recommended|suggested|other|similar|latest|recent|featured|popular|trending|more|read)\s
      (?:(?:\w+\s){0,2})?(?:articles?|posts?|stories|story|news|reading|reads|content|topics|resources|links|coverage
      |publications|insights|blogs?|videos|guides|reports)\b.{0,30}
    |related|recommended(?:\sfor\syou)?|trending(?:\snow)?|most\s(?:read|popular|viewed)\b.{0,20}|more\s(?:from|like)\b.+
    |(?:you\s(?:may|might|could)\salso|we\s(?:also\s)?recommend)\b.*
    |what\sto\sread\snext|up\snext|read\s(?:next|more|also)|see\salso|further\sreading|don.?t\smiss
    |about\s(?:the|our)\s(?:authors?|writers?|editors?|reviewers?|company)|(?:the\s)?authors?(?:\sbio)?|written\sby\b.{0,40}
    |meet\s(?:the|our)\s(?:authors?|writers?|experts?|team|testers).*
    |(?:join|get|subscribe|sign\sup)\b.{0,40}(?:newsletter|updates|mailing\slist|inbox)\b.*|subscribe|newsletters?
    |comments?|(?:\d+\s)?(?:comments?|responses?|thoughts)(?:\son\b.*)?|leave\sa\s(?:reply|comment)\b.*|join\sthe\s\w+\s?
    |mehr\szum\sthema|das\sk\u00f6nnte\s(?:sie|dich)\b.*|weitere\s(?:artikel|beitr\u00e4ge|meldungen|nachrichten)\b.*
    |(?:\u00e4hnliche|verwandte)\s(?:artikel|beitr\u00e4ge|themen)|\u00fcber\sd(?:en|ie)\sautor\w*|kommentare?
    |(?:\u00e0|a)\slire\s(?:aussi|\u00e9galement)|lire\saussi|articles\s(?:similaires|li\u00e9s|associ\u00e9s|r\u00e9cents)
    |sur\sle\sm\u00eame\s(?:sujet|th\u00e8me)|dans\sla\sm\u00eame\srubrique|\u00e0\spropos\sde\sl.auteur\w*|commentaires?
    |(?:art\u00edculos|noticias|contenidos?|notas)\srelacionad[oa]s?|te\spuede\sinteresar|(?:lee|vea|ver)\stambi\u00e9n
    |m\u00e1s\snoticias|comentarios|sobre\s(?:el|la)\sautora?|(?:leia|veja)\s(?:tamb\u00e9m|mais)|not\u00edcias\srelacionadas
    |coment\u00e1rios|sobre\s[oa]\sautora?|articoli\scorrelati|leggi\sanche|potrebbe(?:ro)?\sinteressart\w+|commenti
    |lees\sook|gerelateerd\w*(?:\s\w+)?|reacties|czytaj\s(?:tak|te)\u017ce?|powi\u0105zane\b.*|komentarze
    |\u0447\u0438\u0442\u0430\u0439\u0442\u0435\s\u0442\u0430\u043a\u0436\u0435|\u043f\u043e\u0445\u043e\u0436\u0438\u0435\s\w+
    |\u043f\u043e\s\u0442\u0435\u043c\u0435|\u043a\u043e\u043c\u043c\u0435\u043d\u0442\u0430\u0440\u0438\u0438
    |\u0130lgili\s\w+|\u95a2\u9023(?:\u8a18\u4e8b|\u30cb\u30e5\u30fc\u30b9|\u30ea\u30f3\u30af)|\u304a\u3059\u3059\u3081\w*
    |\u76f8(?:\u5173|\u95dc)(?:\u9605\u8bfb|\u95b1\u8b80|\u65b0\u95fb|\u65b0\u805e|\u6587\u7ae0|\u62a5\u9053|\u5831\u5c0e|\u94fe\u63a5)
    |(?:\u63a8\u8350|\u5ef6\u4f38)\u9605\u8bfb|\u5ef6\u4f38\u95b1\u8b80|\u70ed\u95e8\w+
    |\u0645\u0648\u0627\u0636\u064a\u0639\s\u0630\u0627\u062a\s\u0635\u0644\u0629|\u0627\u0642\u0631\u0623\s\u0623\u064a\u0636\u0627
    )[\s:\u2026.!?\uff1a\u2193\u00bb>-]*""",
    re.IGNORECASE | re.VERBOSE,
)


def remove_back_matter(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks up to the first heading that announces what is not the article, near the end of the text."""
    total = sum(len(block.text) for block in blocks)
    kept = len(blocks)
    length = 0
    for number in range(len(blocks) - 1, -1, -1):
        block = blocks[number]
        length += len(block.text)
        if length > _PART * total:
            break
        if (block.is_heading or length <= _PLAIN_PART * total) and is_announcement(block):
            kept = number
    return list(blocks[:kept])


def is_announcement(block: Block) -> bool:
    """Return True for a heading, or a paragraph like one, that announces what is not the article."""
    if len(block.text) > _LONGEST or block.tag in {"li", "tr"}:
        return False
    return _PHRASES.fullmatch(block.text) is not None
