"""Reading pages and feeds and matching texts in worker processes, each call under a deadline: `ExtractionPool`."""

from monitor.extraction.matching import PooledMatcher
from monitor.extraction.pool import ExtractionPool, TaskError
from monitor.extraction.processors import share_processors

__all__ = ["ExtractionPool", "PooledMatcher", "TaskError", "share_processors"]
