"""The vocabulary of policy headlines: function and everyday words, actions, places, months and numbers.

Words are folded (core.text) and without a plural s; actions are the beginnings of words.
The lists need not be complete: a missing word can cost a join, and a missed join is one more line in a digest.
"""

from __future__ import annotations

from functools import lru_cache


def _split(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = _split(
    """
    about after against ahead all also amid among and any are around been before behind being below between beyond both
    but can cannot could does doing don down during each ever every for from had has have her here him his how into its
    just less like may might more most must near not now off once one only onto other our out over own per same she
    should since some still such than that the their them then there these they this those through too toward under
    until upon was were what when where which while who whom whose why will with within without would yet you your aux
    avec ces cette chez comme dan dans des donc elle est etre leur leurs les mais nos nous ont par pas plus pour quand
    que quel quelle qui sans ses son sont sou sous sur une vers vos vous entre contre apres avant aber als auch auf aus
    bei bis das dass dem den der des die doch ein eine einem einen einer fur gegen hat haben ihr ihre ist kann kein mehr
    mit nach nicht noch nur oder sein seine sich sie sind soll uber und unter vom von vor war was wegen wenn werden wie
    wird wir zum zur zwischen ante bajo como con contra cual cuando del desde donde ella ellos entre era esta estas este
    esto estos hacia hasta las los mas muy nos otra otro para pero por que quien segun ser sin sobre son sus tras una
    uno agli alla alle allo anche che chi con cosa dagli dal dalla dei del della delle dello dopo fra gli hanno nei nel
    nella nelle non per piu quando questa questo sono sui sul sulla tra una uno verso aos com dos das ela ele entre essa
    esse esta este foi mais mas nas nos nao para pela pelo por quando que sao sem seu sua ser sob sobre tem uma aan als
    bij dat deze door een het hun maar meer met naar niet nog ook over tegen tot uit van voor wat wel zijn
    """
)

SHORT_FUNCTION_WORDS = _split(
    """
    al am an ao as at au be by ce da de di do du el en er es et go he if il im in is it la le lo me my na ne no ob of
    on or os sa se so te to um up we zu
    """
)
"""Function words of two letters; headlines are compared without any word of two letters."""

EVERYDAY_WORDS = _split(
    """
    act action agency agree agreement aim algorithm amendment analysis announce announcement approach article artificial
    ask authority back bad best better big bigger biggest bill billion body boost brief briefing build business call
    case change chief claim close code come comment commission commissioner committee company concern conference
    congress consultation continue council country court daily data day deal debate decision digest director
    dispute document dollar draft early editorial effort end euro event exclusive executive expert explained face far
    fear federal fight final find fine firm first five fix focus force former forum four framework full further future
    generative get give global good government group guidance guide guideline head hearing help high hit hold hour house
    impact industry innovation intelligence interview issue job join judge jury just keep key know last latest law
    lawmaker lawsuit lawyer lead leader leading learn legal legislation legislator let letter life live long look
    machine maker making major make man many measure media meet meeting member million minister ministry model
    month morning move national need new newsletter news next november number office officer official old only open
    opinion order panel paper parliament part people percent plan platform podcast point policy politic political post
    power press president press pressure private process product program programme progress project proposal propose
    protect protection public publication publish push put question read real regulation regulator regulatory release
    report research review rise risk role rule ruling run safe safety say said secretary sector security see seek senate
    senator service set seven share show sign six social software speech start startup state statement step stop story
    strategy student study sue suit summary summit support system take talk task team tech technology tell ten text
    thing think three time today tomorrow tool top trade trial try turn two update use user version video view vote want
    warn watch way week weekend weekly win word work worker world year yesterday yearly young monday tuesday wednesday
    thursday friday saturday sunday january february march april june july august september october december
    artificielle intelligenz kunstliche artificiale artificial inteligencia inteligencia intelligenza kunstmatige
    intelligentie gesetz loi ley legge lei wet regierung gouvernement gobierno governo kommission comision commissione
    comissao neue nouveau nouvelle nuevo nueva nuovo nuova novo nova
    """
)
"""Words so frequent in headlines that sharing them does not suggest the same news."""

PLACES = {
    "eu": "europe european brussel eu mep bloc",
    "us": "american us usa u washington white-house trump biden",
    "uk": "british britain england english uk london scotland scottish wale welsh",
    "china": "chinese beijing prc shanghai",
    "hong kong": "hong-kong",
    "taiwan": "taiwanese taipei",
    "japan": "japanese tokyo",
    "south korea": "korean korea seoul",
    "india": "indian delhi mumbai",
    "pakistan": "pakistani",
    "singapore": "singaporean",
    "indonesia": "indonesian jakarta",
    "vietnam": "vietnamese hanoi",
    "thailand": "thai bangkok",
    "malaysia": "malaysian",
    "philippines": "philippine filipino manila",
    "australia": "australian canberra sydney",
    "new zealand": "zealand",
    "canada": "canadian ottawa ontario quebec",
    "mexico": "mexican",
    "brazil": "brazilian brasilia brasil",
    "argentina": "argentine argentinian",
    "chile": "chilean",
    "colombia": "colombian",
    "germany": "german berlin",
    "france": "french paris",
    "italy": "italian rome",
    "spain": "spanish madrid",
    "portugal": "portuguese lisbon",
    "netherlands": "dutch netherland hague",
    "belgium": "belgian",
    "ireland": "irish dublin",
    "poland": "polish warsaw",
    "sweden": "swedish stockholm",
    "norway": "norwegian oslo",
    "denmark": "danish copenhagen",
    "finland": "finnish helsinki",
    "austria": "austrian vienna",
    "switzerland": "swiss geneva",
    "greece": "greek athen",
    "hungary": "hungarian budapest",
    "ukraine": "ukrainian kyiv",
    "russia": "russian moscow kremlin",
    "turkey": "turkish turkiye ankara",
    "israel": "israeli jerusalem",
    "uae": "emirati emirate dubai abu-dhabi uae",
    "saudi": "saudi riyadh",
    "qatar": "qatari doha",
    "egypt": "egyptian cairo",
    "nigeria": "nigerian lagos abuja",
    "kenya": "kenyan nairobi",
    "south africa": "pretoria johannesburg",
    "rwanda": "rwandan kigali",
    "california": "californian newsom sacramento",
    "new york": "albany hochul",
    "texas": "texan austin",
    "colorado": "denver",
    "illinois": "chicago",
    "florida": "floridian",
    "virginia": "virginian",
    "utah": "utahn",
    "un": "un unesco",
}
_OTHER_PLACES = _split(
    """
    alabama alaska arizona arkansas connecticut delaware georgia hawaii idaho indiana iowa kansas kentucky louisiana
    maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon
    pennsylvania tennessee vermont wisconsin wyoming
    bangladesh bulgaria croatia cyprus czechia estonia ethiopia ghana iceland iran iraq jordan kazakhstan latvia
    lithuania luxembourg malta morocco nepal peru romania senegal serbia slovakia slovenia tunisia uganda uruguay
    """
)
EU_MEMBERS = _split(
    """
    austria belgium bulgaria croatia cyprus czechia denmark estonia finland france germany greece hungary ireland italy
    latvia lithuania luxembourg malta netherlands poland portugal romania slovakia slovenia spain sweden
    """
)
_PLACE_OF = dict(zip(_OTHER_PLACES, _OTHER_PLACES, strict=True)) | {
    form: place for place, forms in PLACES.items() for form in (*forms.split(), place) if " " not in form
}

MONTHS = (
    "january janvier januar enero gennaio janeiro januari",
    "february fevrier februar febrero febbraio fevereiro februari",
    "marz marzo marco maart",
    "april avril abril aprile",
    "mayo maio maggio",
    "june juin juni junio giugno junho",
    "july juillet juli julio luglio julho",
    "august aout agosto augustus",
    "september septembre septiembre settembre setembro",
    "october octobre oktober octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december decembre dezember diciembre dicembre dezembro",
)
"""Without names that are also ordinary words: may, march, mars."""
_MONTH_OF = {name: names.partition(" ")[0] for names in MONTHS for name in names.split()}
NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1
    )
}
OPPOSITES = (
    (_split("for fur pour favor favore voor pro"), _split("against gegen contre contra contro tegen")),
    (_split("senate"), _split("house")),
    (_split("first"), _split("second"), _split("third"), _split("final")),
)
"""Groups of opposites: titles that differ only in words of different groups report different news."""

