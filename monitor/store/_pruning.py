"""Removes what is older than retention, in short transactions; `_retention` lists what that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from monitor.store import _document_frequencies, _retention
from monitor.store._database import Database
from monitor.store._retention import RetentionCutoffs

Run = Callable[[Callable[[], Counter[str]]], Counter[str]]


class Pruning(Database):
    """Removal of outdated rows."""

    def prune(
        self, *, before: RetentionCutoffs, now: datetime, dry_run: bool = False, run: Run | None = None
    ) -> dict[str, int]:
        """Remove outdated rows and return their number by table; hits and keys of entries outlive texts.

        Each transaction takes about 0.1 seconds and is followed by a pause, so that others can write meanwhile. It is
        passed to `run`: `DatabaseThread.call` if this is called on another thread. `dry_run` only counts.
        """
        with self._snapshot() as connection:
            outdated = _retention.outdated(connection, before, now)
            counts = Counter({table: 0 for each in outdated for table in each.tables()})
            for each in outdated if dry_run else ():
                counts.update(each.count(connection))
        if not dry_run:
            run = run or (lambda transaction: transaction())
            for each in outdated:
                counts.update(self._remove(each, run))
            run(self._halve_term_frequencies)
        return dict(sorted(counts.items()))

    def _remove(self, outdated: _retention.OutdatedRows, run: Run) -> Counter[str]:
        removed: Counter[str] = Counter()
        batches = _retention.Batches()
        previous: Sequence[object] = ()
        while True:
            with self._reading() as connection:
                keys = outdated.keys(connection)
            if not keys or keys == previous:  # no progress: other processes have begun to need these rows
                return removed
            for batch in batches.of(keys):
                removed.update(run(partial(self._remove_batch, outdated, batch, batches)))
            previous = keys

    def _halve_term_frequencies(self) -> Counter[str]:
        with self._writing_archive() as connection:
            _document_frequencies.halve(connection)
        return Counter()

    def _remove_batch(
        self, outdated: _retention.OutdatedRows, keys: Sequence[object], batches: _retention.Batches
    ) -> Counter[str]:
        with batches.timed(), self._writing_archive() as connection:
            return outdated.remove(connection, keys)
