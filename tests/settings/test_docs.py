"""docs/configuration.md documents every key, code and channel type as the models have them; its examples are valid."""

import json
import re
import shutil
from pathlib import Path

import pytest
import shipped_config
from config_folders import printed, write

from monitor.channels import CHANNEL_TYPES
from monitor.config_types.credentials import Secret, secret_key
from monitor.core.durations import format_duration
from monitor.settings.config_errors import section_in
from monitor.settings.models import FILES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([a-z_.]+)` \|(.*?)\| .+ \|$", TEXT, re.MULTILINE)


def keys():
    """Every key that a file may hold, as the tables name it: `fetch.timeout` for those of a section of monitor.yaml."""
    for file, model in FILES.items():
        for name, info in model.model_fields.items():
            section = section_in(info.annotation)
            prefix = f"{name}." if section and file == "monitor.yaml" else ""
            for key, each in section.model_fields.items() if section else [(name, info)]:
                yield prefix + (each.alias or key), each
    for channel in CHANNEL_TYPES.values():
        yield from ((info.alias or key, info) for key, info in channel.model_fields.items())


def default_text(key, info):
    """The default as the table writes it."""
    value = info.default
    if info.is_required():
        return "required"
    if info.default_factory or section_in(info.annotation) or value in (None, ""):
        return "`auto`" if key == "extract.workers" else ""
    if isinstance(value, Secret):
        return f"`{value.reveal()}`"
    if value == ():
        return "`[]`"
    if key == "fetch.max_body":
        return "`10MB`"
    return f"`{format_duration(value)}`" if hasattr(value, "total_seconds") else f"`{value}`"


def test_every_key_is_documented_with_its_default():
    wanted = {(key, default_text(key, info)) for key, info in keys()}
    assert {(key, default.strip()) for key, default in ROWS} >= wanted


def test_no_key_is_documented_that_does_not_exist():
    assert {key for key, _ in ROWS} <= {key for key, _ in keys()} | CHANNEL_TYPES.keys()


def test_the_table_of_channel_types_is_that_of_the_registry():
    rows = []
    for name, config in CHANNEL_TYPES.items():
        secret = ", ".join(f"`{info.alias or key}`" for key, info in config.model_fields.items() if secret_key(info))
        rows.append(f"| `{name}` | {config.__doc__} | {secret} |".replace("|  |", "| |"))
    assert "\n".join(["|---|---|---|", *rows, "", ""]) in TEXT


def test_every_code_is_documented():
    codes = {
        code
        for package in ("settings", "configuration", "config_types", "channels")
        for path in (ROOT / "monitor" / package).rglob("*.py")
        for code in re.findall(r"\"(C\d{3})\"", path.read_text(encoding="utf-8"))
    }
    rows = re.findall(r"^\| (C\d{3}[^|]*) \|", TEXT, re.MULTILINE)
    assert sorted(code for row in rows for code in row.split(", ")) == sorted(codes)


EXAMPLES = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "digests.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_digests_load_beside_the_shipped_files(tmp_path, example):
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("rules"))
    rules = [
        {"id": rule.id, "title": rule.title, "topic": rule.topic, "any": ["AI Act"]}
        for rule in shipped_config.shipped().rules.rules
    ]  # all that a digest knows of rules
    (tmp_path / "config" / "rules").mkdir()
    (tmp_path / "config" / "rules" / "all.yaml").write_text(json.dumps({"rules": rules}), "utf-8")
    channels = tmp_path / "config" / "channels.yaml"
    channels.write_text(re.sub(r"^  # (?=  |[\w-]+:$)", "  ", channels.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    (tmp_path / "config" / "digests.yaml").write_text(example, "utf-8")
    address = "https://example.org/services/T0/B0/1"
    variables = dict.fromkeys(re.findall(r"\$\{(\w+)\}", channels.read_text("utf-8")), address)
    lines = printed(
        tmp_path / "config", variables | {"SMTP_URL": "smtps://example.org", "TEAMS_URL": "json://example.org"}
    )
    assert [line for line in lines if " error: " in line] == []


@pytest.mark.parametrize("name", FILES)
def test_the_examples_are_sound(config, name):
    key = name.removesuffix(".yaml")
    start = {"monitor": "database"}.get(key, key)
    (example,) = re.findall(rf"```yaml\n({start}:.*?)```", TEXT, re.DOTALL)
    files = {name: example, "rules/ai.yaml": None}
    if key == "channels":
        files["digests.yaml"] = None
    if key == "digests":
        files["channels.yaml"] = "channels: {policy-team: {type: console}, slack-ai: {type: console}}\n"
        files["rules/ai.yaml"] = (
            "rules: [{id: abc, title: t, topic: eu-ai-act, any: [AI Act]}, {id: xyz, title: t, topic: ai-summits, any: [summit]}]\n"  # noqa: E501
        )
    lines = printed(write(config, **files), {"SMTP_URL": "smtp://localhost"})
    assert [line for line in lines if " error: " in line or line.startswith(f"{config / name}:")] == []
