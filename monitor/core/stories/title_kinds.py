"""Recognizes titles of market reports and of regular columns, which are not about the event that they mention.

English and Chinese only. A missing word can cost a false join of a report with the market's reaction to it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

TitleKind = Literal["report", "market move", "column"]

_COLUMN = re.compile(
    r"\b(?:briefings?|wraps?|wrap-up|round-?up|digest|newsletter|week ahead|live updates|recap|takeaways|calendar"
    r"|top stories|stocks to watch|(?:things|what) to (?:know|watch))\b"
    r"|早班[车車]|早[报報餐]|晚[报報]|日[报報]|快[报報]|[周週][报報刊]|一[周週]|每日|看[点點]|[观觀][点點]|梳理|[盘盤][点點]|[汇匯][总總]"
    r"|[综綜]述|速[览覽]|要[闻聞]|[专專][栏欄]",
    re.IGNORECASE,
)
_TRADED = re.compile(
    r"\b(?:shares?|stocks?|futures|etfs?|bonds?|index(?:es)?|markets?|dollar|yields?|prices?)\b", re.IGNORECASE
)
_MOVES = (
    r"jumps?|rises?|falls?|gains?|drops?|slides?|surges?|rall(?:y|ies)|climbs?|sinks?|slips?|soars?|plunges?|tumbles?"
)
_MOVE = re.compile(
    rf"\b(?:{_MOVES}|edges?|rebounds?|rising|gained|higher|lower|up|down|rattl\w{{1,5}}|reverses?)\b", re.IGNORECASE
)
_REACTION = re.compile(rf"\b(?:{_MOVES}) (?:on|as|after|over|amid)\b|\b(?:pre-?market|after-hours)\b", re.IGNORECASE)
_CHINESE_MOVE = re.compile(
    r"[盘盤][前后後中]|股[价價]|[涨漲跌升](?:超|逾|近|幅|停)?\s?\d|大[涨漲跌]|股[债債]|[早午收][盘盤]|收[涨漲跌]|跳水|[升涨漲跌]逾"
)


@lru_cache(maxsize=4096)
def title_kind(title: str) -> TitleKind:
    """Return what a title is of; cached."""
    if _COLUMN.search(title):
        return "column"
    is_move = (_TRADED.search(title) and _MOVE.search(title)) or _REACTION.search(title) or _CHINESE_MOVE.search(title)
    return "market move" if is_move else "report"
