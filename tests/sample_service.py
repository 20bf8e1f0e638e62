"""A complete service on loopback: the demo's sites in a thread, a configuration folder, and the command line."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import program
import structlog
import yaml
from migrated_file import write_migrated
from program import Program

from monitor import cli, settings
from monitor.demo.folder import record_earlier_polls
from monitor.demo.news import outlets
from monitor.demo.outlet_servers import OutletServers, serve_outlets
from monitor.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from program import Stream

    from monitor.demo.news import SampleOutlet

RULES = """\
version: 1
topics:
  chip-export-controls: {title: Export controls on chips, order: 1}
  eu-ai-act: {title: EU AI Act, order: 2}
rules:
  - id: chip-export-controls
    title: Export controls on advanced chips
    topic: chip-export-controls
    status: live
    priority: urgent
    any: [{near: 12, of: [export control, {any: [chip, AI chip]}]}, {all: [出口管制, 芯片]}]
    tests:
      - hit: New export controls on AI chips announced
      - miss: Export controls on timber announced
  - id: eu-ai-act
    title: The EU AI Act
    topic: eu-ai-act
    status: live
    any: [EU AI Act, "règlement sur l'IA", KI-Verordnung]
    tests:
      - hit: Ireland names its EU AI Act authority
      - miss: Colorado postpones its AI act
"""
GOOD = ("meridian-wire", "harbour-post", "gazette-publique", "donghai-daily", "digital-policy-office", "inkblot-herald")
BAD = ("vanished-weekly", "walled-garden-times")


def chosen(names: Sequence[str]) -> tuple[SampleOutlet, ...]:
    """Return these outlets of the demo."""
    return tuple(outlet for outlet in outlets() if outlet.id in names)


@dataclass
class Service:
    """A configuration folder and the program that runs in it."""

    folder: Path
    servers: OutletServers
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox"

    def write(self, name: str, content: object) -> None:
        """Write one file of the configuration."""
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        (self.config / name).parent.mkdir(parents=True, exist_ok=True)
        (self.config / name).write_text(text, encoding="utf-8")

    def know_feeds(self) -> None:
        """Record a poll of each feed two days ago, so that what the next poll finds is news."""
        loaded = settings.load(self.config, {})
        address = loaded.monitor.database.reveal()
        file = Path(address.removeprefix("sqlite:///"))
        if address.startswith("sqlite:") and not file.exists():
            write_migrated(file)
        store = open_store(address, migrate=True)
        try:
            readable = [feed.id for feed in loaded.feeds if feed.id not in BAD]
            record_earlier_polls(store, readable, datetime.now(UTC) - timedelta(days=2))
        finally:
            store.close()

    def run(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return program.run(self._arguments(arguments), folder=self.folder, environment=self._env(), stdin=stdin)

    def start(self, *arguments: str, stdout: Stream = subprocess.DEVNULL) -> Program:
        """Start a command and leave it running; its log can be read line by line."""
        return Program(
            self._arguments(arguments),
            folder=self.folder,
            environment=self._env(),
            stdout=stdout,
            stderr=subprocess.PIPE,
        )

    def start_anew(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command like `start`, in a new interpreter."""
        return subprocess.Popen(
            self._command(arguments), env=self._env(), cwd=self.folder, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run_anew(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command like `run`, in a new interpreter."""
        return subprocess.run(
            self._command(arguments), env=self._env(), cwd=self.folder, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip

    def json(self, *arguments: str) -> Any:
        """Run a listing in this process, which is quicker, and read its JSON."""
        code, out = self.inside(*arguments, "--format", "json")
        assert code in {0, 1}, out
        return json.loads(out)

    def inside(self, *arguments: str) -> tuple[int, str]:
        """Run a command in this process, and return its exit code and what it printed."""
        with io.StringIO() as out, contextlib.redirect_stdout(out), _log_kept():
            code = cli.run(["--config", str(self.config), *arguments])
            return code, out.getvalue()

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "monitor", *self._arguments(arguments)]

    def _arguments(self, arguments: Sequence[str]) -> list[str]:
        return ["--config", str(self.config), *arguments]

    def _env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
        return {**kept, "PYTHONWARNINGS": "default", "COLUMNS": "160", **self.environment}


@contextmanager
def _log_kept() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)


def events(process: Program | subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """Read the log of a running command, event by event, until it ends."""
    assert process.stderr is not None
    for line in process.stderr:
        try:
            yield json.loads(line)
        except ValueError:
            yield {"event": line.rstrip(), "level": "raw"}


def wait_for(log: Iterator[dict[str, Any]], event: str, **fields: object) -> dict[str, Any]:
    """Read the log until an event comes; fails with the other events if the process ends before."""
    seen = []
    for entry in log:
        seen.append(entry)
        if entry["event"] == event and all(entry.get(key) == value for key, value in fields.items()):
            return entry
    raise AssertionError(f"{event} {fields} never came; the log was: {seen}")


@contextmanager
def running(folder: Path, names: Sequence[str] = (*GOOD, *BAD), database: str | None = None) -> Iterator[Service]:
    """Start outlets and yield a service with a configuration for them."""
    with in_thread(chosen(names)) as servers:
        service = Service(folder=folder, servers=servers)
        service.write(
            "monitor.yaml",
            {
                "database": database or f"sqlite:///{folder / 'monitor.db'}",
                "timezone": "Europe/Brussels",
                "fetch": {"allow_networks": ["127.0.0.0/8"], "min_gap": "0s", "timeout": "2m", "per_host": 4},
                "extract": {"workers": 2, "timeout": "2m"},
                "web": {"listen": "127.0.0.1:0"},
                "log": {"format": "json", "level": "info"},
            },
        )
        feeds = [
            {"id": outlet.id, "url": servers.feeds[outlet.id], "title": outlet.title, "tier": outlet.tier}
            for outlet in chosen(names)
        ]
        service.write("feeds.yaml", {"feeds": feeds})
        service.write("channels.yaml", {"channels": {"outbox": {"type": "file", "dir": str(service.outbox)}}})
        digest = {"id": "brief", "title": "Sample brief", "schedule": "0 8 * * *", "channels": ["outbox"]}
        alerts = {"channels": ["outbox"], "window": "0s"}
        service.write("digests.yaml", {"digests": [digest], "alerts": alerts})
        service.write("rules/sample.yaml", RULES)
        yield service


@contextmanager
def in_thread(outlet_list: Sequence[SampleOutlet]) -> Iterator[OutletServers]:
    """Run the demo's sites in a thread, for programs that block or run in another process."""
    started, ended = threading.Event(), asyncio.Event()
    started_servers: list[OutletServers] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        async with serve_outlets(outlet_list, datetime.now(UTC), slow=0.0) as servers:
            started_servers.append(servers)
            loops.append(asyncio.get_running_loop())
            started.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(30), "the outlets did not start"
        yield started_servers[0]
    finally:
        loops[0].call_soon_threadsafe(ended.set)
        thread.join(30)
