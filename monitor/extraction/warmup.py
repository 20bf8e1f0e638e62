"""Loads everything that a worker needs; imported only by the fork server, before it forks workers."""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy loads: a process that forks must stay single-threaded

from monitor.core import articles, feeds, sources  # noqa: F401
from monitor.core.articles import main_text, page_dates  # noqa: F401
from monitor.core.matching import matcher  # noqa: F401
from monitor.core.text.languages import preload
from monitor.extraction import matching  # noqa: F401

main_text.preload()
preload()
