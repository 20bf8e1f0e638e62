"""Earlier versions of a rule: in a git revision, a file or a folder, and the error if there is none."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from monitor.core.errors import ConfigurationError, UsageError
from monitor.core.rules import load
from monitor.lab.rule_versions import run_git, version_of
from monitor.settings.config_folder import source_files

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.core.matching.rulebook import Rule

LISTS = "version: 1\nlists: {chips: [GPU, H20]}\n"
CHIPS = "version: 1\nrules:\n- {id: chips, title: Chips, topic: chips, any: [$chips]}\n"
OTHER = "version: 1\nrules:\n- {id: timber, title: Timber, topic: wood, any: [timber]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout whose rules were committed once, in config/rules."""
    rules = tmp_path / "config" / "rules"
    write(rules / "_lists.yaml", LISTS)
    write(rules / "chips.yaml", CHIPS)
    write(rules / "more" / "timber.yml", OTHER)
    write(rules / ".hidden.yaml", "not: [rules")
    write(rules / "notes.txt", "notes")
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "first")
    return rules


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def git(where: Path, *arguments: str) -> str:
    command = [
        "git",
        "-C",
        str(where),
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.org",
        *arguments,
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(where: Path, message: str) -> str:
    git(where, "add", "-A")
    git(where, "-c", "commit.gpgsign=false", "commit", "-q", "-m", message)
    return git(where, "rev-parse", "HEAD")


def rule(folder: Path, rule_id: str = "chips") -> Rule:
    files, _ = source_files(folder)
    book, problems = load(files)
    assert not problems or all(problem.level == "warning" for problem in problems)
    return next(rule for rule in book.rules if rule.id == rule_id)


def terms(found: Rule | None) -> list[str]:
    assert found is not None
    return [term.text for term in found.condition.operands[0].operands[0].operands]


def test_reads_the_rule_and_its_lists_as_they_were_committed(folder: Path) -> None:
    write(folder / "_lists.yaml", LISTS.replace("H20", "H200"))
    for revision in ("HEAD", git(folder, "rev-parse", "HEAD")[:12]):
        assert terms(version_of(rule(folder), revision, folder)) == ["GPU", "H20"]


@pytest.mark.parametrize("revision", ["HEAD~1", "before", "main~1"])
def test_reads_any_revision(revision: str, folder: Path) -> None:
    git(folder, "tag", "before")
    write(folder / "_lists.yaml", LISTS.replace("H20", "H200"))
    commit(folder, "second")
    assert terms(version_of(rule(folder), revision, folder)) == ["GPU", "H20"]
    assert terms(version_of(rule(folder), "HEAD", folder)) == ["GPU", "H200"]


def test_a_rule_that_is_not_in_that_revision_is_none(folder: Path) -> None:
    write(folder / "new.yaml", OTHER.replace("timber", "fish"))
    assert version_of(rule(folder, "fish"), "HEAD", folder) is None


def test_reads_one_committed_file_where_the_rules_are_one_file(folder: Path) -> None:
    timber = folder / "more" / "timber.yml"
    write(timber, OTHER.replace("any: [timber]", "any: [wood]"))
    committed = version_of(rule(folder, "timber"), "HEAD", timber)
    assert committed is not None
    assert [term.text for term in committed.condition.operands] == ["timber"]


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("no-such-branch", "'no-such-branch' is neither a file nor a revision that git knows here"),
        ("--output=/tmp/x", "'--output=/tmp/x' is neither a file nor a revision"),
        ("HEAD:config", "'HEAD:config' is neither a file nor a revision"),
    ],
)
def test_refuses_an_unknown_revision_in_one_line(revision: str, said: str, folder: Path) -> None:
    with pytest.raises(UsageError) as refused:
        version_of(rule(folder), revision, folder)
    assert str(refused.value).startswith(f"--against: {said}")
    assert "\n" not in str(refused.value)


def test_refuses_a_folder_that_is_no_checkout(tmp_path: Path) -> None:
    write(tmp_path / "rules" / "timber.yaml", OTHER)
    with pytest.raises(UsageError, match=r"'HEAD' is no file here, and .*rules is not in a git checkout"):
        version_of(rule(tmp_path / "rules", "timber"), "HEAD", tmp_path / "rules")


def test_says_that_git_is_not_installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(UsageError, match="git is not installed, or not found; compare with a file instead"):
        version_of(rule(folder), "HEAD", folder)


def test_a_revision_whose_rules_are_wrong_is_refused_with_what_is_wrong(folder: Path) -> None:
    current = rule(folder)
    write(folder / "chips.yaml", CHIPS.replace("any:", "anny:"))
    commit(folder, "wrong")
    with pytest.raises(ConfigurationError, match=r"HEAD:chips\.yaml:3:"):
        version_of(current, "HEAD", folder)


def test_reads_a_file_by_itself(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "old.yaml", CHIPS.replace("[$chips]", "[{any: [{any: [chip, wafer]}]}]"))
    assert terms(version_of(rule(folder), str(tmp_path / "old.yaml"), folder)) == ["chip", "wafer"]


def test_a_file_may_use_the_lists_of_the_files_beside_the_rule(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "old.yaml", CHIPS)
    assert terms(version_of(rule(folder), str(tmp_path / "old.yaml"), folder)) == ["GPU", "H20"]


def test_reads_a_folder(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "old" / "a.yaml", CHIPS)
    write(tmp_path / "old" / "b.yaml", LISTS.replace("H20", "H100"))
    assert terms(version_of(rule(folder), str(tmp_path / "old"), folder)) == ["GPU", "H100"]


def test_a_file_that_is_wrong_is_refused_with_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "old.yaml", CHIPS.replace("any:", "anny:"))
    with pytest.raises(ConfigurationError, match=r"old\.yaml:3:"):
        version_of(rule(folder), str(tmp_path / "old.yaml"), folder)


def test_says_that_git_does_not_answer(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "bin" / "git"
    write(slow, "#!/bin/sh\nexec /bin/sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent))
    with pytest.raises(UsageError, match=r"git did not answer within 0\.1 s"):
        run_git(folder, "status", deadline=0.1)
