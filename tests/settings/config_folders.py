"""Configuration folders for tests: a valid one, and what `load` prints for others."""

import textwrap

from monitor.core.errors import ConfigurationError
from monitor.settings import load

SOUND = {
    "monitor.yaml": "",
    "feeds.yaml": """
        feeds:
          - id: gazette
            url: https://gazette.example/feed
        """,
    "channels.yaml": """
        channels:
          outbox: {type: file, dir: out}
        """,
    "digests.yaml": """
        digests:
          - id: daily
            title: Daily
            schedule: "0 8 * * mon-fri"
            channels: [outbox]
        """,
    "rules/ai.yaml": """
        version: 1
        rules:
          - id: ai-act
            title: AI Act
            topic: eu-ai-act
            status: live
            any: [AI Act]
            tests:
              - hit: The AI Act enters into force
              - miss: Weather
        """,
}


def write(folder, **files):
    """Write a sound folder, changed by `files`: a text replaces a file (the first line is line 1), None removes it."""
    for name, text in {**SOUND, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        elif text is not None:
            path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return folder


def printed(folder, env=None):
    """Load a folder; the lines of the error, or of the warnings when there is none."""
    try:
        return [str(problem) for problem in load(folder, env or {}).warnings]
    except ConfigurationError as error:
        return str(error).splitlines()
