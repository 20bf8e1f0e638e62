"""Time against size: every function that takes publishers' text, on hostile texts of n and of 8 n characters.

    python -m benchmarks scaling
    python -m benchmarks.scaling --size 25000 --only matching --all

What is linear takes eight times as long for eight times as much; above MOST times it is not. Only what takes longer
than FLOOR counts, by the quickest of some rounds, since less says nothing. A call that takes longer than PATIENCE is
stopped, and counts as a failure. With `--size 25000` the longer texts are as long as an article may be, and what takes
longer than a second for one is listed.
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
from benchmarks.text_functions import calls, shipped_terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SIZE, TIMES = 2_000, 8
MOST = 12.0
FLOOR = 0.05
PATIENCE = 20.0
ROUNDS = 3
SLOW = 1.0
SHOWN = 5


class _TooLong(BaseException):
    """A call used up its PATIENCE; no `except Exception` of its own may keep this from it."""


class Scaling(NamedTuple):
    """How one function took one text."""

    ratio: float
    seconds: float
    """For the longer text."""
    call: str
    text: str


def run() -> Iterator[Row]:
    """Measure all functions, and show the worst ratios."""
    found = sorted(measured(SIZE), reverse=True)
    for each in found[:SHOWN]:
        yield Row(f"{each.call} on {each.text}", each.ratio, "x", f"<= {MOST:g}", each.ratio <= MOST)
    failed = sum(each.ratio > MOST for each in found)
    yield Row(
        f"functions and texts that are not linear, of {len(calls()) * len(_texts()):,}", failed, "", "0", not failed
    )


def measured(size: int, only: str = "", on: str = "") -> Iterator[Scaling]:
    """Measure each function on each text; gives those that take long enough to be judged."""
    made = {name: make for name, make in _texts().items() if on in name}
    for call_name, call in calls().items():
        if only in call_name:
            call("Warm up. A b c.")
            for text_name, make in made.items():
                if (scaling := _measure(call, make, size)) is not None:
                    yield Scaling(*scaling, call_name, text_name)


def _texts() -> dict[str, Callable[[int], str]]:
    terms = shipped_terms()
    return texts() | {
        "shipped terms": of_terms(terms, " "),
        "sentences of shipped terms": of_terms(terms, ". "),
        "paragraphs of shipped terms": of_terms(terms, "\n\n"),
        "one shipped term": of_terms(terms[:1], " "),
        "two shipped terms": of_terms([terms[0], terms[-1]], " "),
    }


def _measure(call: Callable[[str], object], make: Callable[[int], str], size: int) -> tuple[float, float] | None:
    short, long = make(size), make(TIMES * size)
    taken = _spent(call, long)
    if taken < FLOOR:
        return None
    less = _often(call, short)
    for _ in range(ROUNDS):
        if taken / less <= MOST or taken > PATIENCE:
            break
        less, taken = max(less, _often(call, short)), min(taken, _spent(call, long))
    return (taken / less, taken) if taken >= FLOOR else None


def _often(call: Callable[[str], object], text: str) -> float:
    """Return the seconds that a quick call takes, of so many calls that a coarse clock can tell."""
    total, number = 0.0, 0
    while total < FLOOR:
        total, number = total + _spent(call, text), number + 1
    return total / number


def _spent(call: Callable[[str], object], text: str) -> float:
    """Return the seconds of the processor that a call takes, or twice PATIENCE for one that had to be stopped."""

    def stop(*_: object) -> None:
        raise _TooLong

    gc.collect(0)
    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    started = time.process_time()
    try:
        call(text)
        return time.process_time() - started
    except _TooLong:
        return 2 * PATIENCE
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def main(arguments: Iterable[str]) -> int:
    """Print a table; ends with 1 when something is not linear."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=SIZE, help=f"characters of the shorter text (default {SIZE})")
    parser.add_argument("--only", default="", help="functions whose name has this in it")
    parser.add_argument("--on", default="", help="texts whose name has this in it")
    parser.add_argument("--all", action="store_true", help="show what is linear, too")
    chosen = parser.parse_args(list(arguments))
    failed = 0
    for each in measured(chosen.size, chosen.only, chosen.on):
        is_bad = each.ratio > MOST
        failed += is_bad
        if is_bad or chosen.all or each.seconds > SLOW:
            mark = "!!" if is_bad else "ok"
            print(f"{mark} {each.ratio:8.1f} x {each.seconds:8.2f} s  {each.call} on {each.text}", flush=True)
    print(f"{failed} not linear")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
