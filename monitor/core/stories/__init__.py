"""Decides which articles report the same news, and which of them is shown first.

The store uses it in this order:

1. `hash_shingles(words, language)` -> signed 64-bit hashes (about 145 for an article, none for one below 40 tokens);
   stored whole, and some of them one row a hash (`choose_indexed_hashes`). The words are those that rules are matched
   on, without boilerplate; `hash_article_shingles(article)` where the words are not at hand. `title_key(title)` -> one
   such hash, or None for a title that says too little. `title_words(title)` -> words.
2. Candidates are articles found within WINDOW that share at least MIN_SHARED_HASHES of the indexed hashes, or the title
   key, or at least MIN_SHARED_WORDS title words (`candidates`); words that more than COMMON_TITLES titles of the window
   have are left out of the look-up and passed to `same_story` as `common`. Of the articles that have a hash, only the
   newest COMMON_TEXTS are looked up.
3. `same_story(new, candidate, common)` -> a Verdict with its reason, or None. An article joins the story of the
   candidate with the highest `Verdict.score`; it never merges two stories that stood apart.
4. Within a story, `precedence(tier, found_at)` sorts: best source first, then earliest. The first is the canonical one.

Two texts are the same when one is contained in the other by half (Broder's containment on a sketch of shingles) with
the beginning of one in it: wire copy is cut, topped and padded, and neither Jaccard nor SimHash survives that. False
joins hide news, so that articles are not joined in case of doubt. Within one feed a copy must be almost complete,
because a publisher's weekly notices resemble each other more than two outlets' reports of one event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from itertools import filterfalse
from typing import TYPE_CHECKING, Literal

from monitor.core.stories.headlines import Headline, headline
from monitor.core.text import is_cjk, mask_spans, words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from monitor.core.model import Article, FeedId, Tier

WINDOW = timedelta(days=7)
MIN_SHARED = 4
"""Hashes that a candidate shares at least."""
MIN_SHARED_WORDS = 3
COMMON_TITLES = 50
COMMON_TEXTS = 50
"""Articles that have a hash, from which on it tells as little as a common word: it is what a publisher prints under
everything. The newest so many are looked at, after all that share something rarer."""
MIN_TOKENS = 40
"""Below, a text is too short to be compared and the title alone decides."""

_SHINGLE = 5
_CJK_SHINGLE = 8
_ALL_BELOW = 120
"""Shingles below which all are kept, so that short texts can be compared too."""
_KEEP = 4
"""Of more shingles, those whose hash is divisible by this are kept."""
_TELLING = 20
"""Hashes that tell whether only every fourth was kept: of a whole text's, one of so many is not divisible."""
_SAMPLE = 300
"""Tokens by which a text's script is recognised."""
_CONTAINED = 0.5
_MOSTLY = 0.7
"""From here on a long text is a copy whatever its title."""
_WHOLLY = 0.95
"""From here on it is one even under a title that is alike but for what it is about."""
_LEAD, _LEAD_SHARED = 0.3, 0.5
"""A copy begins as the other text does, or as its beginning stands somewhere in the other: so much of such a share.
What two texts share below leads of their own is background, or what a publisher or a law prints under everything."""
_CONTAINED_IN_ONE_FEED = 0.8
_QUOTED = 0.25
"""A text this much smaller than the other is a quotation, or a part of a round-up, unless the titles agree."""
_SAME_TITLE = 0.49
"""The score of the same title: below that of any text."""
_SOME_TEXT = 0.1
"""Containment from which two reports have quotations in common, and so an event."""
_OVERLAP = 0.6
_SAID, _ALIKE = 5, 0.75
"""What titles must share when everyday words count too and none of the telling ones speaks against it."""
_OVERLAP_BY_WORDS = (0.8, 0.7, _OVERLAP)
"""What titles alone must share, with three, four, five or more words in common: few words are a topic, not an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFingerprint:
    """All that `same_story` needs to know of an article; small enough to be loaded by the hundred."""

    title: str
    language: str
    shingle_hashes: tuple[int, ...]
    feed_id: FeedId
    tokens: int = 0
    """Tokens of the text; 0 when not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why two articles are one story; `score` (0 to 1) ranks candidates, texts before titles."""

    reason: Literal["same text", "same title", "same news"]
    score: float


def hash_shingles(words: Sequence[str], language: str = "") -> tuple[int, ...]:
    """Hash the shingles of a text's words and keep every fourth, by its own value, so that two texts keep the same.

    They stand in the order of the text; those stored by earlier versions are sorted, and do not tell it.
    """
    if len(words) < MIN_TOKENS:
        return ()
    size = _CJK_SHINGLE if _is_cjk(words[:_SAMPLE], language) else _SHINGLE
    shingles = map(" ".join, zip(*(words[start:] for start in range(size)), strict=False))
    digests = list(dict.fromkeys([blake2b(shingle.encode(), digest_size=8).digest() for shingle in shingles]))
    if len(digests) >= _ALL_BELOW:
        digests = [digest for digest in digests if digest[7] % _KEEP == 0]  # the last byte tells, and costs least
    return tuple([int.from_bytes(digest, "big", signed=True) for digest in digests])


def hash_article_shingles(article: Article) -> tuple[int, ...]:
    """Hash the shingles of an article whose words are not at hand, without its boilerplate."""
    return hash_shingles(words(mask_spans(article.text, article.boilerplate)), article.language)


def title_key(title: str) -> int | None:
    """Hash a title as two outlets would both print it; None for one too general to tell a story by."""
    head = headline(title)
    return _hash(head.folded) if head.telling else None


def title_words(title: str) -> frozenset[str]:
    """Return the words of a title that tell what it is about."""
    return headline(title).words


def precedence(tier: Tier | None, found_at: datetime) -> tuple[int, datetime]:
    """Sort key of the articles of a story: best source first, then the earliest to be found."""
    return (tier.rank if tier is not None else 99), found_at


def same_story(one: StoryFingerprint, other: StoryFingerprint, common: Collection[str] = frozenset()) -> Verdict | None:
    """Return why two articles report the same news; None if they do not, or if it is uncertain."""
    if one.language and other.language and one.language != other.language:
        return None
    heads = headline(one.title), headline(other.title)
    share = _copied(one.shingle_hashes, other.shingle_hashes)
    if one.feed_id == other.feed_id:
        return _same_in_one_feed(heads, share)
    if share is not None and _same_text(one.shingle_hashes, other.shingle_hashes, heads, share):
        return Verdict(reason="same text", score=share)
    if heads[0].folded == heads[1].folded and heads[0].telling:
        recurs = share == 0.0 and heads[0].may_recur and _thinned(one.shingle_hashes) and _thinned(other.shingle_hashes)
        return None if recurs else Verdict(reason="same title", score=_SAME_TITLE)
    return _same_news(heads, share or 0.0, one.language or other.language, common)


def containment(one: tuple[int, ...], other: tuple[int, ...]) -> float | None:
    """Return the share of the smaller text that is in the larger, 0 to 1; None when either is too short to say."""
    return _contained(*_on_common_ground(one, other))


def _copied(one: tuple[int, ...], other: tuple[int, ...]) -> float | None:
    """Tell the same where one text may be a copy of the other; where it cannot, they have nothing in common."""
    left, right = _on_common_ground(one, other)
    share = _contained(left, right)
    if share is None or share < _CONTAINED or _begins_in(left, right) or _begins_in(right, left):
        return share
    return share if _out_of_order(one) or _out_of_order(other) else 0.0


def _contained(left: Sequence[int], right: Sequence[int]) -> float | None:
    if not left or not right:
        return None
    shared = len(set(left).intersection(right))
    return shared / min(len(left), len(right)) if shared >= MIN_SHARED else 0.0


def _on_common_ground(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[Sequence[int], Sequence[int]]:
    """Leave the hashes that both would have kept: a short text keeps all of its own, a long one every fourth."""
    if _thinned(one) != _thinned(other):
        return [value for value in one if value % _KEEP == 0], [value for value in other if value % _KEEP == 0]
    return one, other


def _begins_in(values: Sequence[int], others: Sequence[int]) -> bool:
    lead = values[: max(MIN_SHARED, int(_LEAD * len(values)))]
    return len(set(lead).intersection(others)) >= _LEAD_SHARED * len(lead)


def _out_of_order(values: tuple[int, ...]) -> bool:
    """Say whether a sketch does not tell how its text begins: those stored by earlier versions were sorted."""
    return list(values) == sorted(values)


def _thinned(values: tuple[int, ...]) -> bool:
    return not any(map((_KEEP - 1).__and__, values[:_TELLING]))


def _same_text(one: tuple[int, ...], other: tuple[int, ...], heads: tuple[Headline, Headline], share: float) -> bool:
    """Tell a copy; where text alone is no proof, the titles must have a telling word in common."""
    if share < _CONTAINED or heads[0].numbered_apart(heads[1]):
        return False
    if share < _WHOLLY and heads[0].named_apart(heads[1]):
        return False
    proof = share >= _MOSTLY and _thinned(one) and _thinned(other)  # sister papers share walls and notes on authors
    part = min(len(one), len(other)) < _QUOTED * max(len(one), len(other))
    return (proof and not part) or heads[0].shared(heads[1])[0] > 0 or heads[0].folded == heads[1].folded


def _same_in_one_feed(heads: tuple[Headline, Headline], share: float | None) -> Verdict | None:
    """Only a copy counts here: the same title over the same text, or over texts too short to be compared."""
    if heads[0].contradicts(heads[1]):
        return None
    same_title = heads[0].folded == heads[1].folded
    if share is None:
        return Verdict(reason="same title", score=_SAME_TITLE) if same_title and heads[0].telling else None
    if share >= _CONTAINED_IN_ONE_FEED and (same_title or heads[0].shared(heads[1])[1] >= _OVERLAP):
        return Verdict(reason="same text", score=share)
    return None


def _same_news(
    heads: tuple[Headline, Headline], share: float, language: str, common: Collection[str]
) -> Verdict | None:
    """Compare by titles; how much of them must agree depends on what else speaks for it."""
    both, overlap = heads[0].shared(heads[1], common)
    if both < MIN_SHARED_WORDS or overlap < _least_overlap(both, share, language):
        said, overlap = heads[0].agrees(heads[1], common)
        if not both or said < _SAID or overlap < _ALIKE:
            return None
    if not heads[0].comparable(heads[1]) or heads[0].contradicts(heads[1]):
        return None
    return Verdict(reason="same news", score=_SAME_TITLE * overlap)


def _least_overlap(both: int, share: float, language: str) -> float:
    """Say how much two titles must agree that have so many telling words in common."""
    if language not in ("", "en"):  # their actions and places are not known
        return _OVERLAP_BY_WORDS[0]
    return _OVERLAP if share >= _SOME_TEXT else _OVERLAP_BY_WORDS[min(both - MIN_SHARED_WORDS, 2)]


def _is_cjk(sample: Sequence[str], language: str) -> bool:
    """Say whether a text is written in characters rather than words; the language settles what is mixed."""
    share = sum(map(is_cjk, filterfalse(str.isascii, sample))) / len(sample)
    return share > (0.3 if language in ("zh", "ja", "ko", "th", "lo", "km", "my") else 0.6)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
