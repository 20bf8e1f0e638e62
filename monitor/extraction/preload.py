"""Loads all that a worker needs; imported once, by the server that workers are forked from, and by nothing else."""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy loads: a process that is to be forked keeps to one thread

from monitor.core import articles, feeds  # noqa: F401
from monitor.core.articles import readable
from monitor.core.matching import matcher  # noqa: F401
from monitor.core.text.languages import preload

readable.preload()
preload()
