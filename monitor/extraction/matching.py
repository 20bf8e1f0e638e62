"""Matching in the worker processes of an ExtractionPool: `PooledMatcher`.

A worker compiles a set of rules once and keeps the latest set only, so that memory is bounded by workers x one set. The
rules travel with a call only when the worker that got the call does not have them yet: a call is first sent without
rules, and sent again with them if the worker does not have them.
"""

from __future__ import annotations

import gc
import pickle
import signal
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.model import Article, Source
from monitor.core.polls import analysis
from monitor.core.polls.analysis import Analysis
from monitor.extraction.pool import ExtractionPool, TaskError
from monitor.runtime import timings
from monitor.runtime.garbage_collection import collection_paused, freeze_objects

if TYPE_CHECKING:
    from monitor.core.matching.matcher import Matcher
    from monitor.core.matching.rulebook import Rule

COMPILE_SECONDS = 60.0
"""Seconds that a worker may take for unpickling and compiling rules; 10,000 rules take about two."""

_compiled: dict[str, Matcher] = {}
"""The rules that this worker compiled last, by version; at most one entry."""


class _Request(NamedTuple):
    """The arguments of one call in a worker; `seconds` is its deadline."""

    article: Article
    source: Source
    common: Collection[int]
    seconds: float


class PooledMatcher:
    """Matches one version of the rules in a pool's workers; edited rules need another PooledMatcher.

    `packed_rules` are of `pack_rules`.
    """

    def __init__(self, pool: ExtractionPool, packed_rules: bytes) -> None:
        self._pool = pool
        self._rules = packed_rules
        self._version = sha256(self._rules).hexdigest()

    async def analyse(
        self, article: Article, source: Source, common: Collection[int], *, seconds: float | None = None
    ) -> Analysis:
        """Analyse an article within `seconds` (None: the pool's timeout); raises TaskError when that fails.

        The time for compiling rules is not counted, so that the first text after a reload has the same time as others.
        """
        with timings.MATCHING.time():
            return await self._analyse(_Request(article, source, common, seconds or self._pool.timeout))

    async def _analyse(self, request: _Request) -> Analysis:
        analysed = await self._pool.run(analyse, self._version, None, request, seconds=request.seconds)
        if analysed is None:
            within = request.seconds + COMPILE_SECONDS
            analysed = await self._pool.run(analyse, self._version, self._rules, request, seconds=within)
        if analysed is None:
            raise TaskError("error: the worker did not accept the rules")
        return analysed


def pack_rules(rules: Iterable[Rule]) -> bytes:
    """Return rules as workers take them: compressed, and without what matching does not need."""
    bare = [replace(rule, tests=(), suppress={}, description="") for rule in rules]
    return zlib.compress(pickle.dumps(bare, pickle.HIGHEST_PROTOCOL), 1)


def analyse(version: str, rules: bytes | None, request: _Request) -> Analysis | None:
    """Analyse an article in a worker; None if the worker does not have these rules and none were sent."""
    if version not in _compiled:
        if rules is None:
            return None
        _compile(version, rules)
    with _deadline(request.seconds):
        return analysis.analyse(_compiled[version], request.article, request.source, request.common)


def _compile(version: str, rules: bytes) -> None:
    from monitor.core.matching.matcher import Matcher

    _compiled.clear()
    with collection_paused():
        _compiled[version] = Matcher(pickle.loads(zlib.decompress(rules)))  # noqa: S301 made by the main process
    gc.collect()
    freeze_objects()  # exclude the compiled rules from later collections


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Have the kernel kill this process after `seconds`, even in the middle of C code."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
