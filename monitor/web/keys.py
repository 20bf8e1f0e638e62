"""What proves that a visitor may look, and that a form is ours. Pure: instants and randomness are arguments.

Sessions and the feed's key are HMACs under the configured token, so that none of them tells the token itself, and a
changed token ends them all. The token is stretched first: who finds such a key cannot try tokens by the million. What
a stranger gets to see, the key of a form, hangs on a random secret of the process alone.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import scrypt, sha256

SESSION = timedelta(days=30)
"""How long a visitor stays known."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What is derived from the token."""

    token: str
    """Empty: nothing is asked."""
    secret: str
    """Random, of this process."""

    @property
    def open(self) -> bool:
        """Whether anybody may look."""
        return not self.token

    def known(self, token: str) -> bool:
        """Whether this is the token; takes as long whatever is wrong with it."""
        return not self.open and _same(self._mark(token), self._mark(self.token))

    def session(self, now: datetime, nonce: str) -> str:
        """Make the cookie of a visitor who knew the token."""
        ends = f"{int((now + SESSION).timestamp())}.{nonce}"
        return f"{ends}.{self._sign('session', ends)}"

    def admits(self, cookie: str, now: datetime) -> bool:
        """Whether a cookie is one of ours and has not run out."""
        ends, _, signature = cookie.rpartition(".")
        if self.open or not _same(signature, self._sign("session", ends)):
            return False
        return int(ends.partition(".")[0]) > now.timestamp()

    def form(self, session: str) -> str:
        """Make the key that a form of this session carries."""
        return self._mark(f"form:{session}")

    def sent_by_us(self, key: str, session: str) -> bool:
        """Whether a form carries the key of this session."""
        return _same(key, self.form(session))

    def feed(self) -> str:
        """Make the key that reads the feed of hits and nothing else."""
        return self._sign("feed", "")

    def reads_feed(self, key: str) -> bool:
        """Whether this key, or the token, reads the feed."""
        return self.known(key) or _same(key, self.feed())

    def _sign(self, purpose: str, text: str) -> str:
        """Sign what is to be known again after a restart."""
        return _hmac(_stretched(self.token or self.secret), f"{purpose}:{text}")

    def _mark(self, text: str) -> str:
        """Sign what this process alone has to know again."""
        return _hmac(self.secret.encode(), text)


@lru_cache(maxsize=4)
def _stretched(token: str) -> bytes:
    """Make a key that takes a twentieth of a second to make."""
    return scrypt(token.encode("utf-8", "replace"), salt=b"policy-monitor web page", n=2**14, r=8, p=1)


def _hmac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "replace"), sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
