"""Commands, tests, files and numbers in the documents exist and are right."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import shipped_config

from monitor import cli
from monitor.core import rules
from monitor.core.messages.render import FORMATS
from monitor.core.rules import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
DOCS += sorted((ROOT / "docs").rglob("*.md"))
_COMMAND = re.compile(r"(?:^ {4}|`)(?:\.venv/bin/)?monitor ([^`#\n]*)", re.MULTILINE)


cli.main.import_all()


def commands(group: click.Group = cli.main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Return every command, as its words."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield (*path, name)


def test_every_command_is_described() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [words for words in commands() if not re.search(rf"`monitor {' '.join(words)}\b", text)] == []


def test_every_command_that_a_document_names_exists() -> None:
    for document in DOCS:
        for line in _COMMAND.findall(document.read_text(encoding="utf-8")):
            check_command(line, f"{document.name}: monitor {line}")


def check_command(line: str, described: str) -> None:
    """Fail if a line is no command with existing options."""
    words = shlex.split(line.replace("\\|", "|"))
    command: click.Command = cli.main
    while isinstance(command, click.Group):
        if command.invoke_without_command and (not words or words[0].startswith("-")):
            break
        while words and words[0].startswith("-"):
            words = words[2 if words[0] == "--config" else 1 :]
        if not words or words[0].isupper() or words[0].startswith(("[", ".")):
            break
        name = words.pop(0)
        assert name in command.commands, described
        command = command.commands[name]
    known = {"--help"}.union(*((*each.opts, *each.secondary_opts) for each in command.params))
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, described


def test_every_link_leads_to_a_file() -> None:
    for document in DOCS:
        text = document.read_text(encoding="utf-8")
        targets = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'src="([^"]+)"', text)
        local = [target for target in targets if not target.startswith(("http://", "https://"))]
        assert [target for target in local if not (document.parent / target).exists()] == [], document.name


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(
        r"^- \[.+\]\((\d{4}-.+\.md)\)$", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(listed) == sorted(page.name for page in folder.glob("[0-9]*.md"))


def test_every_link_to_a_heading_leads_to_one() -> None:
    broken = []
    for document in DOCS:
        for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", document.read_text(encoding="utf-8")):
            page = document.parent / target if target else document
            if not target.startswith(("http://", "https://")) and anchor not in headings(page):
                broken.append(f"{document.name}: {target}#{anchor}")
    assert broken == []


def headings(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_test_that_proves_a_promise_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "promises.md").read_text(encoding="utf-8"))
    assert len(named) >= 10
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in functions, f"{file}::{name}"


def test_the_readme_counts_what_ships() -> None:
    shipped = shipped_config.shipped()
    counts = re.search(r"ships with\s+(\d+) feeds and (\d+) rules", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert counts
    live = [rule for rule in shipped.rules.rules if rule.status == "live"]
    assert (int(counts[1]), int(counts[2])) == (len(shipped.feeds), len(live))


def test_the_rule_of_the_readme_is_sound_and_passes_its_tests(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    _, problems = rules.load([SourceFile("readme.yaml", text)])
    assert problems == []
    (tmp_path / "readme.yaml").write_text(text, encoding="utf-8")
    assert cli.run(["rules", "test", "--rules", str(tmp_path)]) == 0


def test_every_target_of_make_that_is_documented_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for document in DOCS:
        for target in re.findall(r"(?:^ {4}|`)make ([\w-]+)", document.read_text(encoding="utf-8"), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{document.name}: make {target}"


def test_every_digest_format_is_described() -> None:
    digests = (ROOT / "docs" / "digests.md").read_text("utf-8")
    for digest_format in FORMATS.values():
        assert f"| `{digest_format.name}` | {digest_format.description} |" in digests


def test_every_file_that_the_guide_to_extensions_names_is_there() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`((?:monitor|tests|docs|alembic)/[\w./-]*)`", guide))
    assert len(named) > 12
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
