"""Parsing of pages and feeds, and matching of texts, in worker processes with a deadline for each call."""

from monitor.extraction.cpu_priority import lower_cpu_priority
from monitor.extraction.matching import PooledMatcher, pack_rules
from monitor.extraction.pool import ExtractionPool, TaskError, prepare_fork_server

__all__ = ["ExtractionPool", "PooledMatcher", "TaskError", "lower_cpu_priority", "pack_rules", "prepare_fork_server"]
