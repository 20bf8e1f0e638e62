"""Reading pages and feeds in processes of their own, each under a deadline: `ExtractionPool`."""

from monitor.extraction.pool import ExtractionPool, TaskError
from monitor.extraction.processors import share_processors

__all__ = ["ExtractionPool", "TaskError", "share_processors"]
