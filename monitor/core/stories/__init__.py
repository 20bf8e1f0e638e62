"""Decides which articles report the same news, and which of them is shown first.

The store uses it in this order:

1. `hash_shingles(words, language)` -> signed 64-bit hashes (about 145 for an article, none for one below 40 tokens);
   stored whole, and some of them one row a hash (`choose_indexed_hashes`). The words are those that rules are matched
   on, without boilerplate; `hash_article_shingles(article)` where the words are not at hand. `title_key(title, url)` ->
   one such hash. `terms.terms_of_article(article)` -> terms of title and lead, which are weighted by their frequencies.
2. Candidates are articles found within WINDOW that share at least MIN_SHARED_HASHES of the indexed hashes, or the title
   key, or at least MIN_SHARED_TERMS of the indexed terms (`candidates`). Of the articles that have a hash or a term,
   only the newest COMMON_TEXTS are looked up.
3. `same_story(new, candidate, common)` -> a Verdict with its reason, or None: copies, pages, titles. An article joins
   the story of the candidate with the highest `Verdict.score`; two existing stories are never merged.
4. If there is none, `events` decides whether the article independently reports the event of a candidate's story.
5. Within a story, `precedence(tier, found_at)` sorts: best source first, then earliest. The first is the canonical one.

Two texts are the same when one is contained in the other by half (Broder's containment on a sketch of shingles) with
the beginning of one in it: wire copy is cut, topped and padded, and neither Jaccard nor SimHash survives that. False
joins hide news, so articles are not joined in case of doubt. Within one feed a copy must be almost complete,
because a publisher's weekly notices resemble each other more than two outlets' reports of one event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from hashlib import blake2b
from itertools import filterfalse
from typing import TYPE_CHECKING, Literal

from monitor.core.stories.candidates import THINNING
from monitor.core.stories.headlines import HeadlineFeatures, headline_features
from monitor.core.stories.terms import has_lead, stem, term_hash
from monitor.core.text import is_cjk, mask_spans, words
from monitor.core.text.languages import same_language

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from monitor.core.model import Article, FeedId, Tier
    from monitor.core.stories.terms import WeightedTerms

WINDOW = timedelta(days=7)
MIN_SHARED = 4
"""Hashes that a candidate shares at least."""
MIN_SHARED_WORDS = 3
_RARE_WORD = 2000
"""Weight in thousandths below which a word of a title counts as common: about every seventh article has it."""
COMMON_TEXTS = 50
"""Articles with one hash at which the hash counts as boilerplate, like a common word. Only the newest of these articles
are compared, after those that share a rarer hash."""
MIN_TOKENS = 40
"""A shorter text is not compared; its title alone decides."""

_SHINGLE = 5
_CJK_SHINGLE = 8
_ALL_BELOW = 120
"""Texts with fewer shingles keep all of their hashes, so that short texts can be compared too."""
_THINNING_SAMPLE = 20
"""Hashes inspected to see whether a sketch was thinned: of so many unthinned hashes, at least one is not divisible by
`THINNING`."""
_SAMPLE = 300
"""Tokens from which the script of a text is detected."""
_CONTAINED = 0.5
_MOSTLY = 0.7
"""Containment from which a long text is a copy whatever its title."""
_WHOLLY = 0.95
"""Containment from which a text is a copy even if the titles follow one template with different subjects."""
_LEAD, _LEAD_SHARED = 0.3, 0.5
"""Length of the lead, as a share of the text, and the share of its hashes that must occur in the other text. Passages
that two texts share below different leads are background, boilerplate or quoted law."""
_CONTAINED_IN_ONE_FEED = 0.8
_QUOTED = 0.25
"""A text below this share of the other's length is a quotation, or an item of a round-up, unless the titles agree."""
_SAME_TITLE = 0.49
"""The score of the same title: lower than that of any shared text."""
_SOME_TEXT = 0.1
"""Containment from which two reports share quotations, which suggests that they report one event."""
_OVERLAP = 0.6
_MIN_AGREEING, _MIN_AGREEMENT = 5, 0.75
"""Words and overlap that titles must share if everyday words count too and no significant word differs."""
_OVERLAP_BY_WORDS = (0.8, 0.7, _OVERLAP)
"""Overlap that titles need by number of shared words (three, four, five or more): few shared words are a topic, not an
event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFingerprint:
    """All that `same_story` needs to know of an article; small enough to be loaded by the hundred."""

    title: str
    language: str
    shingle_hashes: tuple[int, ...]
    feed_id: FeedId
    url: str = ""
    at: datetime | None = None
    """When it was published, or first seen (`event_time`)."""
    terms: bytes = b""
    """Its weighted terms (`core.stories.terms`); empty for articles stored by earlier versions of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why two articles are one story; `score` (0 to 1) ranks candidates, texts before titles."""

    reason: Literal["same text", "same page", "same title", "same news"]
    score: float


def hash_shingles(words: Sequence[str], language: str = "") -> tuple[int, ...]:
    """Hash the shingles of a text and keep about every fourth, chosen by value so that two texts keep the same ones.

    The hashes are in the order of the text; those stored by earlier versions of the program are sorted by value.
    """
    if len(words) < MIN_TOKENS:
        return ()
    size = _CJK_SHINGLE if _is_cjk(words[:_SAMPLE], language) else _SHINGLE
    shingles = map(" ".join, zip(*(words[start:] for start in range(size)), strict=False))
    digests = list(dict.fromkeys([blake2b(shingle.encode(), digest_size=8).digest() for shingle in shingles]))
    if len(digests) >= _ALL_BELOW:
        digests = [digest for digest in digests if digest[7] % THINNING == 0]  # the last byte decides divisibility
    return tuple([int.from_bytes(digest, "big", signed=True) for digest in digests])


def hash_article_shingles(article: Article) -> tuple[int, ...]:
    """Hash the shingles of an article, without its boilerplate; tokenizes the text."""
    return hash_shingles(words(mask_spans(article.text, article.boilerplate)), article.language)


def title_key(title: str, url: str = "") -> int | None:
    """Return a hash of the normalized title, with the address if the title is too general to identify a story."""
    head = headline_features(title)
    if head.is_specific:
        return _hash(head.folded)
    return _hash(f"{head.folded}\n{url}") if url and head.folded else None


def event_time(published_at: datetime | None, stored_at: datetime) -> datetime:
    """Return when an article was published, or first seen if it has no time of day or one in the future."""
    if published_at is None or published_at > stored_at or published_at.time() == time():
        return stored_at
    return published_at


def common_words(title: str, terms: WeightedTerms) -> frozenset[str]:
    """Return the significant words of a title that are too common among articles to identify a story."""
    weights = dict(zip(terms.hashes, terms.weights, strict=True))
    words = headline_features(title).words
    return frozenset(word for word in words if weights.get(term_hash(stem(word)), _RARE_WORD) < _RARE_WORD)


def precedence(tier: Tier | None, found_at: datetime) -> tuple[int, datetime]:
    """Return the sort key of an article in its story: best source first, then the earliest found."""
    return (tier.rank if tier is not None else 99), found_at


def same_story(one: StoryFingerprint, other: StoryFingerprint, common: Collection[str] = frozenset()) -> Verdict | None:
    """Return why two articles report the same news; None if they do not, or if it is uncertain."""
    if one.language and other.language and not same_language(one.language, other.language):
        return None
    heads = headline_features(one.title), headline_features(other.title)
    if one.url and one.url == other.url and heads[0].folded == heads[1].folded:
        return Verdict(reason="same page", score=1.0)
    share = _copied_share(one.shingle_hashes, other.shingle_hashes)
    if one.feed_id == other.feed_id:
        return _same_in_one_feed(heads, share)
    return _same_elsewhere(one, other, heads, share, common)


def copied_story(
    new: StoryFingerprint, terms: WeightedTerms, candidates: Sequence[tuple[int, StoryFingerprint]]
) -> int | None:
    """Return the story of the candidate (story, article) most like a new article; of two alike, the earlier.

    `terms` are those of the new article. None if it is a copy of none.
    """
    titles_decide = not all(has_lead(each.terms) for each in (new, *(candidate for _, candidate in candidates)))
    common = common_words(new.title, terms) if titles_decide else frozenset()
    best, found = 0.0, None
    for story_id, candidate in candidates:
        verdict = same_story(new, candidate, common)
        if verdict is not None and verdict.score > best:
            best, found = verdict.score, story_id
    return found


def _same_elsewhere(
    one: StoryFingerprint,
    other: StoryFingerprint,
    heads: tuple[HeadlineFeatures, HeadlineFeatures],
    share: float | None,
    common: Collection[str],
) -> Verdict | None:
    """Compare two articles of different feeds."""
    if share is not None and _same_text(one.shingle_hashes, other.shingle_hashes, heads, share):
        return Verdict(reason="same text", score=share)
    if heads[0].folded == heads[1].folded and heads[0].is_specific:
        recurs = (
            share == 0.0
            and heads[0].may_recur
            and _is_thinned(one.shingle_hashes)
            and _is_thinned(other.shingle_hashes)
        )
        return None if recurs else Verdict(reason="same title", score=_SAME_TITLE)
    if has_lead(one.terms) and has_lead(other.terms):
        return None  # `core.stories.events` decides
    return _same_news(heads, share or 0.0, one.language or other.language, common)


def containment(one: tuple[int, ...], other: tuple[int, ...]) -> float | None:
    """Return the share of the smaller text that is in the larger, 0 to 1; None when either is too short to say."""
    return _contained_share(*_comparable_hashes(one, other))


def _copied_share(one: tuple[int, ...], other: tuple[int, ...]) -> float | None:
    """Return the containment, but 0.0 if neither text contains the lead of the other, so that it is no copy."""
    left, right = _comparable_hashes(one, other)
    share = _contained_share(left, right)
    if share is None or share < _CONTAINED or _begins_in(left, right) or _begins_in(right, left):
        return share
    return share if _is_sorted(one) or _is_sorted(other) else 0.0


def _contained_share(left: Sequence[int], right: Sequence[int]) -> float | None:
    if not left or not right:
        return None
    shared = len(set(left).intersection(right))
    return shared / min(len(left), len(right)) if shared >= MIN_SHARED else 0.0


def _comparable_hashes(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[Sequence[int], Sequence[int]]:
    """Reduce both to hashes that a long text keeps too, if only one of them is thinned."""
    if _is_thinned(one) != _is_thinned(other):
        return [value for value in one if value % THINNING == 0], [value for value in other if value % THINNING == 0]
    return one, other


def _begins_in(values: Sequence[int], others: Sequence[int]) -> bool:
    lead = values[: max(MIN_SHARED, int(_LEAD * len(values)))]
    return len(set(lead).intersection(others)) >= _LEAD_SHARED * len(lead)


def _is_sorted(values: tuple[int, ...]) -> bool:
    """Return True if the hashes are sorted by value, as earlier versions stored them, so that the lead is unknown."""
    return list(values) == sorted(values)


def _is_thinned(values: tuple[int, ...]) -> bool:
    return not any(map((THINNING - 1).__and__, values[:_THINNING_SAMPLE]))


def _same_text(
    one: tuple[int, ...], other: tuple[int, ...], heads: tuple[HeadlineFeatures, HeadlineFeatures], share: float
) -> bool:
    """Return True for a copy; below `_MOSTLY`, the titles must have a significant word in common."""
    if share < _CONTAINED or heads[0].differs_only_in_number(heads[1]):
        return False
    if share < _WHOLLY and heads[0].differs_only_in_subject(heads[1]):
        return False
    are_long = _is_thinned(one) and _is_thinned(other)  # shorter shared texts may be paywall notices or author notes
    is_quotation = min(len(one), len(other)) < _QUOTED * max(len(one), len(other))
    return (
        (share >= _MOSTLY and are_long and not is_quotation)
        or heads[0].shared(heads[1])[0] > 0
        or heads[0].folded == heads[1].folded
    )


def _same_in_one_feed(heads: tuple[HeadlineFeatures, HeadlineFeatures], share: float | None) -> Verdict | None:
    """Compare two articles of one feed, where only a copy counts: same title, and same or short text."""
    if heads[0].contradicts(heads[1]):
        return None
    same_title = heads[0].folded == heads[1].folded
    if share is None:
        return Verdict(reason="same title", score=_SAME_TITLE) if same_title and heads[0].is_specific else None
    if share >= _CONTAINED_IN_ONE_FEED and (same_title or heads[0].shared(heads[1])[1] >= _OVERLAP):
        return Verdict(reason="same text", score=share)
    return None


def _same_news(
    heads: tuple[HeadlineFeatures, HeadlineFeatures], share: float, language: str, common: Collection[str]
) -> Verdict | None:
    """Compare the titles; the overlap required depends on shared text and language."""
    both, overlap = heads[0].shared(heads[1], common)
    if both < MIN_SHARED_WORDS or overlap < _required_overlap(both, share, language):
        agreeing, overlap = heads[0].agrees(heads[1], common)
        if not both or agreeing < _MIN_AGREEING or overlap < _MIN_AGREEMENT:
            return None
    if not heads[0].comparable(heads[1]) or heads[0].contradicts(heads[1]):
        return None
    return Verdict(reason="same news", score=_SAME_TITLE * overlap)


def _required_overlap(both: int, share: float, language: str) -> float:
    """Return the overlap that two titles with `both` shared significant words must have."""
    if language not in ("", "en"):  # actions and places are known in English only
        return _OVERLAP_BY_WORDS[0]
    return _OVERLAP if share >= _SOME_TEXT else _OVERLAP_BY_WORDS[min(both - MIN_SHARED_WORDS, 2)]


def _is_cjk(sample: Sequence[str], language: str) -> bool:
    """Return True for scripts without spaces; the language decides about mixed text."""
    share = sum(map(is_cjk, filterfalse(str.isascii, sample))) / len(sample)
    return share > (0.3 if language in ("zh", "ja", "ko", "th", "lo", "km", "my") else 0.6)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
