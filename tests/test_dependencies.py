"""docs/dependencies.md has one sentence for each package that pyproject.toml names, and for no other."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SECTIONS = {
    "To run": PROJECT["dependencies"],
    "To build": PROJECT["optional-dependencies"]["build"],
    "To develop": PROJECT["optional-dependencies"]["dev"],
}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_direct_dependency_is_accounted_for_in_one_sentence(section):
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").partition(f"## {section}\n")[2]
    rows = re.findall(r"^\| ([a-z0-9-]+) \| (.+) \|$", text.partition("\n## ")[0], re.MULTILINE)
    assert [name for name, _ in rows] == sorted(re.match(r"[A-Za-z0-9-]+", entry)[0] for entry in SECTIONS[section])
    assert [name for name, said in rows if not re.fullmatch(r"[A-Z][^.]*(\.[a-z][^.]*)?\.", said)] == []
