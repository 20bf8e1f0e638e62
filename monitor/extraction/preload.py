"""Loads all that a worker needs; imported once, by the server that workers are forked from, and by nothing else."""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy loads: a process that is to be forked keeps to one thread

from monitor.core import articles, feeds, page_facts, readable  # noqa: F401
from monitor.core.languages import preload

readable.preload()
preload()
