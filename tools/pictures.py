"""Make the pictures of docs/images, from the demo and the invented morning of the tests: `make pictures`.

Needs Chromium. The demo runs in a temporary folder; its web page is served on loopback.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/core/messages/render")]

import chromium  # noqa: E402 - its folder is no package
from sample_news import HITS, a_digest  # noqa: E402

from monitor.core.digests.composing import with_openings  # noqa: E402
from monitor.core.messages.render import html  # noqa: E402
from monitor.core.model import Opening  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGES = ROOT / "docs" / "images"
PAGES = {"web-overview": ("/", 1100, 900, False), "web-hits": ("/hits?topic=eu-ai-act", 1100, 1100, False),
         "web-phone-dark": ("/hits", 375, 800, True)}  # fmt: skip
START_TIME = 60.0
"""Seconds for the web page to start."""


def main() -> None:
    """Make all pictures but that of the terminal."""
    openings = {hit.article_id: Opening(title=hit.title, text=hit.evidence[0].sentence) for hit in HITS}
    _mails("digest", html(with_openings(a_digest(), openings)))
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        monitor = [sys.executable, "-m", "monitor"]
        subprocess.run([*monitor, "demo", "--keep"], cwd=folder, env=environment, check=True, capture_output=True)  # noqa: S603 - a command of ours
        (mail,) = Path(folder, "data/demo/outbox").glob("*.html")
        _mails("demo-digest", mail.read_text("utf-8"))
        with _served([*monitor, "--config", "data/demo/config"], folder, environment) as address:
            for name, (path, width, height, dark) in PAGES.items():
                _page(f"{address}{path}", IMAGES / f"{name}.png", width, height, dark=dark)


def _mails(name: str, page: str) -> None:
    for width in (600, 375):
        for dark in (False, True):
            file = IMAGES / f"{name}-{width}{'-dark' if dark else ''}.png"
            chromium.picture(page, file, width, dark=dark)


@contextlib.contextmanager
def _served(command: list[str], folder: str, environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = environment | {"MONITOR_WEB__LISTEN": f"127.0.0.1:{port}"}
    process = subprocess.Popen([*command, "serve"], cwd=folder, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603 - a command of ours
    try:
        address, end = f"http://127.0.0.1:{port}", time.monotonic() + START_TIME
        while time.monotonic() < end:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/healthz"):  # noqa: S310 - loopback
                break
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait()


def _page(address: str, file: Path, width: int, height: int, *, dark: bool) -> None:
    """Save a page; its style sheet is put into it, so that it can stand in a frame as narrow as a phone."""
    with urllib.request.urlopen(address) as response:  # noqa: S310 - loopback
        page = response.read().decode()
    with urllib.request.urlopen(re.sub(r"(?<=\d)/.*", "/style.css", address)) as response:  # noqa: S310 - loopback
        style = response.read().decode()
    page = page.replace("</head>", f"<style>{style}</style></head>").replace(
        '<script src="/labels.js" defer></script>', ""
    )
    chromium.run(
        chromium.framed(page, width, height), f"--window-size={width},{height}", f"--screenshot={file}", dark=dark
    )


if __name__ == "__main__":
    main()
