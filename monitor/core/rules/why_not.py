"""Why a rule did not match an article: the smallest causes, nearest miss first, in the analyst's words.

The failed tree is walked once: an `any` fails for the reasons of its nearest branches, an `all` for those of each entry
that failed. A term that was not found is looked for again without regard to case, language and what is ignored, since
"it is there, but" is what the analyst needs to hear.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.core.matching.context import MatchContext
from monitor.core.matching.expressions import AnyOf, InZone, NamedList, derivation_of, terms_of
from monitor.core.matching.index import TermIndex, language_matches, primary_language
from monitor.core.matching.logic import AllOf, AtLeast, NoneOf
from monitor.core.matching.matcher import INACTIVE_STATUSES, MAJOR_PROMINENCE, Matcher, source_admitted
from monitor.core.matching.proximity import Mentions, Near, Same, closest_before
from monitor.core.matching.rulebook import SourceFilter
from monitor.core.matching.terms import Term
from monitor.core.rules.wording import name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from monitor.core.matching.context import Occurrence
    from monitor.core.matching.expressions import Expression
    from monitor.core.matching.rulebook import Rule
    from monitor.core.matching.tokenized_document import TokenizedDocument
    from monitor.core.model import Article, Source

ABSENT = 100.0
"""How far a term is that does not occur at all; everything that occurs is nearer."""
_FILTERED = 0.5
_TEXT = frozenset({"lead", "body"})
_SHOWN = 5


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """One reason why a rule did not match, and how far the article was from matching there."""

    distance: float
    message: str


def why_not(rule: Rule, article: Article, source: Source) -> tuple[Cause, ...]:
    """Give the causes, nearest first; none when the rule matches."""
    causes = {*_before(rule, article, source), *_Walk(rule, article, source).causes()}
    if causes and article.boilerplate:
        causes.update(_looked_away(rule, article, source))
    if causes and article.partial:
        reason = article.partial_reason or "the page could not be had"
        causes.add(Cause(2 * ABSENT, f"only the feed's own text was there ({reason})"))
    return tuple(sorted(causes))


def _before(rule: Rule, article: Article, source: Source) -> Iterator[Cause]:
    """Yield what kept the rule from being looked at."""
    if rule.status in INACTIVE_STATUSES:
        yield Cause(0, f"the rule is {rule.status}, so it is not run")
    if rule.lang and not language_matches(article.language, rule.lang):
        said = f"the article is in '{primary_language(article.language)}', and the rule is for {', '.join(rule.lang)}"
        yield Cause(_FILTERED, f"lang: {said}")
    if not source_admitted(rule.sources, source):
        told = source.id or source.domain or "unknown"
        wanted = f"only {', '.join(rule.sources.only)}" if rule.sources.only else f"not {', '.join(rule.sources.never)}"
        yield Cause(_FILTERED, f"sources: the article is from '{told}', and the rule is for {wanted}")


def _looked_away(rule: Rule, article: Article, source: Source) -> Iterator[Cause]:
    """Say when a rule would match if it looked at what the source prints under everything."""
    anyway = replace(rule, status="test", lang=(), sources=SourceFilter())
    if any(Matcher([anyway]).match(article, source)):
        return
    for match in Matcher([anyway]).match(replace(article, boilerplate=()), source):
        for each in match.evidence:
            inside = each.zone in _TEXT and any(start <= each.start < end for start, end in article.boilerplate)
            if inside:
                said = (
                    f"'{each.as_written}' at body:{each.start} stands in a paragraph that the source prints under many"
                )
                yield Cause(_FILTERED, f"only in boilerplate: {said} articles")


class _Walk:
    """One rule over one article: as it is matched, and with a looser eye."""

    def __init__(self, rule: Rule, article: Article, source: Source) -> None:
        self.rule = rule
        matcher = Matcher([replace(rule, status="test")])
        self.context = matcher.scan(article, source)
        self.document: TokenizedDocument = self.context.document
        loose = [replace(term, cased=(), lang=()) for term in terms_of([rule.condition])]
        self.loose = MatchContext(self.document, TermIndex(loose).scan(self.document))
        self._explainers: dict[type, Callable[..., list[Cause]]] = {
            Term: self._term, NamedList: self._list, InZone: self._zone, AnyOf: self._any, AllOf: self._all,
            NoneOf: self._none, AtLeast: self._at_least, Near: self._near, Same: self._same, Mentions: self._mentions,
        }  # fmt: skip
        self.context.mask_ignored(rule.ignore)

    def causes(self) -> list[Cause]:
        """Give the causes within the condition."""
        scope = self.context.default_scope
        if not self.rule.condition.holds(self.context, *scope):
            return self.failed(self.rule.condition, *scope)
        derivation = derivation_of(self.rule.condition, self.context, *scope)
        if self.rule.prominence == "major" and (derivation.score or 0) < MAJOR_PROMINENCE:
            branch, score = derivation.label or "its term", derivation.score or 0
            said = f"it matches by {branch}, but in passing only ({score:g} of {MAJOR_PROMINENCE:g})"
            return [Cause(1, f"prominence: major needs the title, the lead or 3 mentions; {said}")]
        return []

    # ------------------------------------------------------------ operators

    def failed(self, entry: Expression, low: int, high: int) -> list[Cause]:
        """Say why an expression does not hold in a scope."""
        explain = self._explainers.get(type(entry))
        return explain(entry, low, high) if explain else []

    def _lost(self, entry: AllOf | AtLeast, low: int, high: int) -> list[Expression]:
        return [each for each in entry.entries if not each.holds(self.context, low, high)]

    def _all(self, entry: AllOf, low: int, high: int) -> list[Cause]:
        return [cause for each in self._lost(entry, low, high) for cause in self.failed(each, low, high)]

    def _none(self, entry: NoneOf, low: int, high: int) -> list[Cause]:
        return [self._excluded(each, low, high) for each in entry.entries if each.holds(self.context, low, high)]

    def _any(self, entry: AnyOf, low: int, high: int) -> list[Cause]:
        """Give the causes of the nearest branch first; those of branches of which nothing is there are left out."""
        if entry.plain:
            return [self._choice(name(entry), terms_of([entry]), low, high)]
        branches = [self.failed(each, low, high) for each in entry.entries]
        ranked = sorted(
            ((sum(cause.distance for cause in causes), causes) for causes in branches if causes), key=_first
        )
        near = [causes for distance, causes in ranked if distance < ABSENT] or [causes for _, causes in ranked[:1]]
        return [cause for causes in near[:_SHOWN] for cause in causes]

    def _list(self, entry: NamedList, low: int, high: int) -> list[Cause]:
        if not entry.plain:
            return self.failed(entry.operand, low, high)
        return [self._choice(f"${entry.name}", terms_of([entry]), low, high)]

    def _zone(self, entry: InZone, *_: int) -> list[Cause]:
        low, high = self.document.scope(entry.zone)
        elsewhere = entry.operand.holds(self.context, 0, len(self.document.words))
        causes = self.failed(entry.operand, low, high)
        if elsewhere and entry.operand.positional:
            occurrence = entry.operand.occurrences(self.context, 0, len(self.document.words))[0]
            return [Cause(2, f"in: {entry.zone}: {self._said(occurrence)} is outside the {entry.zone}")]
        return [Cause(cause.distance + 1, f"in {entry.zone}: {cause.message}") for cause in causes]

    def _excluded(self, entry: Expression, low: int, high: int) -> Cause:
        derivation = derivation_of(entry, self.context, low, high)
        occurrences = [occurrence for operand in derivation.operands for occurrence in operand]
        said = self._said(occurrences[0]) if occurrences else name(entry)
        return Cause(1, f"excluded by none: {said}")

    def _at_least(self, entry: AtLeast, low: int, high: int) -> list[Cause]:
        lost = self._lost(entry, low, high)
        have = len(entry.entries) - len(lost)
        names = ", ".join(name(each) for each in lost[:_SHOWN])
        distance = min((entry.count - have) * ABSENT / 2, ABSENT) if have else ABSENT
        return [Cause(distance, f"at_least: {entry.count}: {have} of them found; not found: {names}")]

    def _mentions(self, entry: Mentions, low: int, high: int) -> list[Cause]:
        found = entry.apart(self.context, low, high)
        if not found:
            return [cause for each in entry.entries for cause in self.failed(each, low, high)]
        places = ", ".join(self._said(occurrence) for occurrence in found[:_SHOWN])
        return [Cause(entry.count - len(found), f"mentions: {entry.count}: {len(found)} found: {places}")]

    def _near(self, entry: Near, low: int, high: int) -> list[Cause]:
        left, right = (each.occurrences(self.context, low, high) for each in entry.entries)
        if not (left and right):
            return self._absent(entry, low, high)
        before, after = closest_before(left, right), closest_before(right, left)
        causes = [self._apart(entry, a, b) for a, b in before]
        causes += [self._reversed(entry, b, a) if entry.ordered else self._apart(entry, b, a) for b, a in after]
        overlap = Cause(1, f"near: {entry.distance}: {self._said(left[0])} and {self._said(right[0])} overlap")
        return [min(causes, default=overlap)]

    def _apart(self, entry: Near, first: Occurrence, second: Occurrence) -> Cause:
        pair = f"near: {entry.distance}: closest pair {self._at(first)} / {self._at(second)}"
        (zone, one), (other_zone, other) = self.document.paragraph(first[0]), self.document.paragraph(second[0])
        if zone != other_zone:
            return Cause(ABSENT / 2, f"{pair} are in {zone} and {other_zone}")
        if one != other:
            return Cause(10 + other - one, f"{pair} are in different paragraphs ({other - one} apart)")
        between = self.document.between(first[1], second[0])
        return Cause(min(between - entry.distance, ABSENT) / 10, f"{pair} are {between:g} words apart")

    def _reversed(self, entry: Near, first: Occurrence, second: Occurrence) -> Cause:
        pair = f"{self._at(second)} / {self._at(first)}"
        return Cause(
            self._apart(entry, first, second).distance + 1, f"near: {entry.distance}: {pair} are in the other order"
        )

    def _same(self, entry: Same, low: int, high: int) -> list[Cause]:
        sides = [each.occurrences(self.context, low, high) for each in entry.entries]
        if not all(sides):
            return self._absent(entry, low, high)
        places = ", ".join(self._at(side[0]) for side in sides[:_SHOWN])
        return [Cause(5, f"same: {entry.unit}: no {entry.unit} holds them all: {places}")]

    def _absent(self, entry: Near | Same, low: int, high: int) -> list[Cause]:
        """Say which entries of an operator on places are not there at all."""
        lost = [each for each in entry.entries if not each.occurrences(self.context, low, high)]
        return [cause for each in lost for cause in self.failed(each, low, high)]

    # ------------------------------------------------------------ terms

    def _term(self, term: Term, low: int, high: int) -> list[Cause]:
        return [self._choice(name(term), [term], low, high)]

    def _choice(self, said: str, terms: Iterable[Term], low: int, high: int) -> Cause:
        """Say why none of some terms is there: the one that nearly is, or that there is none."""
        nearly = [cause for term in terms if (cause := self._nearly(term, low, high)) is not None]
        return min(nearly, default=Cause(ABSENT, f"{said} not found"))

    def _nearly(self, term: Term, low: int, high: int) -> Cause | None:
        if places := self.context.spans.get(term.key):
            inside = [place for place in places if low <= place[0] and place[1] <= high]
            if inside:
                return Cause(1, f"{self._said((*inside[0], term))} is hidden by ignore")
            return Cause(2, f"{self._said((*places[0], term))} is in another zone")
        for first, after in self.loose.spans.get(term.key, []):
            if low <= first and after <= high:
                return self._loosely(term, (first, after, term))
        return None

    def _loosely(self, term: Term, occurrence: Occurrence) -> Cause:
        start, end = self.document.span(occurrence[0], occurrence[1])
        seen = f"seen as '{self.document.text(occurrence[0])[start:end]}' at {self._place(occurrence)}"
        language = self.document.article.language
        if term.lang and not language_matches(language, term.lang):
            said = f"but the article is in '{primary_language(language)}', and the term is for {', '.join(term.lang)}"
        elif term.spells_a_word and self.document.in_capitals(occurrence[0]):
            said = "but where all is in capitals it is taken for the English word"
        else:
            said = "but an all-capitals term is case-sensitive" if term.cased[-1].isupper() else "but the case differs"
        return Cause(1, f"{name(term)}: {seen}, {said}")

    # ------------------------------------------------------------ places

    def _said(self, occurrence: Occurrence) -> str:
        start, end = self.document.span(occurrence[0], occurrence[1])
        return f"'{self.document.text(occurrence[0])[start:end]}' at {self._place(occurrence)}"

    def _at(self, occurrence: Occurrence) -> str:
        return f"'{occurrence[2].text}' {self._place(occurrence)}"

    def _place(self, occurrence: Occurrence) -> str:
        zone = self.document.zone(occurrence[0]).replace("lead", "body")
        return f"{zone}:{self.document.span(occurrence[0], occurrence[1])[0]}"


def _first(pair: tuple[float, list[Cause]]) -> float:
    return pair[0]
