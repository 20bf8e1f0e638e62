"""The address of the database where the configuration cannot be read as a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from monitor.config_types.credentials import DatabaseUrl, Secret
from monitor.core.yaml_nodes import MappingNode, Mark, ScalarNode
from monitor.core.yaml_parser import parse_yaml
from monitor.settings.config_folder import read_text
from monitor.settings.monitor_yaml import MonitorFile
from monitor.settings.variables import Variables

_LINE = re.compile(r"^database:[ \t]+(?P<value>\S+)", re.MULTILINE)


def database_address(folder: Path, env: Mapping[str, str]) -> Secret | None:
    """Return the address that monitor.yaml or MONITOR_DATABASE names, the default if neither does.

    Other errors of monitor.yaml do not matter. None if the address itself cannot be read.
    """
    if written := env.get("MONITOR_DATABASE"):
        return _parse(written)
    path = folder / "monitor.yaml"
    text, _ = read_text(path) if path.exists() else ("", [])
    if text is None:
        return None
    root, problems = parse_yaml(text, str(path))
    node = root.entries.get("database") if isinstance(root, MappingNode) else None
    if root is None and problems:
        line = _LINE.search(text)
        node = ScalarNode(line["value"].strip("\"'"), Mark(str(path), 0, 0)) if line else None
        if line is None:
            return None
    if node is None:
        return MonitorFile().database
    variables = Variables(env)
    expanded = variables.expand(node) if isinstance(node, ScalarNode) else ""
    return _parse(expanded) if expanded and not variables.problems else None


def _parse(text: str) -> Secret | None:
    try:
        url = TypeAdapter(DatabaseUrl).validate_python(text)
    except ValidationError:
        return None
    return url if isinstance(url, Secret) else None
