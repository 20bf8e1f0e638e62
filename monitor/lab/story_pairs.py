"""Reads two articles, and the first articles of their story, to explain why they are one story or not."""

from __future__ import annotations

from monitor.core.errors import UsageError
from monitor.core.model import StoredArticle
from monitor.core.stories.events import FIRST_ARTICLES
from monitor.core.stories.pairs import StoryPair, explain_pair
from monitor.core.stories.weighted_terms import terms_of_article
from monitor.lab.named_texts import article_with_id
from monitor.store import Store


def explain_story_pair(store: Store, one_id: int, other_id: int) -> StoryPair:
    """Explain a pair of articles; UsageError if one is unknown, has no text any more, or both are the same."""
    if one_id == other_id:
        raise UsageError("name two different articles")
    one, other = article_with_id(store, one_id), article_with_id(store, other_id)
    earlier, later = sorted((one, other), key=lambda stored: (stored.stored_at, stored.id))
    first = _first_articles(store, earlier, without=later.id)
    hashes = {each for stored in (one, other, *first) for each in terms_of_article(stored.article).hashes}
    return explain_pair(one, other, first, store.term_counts(hashes))


def _first_articles(store: Store, stored: StoredArticle, *, without: int) -> list[StoredArticle]:
    """Return the first articles of a story, oldest first."""
    if stored.story_id is None:
        return []
    ids = sorted(each.article_id for story in store.stories_of([stored.story_id]) for each in story.articles)
    articles = (store.article(each) for each in [each for each in ids if each != without][:FIRST_ARTICLES])
    return [each for each in articles if each is not None]
