"""A process that has imported the program, and forks for each start of it.

Each request comes over a socket as JSON with the arguments, the environment and the folder, and with the descriptors of
the three standard streams and of a socket on which the process number and later the exit code are sent. The program's
fork server is forked as well, before the program begins: a new one takes a second and a half to load its libraries.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from multiprocessing import util
from typing import Any

IMPORTED = (
    "monitor.cli",
    "monitor.channels.email.sender",
    "monitor.channels.file.sender",
    "monitor.daemon.scheduler",
    "monitor.daemon.process",
    "monitor.daemon.worker",
    "monitor.diagnostics",
    "monitor.pipeline",
    "monitor.web.server",
    "monitor.extraction.warmup",
)
MAX_REQUEST = 1 << 20


def main() -> None:
    """Serve requests until the other end is closed; in each forked process, become the program."""
    for name in IMPORTED:
        importlib.import_module(name)
    sys.modules["monitor.cli"].main.import_all()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    requests = socket.socket(fileno=int(sys.argv[1]))
    while True:
        request, streams, _, _ = socket.recv_fds(requests, MAX_REQUEST, 4)
        if not request:
            requests.close()
            return
        if os.fork() == 0:
            requests.close()
            break
        for descriptor in streams:
            os.close(descriptor)
    become_program(json.loads(request), streams)


def become_program(request: dict[str, Any], streams: list[int]) -> None:
    """Fork once more, so that a process remains that reports the exit code; become the program in the other one."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    control = socket.socket(fileno=streams.pop())
    if number := os.fork():
        for descriptor in streams:
            os.close(descriptor)
        control.send(b"%d" % number)
        _, status = os.waitpid(number, 0)
        control.send(b"%d" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    control.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    set_streams(streams)
    if (user := request["user"]) is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    prepare_fork_server()
    sys.argv[1:] = request["arguments"]
    runpy.run_module("monitor", run_name="__main__", alter_sys=True)


def prepare_fork_server() -> None:
    """Fork a process that becomes the fork server of the program when `multiprocessing` starts one, or ends with it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if (number := os.fork()) == 0:
        ours.close()
        become_fork_server(theirs)
    theirs.close()
    start_anew = util.spawnv_passfds

    def start(path: str, arguments: list[str], descriptors: list[int]) -> int:
        code = arguments[-1]
        if "forkserver" not in code or ours.fileno() == -1:  # the resource tracker, or a second fork server
            return start_anew(path, arguments, descriptors)
        with ours:
            socket.send_fds(ours, [json.dumps([code, descriptors]).encode()], descriptors)
        return number

    util.spawnv_passfds = start


def become_fork_server(orders: socket.socket) -> None:
    """Run the code that a new interpreter would be given, with its descriptors under the same numbers; then end."""
    try:
        with orders:
            order, received, _, _ = socket.recv_fds(orders, MAX_REQUEST, 4)
        if order:
            code, numbers = json.loads(order)
            moved = [fcntl.fcntl(each, fcntl.F_DUPFD, max(numbers) + 1) for each in received]
            for number, descriptor in zip(numbers, moved, strict=True):
                os.dup2(descriptor, number, inheritable=False)
            for descriptor in {*moved, *received} - {*numbers}:
                os.close(descriptor)
            exec(code, {})
    finally:
        os._exit(0)


def set_streams(streams: list[int]) -> None:
    """Make these the standard streams, as a new interpreter does."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115


if __name__ == "__main__":
    main()
