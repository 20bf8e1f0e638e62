"""Who edited a file of rules since the last digest, according to git."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from monitor.lab.rule_versions import file_authors

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
WEDNESDAY = TUESDAY + timedelta(days=1)
HOUR = timedelta(hours=1)


def git(folder, *words, at=MONDAY, name="A. Analyst"):
    stamp = at.isoformat()
    values = {"NAME": name, "EMAIL": "a@b.example", "DATE": stamp}
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in values.items()}
    environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, env=environment)


def commit(folder, text, at, name="A. Analyst"):
    (folder / "acts.yaml").write_text(text, "utf-8")
    git(folder, "add", "-A", at=at, name=name)
    git(folder, "commit", "-m", "Edit", at=at, name=name)


@pytest.fixture
def folder(tmp_path):
    """A rules folder in git, as it was on Monday."""
    folder = tmp_path / "config" / "rules"
    folder.mkdir(parents=True)
    git(tmp_path, "init", "-q")
    commit(folder, "version: 1\n", MONDAY)
    return folder


def test_the_last_who_committed_to_the_file_in_the_period_is_its_author(folder):
    commit(folder, "version: 1\nlists: {}\n", TUESDAY, name="B. Colleague")
    commit(folder, "version: 1\n", WEDNESDAY, name="C. Colleague")
    file = folder / "acts.yaml"
    assert file_authors(folder, MONDAY + HOUR)(file) == "C. Colleague"
    assert file_authors(folder, MONDAY + HOUR, TUESDAY + HOUR)(file) == "B. Colleague"


def test_an_edit_that_is_not_committed_in_the_period_has_no_author(folder):
    (folder / "acts.yaml").write_text("version: 1\nlists: {}\n", "utf-8")
    (folder / "new.yaml").write_text("version: 1\n", "utf-8")
    author = file_authors(folder, MONDAY + HOUR)
    assert (author(folder / "acts.yaml"), author(folder / "new.yaml")) == ("", "")


def test_outside_of_git_nobody_is_the_author(tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "acts.yaml").write_text("version: 1\n", "utf-8")
    assert file_authors(outside, MONDAY)(outside / "acts.yaml") == ""
