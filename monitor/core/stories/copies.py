"""Decides whether two articles are copies, are one page, or have the same headline.

Two texts are the same if half of the shorter one is in the other (Broder's containment on a sample of shingles) with
the beginning of one in the other: wire copy is cut, topped and padded, and neither Jaccard nor SimHash survives that.
False joins hide news, so articles are not joined in case of doubt. Within one feed a copy must be almost complete,
because a publisher's weekly notices resemble each other more than two outlets' reports of one event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from monitor.core.stories.fingerprints import THINNING, is_thinned
from monitor.core.stories.headlines import headline_features
from monitor.core.stories.weighted_terms import has_lead, stem, term_hash
from monitor.core.text.languages import same_language

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from monitor.core.stories.fingerprints import StoryFingerprint
    from monitor.core.stories.headlines import HeadlineFeatures
    from monitor.core.stories.weighted_terms import WeightedTerms

_MIN_SHARED = 4
"""Hashes that two texts share at least to have anything in common."""
_MIN_CONTAINED_SHARE = 0.5
"""Containment from which the shorter of two texts may be a copy of the other, or of a part of it."""
_MIN_MOSTLY_SHARE = 0.7
"""Containment from which a long text is a copy whatever its title."""
_MIN_WHOLLY_SHARE = 0.95
"""Containment from which a text is a copy even if the titles follow one template with different subjects."""
_LEAD, _LEAD_SHARED = 0.3, 0.5
"""Length of the lead, as a share of the text, and the share of its hashes that must occur in the other text. Passages
that two texts share below different leads are background, boilerplate or quoted law."""
_CONTAINED_IN_ONE_FEED = 0.8
"""The same for two texts of one feed."""
_MAX_QUOTED_SHARE = 0.25
"""A text below this share of the other's length is a quotation, or an item of a round-up, unless the titles agree."""
_SAME_TITLE = 0.49
"""The score of the same title: lower than that of any shared text."""
_SOME_TEXT = 0.1
"""Containment from which two reports share quotations, which suggests that they report one event."""
_MIN_SHARED_WORDS = 3
"""Significant words that titles must share, unless everyday words agree too (_MIN_AGREEING)."""
_OVERLAP_BY_WORDS = (0.8, 0.7, 0.6)
"""Overlap that titles need by number of shared words (three, four, five or more): few shared words are a topic, not an
event."""
_OVERLAP = _OVERLAP_BY_WORDS[-1]
_MIN_AGREEING, _MIN_AGREEMENT = 5, 0.75
"""Words and overlap that titles must share if everyday words count too and no significant word differs."""
_RARE_WORD = 2000
"""Weight in thousandths below which a word of a title counts as common: about every seventh article has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why two articles are one story; `score` (0 to 1) ranks candidates, texts before titles."""

    reason: Literal["same text", "same page", "same title", "same news"]
    score: float


def copied_story(
    new: StoryFingerprint, terms: WeightedTerms, candidates: Sequence[tuple[int, StoryFingerprint]]
) -> int | None:
    """Return the story of the candidate (story, article) most like a new article; of two alike, the earlier.

    `terms` are those of the new article. None if it is a copy of none.
    """
    titles_decide = not all(has_lead(each.terms) for each in (new, *(candidate for _, candidate in candidates)))
    common = common_words(new.title, terms) if titles_decide else frozenset()
    best, best_story = 0.0, None
    for index, (story_id, candidate) in enumerate(candidates):
        if best_story is not None and all(story == best_story for story, _ in candidates[index:]):
            break
        verdict = compare_copies(new, candidate, common)
        if verdict is not None and verdict.score > best:
            best, best_story = verdict.score, story_id
    return best_story


def common_words(title: str, terms: WeightedTerms) -> frozenset[str]:
    """Return the significant words of a title that are too common among articles to identify a story."""
    weights = dict(zip(terms.hashes, terms.weights, strict=True))
    words = headline_features(title).words
    return frozenset(word for word in words if weights.get(term_hash(stem(word)), _RARE_WORD) < _RARE_WORD)


def compare_copies(
    one: StoryFingerprint, other: StoryFingerprint, common: Collection[str] = frozenset()
) -> Verdict | None:
    """Return why two articles report the same news; None if they do not, or if it is uncertain.

    `common`: words of the titles that do not count (`common_words`).
    """
    if one.language and other.language and not same_language(one.language, other.language):
        return None
    headlines = headline_features(one.title), headline_features(other.title)
    if one.url and one.url == other.url and headlines[0].folded == headlines[1].folded:
        return Verdict(reason="same page", score=1.0)
    share = _copied_share(one.shingle_hashes, other.shingle_hashes)
    if one.feed_id == other.feed_id:
        return _compare_in_one_feed(*headlines, share)
    if share is not None and _is_same_text(one.shingle_hashes, other.shingle_hashes, *headlines, share):
        return Verdict(reason="same text", score=share)
    if headlines[0].folded == headlines[1].folded and headlines[0].is_specific:
        recurs = share == 0.0 and headlines[0].may_recur and _are_long(one.shingle_hashes, other.shingle_hashes)
        return None if recurs else Verdict(reason="same title", score=_SAME_TITLE)
    are_compared_by_events = has_lead(one.terms) and has_lead(other.terms)
    language = one.language or other.language
    return None if are_compared_by_events else _compare_headlines(*headlines, share or 0.0, language, common)


