"""Hostile rule files: each is refused quickly, in a few lines, without a traceback."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

BODY = "rules:\n- id: the-rule\n  title: T\n  topic: t\n  "
BOMBS = {
    "5,000 brackets": BODY + "any: " + "[" * 5_000,
    "5,000 mappings": BODY + "any: " + "{any: " * 5_000,
    "5,000 dashes": BODY + "any:\n    " + "- " * 5_000 + "x",
    "a list of lists of lists": "lists:\n" + "".join(f"  l{n}: [$l{n + 1}]\n" for n in range(5_000)) + "  l5000: [x]\n",
    "a cycle of 5,000 lists": "lists:\n" + "".join(f"  l{n}: [$l{(n + 1) % 5_000}]\n" for n in range(5_000)),
    "lists that double sixty times": "lists:\n" + "".join(f"  l{n}: [$l{n + 1}, $l{n + 1}]\n" for n in range(50))
    + "  l50: [x, y]\n" + BODY + "any: [$l0]\n",
    "aliases that double": "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 200)),
    "half a million values": "lists: {l: [" + "a," * 480_000 + "]}",
    "a million brackets": "[" * 990_000,
    "a million spaces": BODY + "any: [a]" + " " * 990_000,
    "one long term": BODY + "any: [" + "word " * 190_000 + "]",
    "one long word": BODY + "any: [" + "a" * 990_000 + "]",
    "one long wildcard": BODY + "any: ['" + "*" * 990_000 + "']",
    "one long list name": BODY + "any: [$" + "a" * 990_000 + "]",
    "one long key": BODY + "a" * 100_000 + ": x\n",
    "fifty thousand unknown keys": BODY + "any: [a]\n" + "".join(f"  key{n}: x\n" for n in range(50_000)),
    "fifteen thousand unknown lists": "lists: {" + ",".join(f"abc{n}: [x]" for n in range(4_000)) + "}\n"
    + BODY + "any: [" + ",".join(f"$abd{n}" for n in range(15_000)) + "]\n",
    "twenty thousand rules of one id": "rules:\n" + "- {id: one, title: T, topic: t, any: [a]}\n" * 20_000,
    "twenty thousand equal terms": BODY + "any: [" + "open source," * 20_000 + "]\n",
    "twenty thousand wildcards": BODY + "any: [" + ",".join(f"abcd{n}*" for n in range(20_000)) + "]\n",
    "phrases within phrases": BODY + "any: [" + ",".join("a " * n for n in range(1, 40)) + "]\n" + "  none: [a a a]\n",
    "twenty thousand branches": BODY + "any: [" + "{all: [a, b]}," * 20_000 + "]\n",
    "a query of a million": BODY + "query: " + "a OR " * 190_000 + "a\n",
    "a query of brackets": BODY + "query: " + "(" * 9_000 + "a\n",
    "a million empty lines": "\n" * 900_000 + BODY + "any: [a]\n",
    "lines of blanks and notes": " \t\n#\n" * 190_000 + "a: b\n",
    "directives": "%TAG ! x\n" * 90_000 + "---\na: b\n",
    "tags": "a: " + "!x " * 300_000,
    "twenty thousand tests": BODY + "any: [a]\n  tests: [" + "{hit: a}," * 20_000 + "]\n",
    "binary": "".join(chr(code) for code in range(1, 0x3000)) * 80,
    "surrogates": BODY + "any: ['" + "\ud800" * 1_000 + "']\n",
}  # fmt: skip
PROGRAM = """
import json, resource, sys
from pathlib import Path
from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile, load
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
for file in sys.argv[1:]:
    book, problems = load([SourceFile("r.yaml", Path(file).read_text("utf-8", "surrogatepass"))])
    Matcher(book.rules).match(Article(title="a b", text="a " * 1000), Source())
    longest = max((len(str(problem)) for problem in problems), default=0)
    status = Path("/proc/self/status")  # not getrusage, which counts what the parent had before it started this one
    peak = int(status.read_text().split("VmHWM:")[1].split()[0]) // 1024 if status.exists() else 0
    print(json.dumps([len(problems), longest, peak]), flush=True)
"""


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[int]]:
    """Read all files in one process that is killed after half a minute; return lines, longest line and peak memory."""
    files = []
    for number, text in enumerate(BOMBS.values()):
        files.append(tmp_path_factory.mktemp("hostile") / f"{number}.yaml")
        files[-1].write_bytes(text.encode("utf-8", "surrogatepass"))
    done = subprocess.run([sys.executable, "-c", PROGRAM, *files], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return dict(zip(BOMBS, map(json.loads, done.stdout.splitlines()), strict=False))


@pytest.mark.parametrize("name", BOMBS)
def test_a_hostile_file_ends_in_few_lines_and_little_memory(name: str, ends: dict[str, list[int]]) -> None:
    number, longest, megabytes = ends[name]

    assert number <= 501
    assert longest < 400
    assert megabytes < 200
