"""A second, minimal and slow implementation of the rule language: every entry is tried at every position.

It takes the mapping of a rule as YAML gives it, and an article, and shares only the tokens with the engine. Words are
identified by zone, paragraph and sentence, without indices and scopes that could be wrong in the same way.
"""

# ruff: noqa: RUF001
from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

from monitor.core.text import BREAK, tokenize
from monitor.core.text.sentences import sentences


class Word(NamedTuple):
    folded: str
    cased: str
    zone: str
    paragraph: int
    sentence: int
    lead: bool
    clause: tuple[int, int]
    """The ends of sentences before it, in titles too, and the marks before it that end a phrase."""


FORMS = {
    "chip": ["chips"],
    "export": ["exports"],
    "ban": ["bans"],
    "policy": ["policies"],
    "חוקה": ["החוקה", "ושבחוקה"],
    "कानून": ["कानूनों"],
}
Spots = set[tuple[int, int]]


def row(title: str, text: str) -> list[Word | None]:
    """Return all words in one list, with None between two paragraphs."""
    found: list[Word | None] = []
    for zone, written in (("title", title), ("body", text)):
        tokens, count, lead_is_full = tokenize(written), 0, False
        for index, folded in enumerate(tokens.words):
            paragraph = tokens.paragraph(index)
            if folded == BREAK:
                found.append(None)
                lead_is_full = count >= 60
                continue
            count += 1
            bounds = tokens.bounds(paragraph)
            ends = [end for _, end in sentences(written, *bounds)]
            start = tokens.span(index, index + 1)[0]
            ended = sum(end <= start for end in ends)
            sentence = 0 if zone == "title" else ended
            lead = zone == "body" and not lead_is_full and count <= 120
            clause = ended, sum(ends_phrase(written, at) for at in range(bounds[0], start))
            found.append(Word(folded, tokens.cased(index), zone, paragraph, sentence, lead, clause))
        found.append(None)
    return found


def ends_phrase(written: str, at: int) -> bool:
    """Return True if a mark ends every phrase; western marks do so beside Chinese characters."""
    if written[at] in ":;。，":
        return True
    if written[at] == "\n":
        return bool({written[:at].rstrip()[-1:], written[at:].lstrip()[:1]} & {"中", "国"})
    return written[at] in ".,!" and bool({written[at - 1 : at], written[at + 1 : at + 2]} & {"中", "国"})


