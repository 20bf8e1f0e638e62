# ruff: noqa: RUF001 - words and punctuation of several scripts are what this file is about
"""Recognizes sentences at the beginning of an article that are no news.

They are greetings, prompts to read on or to subscribe, bylines, credits, captions of pictures and disclaimers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.core.text import CJK_RANGES

_NOT_NEWS = re.compile(
    r"(?:by the authority vested|figure (?:demonstrating|showing|\d)|willkommen|bienvenue|bienvenid[oa]s?|benvenut[oi]"
    r"|ultimo aggiornamento|última actualización|dernière mise à jour|mis à jour|zuletzt aktualisiert|aktualisiert"
    r"|written by|posted|published|updated|last updated|photo|image|images|picture|illustration|credit|credits"
    r"|reporting by|editing by|additional reporting|listen|watch|share|subscribe|sign up|sign in|log in|follow|click"
    r"|read (?:more|also|next|our)|related|advertis\w+|our readers|more from|in brief|table of contents|skip to|welcome"
    r"|good (?:morning|afternoon|evening)|ladies and gentlemen|distinguished|thank you|dear|hello|hi|hey"
    r"|buongiorno|buonasera|bonjour|bonsoir|guten (?:morgen|tag|abend)|hallo|buen[oa]s (?:días|tardes|noches)|bom dia"
    r"|hola|olá|dzień dobry|download (?:and|the|our)|here(?:['’]s| are| is) (?:the|your|this)|press play"
    r"|(?:it (?:is|gives me)|it['’]s) (?:an? |my |our )?(?:\w+ )?(?:pleasure|honou?r|privilege|delight)"
    r"|(?:i am|i['’]m|we are) (?:\w+ )?(?:delighted|pleased|honou?red|happy|glad|grateful) to"
    r" (?:be|join|see|welcome|have|address|speak)|(?:a )?special shout|excellencies"
    r"|note(?=:)|(?:content |trigger )?warning(?=:)|editor['’]s note|disclaimer"
    r"|this (?:post|article|story|piece|page|logo|newsletter) (?:was|is|has|originally)|let['’]s"
    r"|you can (?:also )?(?:learn|read|find)|in diesem (?:artikel|text|beitrag)"
    r"|in this (?:newsletter|issue|edition|episode)"
    r"|this (?:week|month),? we(?:['’](?:re|ll)| are| will)? (?:cover|div|explor|look|talk)\w*"
    r"|the following (?:opinion piece|article|post|essay)|questo (?:articolo|post) è|este (?:artículo|artigo)"
    r"|cet article (?:est|a)|dieser (?:artikel|beitrag) (?:ist|wurde)|leggi anche|le[ea] también|leia (?:também|mais)"
    r"|lesen sie|mehr (?:dazu|lesen)|czytaj także|zobacz także|читайте также"
    r"|join us|summary is|sammendraget|copyright|©|all rights|lire aussi|publié|veröffentlicht|publicado"
    r"|pubblicato|本报记者|本報記者|记者|記者|作者|编辑|編輯|来源|來源|责任编辑|责编|延伸閱讀|相关阅读|相關新聞|関連記事)\b(?!-)",
    re.IGNORECASE,
)
_SHORT_ONLY = re.compile(
    r"(?:share|follow|watch|listen|images?|picture|photo|note|warning|related|hi"
    r"|dear|记者|記者|作者)\b",
    re.IGNORECASE,
)
"""Words that also begin ordinary sentences: they mark a byline or caption only in a short line."""
_BYLINE = re.compile(r"(?:By|BY|Par|Von|Por|Di) (?!der\b)[A-ZÀ-Þ][\w.’'-]+ [A-ZÀ-Þ]")
"""In a short sentence only: `By Jane Doe`, but not `By Monday the Commission`."""
_SERVICE = re.compile(
    r"newsletter|unsubscribe|all rights reserved|©|your browser|available (?:at|here)\W+https?:|\|\s*(?:-{2,}|\|)"
    r"|(?:摄|攝|供图|圖|图片来源|圖片來源)$|\b(?:Getty Images|Shutterstock|AP Photo|Image credits?)\b",
    re.IGNORECASE,
)
_SERVICE_WORD = re.compile(
    r"cookies?\b|javascript|terms of (?:use|service)|privacy policy|datenschutzerklärung", re.IGNORECASE
)
"""Words of service texts if the sentence addresses the reader; news is about privacy policies and cookies too."""
_ADDRESS = re.compile(
    r"\b(?:we|us|our|you|your|please|click\w*|accept\w*|agree\w*|subscribe\w*|sign up|enable\w*|inbox|third[- ]party"
    r"|this (?:site|website|blog|page)|by (?:using|continuing|clicking)|nous|nos|notre|vous|votre|wir|uns|unser\w*"
    r"|sie|ihre?|usted|su|nuestr\w+|nostr\w+|vostr\w+|questo (?:sito|blog)|este sitio|terze parti)\b",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"\bnot (?:constitute|intended as|be (?:construed|relied (?:up)?on|taken|used) as)\b.{0,60}\badvice"
    r"|\binformational purposes only|[Kk]eine (?:Anlageberatung|Kaufempfehlung)|no constituye .{0,40}asesoramiento"
    r"|不构成.{0,12}建议|不構成.{0,12}建議|用户应考虑本文|据此(?:投资|操作)|风险自担|風險自負|责任自负|责任自負",
)
_CAPTION = re.compile(
    r"[▲△▼]|图为|圖為|这是[^。]{0,30}拍摄|[^.]{0,60}\b(?:these|this) (?:images?|photos?|pictures?)\b", re.IGNORECASE
)
"""In a short sentence only."""
_PICTURED = re.compile(
    r"\b[Ll]ogos?\b.{0,40} (?:is|are) (?:seen|shown|pictured|displayed)\b"
    r"|\b(?:is|are|was|were) (?:seen|shown|pictured) in (?:this|an?)\b.{0,40}\b(?:images?|photo\w*|picture"
    r"|illustration)\b"
    r"|\b(?:picture illustration|[Ff]ile [Pp]hoto|REUTERS/|Symbol(?:bild|foto)|Archiv(?:bild|foto)"
    r"|photo d['’]illustration|(?:foto|imagen) de archivo|foto d['’]archivio)|资料图|資料圖|資料照|資料写真|자료사진",
)
_CREDITED = re.compile(
    r".{0,300}[|/(]\s*(?:images?|photos?|pictures?|illustrations?|credits?|graphics?|fotos?|bild|crédits?|图|圖)\s?"
    r"(?:[:：]|by\b|credit\b).{0,80}",
    re.IGNORECASE,
)
"""A paragraph that ends with the credit of a picture is its caption: `A robot at the summit. | Image: Reuters`."""
_MAX_CREDIT_CHARS, _MAX_CREDIT_CJK_CHARS = 40, 14
_LOWER_WORD = re.compile(r"\b[^\W\d_A-ZÀ-Þ\u0370-\uffff]\w*")
_CJK = re.compile(f"[{CJK_RANGES}]")
_AGENCY = re.compile(r"[（(\[].{1,20}[)）\]]")
"""At the end of a paragraph, the agency that reported it, if no picture is named."""
_PICTURE = re.compile(r"图|圖|照|摄|攝|写真|사진|photo|foto|bild", re.IGNORECASE)
_TERMINAL = re.compile(r"[.!?…。！？｡؟۔।॥][”’\"'»)\]」』）*_]*$")


def is_prompt_or_caption(sentence: str, *, is_short: bool) -> bool:
    """Return True if a sentence is no news; `is_short`: it has so few words that it may be a byline or a caption."""
    if any(pattern.search(sentence) for pattern in (_SERVICE, _DISCLAIMER, _PICTURED)):
        return True
    if _SERVICE_WORD.search(sentence) and _ADDRESS.search(sentence):
        return True
    if is_short and (_CAPTION.match(sentence) or _BYLINE.match(sentence)):
        return True
    return _NOT_NEWS.match(sentence) is not None and (is_short or not _SHORT_ONLY.match(sentence))


def is_credited(paragraph: str) -> bool:
    """Return True for a paragraph that ends with the credit of a picture."""
    return _CREDITED.fullmatch(paragraph) is not None


def may_be_caption(paragraph: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Return True for one sentence and a few words after it, mostly a caption with its photographer or agency.

    `spans`: those of the sentences of the paragraph. A text that was broken off may look the same.
    """
    if len(spans) != 2:
        return False
    credit = paragraph[slice(*spans[1])]
    if len(credit) > _MAX_CREDIT_CHARS or not any(map(str.isalpha, credit)):
        return False
    if ends_sentence(credit) or credit.endswith((":", "：")) or _NOT_NEWS.match(credit):
        return False
    if len(_LOWER_WORD.findall(credit)) > 1 or len(_CJK.findall(credit)) > _MAX_CREDIT_CJK_CHARS:
        return False  # not a name
    return not _AGENCY.fullmatch(credit) or _PICTURE.search(credit) is not None


def ends_sentence(text: str) -> bool:
    """Return True if a text ends with the end of a sentence."""
    return _TERMINAL.search(text) is not None
