"""Which rules changed since the last digest, and who changed them, according to git."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.digests.digest import RuleChange
from monitor.core.rules import load
from monitor.lab.rule_versions import changes_since
from monitor.settings.config_folder import source_files

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
HEAD = "version: 1\ntopics:\n  acts: {title: Acts, order: 1}\nrules:\n"
CHIPS = "- {id: chips, title: Chips, topic: acts, status: live, any: [export controls, accelerators]}\n"
DRAFT = "- {id: sketch, title: Sketch, topic: acts, status: draft, any: [robots at work]}\n"


def git(folder, *words, at=MONDAY, name="A. Analyst"):
    stamp = at.isoformat()
    values = {"NAME": name, "EMAIL": "a@b.example", "DATE": stamp}
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in values.items()}
    environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, env=environment)


def write(folder, *rules, file="acts.yaml"):
    (folder / file).write_text(HEAD + "".join(rules) if rules else "version: 1\n", "utf-8")


def commit(folder, at, **who):
    git(folder, "add", "-A", at=at, **who)
    git(folder, "commit", "-m", "Edit", at=at, **who)


@pytest.fixture
def folder(tmp_path):
    """A rules folder in git, as it was on Monday."""
    folder = tmp_path / "config" / "rules"
    folder.mkdir(parents=True)
    git(tmp_path, "init", "-q")
    write(folder, CHIPS, DRAFT)
    commit(folder, MONDAY)
    return folder


def since_monday(folder):
    book, _ = load(source_files(folder)[0])
    return changes_since(lambda: book, folder, MONDAY + timedelta(hours=1))


def unneeded():
    raise AssertionError("the rules in force were read")


def test_without_a_change_nothing_is_reported(folder):
    assert since_monday(folder) == ()


def test_an_edit_names_the_terms_and_who_committed_it(folder):
    write(folder, CHIPS.replace("accelerators", "chip act"), DRAFT)
    commit(folder, TUESDAY, name="B. Colleague")
    assert since_monday(folder) == (
        RuleChange(rule_id="chips", description="added “chip act”; removed “accelerators”", author="B. Colleague"),
    )


def test_an_edit_that_is_not_committed_is_reported_without_an_author(folder):
    write(folder, CHIPS.replace("status: live", "status: retired, priority: high"), DRAFT)
    assert since_monday(folder) == (
        RuleChange(rule_id="chips", description="status live -> retired; priority normal -> high", author=""),
    )


def test_new_removed_and_renamed_rules_are_reported_and_drafts_are_not(folder):
    write(folder, DRAFT.replace("robots at work", "robots at home"))
    write(folder, CHIPS.replace("chips", "fabs").replace("Chips", "Fabs"), file="more.yaml")
    commit(folder, TUESDAY)
    changes = {change.rule_id: change for change in since_monday(folder)}
    descriptions = {rule_id: change.description for rule_id, change in changes.items()}
    assert descriptions == {
        "chips": "removed",
        "fabs": "new, live",
    }
    assert changes["fabs"].author == "A. Analyst"


def test_a_new_title_and_a_new_condition_of_the_same_terms_are_reported(folder):
    write(folder, CHIPS.replace("title: Chips", "title: Chip exports").replace("any:", "all:"), DRAFT)
    [change] = since_monday(folder)
    assert change.description == "renamed from “Chips”; condition edited"


def test_many_terms_are_counted(folder):
    write(folder, CHIPS.replace("accelerators]", "accelerators, term one, term two, term three, term four]"), DRAFT)
    [change] = since_monday(folder)
    assert change.description == "added “term one”, “term two”, “term three” and 1 more"


def test_for_a_time_in_the_past_only_what_was_committed_by_then_is_reported(folder):
    write(folder, CHIPS.replace("accelerators", "chip act"), DRAFT)
    commit(folder, TUESDAY, name="B. Colleague")
    write(folder, DRAFT)
    commit(folder, TUESDAY + timedelta(days=1), name="C. Colleague")
    first, noon = MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=4)
    assert changes_since(unneeded, folder, first, noon) == ()
    assert changes_since(unneeded, folder, first, TUESDAY + timedelta(hours=1)) == (
        RuleChange(rule_id="chips", description="added “chip act”; removed “accelerators”", author="B. Colleague"),
    )


def test_of_a_folder_without_git_or_younger_than_the_digest_git_says_nothing(folder, tmp_path):
    assert changes_since(unneeded, folder, MONDAY - timedelta(days=9)) is None
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    assert changes_since(unneeded, outside, MONDAY) is None


def test_of_an_earlier_state_that_does_not_load_git_says_nothing(folder):
    (folder / "acts.yaml").write_text("version: 1\nrules: [", "utf-8")
    commit(folder, MONDAY + timedelta(minutes=5))
    write(folder, CHIPS)
    assert since_monday(folder) is None
