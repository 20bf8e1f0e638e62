"""Matching in the worker processes of an ExtractionPool: `PooledMatcher`.

A worker compiles a set of rules once and keeps the latest set only, so that memory is bounded by workers x one set. The
rules travel with a call only when the worker that got the call does not have them yet: a call is first sent without
rules, and sent again with them if the worker asks for them.
"""

from __future__ import annotations

import gc
import pickle
import signal
import zlib
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.polls import analysis
from monitor.extraction.pool import TaskError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from monitor.core.matching.matcher import Matcher
    from monitor.core.matching.rulebook import Rule
    from monitor.core.model import Article, Source
    from monitor.core.polls.analysis import Analysis
    from monitor.extraction.pool import ExtractionPool

COMPILING = 60.0
"""Seconds that a worker may take for unpickling and compiling rules; 10,000 rules take about two."""

_compiled: dict[str, Matcher] = {}
"""In a worker: the rules that it compiled last, by their version."""


class _Text(NamedTuple):
    """What one call is about."""

    article: Article
    source: Source
    common: Collection[int]
    seconds: float


class PooledMatcher:
    """One version of the rules, matched in a pool's workers. Immutable: edited rules are another PooledMatcher."""

    def __init__(self, pool: ExtractionPool, rules: Sequence[Rule]) -> None:
        self._pool = pool
        bare = [replace(rule, tests=(), suppress={}, description="") for rule in rules]
        self._rules = zlib.compress(pickle.dumps(bare, pickle.HIGHEST_PROTOCOL), 1)
        self._version = sha256(self._rules).hexdigest()

    async def analyse(
        self, article: Article, source: Source, common: Collection[int], *, seconds: float | None = None
    ) -> Analysis:
        """Analyse an article within `seconds` (None: the pool's timeout); raises TaskError when that fails.

        The time for compiling rules is not counted, so that the first text after a reload has as long as the others.
        """
        text = _Text(article, source, common, seconds or self._pool.timeout)
        found = await self._pool.run(analyse, self._version, None, text, seconds=text.seconds)
        if found is None:
            within = text.seconds + COMPILING
            found = await self._pool.run(analyse, self._version, self._rules, text, seconds=within)
        if found is None:
            raise TaskError("error: the worker did not take the rules")
        return found


def analyse(version: str, rules: bytes | None, text: _Text) -> Analysis | None:
    """Analyse an article in a worker; None when the worker does not have these rules and none were sent."""
    if version not in _compiled:
        if rules is None:
            return None
        _compile(version, rules)
    with _deadline(text.seconds):
        return analysis.analyse(_compiled[version], text.article, text.source, text.common)


def _compile(version: str, rules: bytes) -> None:
    from monitor.core.matching.garbage import undisturbed
    from monitor.core.matching.matcher import Matcher

    _compiled.clear()
    with undisturbed():
        _compiled[version] = Matcher(pickle.loads(zlib.decompress(rules)))  # noqa: S301 made by the main process
    gc.collect()
    gc.freeze()  # the compiled rules are not garbage: later collections pass them over


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Let the kernel end this process after so many seconds, even in the middle of C code."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
