"""The migrations come with the program, however it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from monitor.store._migrations import head

ROOT = Path(__file__).parents[2]


def test_a_built_wheel_contains_the_migrations(tmp_path):
    build = "import hatchling.build, sys; print(hatchling.build.build_wheel(sys.argv[1]))"
    made = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    with zipfile.ZipFile(tmp_path / made.stdout.split()[-1]) as wheel:
        wheel.extractall(tmp_path / "site")
    use = (
        "import monitor.store as s; store = s.open_store('sqlite:///news/monitor.db', migrate=True)\n"
        "print(s.__file__, store.current(), store.check())"
    )
    done = subprocess.run(
        [sys.executable, "-c", use],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [str(tmp_path / "site/monitor/store/__init__.py"), head(), "[]"], done.stderr
