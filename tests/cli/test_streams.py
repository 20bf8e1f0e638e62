import io
import sys

import pytest

from monitor.cli import streams


def test_characters_that_the_terminal_lacks_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="latin-1"))
    streams.escape_unencodable()
    print("Brüssel …", flush=True)
    assert written.getvalue() == b"Br\xfcssel \\u2026\n"
