"""Starts the command line in a process of its own, forked from one that has imported it.

A new interpreter takes a second of processor time to import the program. Tests of the start itself, of closed streams
and with other libraries loaded start `sys.executable`. All processes of a run of the tests use one server.
"""

from __future__ import annotations

import atexit
import errno
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import zlib
from contextlib import suppress
from functools import cache
from multiprocessing import util
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Stream = IO[str] | IO[bytes] | int
"""A file, a descriptor, or a constant of subprocess."""
SERVER = Path(__file__).with_name("program_server.py")
CAT = shutil.which("cat") or "/bin/cat"


@cache
def _requests(*python_path: str) -> socket.socket:
    """Connect to the server with these folders first on its path, which the first process that needs it starts."""
    path = os.pathsep.join((*python_path, str(SERVER.parents[1])))
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", os.getpid())
    name = f"\0monitor-tests-{run}-{zlib.crc32(path.encode())}"
    requests = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    while True:
        with suppress(ConnectionRefusedError):
            requests.connect(name)
            atexit.register(requests.close)
            return requests
        _start_server(name, path)


def _start_server(name: str, path: str) -> None:
    """Start a server that listens under a name, unless another process has just taken the name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        try:
            listener.bind(name)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return
        listener.listen()
        listener.set_inheritable(True)
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "default"}
        command = [sys.executable, str(SERVER), str(listener.fileno())]
        os.posix_spawn(sys.executable, command, environment)  # it ends after the last that uses it: nobody waits for it


def fork_the_fork_server() -> None:
    """Let the server fork the fork server of this process too, when `multiprocessing` starts one."""
    start_anew = util.spawnv_passfds

    def start(path: str, arguments: Sequence[str], descriptors: Sequence[int]) -> int:
        code = arguments[-1]
        if "forkserver" not in code:  # the resource tracker
            return start_anew(path, arguments, descriptors)
        request = {
            "code": code,
            "numbers": [*descriptors, max(descriptors) + 1],
            "folder": str(Path.cwd()),
            "environment": dict(os.environ),
        }
        ours, theirs = socket.socketpair()
        with ours, theirs:
            socket.send_fds(_requests(), [json.dumps(request).encode()], [0, 1, 2, *descriptors, theirs.fileno()])
            # multiprocessing waits for the end of a child: one that reads until the fork server has ended
            return os.posix_spawn(CAT, [CAT], {}, file_actions=[(os.POSIX_SPAWN_DUP2, ours.fileno(), 0)])

    util.spawnv_passfds = start


class Program:
    """A started program, with the methods of subprocess.Popen that tests use; `script`: instead of the command line."""

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
        script: Path | None = None,
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
            "script": str(script) if script else None,
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
