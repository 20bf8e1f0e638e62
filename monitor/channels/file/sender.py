"""Messages as files in a folder: `.txt`, `.html`, `.json`, `.ics` and `.eml` of each, named after the message's key.

Each file is written under a temporary name, synced and then renamed, so that no reader sees half of it. Sending a
message again writes the same files. Files are 0600, or 0640 in a folder with the setgid bit.
"""

from __future__ import annotations

import asyncio
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from monitor.channels.file.config import FileConfig
from monitor.channels.interface import Channel
from monitor.channels.mail_message import compose_mail
from monitor.core.errors import DeliveryError
from monitor.core.model import Delivery, Message
from monitor.runtime import threads
from monitor.runtime.file_replacing import replace_file
from monitor.runtime.folders import make_private_folder

FILE_DEADLINE_SECONDS = 60.0
"""Seconds for all files of a message: a network folder may never answer."""
SENDER = "Policy monitor <monitor@localhost>"
_MAX_NAME_CHARS = 180
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._+-]+")


class FileChannel(Channel):
    """A channel that writes files."""

    formats = frozenset({"html", "json", "ics"})
    preferred_for_notices = False

    def __init__(self, name: str, config: FileConfig) -> None:
        self.name = name
        self._folder = Path(config.dir)

    async def send(self, message: Message, delivery: Delivery) -> str:
        """Write the files and return the path of the most readable one."""
        try:
            async with asyncio.timeout(FILE_DEADLINE_SECONDS):
                return await threads.call(self._write, message, delivery)
        except asyncio.CancelledError:
            raise DeliveryError(
                "interrupted, the program is stopping", retryable=True
            ) from None  # writing the same files again is no repeat
        except TimeoutError:
            raise DeliveryError(
                f"{self._folder} cannot be written to within {FILE_DEADLINE_SECONDS:g} s", retryable=True
            ) from None
        except OSError as error:
            raise DeliveryError(f"cannot write to {self._folder}: {error.strerror}", retryable=True) from error

    def _write(self, message: Message, delivery: Delivery) -> str:
        make_private_folder(self._folder)
        is_shared = self._folder.stat().st_mode & stat.S_ISGID  # with a group, on purpose
        name = _file_name(message.key)
        paths = []
        for ending, content in _files(message, delivery):
            path = self._folder / f"{name}.{ending}"
            replace_file(path, content, 0o640 if is_shared else 0o600)
            paths.append(path)
        return str(paths[-1])


def _file_name(key: str) -> str:
    """Return a name that is valid on every file system, made of the key of a message."""
    return _NOT_IN_NAMES.sub("-", key).strip("-.")[:_MAX_NAME_CHARS]


def _files(message: Message, delivery: Delivery) -> Iterator[tuple[str, bytes]]:
    """Yield the suffix and content of each file of a message, the most readable last."""
    yield "eml", compose_mail(message, delivery, sender=SENDER, to=[SENDER]).as_bytes()
    if calendar := message.payload.get("ics"):
        yield "ics", calendar.encode()
    if payload := {key: value for key, value in message.payload.items() if key != "ics"}:
        yield "json", json.dumps(payload, ensure_ascii=False, indent=2).encode()
    yield "txt", message.text.encode()
    if message.html:
        yield "html", message.html.encode()
