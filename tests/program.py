"""Starts the command line in a process of its own, forked from one that has imported it.

A new interpreter takes a second of processor time to import the program. Tests of the start itself, of closed streams
and with other libraries loaded start `sys.executable`.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Stream = IO[str] | IO[bytes] | int
"""A file, a descriptor, or a constant of subprocess."""
SERVER = Path(__file__).with_name("program_server.py")


@cache
def _requests(*python_path: str) -> socket.socket:
    """Start a server, with folders that come first on its path, and return the socket for requests to it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    path = os.pathsep.join((*python_path, str(SERVER.parents[1])))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "default"}
    server = subprocess.Popen(
        [sys.executable, SERVER, str(theirs.fileno())], env=environment, pass_fds=[theirs.fileno()]
    )
    theirs.close()

    def stop() -> None:
        ours.close()
        server.wait()

    atexit.register(stop)
    return ours


class Program:
    """A started program, with the methods of subprocess.Popen that tests use."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        stdin: Stream = subprocess.DEVNULL,
        stdout: Stream = subprocess.DEVNULL,
        stderr: Stream = subprocess.DEVNULL,
        user: int | None = None,
        python_path: tuple[str, ...] = (),
    ) -> None:
        self.arguments = arguments
        self.returncode: int | None = None
        self.stdout: IO[bytes] | None = None
        self.stderr: IO[str] | None = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        streams = [stream if isinstance(stream, int) else stream.fileno() for stream in (stdin, stdout, stderr)]
        opened = [theirs.detach()]
        for number, stream in enumerate(streams):
            if stream == subprocess.DEVNULL:
                streams[number] = os.open(os.devnull, os.O_RDWR)
                opened.append(streams[number])
            elif stream == subprocess.PIPE:
                reading, streams[number] = os.pipe()
                opened.append(streams[number])
                if number == 1:
                    self.stdout = open(reading, "rb", 0)  # noqa: PTH123, SIM115
                else:
                    self.stderr = open(reading, encoding="utf-8")  # noqa: PTH123, SIM115
        request = {
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": dict(os.environ if environment is None else environment),
            "user": user,
        }
        socket.send_fds(_requests(*python_path), [json.dumps(request).encode()], [*streams, opened[0]])
        for descriptor in opened:
            os.close(descriptor)
        self.pid = int(self._control.recv(64))

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code, negative for a signal; subprocess.TimeoutExpired if it takes longer."""
        if self.returncode is None:
            self._control.settimeout(timeout)
            try:
                self.returncode = int(self._control.recv(64))
            except TimeoutError:
                raise subprocess.TimeoutExpired(list(self.arguments), timeout or 0) from None
            self._control.close()
        return self.returncode

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        has_ended = self.returncode is not None or select.select([self._control], [], [], 0)[0]
        return self.wait() if has_ended else None

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the program has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self) -> tuple[None, str]:
        """Read the rest of what it prints on stderr, and wait for its end."""
        rest = self.stderr.read() if self.stderr and not self.stderr.closed else ""
        self.__exit__()
        return None, rest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()


def run(
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    stdin: str | None = None,
    user: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command line to its end, and return its exit code and what it printed."""
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        given.write(stdin or "")
        given.seek(0)
        program = Program(
            arguments, folder=folder, environment=environment, stdin=given, stdout=out, stderr=err, user=user
        )
        code = program.wait(120)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(list(arguments), code, out.read(), err.read())