ACTIONS = {
    "fine": "fine penalty penalis* penaliz*",
    "probe": "probe probing investigat* inquir* scrutin* examin*",
    "sue": "sue suing lawsuit suit",
    "judge": "court judge ruling verdict tribunal jury",
    "settle": "settl*",
    "uphold": "uphold* upheld affirm*",
    "appeal": "appeal overturn",
    "pass": "pass approv* adopt endors* vote voting clear greenlight back agree",
    "sign": "sign enact",
    "reject": "reject block veto defeat struck strike quash dismiss refus* deny denie*",
    "delay": "delay postpon* pause pausing halt suspend*",
    "withdraw": "withdraw* scrap drop shelv* abandon ditch",
    "propose": "propos* draft plan planned consider weigh mull introduc*",
    "publish": "publish* releas* unveil launch issue present",
    "ban": "ban banned banning prohibit outlaw",
    "loosen": "lift ease easing relax loosen repeal rollback",
    "tighten": "tighten restrict* curb limit expand* broaden widen",
    "demand": "urge urging demand call petition ask",
    "react": "condemn slam slammed criticis* criticiz* protest respond denounc* retaliat*",
    "leave": "resign* quit leave leaving depart* oust fired firing",
    "appoint": "appoint* nominat* hire hiring pick",
    "enforce": "effect force apply applie* applying enforc*",
    "warn": "warn caution alarm",
    "buy": "buy acquir* acquisition merge merger takeover",
    "order": "order compel instruct",
    "cut": "layoff cut slash",
}
"""Actions and their words; a star stands for any ending, a word without a star takes the endings of a verb."""
_ACTION_OF = {form.rstrip("*"): name for name, forms in ACTIONS.items() for form in forms.split()}
_OPEN = frozenset(form.rstrip("*") for forms in ACTIONS.values() for form in forms.split() if form.endswith("*"))
_MAX_ACTION_LETTERS = max(map(len, _ACTION_OF))
_ENDINGS = frozenset({"", "s", "d", "ed", "es", "ing", "ped", "ping"})


def place(word: str) -> str:
    """Return the place that a word names, or ""."""
    return _PLACE_OF.get(word, "")


def month(word: str) -> str:
    """Return the month that a word names, or ""."""
    return _MONTH_OF.get(word, "")


@lru_cache(maxsize=1 << 14)
def action(word: str) -> str:
    """Return the action that a word names (`fined`, `fines`), or ""."""
    for end in range(min(len(word), _MAX_ACTION_LETTERS), 2, -1):
        stem = word[:end]
        if stem in _ACTION_OF and (stem in _OPEN or word[end:] in _ENDINGS):
            return _ACTION_OF[stem]
    return ""
