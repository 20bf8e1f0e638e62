"""A page in a real browser that a test can act on, over Chromium's debugging pipe."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = 120.0
"""Seconds without a message from the browser."""
REDIRECT = """\
import os, sys
read, write = map(int, sys.argv[1:3])
os.dup2(read, 3)
os.dup2(write, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
"""The browser reads commands from file descriptor 3, and answers on 4."""


class Page:
    """One page at a time; `run` evaluates an expression in it, and waits for a promise."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._buffer, self._number, self._session, self._target = b"", 0, "", ""
        self._loaded = 0

    def open(self, address: str) -> None:
        """Load an address in a new page, with its deferred scripts; close the page before."""
        before, self._session = self._target, ""
        self._target = self._call("Target.createTarget", url="about:blank")["targetId"]
        if before:
            self._call("Target.closeTarget", targetId=before)
        self._session = self._call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        self._call("Page.enable")
        self._and_load("Page.navigate", url=address)

    def press(self, key: str, *, leads_away: bool = True) -> None:
        """Press a key; wait for the page that it leads to."""
        pressed = {"type": "keyDown", "key": key, "text": key}
        (self._and_load if leads_away else self._call)("Input.dispatchKeyEvent", **pressed)

    def reload_without_scripts(self) -> None:
        """Load the page again, and run no script of it; `run` still works."""
        self._call("Emulation.setScriptExecutionDisabled", value=True)
        self._and_load("Page.reload")

    def print_media(self) -> None:
        """Show the page as it is printed."""
        self._call("Emulation.setEmulatedMedia", media="print")

    def click(self, selector: str) -> None:
        """Click an element; wait for the page that it leads to."""
        self._and_load("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)}).click()")

    def run(self, expression: str) -> Any:
        """Return the value of an expression, which may be a promise."""
        answer = self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _and_load(self, method: str, **parameters: object) -> None:
        before = self._loaded
        self._call(method, **parameters)
        while self._loaded == before:
            self._receive()

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            assert select.select([self._from], [], [], TIMEOUT)[0], "the browser does not answer"
            read = os.read(self._from, 65_536)
            assert read, "the browser has ended"
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        parsed: dict[str, Any] = json.loads(message)
        self._loaded += parsed.get("method") == "Page.loadEventFired"
        return parsed


@contextmanager
def started_browser() -> Iterator[Page]:
    """Start a browser, which has opened no address yet."""
    browser_reads, we_write = os.pipe()
    we_read, browser_writes = os.pipe()

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [chromium.PROGRAM, *chromium.FLAGS, f"--user-data-dir={folder}", "--remote-debugging-pipe"]
        process = subprocess.Popen(
            [sys.executable, "-c", REDIRECT, str(browser_reads), str(browser_writes), *command],
            pass_fds=(browser_reads, browser_writes),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(browser_reads)
        os.close(browser_writes)
        try:
            yield Page(we_write, we_read)
        finally:
            process.kill()
            process.wait()
            os.close(we_write)
            os.close(we_read)
