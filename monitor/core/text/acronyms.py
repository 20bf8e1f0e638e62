"""Acronyms that are also words: US and WHO in an English headline in capitals, UN in any French text.

The tables list short words that an analyst could look for as an acronym, by the language of the article. Languages
without a table have no such words.
"""

from __future__ import annotations

_WORDS = {
    "en": """
a acid act add aid aids aim all am an and any arc are arm art as ask at bad ban bar bat be bit board bus but by cab can
cap car care case cat chip chips cop cost cut dare data deal do dot ear east ebb eat end fact far fast fat fit flag
for game gap gas get go great has he her hit hope how i ice if in ion is it its jet job just key kit lab lap law led
let lot mad man map mass may me men mix my nap net new next no nor not now of off oil on one open or our out own pact
part past pat peace pen per pet pie pin play pop post race ran rap rate real rent rich rip rise risk rose row run safe
salt sap sat save say sea see set she sit smart so space start step stop sum tap task team ten test the this tip to
too top trust two up us use via was we west what when who why will win wind word work yes you
""",
    "fr": """
au aux car cap cas ce ces cour de des dit don dont du elle en est et fin ici il ils la le les loi main mais mer mis mot
ne ni nom non nos nous on ont or ou par pas peu plan plus pour prix que qui sa sans se ses si son sont sous sur tir
tous tout un une va vie vos vous vu
""",
    "es": """
al ante con cual da de del dos el ella en era es ese eso esta fin ha han hay la las le ley lo los mal mar me mi muy ni
no nos o ola os otra paz pero plan por que sal se sea sede ser si sin son su sus tan te tras un una va ver voz ya
""",
    "it": """
agli ai al alla che chi ci come con cui da dal dei del di due era fa fra gli ha ho i il in io la le lei lo lui ma mai mi
ne nei no noi non o per piano pi poi qui sa se sei si sia sono su sua sul suo tra tre un una uno va vi via voi
""",
    "pt": """
a ao aos as com da das de dia do dos e ela ele em era eu fim foi ir isso lei mais mal mar mas me na nas nem no nos o os
ou par paz pela pelo por que sair se sem ser seu sim sob sol sou sua tem ter um uma uso vai ver vez voz
""",
    "ca": """
al als amb ara cal com de del dels des dos el ells els en era es fa fi ha han hi ho i la les li llei lo mal mar me mes
ni no o on pau pel per pla que qui sa se sense ser si sol som son sota un una uns va vol
""",
    "de": """
ab akt als alt am amt an art auf aus bei bis da das dem den der des die du ein er es gut hat ihr im in ist mit nach not
nun nur ob pakt rat so tag um und uns vom von vor war was weg wer wie wir wo zu zum zur
""",
    "nl": """
aan akte al als bij daar dan dat de der die door een en er had heeft het hij hoe hun in is ja je kan man met mij na nee
niet nog nu of om ons op over raad te tot uit van voor was wat we weg wel wet wie wij ze zij zo
""",
}
_ARTICLES = {"ca": "un", "es": "un", "fr": "un", "it": "un", "pt": "un"}

_WORDS_OF = {language: frozenset(words.split()) for language, words in _WORDS.items()}
WORDS_OF_ANY_LANGUAGE = frozenset().union(*_WORDS_OF.values())
"""Acronyms, folded, whose occurrences depend on the language of the article."""


def is_always_word(word: str, language: str) -> bool:
    """Return True for an article that is never the acronym: French writes ONU for the UN, so that `UN` is `un`."""
    return word == _ARTICLES.get(language)


def is_word_in_capitals(word: str, language: str) -> bool:
    """Return True if a text in capitals has the word, not the acronym; an unknown language is taken for English."""
    return word in _WORDS_OF.get(language or "en", ())
