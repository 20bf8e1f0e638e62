"""The JSON Schemas: current, valid, and equivalent to the loader for the shipped configuration."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from config_folders import printed, write
from json_schema import wrong
from wrong_files import CASES

from monitor.settings.models import FILES
from monitor.settings.schema import schemas

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", schemas())
def test_the_schemas_in_docs_are_current(name):
    assert (ROOT / "docs" / "schema" / name).read_text(encoding="utf-8") == schemas()[name], "run: make schema"


@pytest.mark.parametrize("name", FILES)
def test_the_shipped_files_fit_their_schemas_and_name_them(name):
    schema = json.loads(schemas()[name.replace(".yaml", ".schema.json")])
    text = (ROOT / "config" / name).read_text(encoding="utf-8")
    assert text.startswith(f"# yaml-language-server: $schema=../docs/schema/{name.replace('.yaml', '.schema.json')}\n")
    assert wrong(schema, yaml.safe_load(text)) == []


@pytest.mark.parametrize("name", FILES)
def test_every_key_in_the_schemas_is_described(name):
    def undescribed(part):
        for key, value in part.get("properties", {}).items():
            target = value.get("$ref", "").rpartition("/")[2]
            if "description" not in value and "description" not in schema["$defs"].get(target, {}):
                yield key

    schema = json.loads(schemas()[name.replace(".yaml", ".schema.json")])
    assert [key for part in (schema, *schema["$defs"].values()) for key in undescribed(part)] == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("monitor", {"fetch": {"timeout": "${T}", "per_host": "${N:-2}", "allow_networks": "10.0.0.0/8, ::1"}}),
        ("monitor", {"extract": {"workers": "auto"}, "log": {"level": "${LEVEL}"}}),
        ("feeds", {"feeds": [{"id": "a", "url": "${URL}", "tags": "a, b", "tier": "${TIER}", "interval": "1h"}]}),
        ("channels", {"channels": {"a": {"type": "email", "smtp": "${S}", "from": "${F}", "to": "${T}"}}}),
        ("digests", {"digests": [{"id": "a", "title": "t", "schedule": "${C}", "channels": "a"}]}),
    ],
)
def test_the_schemas_allow_variables_and_lists_in_one_text(name, data):
    assert wrong(json.loads(schemas()[f"{name}.schema.json"]), data) == []


@pytest.mark.parametrize(
    "case",
    [
        "types are wrong",
        "values of monitor.yaml are wrong",
        "feeds are wrong",
        "channels are wrong",
        "digests are wrong",
    ],
)
def test_what_the_loader_refuses_for_its_form_the_schemas_refuse_too(config, case):
    files, env, _ = CASES[case]
    write(config, **files)
    assert printed(config, env)
    for name in files:
        schema = json.loads(schemas()[name.replace(".yaml", ".schema.json")])
        assert wrong(schema, yaml.safe_load((config / name).read_text()))


def test_the_command_writes_the_schemas(config):
    command = [sys.executable, "-m", "monitor.settings", "made/schema"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [f"made/schema/{name}" for name in schemas()]
    for name, text in schemas().items():
        assert Path("made/schema", name).read_text(encoding="utf-8") == text
