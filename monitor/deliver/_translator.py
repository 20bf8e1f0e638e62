"""Translates the headlines of new hits in the background, so that a digest finds them translated when it is composed.

A digest never waits for it: what is not translated by then is shown with its original headline alone. After a failure
the translator pauses, and then gets half as many headlines at once; those on which it has failed come last. A single
headline on which it fails is given up if it has translated others since it first failed on this one, so that an outage
loses no translation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from monitor.core.digests.translations import Headline
from monitor.core.errors import DatabaseError
from monitor.core.model import DigestConfig, TranslateConfig
from monitor.store import DatabaseThread, Store
from monitor.translation import NotStartedError, TranslationError, translate

MAX_TRANSLATED_HEADLINES = 50
"""Headlines for one start of the program."""
TRANSLATED_PERIOD = timedelta(days=7)
"""Headlines of older hits are not translated: no digest looks back further."""
TRANSLATION_INTERVAL_SECONDS = 30.0
"""Seconds between two looks for new headlines."""
FIRST_TRANSLATOR_PAUSE_SECONDS, MAX_TRANSLATOR_PAUSE_SECONDS = 60.0, 3600.0
"""Seconds after a failure; doubled after each further one."""
log = structlog.get_logger("monitor.translations")


@dataclass(slots=True)
class _State:
    """The state of one translator."""

    batch: int = MAX_TRANSLATED_HEADLINES
    failures: int = 0
    not_before: float = 0.0
    """Time of the event loop."""
    answers: int = 0
    failed: dict[Headline, int] = field(default_factory=dict)
    """Headlines on which it failed, the latest last, with `answers` at the first time."""


class Translator:
    """Translates headlines for the digests that have `translate`; `configure` may replace these at any time."""

    def __init__(
        self,
        store: Store,
        database: DatabaseThread,
        clock: Callable[[], datetime],
        *,
        first_pause: float = FIRST_TRANSLATOR_PAUSE_SECONDS,
    ) -> None:
        self._store = store
        self._database = database
        self._clock = clock
        self._first_pause = first_pause
        self._jobs: set[tuple[TranslateConfig, str]] = set()
        self._states: dict[TranslateConfig, _State] = {}
        self._task: asyncio.Task[None] | None = None
        self._next_look = 0.0

    def configure(self, digests: Iterable[DigestConfig]) -> None:
        """Replace the digests; an edited translator is tried at once."""
        self._jobs = {(config.translate, config.language) for config in digests if config.translate}
        self._states = {config: self._states.get(config, _State()) for config, _ in self._jobs}
        self._next_look = 0.0

    def start(self) -> None:
        """Look for new headlines in a task, unless one is running or TRANSLATION_INTERVAL_SECONDS has not passed."""
        now = asyncio.get_running_loop().time()
        is_running = self._task is not None and not self._task.done()
        if self._jobs and not is_running and now >= self._next_look:
            self._next_look = now + TRANSLATION_INTERVAL_SECONDS
            self._task = asyncio.create_task(self.translate_new())

    async def close(self) -> None:
        """Stop a translation in progress."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def translate_new(self) -> None:
        """Translate what is new; failures are logged and never raised."""
        for config, target in sorted(self._jobs, key=repr):
            try:
                await self._translate_into(config, target)
            except DatabaseError as error:
                log.warning("translations not stored, tried again", reason=str(error))

    async def _translate_into(self, config: TranslateConfig, target: str) -> None:
        since = self._clock() - TRANSLATED_PERIOD
        headlines = await self._database.run(self._store.untranslated, target, since)
        by_language = sorted(headlines, key=lambda headline: headline.language)
        for _, of_language in groupby(by_language, key=lambda headline: headline.language):
            remaining = self._by_failures(config, of_language)
            while remaining and (size := self._batch_size(config)):
                batch, remaining = remaining[:size], remaining[size:]
                await self._translate_batch(config, batch, target)

    def _by_failures(self, config: TranslateConfig, headlines: Iterable[Headline]) -> list[Headline]:
        """Return headlines in order: first those on which the translator has not failed, last the latest failure."""
        failed = self._states[config].failed if config in self._states else {}
        order = {headline: index for index, headline in enumerate(failed)}
        return sorted(headlines, key=lambda headline: order.get(headline, -1))

    def _batch_size(self, config: TranslateConfig) -> int:
        """Return how many headlines the translator gets; 0 during the pause after a failure, or if it was removed."""
        state = self._states.get(config)
        is_ready = state is not None and asyncio.get_running_loop().time() >= state.not_before
        return state.batch if state is not None and is_ready else 0

    async def _translate_batch(self, config: TranslateConfig, batch: list[Headline], target: str) -> None:
        state = self._states[config]
        try:
            translated = await translate(config, batch, target)
        except TranslationError as error:
            is_at_fault = len(batch) == 1 and state.answers > state.failed.get(batch[0], state.answers)
            translated = {batch[0]: ""} if is_at_fault and not isinstance(error, NotStartedError) else {}
            self._note_failure(state, batch, target, error)
        else:
            state.batch, state.failures = min(MAX_TRANSLATED_HEADLINES, state.batch * 2), 0
            state.answers += 1
            state.failed = {headline: first for headline, first in state.failed.items() if headline not in batch}
        await self._database.run(self._store.store_translations, translated, target, self._clock())

    def _note_failure(self, state: _State, batch: list[Headline], target: str, error: TranslationError) -> None:
        pause = min(MAX_TRANSLATOR_PAUSE_SECONDS, self._first_pause * 2**state.failures)
        state.failures = min(state.failures + 1, 10)
        state.failed.update({headline: state.failed.pop(headline, state.answers) for headline in batch})
        state.batch = max(1, len(batch) // 2)
        state.not_before = asyncio.get_running_loop().time() + pause
        log.warning(
            "headlines not translated, tried again",
            source=batch[0].language,
            target=target,
            headlines=len(batch),
            reason=str(error),
            retry_in_s=round(pause),
        )
