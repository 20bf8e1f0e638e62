"""Where the values of one channel come from: variables of the environment of this process, and files."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.core.model import ConfigTexts
from monitor.core.yaml_nodes import MappingNode, ScalarNode, walk
from monitor.settings.variables import referenced_names
from monitor.settings.yaml_document import parse_mapping


def describe_sources(texts: ConfigTexts, channel: str, env: Mapping[str, str]) -> str:
    """Return which variables and files the values of a channel are taken from, in a list; empty if from none.

    The daemon has the environment that it was started with, in which the variables may have other values.
    """
    tree, _ = parse_mapping(texts.get("channels.yaml", ""), "channels.yaml")
    channels = tree.entries.get("channels") if tree else None
    node = channels.entries.get(channel) if isinstance(channels, MappingNode) else None
    scalars = [each for each in walk(node) if isinstance(each, ScalarNode)] if node else []
    names = dict.fromkeys(name for scalar in scalars for name in referenced_names(scalar.text))
    return ", ".join(_describe(name, env) for name in names)


def _describe(name: str, env: Mapping[str, str]) -> str:
    if name.startswith("file:"):
        return f"the file {name.removeprefix('file:').strip()}"
    return f"{name} of this shell" if env.get(name) else f"the default of {name}, which is not set in this shell"
