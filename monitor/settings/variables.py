"""`${NAME}`, `${NAME:-default}` and `${file:/path}` in values, and variables that override monitor.yaml.

The content of a variable is used in values only; messages quote the file as written, that is `${NAME}`. An override
puts `${MONITOR_SECTION__KEY}` into the tree, which is then replaced like any other variable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from monitor.config_types.section import ConfigSection
from monitor.core.errors import Problem
from monitor.core.problems import closest, did_you_mean
from monitor.core.yaml_nodes import MappingNode, Mark, Node, ScalarNode, has_value, walk

VARIABLE, OVERRIDE = "C008", "C009"
MAX_SECRET_FILE_BYTES = 64_000
PREFIX = "MONITOR_"
WRITTEN = "written:"
"""The beginning of a reference to a secret that was written in a file; only stored files have it."""
NO_DATABASE = "sqlite://"
"""The address of an empty database in memory, for commands that need none where the configured one cannot be had."""
_VARIABLE = re.compile(r"\$\$\{|\$\{(?P<inside>[^}]*)\}|\$\{")
_NAME = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(:-(?P<default>.*))?", re.DOTALL)
_OVERRIDE = re.compile(r"MONITOR_(?P<section>[A-Z0-9_]+?)__(?P<key>[A-Z0-9_]+)")


@dataclass(frozen=True, slots=True)
class Variables:
    """The environment, and the problems found while replacing variables."""

    env: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    written: Mapping[str, str] | None = None
    """Secrets that were written in stored files, by `${written:KEY}`; None for files on disk, which have none."""

    def expand(self, scalar: ScalarNode) -> str:
        """Return the text of a scalar with variables replaced; a missing one becomes empty, and a problem."""
        return _VARIABLE.sub(lambda match: self._expand_one(match, scalar.mark), scalar.text)

    def _expand_one(self, match: re.Match[str], mark: Mark) -> str:
        inside = match["inside"]
        if match[0] == "$${":
            return "${"
        if inside is not None and inside.startswith("file:"):
            return self._file(inside.removeprefix("file:").strip(), mark)
        if inside is not None and inside.startswith(WRITTEN) and self.written is not None:
            return self._stored_secret(self.written, inside.removeprefix(WRITTEN), mark)
        named = _NAME.fullmatch(inside or "")
        if not named:
            self._report(mark, "'${' begins a variable: ${NAME}, ${NAME:-default} or ${file:/path}; $${ is a plain ${")
            return ""
        name, default = named["name"], named["default"]
        if default is not None:
            return self.env.get(name) or default
        if name not in self.env:
            hint = did_you_mean(name, self.env, otherwise=f"set it, or give a default: ${{{name}:-default}}")
            self._report(mark, f"variable {name} is not set{hint}")
        return self.env.get(name, "")

    def _stored_secret(self, written: Mapping[str, str], key: str, mark: Mark) -> str:
        if key not in written:
            self._report(mark, f"the secret {key} is in a file and is not stored; put it into a variable: ${{NAME}}")
        return _VARIABLE.sub(lambda match: self._expand_one(match, mark), written.get(key, ""))

    def _file(self, name: str, mark: Mark) -> str:
        try:
            with Path(name).open("rb") as file:
                content = file.read(MAX_SECRET_FILE_BYTES + 1)
            if len(content) > MAX_SECRET_FILE_BYTES:
                self._report(
                    mark, f"file {name} is larger than {MAX_SECRET_FILE_BYTES // 1000} KB: too large for a secret"
                )
                return ""
            return content.decode("utf-8").rstrip("\r\n")
        except OSError as error:
            self._report(mark, f"file {name} cannot be read: {(error.strerror or 'unreadable').lower()}")
        except ValueError:
            self._report(mark, f"file {name} is not text in UTF-8")
        return ""

    def _report(self, mark: Mark, message: str) -> None:
        self.problems.append(mark.problem(VARIABLE, message))


def referenced_names(text: str) -> list[str]:
    """Return the names of the variables that a text refers to, and `file:/path` for files, as they are written."""
    inside = (match["inside"] or "" for match in _VARIABLE.finditer(text))
    names = (each if each.startswith("file:") else each.partition(":-")[0] for each in inside)
    return [name for name in names if name and not name.startswith(WRITTEN)]


def override(
    tree: MappingNode, model: type[ConfigSection], env: Mapping[str, str]
) -> tuple[MappingNode, list[Problem]]:
    """Override monitor.yaml with `MONITOR_SECTION__KEY`, and with `MONITOR_KEY` for keys without a section."""
    problems: list[Problem] = []
    names = _overridable(model)
    for variable in sorted(env):
        if variable in names and env[variable] == "":
            continue  # compose files pass unset variables as empty ones
        if variable in names:
            tree = _replace_scalar(tree, names[variable], ScalarNode(f"${{{variable}}}", Mark(variable, 0, 0)))
        elif _OVERRIDE.fullmatch(variable):
            near = closest(variable.removeprefix(PREFIX), [name.removeprefix(PREFIX) for name in names])
            hint = f"; did you mean '{PREFIX}{near}'?" if near else ""
            problems.append(Problem(variable, 0, 0, OVERRIDE, f"this variable overrides no key of monitor.yaml{hint}"))
    return tree, problems


def without_unset(tree: MappingNode, env: Mapping[str, str]) -> MappingNode:
    """Return monitor.yaml without the keys whose variables are not set, so that these take their defaults.

    The database becomes an empty one in memory: the default may be the database of another configuration. Without its
    token the whole section `web` is left out: an address that is open to the network would be refused.
    """
    known = _with_known_values(tree, env)
    web = tree.entries.get("web")
    if isinstance(web, MappingNode) and "token" in web.entries and _is_unset(web.entries["token"], env):
        known = replace(known, entries={key: node for key, node in known.entries.items() if key != "web"})
    if "database" not in tree.entries.keys() - known.entries.keys():
        return known
    return _replace_scalar(known, ("database",), ScalarNode(NO_DATABASE, tree.entries["database"].mark))


def _with_known_values(tree: MappingNode, env: Mapping[str, str]) -> MappingNode:
    entries = {
        key: _with_known_values(node, env) if isinstance(node, MappingNode) else node
        for key, node in tree.entries.items()
        if not _is_unset(node, env)
    }
    return replace(tree, entries=entries)


def _is_unset(node: Node, env: Mapping[str, str]) -> bool:
    """Return True if a text, or one in a list, has a variable that is not set."""
    variables = Variables(env)
    for each in () if isinstance(node, MappingNode) else walk(node):
        if isinstance(each, ScalarNode):
            variables.expand(each)
    return bool(variables.problems)


def _overridable(model: type[ConfigSection]) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for key, info in model.model_fields.items():
        below = getattr(info.annotation, "model_fields", None)
        if below is None:
            names[f"MONITOR_{key.upper()}"] = (key,)
        else:
            names |= {f"MONITOR_{key.upper()}__{name.upper()}": (key, name) for name in below}
    return names


def _replace_scalar(tree: MappingNode, path: tuple[str, ...], scalar: ScalarNode) -> MappingNode:
    key, rest = path[0], path[1:]
    below: Node = scalar
    if rest:
        old = tree.entries.get(key)
        if has_value(old) and not isinstance(old, MappingNode):
            return tree  # a section that is no mapping is a problem of its own, and is reported as such
        below = _replace_scalar(old if isinstance(old, MappingNode) else MappingNode({}, tree.mark), rest, scalar)
    return MappingNode({**tree.entries, key: below}, tree.mark, {key: scalar.mark, **tree.keys})
