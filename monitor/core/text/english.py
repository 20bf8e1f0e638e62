"""Word lists, mostly English, by which terms and sentences are parsed; the only knowledge of a particular language."""

_NO_PLURALS = """
news politics economics physics ethics mathematics analytics statistics logistics brussels davos athens paris mercedes
texas kansas arkansas wales netherlands philippines emirates series species always perhaps towards besides gas bias
atlas lens business access process progress congress class press less cas pas las des les mes ses
"""
_NUMBERED = "no nos nr n núm num art arts sec par para fig ch vol p pp poz ust ziff"
_ABBREVIATIONS = """
mr mrs ms dr prof st jr sr gen col lt sgt rep sen gov pres hon cf vs v e.g i.e etc al
inc ltd co corp bros dept univ jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun approx ca
bzw z.b d.h u.a nr abs mio mrd ee mme mm m ed eds ff seq
"""
_BEFORE_NAMES = """
mr mrs ms dr prof st gen col lt sgt rep sen gov pres hon cf vs v e.g i.e mme mm z.b d.h bzw u.a abs mio mrd ee
approx ca
"""
_SENTENCE_STARTERS = """
A An The This That These Those It Its He His She Her They Their We Our You Your There Here But And Yet However
Although Though While When Where What Who Why How If Because Since After Before Until During Meanwhile Instead Also
Both Some Many Most Several Other Another Such As At By For From In On Of To With Under Over Between Critics Officials
Le Les Une Ce Cette Ces Il Elle Ils Elles El Los Las Una Ese Esta Este Der Die Das Ein Eine Im Es Sie Lo Gli O Os
"""
_KNOWN_ACRONYMS = """
agi ai aisi asean bis brics cac cfius cma cnil dma doc dod doj dsa eap ecb edpb edps enisa eu fbi fcc fda ftc g20 g7
gdpr gpai gpu hbm ico iec ieee iso it itu llm mfn miit mofcom nato ndrc nist nsa ntia oecd ostp sec uk un unesco us
usaid ustr waic who wipo wto
"""

NO_PLURALS = frozenset(_NO_PLURALS.split())
"""Words that end in s without being plurals: without the s they would be another word (news is not new)."""
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
"""A full stop after one of these does not end a sentence."""
ABBREVIATIONS_BEFORE_NAMES = frozenset(_BEFORE_NAMES.split())
"""Abbreviations that always precede something, so that the sentence goes on whatever follows."""
SENTENCE_STARTERS = frozenset(_SENTENCE_STARTERS.split())
"""Words that begin a sentence after another abbreviation (`the U.S. The ban`): they rarely begin a name."""
KNOWN_ACRONYMS = frozenset(_KNOWN_ACRONYMS.split())
"""Acronyms that a term in lower case probably means; such a term would also match a word, or match in any case."""
NUMBERED = frozenset(_NUMBERED.split())
"""A full stop after one of these does not end a sentence when a number follows."""
