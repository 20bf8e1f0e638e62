"""A process that delivers and dies at a named point.

As a program, it first delivers once from each database that it is started with, so that everything is imported and
compiled. Then it forks for each job on its standard input, and prints the number of the child and its exit code.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import statement_cache
from deliver_fixtures import settings_of
from mailserver import Script, in_thread
from sample_news import CONFIG, NOW

from monitor.channels.email.config import EmailConfig
from monitor.channels.email.sender import EmailChannel
from monitor.channels.email.smtp_address import SmtpServer
from monitor.deliver import Deliverer
from monitor.store import DatabaseThread, Store

TO = ("first@example.org", "second@example.org", "third@example.org")
SUBSCRIPTIONS = tuple(f"{CONFIG.id}:{address}" for address in TO)


@dataclass
class CrashPoint:
    """Ends the process when a point is passed for the nth time."""

    at: str
    nth: int = 1

    def passing(self, point: str) -> None:
        """Exit here if this is the chosen point."""
        if point == self.at:
            self.nth -= 1
            if self.nth == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class CrashingProxy:
    """Wraps any object, with a crash point before and after each of its methods."""

    def __init__(self, inner: Any, crash_point: CrashPoint) -> None:
        self._inner = inner
        self._crash_point = crash_point

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found) or name == "recipients":
            return found
        return self._asynchronous(found, name) if asyncio.iscoroutinefunction(found) else self._plain(found, name)

    def _plain(self, method: Any, name: str) -> Any:
        def called(*args: Any, **more: Any) -> Any:
            self._crash_point.passing(f"before {name}")
            result = method(*args, **more)
            self._crash_point.passing(f"after {name}")
            return result

        return called

    def _asynchronous(self, method: Any, name: str) -> Any:
        async def called(*args: Any, **more: Any) -> Any:
            self._crash_point.passing(f"before {name}")
            result = await method(*args, **more)
            self._crash_point.passing(f"after {name}")
            return result

        return called


def deliver(url: str, port: int, now: datetime, crash_point: CrashPoint, *, subscribed: bool) -> None:
    """Run the digest, or with `subscribed` that of each reader, and send what is queued."""
    config = EmailConfig(
        type="email",
        smtp=SmtpServer(host="localhost", port=port, security="plain"),
        to=TO,
        **{"from": "monitor@press.example"},
    )
    store = Store(url, sender_grace=timedelta())
    channel = CrashingProxy(EmailChannel("mail", config), crash_point)
    digests = [replace(CONFIG, channels=("mail",))]
    if subscribed:
        digests = [replace(digests[0], id=name, recipient=to) for name, to in zip(SUBSCRIPTIONS, TO, strict=True)]
    deliverer = Deliverer(
        store=CrashingProxy(store, crash_point),
        database=DatabaseThread(),
        settings=settings_of(channel, digests=digests),
        clock=lambda: now,
    )
    for each in digests:
        deliverer.run_digest(each.id)
    asyncio.run(deliverer.send_queued())
    store.close()


def main() -> None:
    """Fork for each job; two may be under way at once."""
    output = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    statement_cache.share_between_databases()
    with in_thread(Script()) as port:
        for url in sys.argv[1:]:
            deliver(url, port, NOW, CrashPoint("never"), subscribed=False)
    gc.freeze()  # a collection in a child would copy the memory of all that was imported
    children: set[int] = set()
    for line in sys.stdin:
        job = json.loads(line)
        if job == "wait":
            pid, status = os.wait()
            children.discard(pid)
            print(json.dumps([pid, os.waitstatus_to_exitcode(status)]), file=output)
            continue
        if (pid := os.fork()) == 0:
            _child(job)
        children.add(pid)
        print(pid, file=output)


def _child(job: dict[str, Any]) -> None:
    code = 1
    with suppress(KeyboardInterrupt):
        now, crash_point = datetime.fromisoformat(job["now"]), CrashPoint(*job["death"])
        deliver(job["url"], job["port"], now, crash_point, subscribed=job["subscribed"])
        code = 0
    os._exit(code)


if __name__ == "__main__":
    main()
