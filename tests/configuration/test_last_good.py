"""The last good configuration: kept in the database without secrets, and used where the files on disk are refused."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from config_samples import minimal
from migrated_file import write_migrated
from sqlalchemy import func, select

from monitor import settings
from monitor.configuration import find_removal, load_in_force, record_accepted
from monitor.core.errors import ConfigurationError
from monitor.settings.config_files import rule_texts
from monitor.store import open_store
from monitor.store._outgoing_tables import ConfigurationRow

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
SECRETS = {
    "monitor.yaml": (
        'web: {token: "canary-token-0123456789"}  # was canary-old-token\n'
        "operator: {ping: https://ping.example.org/canary-ping}\n"
    ),
    "channels.yaml": """\
channels:
  outbox: {type: file, dir: outbox}
  mail: {type: email, smtp: "smtps://me:canary-password@mail.example.org", from: a@b.example, to: [c@d.example]}
  other: {type: email, smtp: "smtps://me:${SMTP_PASSWORD}@mail.example.org", from: a@b.example, to: [c@d.example]}
  slack:
    type: slack
    # webhook: https://hooks.slack.example/canary-old
    webhook: |
      https://hooks.slack.example/services/canary-webhook
  hook: {type: webhook, url: "${HOOK:-https://example.org/canary-default}", secret: 'canary''s'}
""",
    "feeds.yaml": """\
