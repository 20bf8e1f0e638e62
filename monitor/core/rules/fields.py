"""Fields of a rule file: one value at a time, checked against what it may be; a problem says what to write instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.core.documents import Scalar, Sequence, Tree
from monitor.core.matching.index import primary_language
from monitor.core.syntax import short

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from monitor.core.documents import Mark, Node
    from monitor.core.findings import Findings

RESERVED = {
    "score": "weights cannot be explained; use at_least:, mentions: or prominence:",
    "regex": "use terms, a trailing * and near:",
    "uses": "put what rules share into lists: and name it as $list",
}
MOST = 10_000
_YES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Fields:
    """Reads values and notes what is wrong with them."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def keys(self, node: Tree, known: Collection[str]) -> bool:
        """Report keys that are not known; True when there is none."""
        unknown = [key for key in node.keys if key not in known]
        for key in unknown:
            self._unknown(key, node.keys[key], known)
        return not unknown

    def _unknown(self, key: str, mark: Mark, known: Iterable[str]) -> None:
        if key in RESERVED:
            self.findings.error(mark, "E005", f"'{key}' is not in version 1; {RESERVED[key]}")
            return
        guess = self.findings.guess(key, known)
        hint = f"; did you mean '{guess}'?" if guess else f"; known here: {', '.join(known)}"
        self.findings.error(mark, "E002", f"unknown key '{short(key)}'{hint}")

    def text(self, node: Tree, key: str) -> str:
        """Read one text; empty when there is none."""
        value = node.entries.get(key)
        if value is None or (isinstance(value, Scalar) and value.null):
            return ""
        if not isinstance(value, Scalar):
            self.findings.error(value.mark, "E004", f"{key} must be one text; quote it")
            return ""
        return value.text.strip()

    def required(self, node: Tree, key: str) -> str:
        """Read one line that must be there."""
        text = self.text(node, key)
        if not text and not isinstance(node.entries.get(key), Sequence | Tree):
            self.missing(node, f"'{key}'")
        return " ".join(text.split())

    def missing(self, node: Tree, what: str) -> None:
        """Report that something is missing, with the rule it is missing from."""
        name = node.entries.get("id")
        of = f" of rule '{short(name.text)}'" if isinstance(name, Scalar) and not name.null else ""
        self.findings.error(node.mark, "E006", f"{what}{of} is missing")

    def matching(
        self, node: Tree, key: str, pattern: re.Pattern[str], form: str, *, required: bool = False, code: str = "E004"
    ) -> str:
        """Read one text of a certain form; empty when it is not."""
        text = self.required(node, key) if required else self.text(node, key)
        if text and not pattern.fullmatch(text):
            self.findings.error(node.entries[key].mark, code, f"{key} '{short(text)}' must be {form}")
            return ""
        return text

    def one_of(self, node: Tree, key: str, choices: tuple[str, ...], default: str) -> str:
        """Read one of a few words, where it stands."""
        return (self.choice(node.entries[key], choices, key) or default) if key in node.entries else default

    def choice(self, node: Node, choices: tuple[str, ...], key: str) -> str | None:
        """Read one of a few words."""
        if isinstance(node, Scalar) and node.text in choices:
            return node.text
        said = short(node.text) if isinstance(node, Scalar) else "a list or mapping"
        guess = self.findings.guess(said, choices)
        hint = f"did you mean '{guess}'?" if guess else f"use one of {', '.join(choices)}"
        self.findings.error(node.mark, "E004", f"{key} cannot be '{said}'; {hint}")
        return None

    def number(self, node: Node, key: str, *, least: int) -> int | None:
        """Read a whole number."""
        text = node.text if isinstance(node, Scalar) else ""
        if text.isascii() and text.isdecimal() and len(text) < 9 and least <= int(text) <= MOST:
            return int(text)
        self.findings.error(node.mark, "E004", f"{key} must be a whole number from {least} to {MOST}")
        return None

    def yes(self, node: Node | None, key: str, *, default: bool) -> bool:
        """Read yes or no."""
        if node is None:
            return default
        if isinstance(node, Scalar) and node.text.lower() in _YES:
            return _YES[node.text.lower()]
        self.findings.error(node.mark, "E004", f"{key} must be yes or no")
        return default

    def texts(self, node: Node | None, key: str) -> tuple[Scalar, ...]:
        """Read a list of texts; one alone may stand without brackets."""
        if node is None:
            return ()
        if isinstance(node, Scalar):
            return () if node.null else (node,)
        children = node.entries if isinstance(node, Sequence) else ()
        found = tuple(child for child in children if isinstance(child, Scalar))
        if isinstance(node, Tree) or len(found) < len(children):
            self.findings.error(node.mark, "E004", f"{key} must be a list of texts")
        return found

    def languages(self, node: Node | None) -> tuple[str, ...]:
        """Read a list of language codes."""
        found = set()
        for text in self.texts(node, "lang"):
            code = primary_language(text.text)
            if _LANGUAGE.fullmatch(code):
                found.add(code)
            else:
                self.findings.error(text.mark, "E004", f"'{short(text.text)}' is no language code; use en, fr, zh, ...")
        return tuple(sorted(found))
