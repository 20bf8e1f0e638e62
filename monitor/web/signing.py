"""Signed values that authenticate visitors: session cookies, CSRF tokens of forms, and the key of the Atom feed.

Pure: instants and randomness are arguments. Sessions and the feed key are HMACs under a key stretched from the
configured token (scrypt), so none of them reveals the token, guessing the token from one is slow, and a new token ends
them all. CSRF tokens, which anonymous visitors see, depend only on a random secret of the process.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import scrypt, sha256

SESSION_LENGTH = timedelta(days=30)
"""How long a session lasts."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs and verifies under the configured token."""

    token: str
    """`web.token`; empty when no token is configured."""
    secret: str
    """A random secret, made at the start of the process."""

    @property
    def is_public(self) -> bool:
        """True if pages are shown without signing in."""
        return not self.token

    def is_token(self, token: str) -> bool:
        """Return whether this is the configured token, in constant time."""
        return not self.is_public and _equal(self._process_hmac(token), self._process_hmac(self.token))

    def create_session(self, now: datetime, nonce: str) -> str:
        """Return the cookie value of a new session."""
        payload = f"{int((now + SESSION_LENGTH).timestamp())}.{nonce}"
        return f"{payload}.{self._token_hmac('session', payload)}"

    def is_session(self, cookie: str, now: datetime) -> bool:
        """Return whether a cookie value was signed here and has not expired."""
        payload, _, signature = cookie.rpartition(".")
        if self.is_public or not _equal(signature, self._token_hmac("session", payload)):
            return False
        return int(payload.partition(".")[0]) > now.timestamp()

    def csrf_token(self, session: str) -> str:
        """Return the CSRF token of a session; an empty session is that of anonymous visitors."""
        return self._process_hmac(f"form:{session}")

    def is_csrf_token(self, token: str, session: str) -> bool:
        """Return whether this is the CSRF token of the session."""
        return _equal(token, self.csrf_token(session))

    def feed_key(self) -> str:
        """Return the key that gives access to the Atom feed and nothing else."""
        return self._token_hmac("feed", "")

    def opens_feed(self, key: str) -> bool:
        """Return whether this is the feed key or the token."""
        return self.is_token(key) or _equal(key, self.feed_key())

    def _token_hmac(self, purpose: str, text: str) -> str:
        """Sign so that the signature is valid after a restart."""
        return _hmac(_stretch_key(self.token or self.secret), f"{purpose}:{text}")

    def _process_hmac(self, text: str) -> str:
        """Sign so that the signature is valid in this process only."""
        return _hmac(self.secret.encode(), text)


@lru_cache(maxsize=4)
def _stretch_key(token: str) -> bytes:
    """Derive a key from the token; takes about 50 ms."""
    return scrypt(token.encode("utf-8", "replace"), salt=b"policy-monitor web page", n=2**14, r=8, p=1)


def _hmac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "replace"), sha256).hexdigest()


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