feeds:
  - {id: one, url: https://example.org/feed, headers: {Authorization: Bearer canary-key, Accept: text/xml}}
""",
}
WRONG = {"feeds.yaml": "feed: []\n"}
ENV = {"SMTP_PASSWORD": "canary-from-environment"}


@pytest.fixture
def folder(tmp_path):
    return minimal(tmp_path / "config")


def write(folder, files):
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def store_accepted(folder, env):
    """Store the configuration of a folder as a daemon does at its start, and return it as it is stored."""
    loaded = settings.load(folder, env)
    address = loaded.monitor.database.reveal()
    if address.startswith("sqlite:"):
        write_migrated(Path(address.removeprefix("sqlite:///")))
    store = open_store(address, migrate=True)
    record_accepted(store, loaded, NOW)
    stored = store.configuration()
    store.close()
    return stored


def test_a_typo_leaves_the_last_good_configuration_in_force(folder, any_url):
    env = {"MONITOR_DATABASE": any_url}
    store_accepted(folder, env)
    write(folder, {"rules/one.yaml": "version: 1\nruls: []\n", "feeds.yaml": "feeds: [\n"})
    found = load_in_force(folder, env)
    assert [rule.id for rule in found.rules.rules] == ["ai-rules"]
    assert [feed.id for feed in found.feeds] == ["one"]
    (refusal,) = found.refusals
    assert "feeds.yaml:" in str(refusal)
    assert str(refusal).endswith("(and 1 more error); the last good configuration stays in force")


def test_files_that_are_sound_are_in_force_themselves(folder, sqlite_url):
    env = {"MONITOR_DATABASE": sqlite_url}
    store_accepted(folder, env)
    write(folder, {"feeds.yaml": "feeds:\n  - {id: two, url: https://example.org/two}\n"})
    found = load_in_force(folder, env)
    assert [feed.id for feed in found.feeds] == ["two"]
    assert found.refusals == ()


def test_no_secret_is_stored_and_all_of_them_come_back(folder, sqlite_url):
    write(folder, SECRETS)
    env = {"MONITOR_DATABASE": sqlite_url, **ENV}
    good = settings.load(folder, env)
    stored = store_accepted(folder, env)
    assert "canary" not in str(stored)
    assert "${SMTP_PASSWORD}" in stored.texts["channels.yaml"]

    write(folder, {"rules/one.yaml": "version: 2\n"})
    found = load_in_force(folder, env)
    assert found.channels == good.channels
    assert found.monitor == good.monitor
    assert found.feeds == good.feeds
    assert found.texts == stored.texts


def test_a_secret_that_is_in_no_file_any_more_leaves_nothing_to_start_with(folder, sqlite_url):
    write(folder, SECRETS)
    env = {"MONITOR_DATABASE": sqlite_url, **ENV}
    store_accepted(folder, env)
    write(folder, {"channels.yaml": "channels: {mail: 1}\n"})
    with pytest.raises(ConfigurationError, match=r"channels\.yaml"):
        load_in_force(folder, env)


@pytest.mark.parametrize(
    "monitor_yaml",
    [
        "database: {url}\nfetch: {{timeout: soon}}\n",
        "database: '{url}'\nfetch: [\n",
        'x: y\ndatabase: "{url}" # here\n',
    ],
    ids=["wrong value", "no YAML", "unknown key"],
)
def test_the_database_is_found_in_a_monitor_yaml_that_is_refused(folder, sqlite_url, monitor_yaml):
    write(folder, {"monitor.yaml": f"database: {sqlite_url}\n"})
    store_accepted(folder, {})
    write(folder, {"monitor.yaml": monitor_yaml.format(url=sqlite_url)})
    assert [rule.id for rule in load_in_force(folder, {}).rules.rules] == ["ai-rules"]
    found = load_in_force(folder, {}, warn=False, needs_channels=False)
    assert [rule.id for rule in found.rules.rules] == ["ai-rules"]


def test_rules_that_are_as_they_were_stored_are_read_and_checked_when_they_are_used(folder, sqlite_url):
    env = {"MONITOR_DATABASE": sqlite_url}
    named = "topics: [ai, law], rules: [ai-rules], channels: [outbox]"
    digests = f"digests: [{{id: brief, title: B, schedule: 0 8 * * *, {named}}}]\n"
    rules = (folder / "rules" / "one.yaml").read_text(encoding="utf-8") + "lists: {}\n"
    write(folder, {"digests.yaml": digests, "rules/one.yaml": rules, "rules/law.yml": '{"top\\x69cs": {law: Law}}'})
    store_accepted(folder, env)
    found, checked = load_in_force(folder, env, warn=False), settings.load(folder, env)
    assert found.filter_names() == checked.filter_names()
    assert found.rules.topics == checked.rules.topics
    assert [rule.hash for rule in found.rules.rules] == [rule.hash for rule in checked.rules.rules]

    no_longer_valid = {"rules/one.yaml": rules.replace("[AI rules],", "[$gone],")}
    write(folder, no_longer_valid)
    with closing(open_store(sqlite_url, migrate=False)) as store:
        record_accepted(store, replace(checked, texts={**checked.texts, **no_longer_valid}), NOW)
    found = load_in_force(folder, env, warn=False)
    assert found.filter_names() == checked.filter_names()
    with pytest.raises(ConfigurationError, match=r"one\.yaml:4:.* E010"):
        _ = found.rules


def test_a_rule_that_was_edited_since_is_checked_also_for_commands_that_use_none(folder, sqlite_url):
    env = {"MONITOR_DATABASE": sqlite_url}
    store_accepted(folder, env)
    write(folder, {"rules/one.yaml": "version: 1\nruls: []\n"})
    found = load_in_force(folder, env, warn=False)
    assert [rule.id for rule in found.rules.rules] == ["ai-rules"]
    assert "E002" in str(found.refusals[0])


def test_a_command_that_reads_the_archive_needs_no_secret_of_a_channel(folder, sqlite_url):
    write(folder, SECRETS)
    env = {"MONITOR_DATABASE": sqlite_url}
    store_accepted(folder, {**env, **ENV})
    found = load_in_force(folder, env, warn=False, needs_channels=False)
    assert ([*found.channels], [rule.id for rule in found.rules.rules]) == ([], ["ai-rules"])
    with pytest.raises(ConfigurationError, match="SMTP_PASSWORD"):
        load_in_force(folder, env, warn=False)

    write(folder, {"digests.yaml": "digest: []\n"})
    found = load_in_force(folder, env, warn=False, needs_channels=False)
    assert [feed.id for feed in found.feeds] == ["one"]
    assert [refusal.problem.code for refusal in found.refusals] == ["C002"]
    write(folder, {"channels.yaml": SECRETS["channels.yaml"] + "  typo: {type: fle}\n"})
    with pytest.raises(ConfigurationError, match="fle"):
        settings.load(folder, env, needs_channels=False)


@pytest.mark.parametrize("lost", ["rules", "feeds.yaml", "digests.yaml"])
def test_files_that_were_emptied_are_not_in_force_for_commands_that_read(folder, sqlite_url, lost):
    env = {"MONITOR_DATABASE": sqlite_url}
    write(folder, {"digests.yaml": "digests: [{id: brief, title: B, schedule: 0 8 * * *, channels: [outbox]}]\n"})
    store_accepted(folder, env)
    if lost == "rules":
        shutil.rmtree(folder / lost)
    else:
        write(folder, {lost: ""})
    found = load_in_force(folder, env, warn=False)
    assert (len(found.feeds), len(found.rules.rules), len(found.digests)) == (1, 1, 1)
    assert [refusal.problem.code for refusal in found.refusals] == ["C024"]


def test_the_code_of_a_removal_accepts_no_later_one(folder, sqlite_url):
    env = {"MONITOR_DATABASE": sqlite_url}
    write(folder, {"digests.yaml": "digests: [{id: brief, title: B, schedule: 0 8 * * *, channels: [outbox]}]\n"})
    before = store_accepted(folder, env)
    (folder / "rules").rename(folder / "away")
    removal = find_removal(before, settings.load(folder, env))
    assert (str(removal), f"--accept-removal {removal.code}`" in refused(folder, env, "")) == ("1 rule", True)
    assert "not 1-rule-000000, which" in refused(folder, env, "1-rule-000000")
    assert load_in_force(folder, env, accepted_removal=removal.code).refusals == ()

    write(folder, {"digests.yaml": ""})  # something else is gone as well
    assert "1-rule-1-digest-" in refused(folder, env, removal.code)
    write(folder, {"digests.yaml": before.texts["digests.yaml"]})
    with closing(open_store(sqlite_url, migrate=False)) as store:  # the same files come into force anew, later
        record_accepted(store, settings.load(folder, env), NOW)
        (folder / "away").rename(folder / "rules")
        record_accepted(store, settings.load(folder, env), NOW + timedelta(days=1))
        assert store.configuration().texts == before.texts
    (folder / "rules").rename(folder / "away")
    assert "C024" in refused(folder, env, removal.code)


def refused(folder, env, code):
    return str(load_in_force(folder, env, accepted_removal=code).refusals[0])


def test_without_a_database_wrong_files_are_still_refused(folder, sqlite_url):
    write(folder, WRONG)
    with pytest.raises(ConfigurationError):
        load_in_force(folder, {"MONITOR_DATABASE": sqlite_url})


def test_without_a_stored_configuration_wrong_files_are_still_refused(folder, sqlite_url):
    open_store(sqlite_url, migrate=True).close()
    write(folder, WRONG)
    with pytest.raises(ConfigurationError):
        load_in_force(folder, {"MONITOR_DATABASE": sqlite_url})


def test_wrong_files_are_still_refused_if_the_stored_configuration_names_another_database(folder, tmp_path, sqlite_url):
    write(folder, {"monitor.yaml": f"database: sqlite:///{tmp_path / 'other.db'}\n"})
    store_accepted(folder, {})
    (tmp_path / "other.db").rename(sqlite_url.removeprefix("sqlite:///"))
    write(folder, {"monitor.yaml": f"database: {sqlite_url}\n", **WRONG})
    with pytest.raises(ConfigurationError):
        load_in_force(folder, {})


def test_a_missing_folder_is_refused_although_a_configuration_is_stored(folder, tmp_path, sqlite_url):
    env = {"MONITOR_DATABASE": sqlite_url}
    store_accepted(folder, env)
    with pytest.raises(ConfigurationError):
        load_in_force(tmp_path / "nowhere", env)


def test_only_the_files_in_force_and_those_of_held_rules_are_kept(any_store, folder):
    first = settings.load(folder, {})
    record_accepted(any_store, first, NOW)
    write(folder, {"feeds.yaml": "feeds:\n  - {id: two, url: https://example.org/two}\n"})
    second = settings.load(folder, {})
    record_accepted(any_store, replace(second, held_rules={"ai-rules": rule_texts(first.texts)}), NOW)
    assert any_store.configuration().held_rules == {"ai-rules": rule_texts(first.texts)}
    assert rows(any_store) == 2
    record_accepted(any_store, second, NOW)
    assert any_store.configuration().texts == second.texts
    assert rows(any_store) == 1


def rows(store):
    with store._reading() as connection:
        return connection.execute(select(func.count()).select_from(ConfigurationRow)).scalar()
