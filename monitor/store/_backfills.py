"""Stores what a rule finds in articles of the archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.core.model import Match, StoredArticle
from monitor.core.stories.fingerprints import hash_article_shingles
from monitor.core.stories.weighted_terms import terms_of_article
from monitor.store import _archiving, _articles
from monitor.store._database import Database
from monitor.store._polls import add_found_hits


class Backfills(Database):
    """Hits in articles that were stored without them."""

    def add_hits(self, matches: Sequence[tuple[int, Match]], found_at: datetime) -> int:
        """Store the matches of a rule in archived articles (by id) as back-filled; return how many hits are new."""
        with self._writing_archive() as connection:
            by_article: dict[int, list[Match]] = {}
            for article_id, match in matches:
                by_article.setdefault(article_id, []).append(match)
            archived = (
                _build_archived(article, tuple(by_article[article_id]))
                for article_id in by_article
                if (article := _articles.read_article(connection, article_id)) is not None
            )
            return len(add_found_hits(connection, "backfill", list(archived), found_at))


def _build_archived(stored: StoredArticle, matches: tuple[Match, ...]) -> _archiving.ArchivedArticle:
    return _archiving.ArchivedArticle(
        id=stored.id,
        entry_id=stored.entry_id,
        feed_id=stored.feed_id,
        text_hash=stored.text_hash,
        stored_at=stored.stored_at,
        article=stored.article,
        matches=matches,
        shingle_hashes=hash_article_shingles(stored.article),
        terms=terms_of_article(stored.article),
        backfilled=True,
    )
