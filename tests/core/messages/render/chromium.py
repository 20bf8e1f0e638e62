"""Pages as a browser shows them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from html import escape
from html.parser import HTMLParser
from pathlib import Path

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
MEASURE = """<script>addEventListener("load", () => {
  document.title = JSON.stringify([...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument;
    const found = [...page.querySelectorAll("body *")].map(e => Math.ceil(e.getBoundingClientRect().right));
    return {width: page.documentElement.scrollWidth, right: Math.max(...found),
      height: page.documentElement.scrollHeight,
      background: page.defaultView.getComputedStyle(page.querySelector(".card")).backgroundColor,
      size: Math.min(...[...page.querySelectorAll("p, h1, h2, h3, mark")]
        .map(e => parseFloat(page.defaultView.getComputedStyle(e).fontSize)))};
  }));
});</script>"""


def run(page: str, *flags: str, dark: bool = False) -> str:
    """Show a page and return what the browser prints."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, "utf-8")
        colours = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
        command = [PROGRAM, *FLAGS, f"--user-data-dir={folder}/profile", colours, *flags, file.as_uri()]
        return subprocess.run(command, check=True, capture_output=True, timeout=120).stdout.decode()


def framed(page: str, width: int, height: int) -> str:
    """Put a page into a frame of any width: a window of the browser cannot be as narrow as a phone."""
    frame = f'style="border:0;display:block;width:{width}px;height:{height}px" srcdoc="{escape(page)}"'
    head = '<!DOCTYPE html><meta name="color-scheme" content="light dark">'
    return f'{head}<body style="margin:0"><iframe {frame}></iframe>'


def measure(*pages: tuple[str, int], dark: bool = False) -> list[dict]:
    """Measure each page at its width, all of them in one browser."""
    frames = "".join(framed(page, width, 800) for page, width in pages)
    return json.loads(_Title(run(frames + MEASURE, "--dump-dom", dark=dark)).text)


def picture(page: str, file: Path, width: int, *, dark: bool = False) -> None:
    """Save a screenshot of a page at a width, at its full height."""
    height = measure((page, width), dark=dark)[0]["height"]
    size = f"--window-size={width},{height}"
    run(framed(page, width, height), size, f"--screenshot={file}", dark=dark)


class _Title(HTMLParser):
    """The title of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self._inside = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self._inside = tag == "title"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = False
