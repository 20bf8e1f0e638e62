"""Time against size: every function that takes publishers' text, on hostile texts of n and of 8 n characters.

    python -m benchmarks scaling
    python -m benchmarks.scaling --size 25000 --only matching --all

A linear function takes eight times as long for eight times as much text. A call is reported if it takes more than
MAX_RATIO times as long (MAX_RATIO_OF_TERMS for some texts) and at least MIN_SECONDS, measured as the quickest of
several rounds. A function whose work is limited by a budget (BOUNDED) takes quadratic time until the budget is used
up, so its time for the longer text is compared with the budget instead. A call that takes longer than TIMEOUT is
stopped and counts as a failure. With `--size 25000` the longer texts are as long as an article may be; calls of more
than SLOW seconds are listed.
"""

from __future__ import annotations

import argparse
import gc
import signal
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.hostile_texts import of_terms, texts
from benchmarks.row import Row
from benchmarks.text_functions import calls
from benchmarks.text_functions.sample_values import shipped_terms
from monitor.runtime.garbage_collection import freeze_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SIZE, TIMES = 2_000, 8
MAX_RATIO = 16.0
"""Twice the ratio of a linear function: caches that no longer fit make one take up to 15 times as long on a busy
machine, and a quadratic one takes 64 times as long."""
MAX_RATIO_OF_TERMS = 32.0
"""For texts of many shipped terms: eight times the text has more different ones, which more rules look for."""
MIN_SECONDS = 0.1
TIMEOUT = 20.0
ROUNDS = 3
SLOW = 1.0
SHOWN = 5
_TEXTS_OF_TERMS = {
    "shipped terms": " ",
    "sentences of shipped terms": ". ",
    "paragraphs of shipped terms": "\n\n",
}
"""Separators of texts with all shipped terms, by name."""
BOUNDED = {"articles.paragraph_edits": 1.0}
"""Seconds allowed for the longer text, by how the names of functions begin. `edits` compares exactly up to 500,000
steps, a tenth of a second on an idle machine."""


class _TimeoutError(BaseException):
    """A call took longer than TIMEOUT. Not an Exception, so that the measured function does not catch it."""


class Scaling(NamedTuple):
    """The time that one function takes for one kind of text."""

    ratio: float
    seconds: float
    """For the longer text."""
    call: str
    text: str

    @property
    def is_good(self) -> bool:
        """Return True for a linear call, or one within its budget."""
        budget = next((seconds for name, seconds in BOUNDED.items() if self.call.startswith(name)), None)
        return self.ratio <= max_ratio(self.text) if budget is None else self.seconds <= budget


def max_ratio(text: str) -> float:
    """Return the highest ratio that a linear function may have on a kind of text."""
    return MAX_RATIO_OF_TERMS if text in _TEXTS_OF_TERMS else MAX_RATIO


def run() -> Iterator[Row]:
    """Measure all functions; return the calls that fail, or else the highest ratios, and the number of failures."""
    results = sorted(measured(SIZE), reverse=True)
    failed = [result for result in results if not result.is_good]
    for result in failed or results[:SHOWN]:
        yield Row(
            f"{result.call} on {result.text}", result.ratio, "x", f"<= {max_ratio(result.text):g}", result.is_good
        )
    number = len(calls()) * len(_texts())
    yield Row(f"calls that are not linear, of {number:,} functions and texts", len(failed), "", "0", not failed)


def measured(size: int, only: str = "", on: str = "") -> Iterator[Scaling]:
    """Measure each function on each text; yield the calls that take at least MIN_SECONDS."""
    made = {name: make for name, make in _texts().items() if on in name}
    for call_name, call in calls().items():
        if only in call_name:
            call("Warm up. A b c.")
            freeze_objects()  # as workers do with compiled rules: full collections would count as time for the text
            for text_name, make in made.items():
                if (scaling := _measure(call, make, size)) is not None:
                    yield Scaling(*scaling, call_name, text_name)


def _texts() -> dict[str, Callable[[int], str]]:
    terms = shipped_terms()
    return texts() | {
        **{name: of_terms(terms, separator) for name, separator in _TEXTS_OF_TERMS.items()},
        "one shipped term": of_terms(terms[:1], " "),
        "two shipped terms": of_terms([terms[0], terms[-1]], " "),
    }


def _measure(call: Callable[[str], object], make: Callable[[int], str], size: int) -> tuple[float, float] | None:
    short, long = make(size), make(TIMES * size)
    taken = _spent(call, long)
    if taken < MIN_SECONDS:
        return None
    less = _often(call, short)
    for _ in range(ROUNDS):
        if taken / less <= MAX_RATIO or taken > TIMEOUT:
            break
        less, taken = max(less, _often(call, short)), min(taken, _spent(call, long))
    return (taken / less, taken) if taken >= MIN_SECONDS else None


def _often(call: Callable[[str], object], text: str) -> float:
    """Return the mean time of a call in seconds, repeated until the total is long enough to be measured."""
    total, number = 0.0, 0
    while total < MIN_SECONDS:
        total, number = total + _spent(call, text), number + 1
    return total / number


def _spent(call: Callable[[str], object], text: str) -> float:
    """Return the CPU time of a call in seconds, or twice TIMEOUT if it was stopped."""

    def stop(*_: object) -> None:
        raise _TimeoutError

    gc.collect(0)
    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, TIMEOUT)
    started = time.process_time()
    try:
        call(text)
        return time.process_time() - started
    except _TimeoutError:
        return 2 * TIMEOUT
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def main(arguments: Iterable[str]) -> int:
    """Print a table; return 1 if any call is not linear."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=SIZE, help=f"characters of the shorter text (default {SIZE})")
    parser.add_argument("--only", default="", help="functions whose name has this in it")
    parser.add_argument("--on", default="", help="texts whose name has this in it")
    parser.add_argument("--all", action="store_true", help="show what is linear, too")
    chosen = parser.parse_args(list(arguments))
    failed = 0
    for each in measured(chosen.size, chosen.only, chosen.on):
        failed += not each.is_good
        if not each.is_good or chosen.all or each.seconds > SLOW:
            mark = "ok" if each.is_good else "!!"
            print(f"{mark} {each.ratio:8.1f} x {each.seconds:8.2f} s  {each.call} on {each.text}", flush=True)
    print(f"{failed} not linear")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