class Oracle:
    def __init__(self, lists: dict[str, list[Any]], ignore: list[Any], words: list[Word | None]) -> None:
        self.lists, self.words = lists, words
        self.hidden: Spots = set()
        self.hidden = {spot for entry in ignore for spot in self.spots(entry, "")}

    def spots(self, entry: Any, zone: str) -> Spots:
        if isinstance(entry, str) and entry.startswith("$"):
            return self.spots({"any": self.lists[entry[1:]]}, zone)
        if isinstance(entry, str):
            return {spot for spot in self.term(entry) if self.within(spot, zone) and not self.hides(spot)}
        zone = entry.get("in", zone)
        if "near" in entry:
            pairs = product(*(self.spots(each, zone) for each in entry["of"]))
            return {(min(a, b)[0], max(a[1], b[1])) for a, b in pairs if self.near(a, b, entry)}
        return {spot for each in entry["any"] for spot in self.spots(each, zone)}

    def holds(self, entry: Any, zone: str = "") -> bool:
        if isinstance(entry, str) and entry.startswith("$"):
            return any(self.holds(each, zone) for each in self.lists[entry[1:]])
        if isinstance(entry, str):
            return bool(self.spots(entry, zone))
        return all(self.true(key, entry, entry.get("in", zone)) for key in entry)

    def true(self, key: str, entry: dict[str, Any], zone: str) -> bool:
        of = entry[key] if key in ("any", "all", "none") else entry.get("of", [])
        if key in ("any", "all", "none", "at_least"):
            least = entry[key] if key == "at_least" else {"any": 1, "all": len(of)}.get(key, 0)
            number = sum(self.holds(each, zone) for each in of)
            return number == 0 if key == "none" else number >= least
        if key == "near":
            return bool(self.spots({"near": entry["near"], "of": of, "ordered": entry.get("ordered")}, zone))
        if key not in ("same", "mentions"):
            return True
        spots = [self.spots(each, zone) for each in of]
        if key == "mentions":
            return self.most(set.union(*spots)) >= entry["mentions"]
        return bool(set.intersection(*({self.unit(spot, entry["same"]) for spot in each} for each in spots)))

    def term(self, text: str) -> Spots:
        wanted = text.rstrip("*").replace("国", " 国").split()
        return {
            (at, at + len(wanted))
            for at in range(len(self.words) - len(wanted) + 1)
            if all(
                self.alike(self.words[at + n], word, text, last=n == len(wanted) - 1) for n, word in enumerate(wanted)
            )
            and len({word.clause for word in self.words[at : at + len(wanted)] if word}) == 1
        }

    def alike(self, word: Word | None, wanted: str, text: str, *, last: bool) -> bool:
        if word is None:
            return False
        if text.isupper() and " " not in text:
            return word.cased in (wanted, wanted + "s")
        if last and text.endswith("*"):
            return word.folded.startswith(wanted)
        return word.folded == wanted.lower() or (last and word.folded in FORMS.get(wanted, ()))

    def near(self, a: tuple[int, int], b: tuple[int, int], entry: dict[str, Any]) -> bool:
        first, second = (a, b) if a[1] <= b[0] else (b, a)
        if first[1] > second[0] or (entry.get("ordered") and first != a):
            return False
        between = self.words[first[1] : second[0]]
        if None in between or sum(0.5 if word and word.folded in "中国" else 1 for word in between) > entry["near"]:
            return False
        return self.words[first[0]][2:4] == self.words[second[0]][2:4]  # type: ignore[index]

    def unit(self, spot: tuple[int, int], kind: str) -> tuple[Any, ...]:
        word = self.words[spot[0]]
        assert word is not None
        return word[2:5] if kind == "sentence" else word[2:4]

    def within(self, spot: tuple[int, int], zone: str) -> bool:
        here = [word for word in self.words[slice(*spot)] if word is not None]
        return not zone or all(word.lead if zone == "lead" else word.zone == zone for word in here)

    def hides(self, spot: tuple[int, int]) -> bool:
        return any(spot[0] < end and start < spot[1] for start, end in self.hidden)

    def most(self, spots: Spots) -> int:
        """Count the spans that do not overlap, trying with and without the first."""
        if not spots:
            return 0
        first = min(spots, key=lambda spot: spot[1])
        return 1 + self.most({spot for spot in spots if spot[0] >= first[1]})


def matches(rule: dict[str, Any], lists: dict[str, list[Any]], title: str, text: str) -> bool:
    """Say whether a rule matches an article."""
    return Oracle(lists, rule.get("ignore", []), row(title, text)).holds(rule)


def hits(rules: list[dict[str, Any]], lists: dict[str, list[Any]], title: str, text: str) -> set[str]:
    """Return the ids of the rules that have a hit in an article, with regard to `unless_topic`."""
    matched = [rule for rule in rules if matches(rule, lists, title, text)]
    return {rule["id"] for rule in matched if not any(_comes_first(other, rule) for other in matched)}


def _comes_first(other: dict[str, Any], rule: dict[str, Any]) -> bool:
    ranks = [("", "any").index(yields) if (yields := each.get("unless_topic", "")) in ("", "any") else 0.5
             for each in (other, rule)]  # fmt: skip
    if ranks[0] >= ranks[1] or rule["unless_topic"] not in ("any", other["topic"]):
        return False
    return other["status"] == "live" or rule["status"] == "test"
