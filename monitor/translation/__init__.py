"""Runs the translator that the operator installed: a program that reads a headline and writes a translation per line.

The program runs without a shell, with few environment variables (no secrets of the daemon), for a limited time and with
limited output; then its whole process group is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence

from monitor.core.digests.translations import Headline, parse_translations
from monitor.core.model import TranslateConfig
from monitor.core.text import clean_line

ARGOS = (sys.executable, "-X", "utf8", "-m", "monitor.translation.argos", "{source}", "{target}")
"""The command that translates with the installed packages of Argos Translate."""
MAX_OUTPUT_BYTES = 4_000
"""Bytes for each headline; a headline has at most 240 characters."""
_MAX_ERROR_BYTES = 2_000
_VARIABLES = frozenset(
    {
        "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
    }
)  # fmt: skip
_ARGOS = "ARGOS_"
_CHUNK_BYTES = 65_536
_KILL_TIMEOUT_SECONDS = 5.0


class TranslationError(Exception):
    """The translator gave no usable output; the message is the reason, in one line."""


class NotStartedError(TranslationError):
    """The program could not be started."""


async def translate(config: TranslateConfig, headlines: Sequence[Headline], target: str) -> dict[Headline, str]:
    """Translate headlines of one language; an empty translation means that there is none to show.

    Raises TranslationError, after `config.timeout` at the latest.
    """
    process = await _start(command_line(config, headlines[0].language, target))
    titles = "".join(f"{headline.title}\n" for headline in headlines).encode()
    try:
        async with asyncio.timeout(config.timeout.total_seconds()):
            output = await _exchange(process, titles, MAX_OUTPUT_BYTES * len(headlines))
    except TimeoutError:
        raise TranslationError(f"gave no answer within {config.timeout.total_seconds():g} s") from None
    finally:
        await _kill(process)
    try:
        return parse_translations(headlines, output.decode())
    except UnicodeDecodeError as error:
        raise TranslationError(f"wrote text that is not UTF-8 at byte {error.start}") from None
    except ValueError as error:
        raise TranslationError(str(error)) from None


def command_line(config: TranslateConfig, source: str, target: str) -> list[str]:
    """Return the program and its arguments, with the languages filled in."""
    command = config.command or ARGOS
    return [part.replace("{source}", source).replace("{target}", target) for part in command]


async def _start(argv: Sequence[str]) -> asyncio.subprocess.Process:
    environment = {name: value for name, value in os.environ.items() if name in _VARIABLES or name.startswith(_ARGOS)}
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise NotStartedError(f"could not be started: {error.strerror}") from None
    except ValueError as error:
        raise NotStartedError(f"could not be started: {clean_line(str(error), limit=200)}") from None


async def _exchange(process: asyncio.subprocess.Process, titles: bytes, limit: int) -> bytes:
    """Write the input and read the output at the same time; raises TranslationError if the program fails."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise TranslationError("has no pipes")
    sending = asyncio.ensure_future(_send(process.stdin, titles))
    reading_errors = asyncio.ensure_future(_read_beginning(process.stderr))
    try:
        output = await _read(process.stdout, limit)
        await sending
        if code := await process.wait():
            raise TranslationError(f"ended with exit code {code}{_last_line(await reading_errors)}")
        return output
    finally:
        sending.cancel()
        reading_errors.cancel()
        await asyncio.gather(sending, reading_errors, return_exceptions=True)


def _last_line(errors: bytes) -> str:
    """Return the last line that the program wrote to standard error, after a colon; empty without any."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return f": {clean_line(lines[-1], limit=200)}" if lines else ""


async def _send(stream: asyncio.StreamWriter, titles: bytes) -> None:
    """Write the input; a program that ends without reading all of it may still have given its output."""
    with contextlib.suppress(ConnectionError):
        stream.write(titles)
        await stream.drain()
    stream.close()


async def _read(stream: asyncio.StreamReader, limit: int) -> bytes:
    read = bytearray()
    while chunk := await stream.read(_CHUNK_BYTES):
        read += chunk
        if len(read) > limit:
            raise TranslationError(f"wrote more than {limit} bytes")
    return bytes(read)


async def _read_beginning(stream: asyncio.StreamReader) -> bytes:
    """Read to the end, and keep the beginning: a program that writes much must not wait for its reader."""
    read = bytearray()
    while chunk := await stream.read(_CHUNK_BYTES):
        read += chunk[: _MAX_ERROR_BYTES - len(read)]
    return bytes(read)


async def _kill(process: asyncio.subprocess.Process) -> None:
    """End the program with all that it started, and wait for it.

    What is left in its pipes is read: after much output reading is paused, and a pipe is closed only at its end.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_KILL_TIMEOUT_SECONDS):
            for stream in (process.stdout, process.stderr):
                while stream is not None and await stream.read(_CHUNK_BYTES):
                    pass
            await process.wait()
