"""Loads everything that a worker needs; imported only by the fork server, before it forks workers."""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy loads: a process that forks must stay single-threaded

from monitor.core import articles, feeds  # noqa: F401
from monitor.core.articles import main_text
from monitor.core.matching import matcher  # noqa: F401
from monitor.core.text.languages import preload

main_text.preload()
preload()
