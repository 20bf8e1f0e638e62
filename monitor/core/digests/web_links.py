"""The addresses of the web page that a digest links to; made from `web.base_url`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from monitor.core.digests.digest_stories import DigestStory
from monitor.core.digests.label_tokens import LABEL_LINKS_LAST, label_token


@dataclass(frozen=True, slots=True)
class WebLinks:
    """Makes links to one web page."""

    base_url: str
    """Without a slash at the end."""
    label_key: bytes = field(repr=False)
    """Signs the links that set labels (core.digests.label_tokens)."""

    def story(self, story: DigestStory) -> str:
        """Return the page of a story: all rules, the evidence, and the parts of its rank."""
        return f"{self.base_url}/stories/{story.story_id}"

    def label(self, story: DigestStory, sent_at: datetime, *, relevant: bool) -> str:
        """Return the page that labels a story after a confirmation, without signing in."""
        token = label_token(self.label_key, story.hit_ids, sent_at + LABEL_LINKS_LAST, relevant=relevant)
        return f"{self.base_url}/label/{quote(token)}"

    def review(self, article_id: int | None = None) -> str:
        """Return the page on which readers judge articles: the next one, or the one given."""
        return f"{self.base_url}/review{'' if article_id is None else f'?article={article_id}'}"

    def hits(self, since: datetime, **filters: str) -> str:
        """Return the list of hits found since a day."""
        return f"{self.base_url}/hits?{urlencode({'since': since.date().isoformat(), **filters})}"
