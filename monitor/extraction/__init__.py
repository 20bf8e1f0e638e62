"""Reading pages and feeds in processes of their own, each under a deadline: `ExtractionPool`."""

from monitor.extraction.pool import ExtractionPool, TaskError

__all__ = ["ExtractionPool", "TaskError"]
