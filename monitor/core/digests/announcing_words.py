# ruff: noqa: RUF001 - words of several scripts
"""The words by which sentences announce dates: months, events, the future, and what makes a date unsure."""

from __future__ import annotations

import re


def _words(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives})\b", re.IGNORECASE)


_MONTH_NAMES = (
    "january januar jänner janvier enero jan",
    "february februar février fevrier febrero feb",
    "march märz mars marzo",
    "april avril abril apr",
    "may mai mayo",
    "june juni juin junio",
    "july juli juillet julio",
    "august août aout agosto aug",
    "september septembre septiembre sept sep",
    "october oktober octobre octubre oct",
    "november novembre noviembre nov",
    "december dezember décembre decembre diciembre dec",
)
MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}

EVENTS = {
    "en": (
        _words(r"deadline|due (?:by|on)|no later than|comments? by|until|closes?|submit|submissions|apply by"),
        _words(r"hearings?|trial|testify|oral arguments?"),
        _words(r"summit|conference|meetings?|forum|sessions?|talks|workshop|assembly"),
        _words(r"votes?|voting|elections?|referendum|ballot"),
        _words(
            r"(?:enters?|comes?|entry|go|goes) into (?:force|effect|application)|takes? effect|effective"
            r"|(?:apply|applies|applicable|applying) (?:from|on|as of|starting)|(?:start|begin)s? (?:to apply|applying)"
        ),
    ),
    "de": (
        _words(r"\w*frist|Stichtag|spätestens|bis zum|bis|Stellungnahmen?"),
        _words(r"Anhörung|Verhandlung|Prozess|Urteil"),
        _words(r"\w*gipfel|\w*konferenz|\w*sitzung|\w*tagung|\w*treffen|\w*forum"),
        _words(r"Abstimmung|stimmt|abgestimmt|\w*wahl(?:en)?|Referendum"),
        _words(r"tritt|treten|Inkrafttreten|in Kraft|gilt ab|gelten ab|wirksam|anwendbar"),
    ),
    "fr": (
        _words(r"date limite|échéance|au plus tard|jusqu['’]au|avant le|délai|clôture"),
        _words(r"audience|audition|procès"),
        _words(r"sommet|conférence|réunion|forum|session|assises"),
        _words(r"vote|votera|voteront|scrutin|élections?|référendum"),
        _words(r"en vigueur|s['’]applique(?:ra|ront)?|applicables?|prendr(?:a|ont) effet"),
    ),
    "es": (
        _words(r"plazo|fecha límite|hasta el|antes del|a más tardar|vence"),
        _words(r"audiencia|comparecencia|juicio|vista"),
        _words(r"cumbre|conferencia|reunión|foro|sesión"),
        _words(r"votación|votará|votarán|elecciones|referéndum"),
        _words(r"en vigor|vigencia|se aplicar(?:á|án)|aplicables?|surtirá efecto"),
    ),
    "zh": (
        re.compile("截止|征求意见|徵求意見|截至|之前|以前|前提交"),
        re.compile("听证|聽證|开庭|開庭|庭审|庭審"),
        re.compile("峰会|峰會|会议|會議|大会|大會|论坛|論壇|会谈|會談"),
        re.compile("表决|表決|投票|选举|選舉|公投"),
        re.compile("生效|施行|实施|實施|起执行|起執行|起适用|起適用"),
    ),
}
"""Patterns of deadlines, hearings, meetings, votes and entries into force, by language."""
FUTURE = {
    "en": _words(
        r"will|shall|(?:is|are) (?:due|set|scheduled|expected|to)|next|upcoming|scheduled|planned|must|ha(?:s|ve) until"
        r"|no later than|deadline|starting"
    ),
    "de": _words(r"wird|werden|soll|sollen|bis|ab|geplant|kommenden?|muss|müssen|\w*frist|tritt|treten"),
    "fr": _words(
        r"\w+(?:era|eront|ira|iront|dra|dront)|aura|auront|doi(?:t|vent)|jusqu['’]au|au plus tard|prévue?s?|prochaine?"
    ),
    "es": _words(r"\w+(?:rá|rán)|deben?|hasta|antes del|prevista?s?|previsto|próxim[oa]|vence"),
    "zh": re.compile("将|將|拟定于|定于|定於|截止|预计|預計|即将|即將|起"),
}
"""What must stand before a date without a year."""
CONDITIONAL = {
    "en": _words(
        r"postpon\w+|delay\w*|cancel\w*|resched\w+|extend\w*|extension|instead|if|could|would|might|propos\w+|unless|not"
        r"|may (?:be|not|also|apply|enter|take|have|come)|no longer|originally|pushed? back|anniversary"
    ),
    "de": _words(
        r"versch[oi]e?b\w*|verzöger\w*|abgesagt|verlänger\w*|anstatt|anstelle|falls|wenn|könnten?|würden?|nicht|kein\w*"
        r"|vertagt|ursprünglich|möglicherweise|vorgeschlagen|vorschlag\w*"
    ),
    "fr": _words(
        r"repouss\w*|report[ée]\w*|annul\w*|prolong\w*|au lieu|si|pourrai\w*|serai(?:t|ent)|ne|n['’]\w+|initialement"
        r"|propos\w+"
    ),
    "es": _words(
        r"aplaz\w*|pospon\w*|pospuest\w*|retras\w*|cancel\w*|prorrog\w*|en lugar|si|podrían?|sería|no|inicialmente"
        r"|propon\w+|propuest\w+"
    ),
    "zh": re.compile("推迟|推遲|延期|延后|延後|取消|延长|延長|原定|可能|如果|若|或将|或將|未|不"),
}
"""What makes a date unsure: a sentence with such a word announces none."""
