"""Reads a configuration, and runs the tests of its rules, in a process that ends afterwards.

Reading takes three times the memory of what is read: nodes of YAML, the index of the tests, what the linter compares. A
long-running process that read by itself would keep most of it. It gets the Settings as bytes, with the results of the
tests and with the rules as workers take them.
"""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import pebble
import structlog

from monitor.configuration.deciding import find_untrusted
from monitor.core.errors import ConfigurationError, Problem
from monitor.extraction import process_limits
from monitor.runtime.garbage_collection import collection_paused
from monitor.settings import Settings

UNREAD = "C026"
EDIT_SECONDS = 180.0
"""Seconds for reading an edit, and for deciding on it; the job `reload` waits for both. The shipped rules take six of
processor time."""
_MAX_EXTRA_MEMORY_BYTES = 1 << 30
"""Bytes of address space in addition to what the process starts with; the shipped rules take a fifth of it."""


log = structlog.get_logger("monitor.configuration")


class ReadingProcessError(Exception):
    """The process has not read the configuration; the message says why."""


def read_edit_in_process(read: Callable[[], Settings], folder: Path, seconds: float = EDIT_SECONDS) -> Settings:
    """Read an edit; ConfigurationError also if the process takes longer than `seconds` or dies."""
    try:
        return read_in_process(read, seconds)
    except ReadingProcessError as error:
        advice = "save a file or send SIGHUP to read the edit again"
        raise ConfigurationError([Problem(str(folder), 0, 0, UNREAD, f"not read: {error}; {advice}")]) from None


def read_in_process_or_here(read: Callable[[], Settings]) -> Settings:
    """Call `read`, which must be picklable, in another process or, if that fails, in this one.

    For what cannot be refused: at the start no configuration is in force yet that could stay, and pages must show some.
    """
    try:
        return read_in_process(read)
    except ReadingProcessError as error:
        log.warning("configuration read in the main process, which takes more memory", reason=str(error))
        return read()


def read_in_process(read: Callable[[], Settings], seconds: float | None = None) -> Settings:
    """Call `read`, which must be picklable, in another process, and return its Settings with its rules tested.

    Raises what `read` raises, and ReadingProcessError if the process takes longer than `seconds` or dies.
    """
    context = multiprocessing.get_context("forkserver")
    pool = pebble.ProcessPool(
        max_workers=1,
        initializer=process_limits.set_up_worker,
        initargs=(_MAX_EXTRA_MEMORY_BYTES,),
        context=context,
    )
    try:
        result: bytes = pool.schedule(_read, args=(read,), timeout=seconds).result()
    except TimeoutError:
        raise ReadingProcessError(f"the process that reads it took more than {seconds:g} s") from None
    except pebble.ProcessExpired as error:
        raise ReadingProcessError(f"the process that reads it died (exit code {error.exitcode})") from None
    except BrokenProcessPool:
        raise ReadingProcessError("the process that reads it was killed") from None
    except OSError as error:
        raise ReadingProcessError(f"the process that reads it did not start: {error}") from None
    except MemoryError:
        raise ReadingProcessError("the process that reads it has no memory left") from None
    finally:
        pool.stop()  # type: ignore[no-untyped-call]  # pebble types only half of itself
        pool.join()
    with collection_paused():
        loaded: Settings = pickle.loads(result)  # noqa: S301 made by our own process
    return loaded


def _read(read: Callable[[], Settings]) -> bytes:
    with collection_paused():
        loaded = read()
        if loaded.untrusted_rules is None:
            loaded = replace(loaded, untrusted_rules=find_untrusted(loaded))
        return pickle.dumps(loaded.with_packed_rules(), pickle.HIGHEST_PROTOCOL)
