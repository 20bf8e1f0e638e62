"""A process that has imported the program, and forks for each start of it.

Processes of tests connect to its socket, and stay connected as long as they may start programs. Each request is JSON
with the arguments, the environment and the folder, and comes with the descriptors of the three standard streams and of
a socket on which the process number and later the exit code are sent. The program's fork server is forked as well,
before the program begins, and so is that of a process of tests: a new one takes seconds to load its libraries.
"""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import runpy
import select
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
    "monitor.extraction.warmup",  # before all that loads numpy
    "monitor.lab.scan_process",
    "monitor.audit.training_process",
)
MAX_REQUEST = 1 << 20
MAX_DESCRIPTORS = 16


def main() -> None:
    """Serve requests until every process that connected has ended; in each forked process, become what it asks for."""
    for name in IMPORTED:
        importlib.import_module(name)
    sys.modules["monitor.cli"].main.import_all()
    sys.modules["monitor.runtime.garbage_collection"].freeze_objects()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(fileno=int(sys.argv[1]))
    connected = [listener.accept()[0]]
    while connected:
        for each in select.select([listener, *connected], [], [])[0]:
            if each is listener:
                connected.append(listener.accept()[0])
                continue
            request, descriptors, _, _ = socket.recv_fds(each, MAX_REQUEST, MAX_DESCRIPTORS)
            if not request:
                connected.remove(each)
                each.close()
            elif os.fork() == 0:
                for inherited in (listener, *connected):
                    inherited.close()
                become(json.loads(request), descriptors)
                return
            for descriptor in descriptors:
                os.close(descriptor)


def become(request: dict[str, Any], descriptors: list[int]) -> None:
    """Become a program, or a fork server of a process of tests, which lasts until this returns."""
    if "code" in request:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        set_streams(descriptors[:3])
        set_surroundings(request)
        run_fork_server(request["code"], request["numbers"], descriptors[3:])
    else:
        become_program(request, descriptors)


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
    set_surroundings(request)
    prepare_fork_server()
    sys.argv[1:] = request["arguments"]
    if script := request["script"]:
        sys.argv[0] = script
        sys.path.insert(0, os.path.dirname(script))  # noqa: PTH120 - as an interpreter does
        runpy.run_path(script, run_name="__main__")
    else:
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
            run_fork_server(*json.loads(order), received)
    finally:
        os._exit(0)


def run_fork_server(code: str, numbers: list[int], received: list[int]) -> None:
    """Run the code with the descriptors under these numbers, until the fork server ends."""
    moved = [fcntl.fcntl(each, fcntl.F_DUPFD, max(numbers) + 1) for each in received]
    for number, descriptor in zip(numbers, moved, strict=True):
        os.dup2(descriptor, number, inheritable=False)
    for descriptor in {*moved, *received} - {*numbers}:
        os.close(descriptor)
    exec(code, {})


def set_surroundings(request: dict[str, Any]) -> None:
    """Take over the environment and the folder."""
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])


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
