"""The text of feeds.yaml with further feeds: inserted below the last one, or else the whole file serialized again."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from monitor.core.errors import UsageError
from monitor.core.yaml_nodes import MappingNode, SequenceNode, walk

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap


def insert_feeds(text: str, root: MappingNode, new: list[dict[str, Any]]) -> str | None:
    """Return the text with feeds inserted below the last one; None if the list is not in block style."""
    feeds, lines = root.entries.get("feeds"), text.splitlines(keepends=True)
    if not isinstance(feeds, SequenceNode) or not feeds.entries:
        return None
    last, dash = feeds.entries[-1], feeds.mark.column - 1
    if lines[feeds.mark.line - 1][dash] != "-":
        return None
    end = max(node.mark.line for node in walk(last))
    line_break = "\r\n" if text.endswith("\r\n") else "\n"
    if not lines[end - 1].endswith(("\n", "\r")):
        lines[end - 1] += line_break
    inner = last.mark.column - 1
    spaced = last.mark.line > 1 and not lines[last.mark.line - 2].strip()
    added: list[str] = []
    for feed in new:
        first, *rest = _dump(_with_inline_lists(feed)).splitlines()
        added += [""] if spaced else []
        added += ["-".rjust(dash + 1).ljust(inner) + first, *(" " * inner + line for line in rest)]
    return "".join([*lines[:end], *(line + line_break for line in added), *lines[end:]])


def rewrite_with_feeds(text: str, root: MappingNode, new: list[dict[str, Any]]) -> str:
    """Return the file serialized again with the feeds: comments are kept, spacing may change."""
    from ruamel.yaml.comments import CommentedSeq
    from ruamel.yaml.error import YAMLError

    if "feeds" not in root.entries:
        text = f"{text.rstrip()}\nfeeds:\n".lstrip()
    try:
        loaded = _yaml().load(text)
        feeds = loaded["feeds"] or CommentedSeq()
        feeds.fa.set_block_style()
        feeds.extend(map(_with_inline_lists, new))
        loaded["feeds"] = feeds
        return _dump(loaded)
    except (YAMLError, ValueError, TypeError) as error:
        message = " ".join(str(error).split())[:200]
        raise UsageError(f"the feed cannot be added by a program ({message}); add it by hand") from None


def _dump(tree: CommentedMap) -> str:
    out = io.StringIO()
    _yaml().dump(tree, out)
    return out.getvalue()


def _with_inline_lists(feed: dict[str, Any]) -> CommentedMap:
    """Return the feed with its lists in brackets."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    styled = CommentedMap()
    for key, value in feed.items():
        styled[key] = CommentedSeq(value) if isinstance(value, list) else value
        if isinstance(value, list):
            styled[key].fa.set_flow_style()
    return styled


def _yaml() -> YAML:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.allow_unicode = True
    yaml.width = 2**16
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
