"""How long extraction and matching take in this process, as histograms for the metrics page."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector

REGISTRY = CollectorRegistry(auto_describe=True)
"""What this process measures of itself; other processes have their own."""
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)

EXTRACTION = Histogram(
    "monitor_extraction_seconds",
    "Seconds from handing a page to the worker processes until its text is there, waiting included; of this process.",
    registry=REGISTRY,
    buckets=_BUCKETS,
)
MATCHING = Histogram(
    "monitor_matching_seconds",
    "Seconds from handing a text to the worker processes until its matches are there, waiting included; of this "
    "process.",
    registry=REGISTRY,
    buckets=_BUCKETS,
)
ProcessCollector(registry=REGISTRY)
