"""Parsing of pages and feeds, and matching of texts, in worker processes with a deadline for each call."""

from monitor.extraction.cpu_priority import lower_cpu_priority
from monitor.extraction.matching import PooledMatcher
from monitor.extraction.pool import ExtractionPool, TaskError

__all__ = ["ExtractionPool", "PooledMatcher", "TaskError", "lower_cpu_priority"]
