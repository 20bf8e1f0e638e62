"""Recognizes by their words the headlines that name a decision of a court, parliament, government or regulator."""

from __future__ import annotations

import re

from monitor.core.stories.headline_words import action
from monitor.core.text.languages import same_language

_ACTIONS = frozenset((
    "fine", "probe", "sue", "judge", "settle", "uphold", "pass", "sign", "reject", "delay", "withdraw", "ban", "loosen",
    "tighten", "enforce", "order",
))  # fmt: skip
"""Names of actions in English (`core.stories.headline_words.ACTIONS`); others are comments, plans or business."""
_WORD = re.compile("[a-z]+")
_OTHER_SENSES = ("back", "expand", "broaden", "widen", "examin", "forces", "scraped", "scraping", "adopting")
"""Beginnings of words of these actions that mostly say something else: funds back, companies expand."""
_LAW_ENFORCEMENT = re.compile(r"\blaw[- ]enforcement\b")
"""A police force."""
_SIGN = re.compile(r"\bsign(?:s|ed|ing)?\b")
_SIGNED = re.compile(
    r"\b(?:orders?|bills?|laws?|acts?|legislation|treaty|convention|decree|directive|memorandum|pact|accord)\b"
)
"""What is signed by a decision; contracts, statements and petitions are not."""
_CIRCUMSTANCE = re.compile(r"(?<=\S) (?:after|following|amid|despite|since)\b.*")
"""The end of a headline that names an earlier event."""
_IN_OTHER_LANGUAGES = re.compile(
    r"\b(?:verbiete[nt]|verbot|untersag\w+|verhäng\w+|beschließ\w+|beschloss\w*|verabschiede\w+|bußgeld|urteil\w*"
    r"|adopt(?:e|ent|é)|interdi(?:t|sent|ction)|sanctionn\w+|inflige|condamn\w+|suspend\w*|enquête|amende|promulgu\w+"
    r"|aprueban?|aprobad[oa]|prohíben?|sanciona\w*|suspenden?|investiga\w*|demandan?|multas?|aprova\w*|proíbe\w*"
    r"|approva\w*|vieta\w*|sanziona\w*|sospend\w+|indaga\w*|zatwierdz\w+|zakaz\w*|uchwali\w+)\b"
    r"|签署|簽署|通过|通過|禁止|禁令|罚款|罰款|罰金|处罚|處罰|暂停|暫停|叫停|停止|生效|施行|立案|调查|調查|起诉|起訴|提訴|判决|判決"
    r"|裁定|制裁|撤销|撤銷|废除|廢除|可決|成立|금지|통과|시행|과징금",
    re.IGNORECASE,
)


def names_decision(title: str, language: str) -> bool:
    """Return True if a headline names such a decision, or an investigation or a lawsuit.

    `language`: its code; English words count if it is English or empty.
    """
    if not language or same_language(language, "en"):
        main = _CIRCUMSTANCE.sub("", _LAW_ENFORCEMENT.sub("", title.lower()))
        text = main if _SIGNED.search(main) else _SIGN.sub("", main)
        named = {action(word) for word in _WORD.findall(text) if not word.startswith(_OTHER_SENSES)}
        if not _ACTIONS.isdisjoint(named):
            return True
    return _IN_OTHER_LANGUAGES.search(title) is not None
