"""Jobs of archive scans for tests: count, exit, take long, or raise."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.core.model import StoredArticle


@dataclass(frozen=True)
class ScanJob:
    """A job for tests: returns titles and the process id, or fails in one of several ways, for each batch."""

    kind: str = "titles"

    def compile(self) -> Callable[[Sequence[StoredArticle]], tuple[list[str], int]]:
        return self._look

    def _look(self, articles: Sequence[StoredArticle]) -> tuple[list[str], int]:
        if self.kind == "die":
            os._exit(7)
        if self.kind == "dawdle":
            time.sleep(60)
        if self.kind == "break":
            raise ValueError("a bug in a batch")
        return [stored.article.title for stored in articles], os.getpid()
