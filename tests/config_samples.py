"""The smallest valid configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "monitor.yaml": "timezone: Europe/Brussels\nbackup: {every: off}\n",
    "feeds.yaml": "feeds:\n  - {id: one, url: https://example.org/feed}\n",
    "channels.yaml": "channels:\n  outbox: {type: file, dir: outbox}\n",
    "rules/one.yaml": """\
version: 1
topics: {ai: {title: AI}}
rules:
  - {id: ai-rules, title: AI rules, topic: ai, status: live, any: [AI rules], tests: [{hit: AI rules}, {miss: No}]}
""",
}


def minimal(folder: Path) -> Path:
    """Write it, and return its folder."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder
