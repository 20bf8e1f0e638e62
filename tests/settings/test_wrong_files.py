"""Wrong files, and the exact lines that are printed for each."""

import os

import pytest
from config_folders import printed, write
from wrong_files import CASES

from monitor.settings import load


@pytest.mark.parametrize(("files", "env", "lines"), CASES.values(), ids=CASES)
def test_every_fault_is_printed_with_its_place_and_its_remedy(config, files, env, lines):
    assert printed(write(config, **files), env) == lines


def test_broken_yaml_is_one_line_with_a_hint(config):
    (line,) = printed(write(config, **{"monitor.yaml": "fetch: {timeout: 30s\n"}))
    assert line.startswith("config/monitor.yaml:2:1: error: E001 YAML: did not find expected ',' or '}'; ")


def test_a_missing_folder_says_how_to_name_one(config):
    assert printed(config) == [
        "config: error: C001 there is no such folder; name the configuration with --config DIR or MONITOR_CONFIG"
    ]


def test_a_broken_rule_file_does_not_make_digests_look_wrong(config):
    digests = "digests: [{id: a, title: a, schedule: '0 8 * * *', channels: [outbox], topics: [eu-ai-act]}]"
    lines = printed(write(config, **{"rules/ai.yaml": "rules: [{id: x, anny: [y]}]\n", "digests.yaml": digests}))
    assert lines
    assert all(line.startswith("config/rules/ai.yaml:") for line in lines)


def test_faults_in_rules_come_with_all_the_others(config):
    lines = printed(write(config, **{"rules/ai.yaml": "rules: [{id: x, anny: [y]}]\n", "monitor.yaml": "x: y\n"}))
    assert any("E002 unknown key 'anny'" in line for line in lines)
    assert any("C002 unknown key 'x'" in line for line in lines)


def test_a_rule_for_a_source_that_no_feed_is_gets_a_warning(config):
    feeds = (
        "feeds: [{id: ec-digital, url: 'https://e.example/f', title: T, language: en, country: EU, tags: 'eu, law'}]\n"
    )
    only = "only: [ec-digitall, ec-digital, EU, law, official, e.example], not: [lawyers]"
    rule = f"rules:\n  - {{id: abc, title: t, topic: t, any: [AI Act], sources: {{{only}}}, suppress: {{W108: x}}"
    rule += ", status: live}\n"
    folder = write(config, **{"rules/ai.yaml": rule, "feeds.yaml": feeds})
    assert [str(problem) for problem in load(folder, {}).warnings] == [
        f"config/rules/ai.yaml:2:{place}: warning: W118 no feed has the id, tier or tag {said}"
        for place, said in ((67, "'ec-digitall'; did you mean 'ec-digital'?"), (129, "'lawyers'; did you mean 'law'?"))
    ]
    silent = rule.replace("W108: x", "W108: x, W118: comes next week")
    assert load(write(config, **{"rules/ai.yaml": silent}), {}).warnings == ()


def test_a_rule_that_names_an_unknown_channel_or_theme_is_refused(config):
    rule = "rules:\n  - {id: abc, title: t, topic: t, notify: [nobody], seed: a#b, any: [AI Act]}\n"
    lines = printed(write(config, **{"rules/ai.yaml": rule, "seeds/a.yaml": "id: a\nthemes: [{id: x}]\n"}))
    assert any("E060" in line and "nobody" in line for line in lines)
    assert any("a#b" in line for line in lines)


def test_hidden_files_and_backups_are_passed_over(config):
    files = {
        ".#feeds.yaml": "x",
        "feeds.yaml~": "x",
        "rules/.hidden.yaml": "{",
        "rules/.git/x.yaml": "{",
        "rules/a.yaml~": "{",
        "rules/#a.yaml#": "{",
        "rules/.notes.txt.swp": "{",
        "rules/articles/of-a-test.json": "{",
        "notes.txt": "{",
        "old/rule.yaml": "{",
    }
    assert printed(write(config, **files)) == []


def test_a_file_that_looks_like_configuration_and_is_not_read_is_reported(config):
    names = ("rules/e.YAML", "rules/below/e.txt", "rules/e.yaml.bak", "rules/README", "feeds.YAML", "rule/a.yaml")
    found = [
        line.split(": warning: C107 is not read; ") for line in printed(write(config, **dict.fromkeys(names, "{")))
    ]
    assert dict(found) == {
        "config/feeds.YAML": "did you mean 'feeds.yaml'?",
        "config/rule": "did you mean 'rules/'?",
    } | dict.fromkeys(
        (f"config/{name}" for name in names[:4]),
        "a rule file ends with .yaml or .yml, in small letters; "
        "rename it, or move it away, or begin its name with a dot",
    )


def test_an_unreadable_file_or_folder_is_one_line(config):
    (write(config) / "rules" / "loop.yaml").symlink_to("loop.yaml")
    (config / "seeds").mkdir()
    (config / "seeds" / "loop.yaml").symlink_to("loop.yaml")
    (config / "digests.yaml").unlink(missing_ok=True)
    (config / "digests.yaml").symlink_to("nowhere.yaml")
    assert printed(config) == [
        "config/digests.yaml: error: C001 cannot be read: no such file or directory",
        "config/rules/loop.yaml: error: C001 cannot be read: too many levels of symbolic links",
        "config/seeds/loop.yaml: error: C001 cannot be read: too many levels of symbolic links",
    ]


def test_rules_that_are_no_folder_are_one_line(config):
    write(config, **{"rules/ai.yaml": None})
    (config / "rules").rmdir()
    (config / "rules").write_text("")
    assert printed(config) == ["config/rules: error: C001 cannot be read: not a directory"]


def test_what_is_no_file_is_one_line_each(config):
    write(config, **{"monitor.yaml": None})
    (config / "monitor.yaml").mkdir()
    os.mkfifo(config / "rules" / "pipe.yaml")
    assert printed(config) == [
        "config/monitor.yaml: error: C001 is not a file",
        "config/rules/pipe.yaml: error: C001 is not a file",
    ]
