"""The schema of rule files: current, valid, complete, and equivalent to the loader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from json_schema import wrong

from monitor.core.rules import schema as rule_schema
from monitor.core.rules.schema import schema
from tests.core.rules.test_rules import FULL

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT / "docs" / "schema" / "rules.schema.json"
SHIPPED = sorted((ROOT / "config" / "rules").rglob("*.yaml"))


def _wrong(text: str) -> list[str]:
    return wrong(schema(), json.loads(json.dumps(yaml.load(text, yaml.CSafeLoader), default=str)))


def test_the_schema_in_docs_is_current() -> None:
    written = SCHEMA.read_text("utf-8")

    assert written == rule_schema.schema_text(), "run: make schema"
    assert wrong(json.loads(written), {"rules": []}) == []


def test_the_shipped_rules_fit_it_and_name_it() -> None:
    texts = {path: path.read_text("utf-8") for path in SHIPPED}
    named = {
        path: text.partition("\n")[0].removeprefix("# yaml-language-server: $schema=") for path, text in texts.items()
    }
    assert {path.name: found for path, text in texts.items() if (found := _wrong(text))} == {}
    assert {(path.parent / name).resolve() for path, name in named.items()} == {SCHEMA}


def test_a_rule_with_every_field_fits_it() -> None:
    assert _wrong(FULL) == []


def test_every_key_is_described() -> None:
    def undescribed(part: Any) -> list[str]:
        if not isinstance(part, dict):
            return []
        own = [key for key, value in part.get("properties", {}).items() if not value.get("description")]
        return own + [key for value in part.values() for key in undescribed(value)]

    assert undescribed(schema()) == []


RULE = "rules: [{{id: the-rule, title: T, topic: t, {}}}]"


@pytest.mark.parametrize(
    "body",
    [
        "non: [x]",
        "any: []",
        "any: [{titel: x}]",
        "near: -1, of: [a, b]",
        "near: far, of: [a, b]",
        "regex: x",
        "any: [x], status: lives",
        "any: [x], priority: 5",
        "any: [x], suppress: {W999: x}",
        "any: [x], spike: {stories: 2}",
        "any: [x], tests: [{hit: x, miss: y}]",
        "any: [x], tests: [{hit: {titel: x}}]",
        "any: [x], in: headline",
        "any: [x], same: line, of: [y]",
        "any: [x], created: soon",
    ],
)
def test_it_refuses_what_the_loader_refuses(body: str) -> None:
    assert _wrong(RULE.format(body))


@pytest.mark.parametrize(
    "text", ["version: 2", "rule: []", "rules: {a: b}", "lists: {1a: [x]}", "topics: {A B: x}", "rules: [{title: x}]"]
)
def test_it_refuses_wrong_files(text: str) -> None:
    assert _wrong(text)