def containment(one: Sequence[int], other: Sequence[int]) -> float | None:
    """Return the share of the smaller text that is in the larger, 0 to 1; None when either is too short to say."""
    return _contained_share(*_comparable_hashes(one, other))


def _copied_share(one: Sequence[int], other: Sequence[int]) -> float | None:
    """Return the containment, but 0.0 if neither text contains the lead of the other, so that it is no copy."""
    left, right = _comparable_hashes(one, other)
    share = _contained_share(left, right)
    if share is None or share < _MIN_CONTAINED_SHARE or _begins_in(left, right) or _begins_in(right, left):
        return share
    return 0.0


def _comparable_hashes(one: Sequence[int], other: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """Reduce both to hashes that a long text keeps too, if only one of them is thinned."""
    if is_thinned(one) != is_thinned(other):
        return [value for value in one if value % THINNING == 0], [value for value in other if value % THINNING == 0]
    return one, other


def _contained_share(left: Sequence[int], right: Sequence[int]) -> float | None:
    if not left or not right:
        return None
    shared = len(set(left).intersection(right))
    return shared / min(len(left), len(right)) if shared >= _MIN_SHARED else 0.0


def _begins_in(hashes: Sequence[int], others: Sequence[int]) -> bool:
    """Return True if the other text contains the lead of this one."""
    lead = hashes[: max(_MIN_SHARED, int(_LEAD * len(hashes)))]
    return len(set(lead).intersection(others)) >= _LEAD_SHARED * len(lead)


def _are_long(one: Sequence[int], other: Sequence[int]) -> bool:
    return is_thinned(one) and is_thinned(other)


def _is_same_text(
    one: Sequence[int], other: Sequence[int], headline: HeadlineFeatures, other_headline: HeadlineFeatures, share: float
) -> bool:
    """Return True for a copy; below `_MIN_MOSTLY_SHARE`, the titles must have a significant word in common."""
    if share < _MIN_CONTAINED_SHARE or headline.differs_only_in_number(other_headline):
        return False
    if share < _MIN_WHOLLY_SHARE and headline.differs_only_in_subject(other_headline):
        return False
    if headline.shared(other_headline)[0] > 0 or headline.folded == other_headline.folded:
        return True
    is_quotation = min(len(one), len(other)) < _MAX_QUOTED_SHARE * max(len(one), len(other))
    # shorter shared texts may be paywall notices or author notes
    return share >= _MIN_MOSTLY_SHARE and not is_quotation and _are_long(one, other)


def _compare_in_one_feed(one: HeadlineFeatures, other: HeadlineFeatures, share: float | None) -> Verdict | None:
    """Compare two articles of one feed, where only a copy counts: same title, and same or short text."""
    if one.contradicts(other):
        return None
    same_title = one.folded == other.folded
    if share is None:
        return Verdict(reason="same title", score=_SAME_TITLE) if same_title and one.is_specific else None
    if share >= _CONTAINED_IN_ONE_FEED and (same_title or one.shared(other)[1] >= _OVERLAP):
        return Verdict(reason="same text", score=share)
    return None


def _compare_headlines(
    one: HeadlineFeatures, other: HeadlineFeatures, share: float, language: str, common: Collection[str]
) -> Verdict | None:
    """Compare two headlines by their words; the overlap required depends on shared text and language."""
    shared, overlap = one.shared(other, common)
    if shared < _MIN_SHARED_WORDS or overlap < _required_overlap(shared, share, language):
        agreeing, overlap = one.shared_gist(other, common)
        if not shared or agreeing < _MIN_AGREEING or overlap < _MIN_AGREEMENT:
            return None
    if not one.is_comparable(other) or one.contradicts(other):
        return None
    return Verdict(reason="same news", score=_SAME_TITLE * overlap)


def _required_overlap(shared_words: int, share: float, language: str) -> float:
    """Return the overlap of words that two headlines need."""
    if language not in ("", "en"):  # actions and places are known in English only
        return _OVERLAP_BY_WORDS[0]
    return _OVERLAP if share >= _SOME_TEXT else _OVERLAP_BY_WORDS[min(shared_words - _MIN_SHARED_WORDS, 2)]
