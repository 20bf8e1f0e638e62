"""The daemon ends in time whatever its channels wait for, and the outbox records the state of each message."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from config_samples import minimal
from program import Program
from slowserver import dripping, silent

from monitor.core import messages
from monitor.core.messages import MessageTarget
from monitor.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
LONG = "Nobody reads this. " * 20_000
"""More than a pipe holds."""


class Stuck:
    """A configuration whose channels never respond, and the program that runs with it."""

    def __init__(self, folder: Path, drips: int, answers_not: int) -> None:
        self.hanging = folder / "a name hangs"
        self._folder = folder
        self._url = f"sqlite:///{folder / 'monitor.db'}"
        mail = {"type": "email", "from": "monitor@press.example", "to": "team@example.org"}
        channels = {
            "mail": {**mail, "smtp": f"smtp://127.0.0.1:{drips}/?starttls=off"},
            "console": {"type": "console"},
            "hook": {"type": "webhook", "url": f"http://127.0.0.1:{answers_not}/in"},
            "name": {"type": "webhook", "url": "https://hangs.example/in"},
            "mailname": {**mail, "smtp": "smtps://hangs.example"},
            "teams": {"type": "apprise", "url": f"json://127.0.0.1:{answers_not}/apprise"},
        }
        minimal(folder / "config")
        monitor = {
            "database": self._url,
            "fetch": {"allow_networks": ["127.0.0.0/8"]},
            "web": {"listen": "127.0.0.1:0"},
            "log": {"format": "json"},
        }
        (folder / "config" / "monitor.yaml").write_text(yaml.safe_dump(monitor))
        (folder / "config" / "channels.yaml").write_text(yaml.safe_dump({"channels": channels}))
        (folder / "config" / "feeds.yaml").write_text("feeds:\n  - {id: one, url: http://127.0.0.1:9/feed}\n")
        store = open_store(self._url, migrate=True)
        for name, channel in channels.items():
            target = MessageTarget(channel=name, formats=frozenset({"json"}), recipients=(channel.get("to", name),))
            store.enqueue(messages.plain_message("test", "1", "Long", LONG, target), datetime.now(UTC))
        store.close()

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Program]:
        """Start the program; nobody reads what it prints."""
        with (
            (self._folder / "log").open("wb") as log,
            Program(
                ["--config", str(self._folder / "config"), *arguments],
                folder=self._folder,
                environment={**os.environ, "HANGS": str(self.hanging)},
                stdout=subprocess.PIPE,
                stderr=log,
                python_path=(str(HERE / "names_that_hang"),),
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    def outbox(self) -> dict[str, tuple[str, int]]:
        """Return state, or unclear for what is to be repeated marked, and number of attempts by channel."""
        store = open_store(self._url, migrate=False)
        try:
            return {
                item.channel: ("unclear" if item.maybe_repeat else str(item.state), item.attempts)
                for item in store.deliveries()
            }
        finally:
            store.close()


@pytest.fixture
def stuck(tmp_path: Path) -> Iterator[tuple[Stuck, list]]:
    with dripping() as drips, silent() as answers_not:
        config = Stuck(tmp_path, drips.port, answers_not.port)
        hears = [
            drips.connected.is_set,
            lambda: b"/in" in answers_not.received,
            lambda: b"/apprise" in answers_not.received,
            config.hanging.exists,
        ]
        yield config, hears


def test_a_daemon_whose_channels_all_hang_ends_in_time_and_says_what_became_of_the_messages(stuck) -> None:
    config, hears = stuck
    with config.running("run") as daemon:
        for heard in [*hears, lambda: unread(daemon) > 60_000]:
            wait(heard, daemon, config)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(30) == 0, config.log
    assert '"event": "stopped"' in config.log
    assert config.outbox() == {
        "mail": ("queued", 1),
        "console": ("unclear", 1),
        "hook": ("unclear", 1),
        "name": ("queued", 1),
        "mailname": ("queued", 1),
        "teams": ("unclear", 1),
    }


def test_a_second_signal_ends_a_daemon_whose_channels_hang_at_once(stuck) -> None:
    config, hears = stuck
    with config.running("run") as daemon:
        wait(hears[0], daemon, config)
        daemon.send_signal(signal.SIGTERM)
        wait(lambda: '"event": "stopping"' in config.log, daemon, config)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(15) == 128 + signal.SIGTERM, config.log


@pytest.mark.parametrize("channel", ["mail", "hook", "teams", "name", "mailname"])
def test_a_test_message_to_a_channel_that_hangs_ends_on_ctrl_c(stuck, channel) -> None:
    config, hears = stuck
    ready = {"mail": 0, "hook": 1, "teams": 2, "name": 3, "mailname": 3}[channel]
    with config.running("channels", "test", channel) as command:
        wait(hears[ready], command, config)
        command.send_signal(signal.SIGINT)
        assert command.wait(15) == 130, config.log


@pytest.mark.parametrize("arguments", [("poll", "--all"), ("digest", "send", "brief")])
def test_a_command_that_waits_for_what_hangs_ends_on_ctrl_c(stuck, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    config, hears = stuck
    (tmp_path / "config" / "feeds.yaml").write_text("feeds:\n  - {id: one, url: https://hangs.example/feed}\n")
    digest = {"id": "brief", "title": "Brief", "schedule": "0 8 * * *", "channels": ["mail"]}
    (tmp_path / "config" / "digests.yaml").write_text(yaml.safe_dump({"digests": [digest]}))
    with config.running(*arguments) as command:
        for heard in [config.hanging.exists] if arguments[0] == "poll" else hears:
            wait(heard, command, config)
        command.send_signal(signal.SIGINT)
        assert command.wait(20) == 130, config.log
    if arguments[0] == "digest":
        outbox = {channel: state for channel, (state, _) in config.outbox().items()}
        assert (outbox["mail"], outbox["hook"], outbox["teams"]) == ("queued", "unclear", "unclear")


def wait(condition, process: Program, config: Stuck) -> None:
    """Wait for something that a running process brings about."""
    ends = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, config.log
        assert time.monotonic() < ends, config.log
        time.sleep(0.02)


def unread(process: Program) -> int:
    """Return how many bytes wait in the pipe."""
    import array
    import fcntl
    import termios

    if not select.select([process.stdout], [], [], 0)[0]:
        return 0
    number = array.array("i", [0])
    fcntl.ioctl(process.stdout.fileno(), termios.FIONREAD, number)
    return number[0]
