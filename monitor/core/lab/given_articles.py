"""Articles that are given as text, without a feed."""

from __future__ import annotations

from dataclasses import replace

from monitor.core.articles.feed_notices import find_feed_notices
from monitor.core.model import Article
from monitor.core.text.languages import detect_language, language_code


def analyse(article: Article, *, needs_language: bool) -> Article:
    """Return an article as rules are matched with it: notices of feed software are left out.

    Its language, if it is not stated, is detected only if a rule `needs_language`, since that takes time.
    """
    if needs_language and not language_code(article.language):
        article = replace(article, language=detect_language(f"{article.title}\n\n{article.text}"))
    return replace(article, boilerplate=find_feed_notices(article.text))
