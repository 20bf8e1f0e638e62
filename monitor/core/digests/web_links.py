"""The addresses of the web page that a digest links to; made from `web.base_url`.

Among them are links by which readers of a mail label a story without signing in. Such a link holds a signed token,
which allows one thing: to set one label on the hits that it names, until it expires. Its key is derived from the token
of the web page, so that a new token of the page ends all links; the token cannot be computed from a link.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import scrypt, sha256
from urllib.parse import quote, urlencode

from monitor.core.digests.digest_stories import DigestStory

LABEL_LINKS_LAST = timedelta(days=30)
MAX_HITS_OF_TOKEN = 20
"""Hits in one token: more rules rarely match one story, and the link must stay short."""
_SIGNATURE_BYTES = 16
_LABELS = {"r": True, "n": False}


@dataclass(frozen=True, slots=True)
class WebLinks:
    """Makes links to one web page."""

    base_url: str
    """The address of the web page, without a slash at the end."""
    label_key: bytes = field(repr=False)
    """Signs the links that set labels."""

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


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """What a valid token allows."""

    hit_ids: tuple[int, ...]
    relevant: bool


@lru_cache(maxsize=4)
def label_key(secret: str) -> bytes:
    """Derive the key from the token of the web page; takes about 50 ms."""
    return scrypt(secret.encode("utf-8", "replace"), salt=b"policy-monitor label links", n=2**14, r=8, p=1)


def label_token(key: bytes, hit_ids: Sequence[int], expires_at: datetime, *, relevant: bool) -> str:
    """Return the token for one label; of more than MAX_HITS_OF_TOKEN hits the first are labelled."""
    hits = "-".join(f"{hit_id:x}" for hit_id in hit_ids[:MAX_HITS_OF_TOKEN])
    payload = f"{'r' if relevant else 'n'}.{hits}.{int(expires_at.timestamp()):x}"
    return f"{payload}.{_sign(key, payload)}"


def read_label_token(key: bytes, token: str, now: datetime) -> LabelRequest | None:
    """Return what a token allows; None if it was not signed with this key, or has expired."""
    payload, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), _sign(key, payload).encode()):
        return None
    label, hits, expires_at = payload.split(".")
    if int(expires_at, 16) <= now.timestamp():
        return None
    return LabelRequest(tuple(int(hit, 16) for hit in hits.split("-") if hit), _LABELS[label])


def _sign(key: bytes, payload: str) -> str:
    digest = hmac.new(key, payload.encode("utf-8", "replace"), sha256).digest()[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
