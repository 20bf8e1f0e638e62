"""Services of the Apprise library that use HTTP: Teams, Discord, Telegram, Matrix and many more.

Apprise opens connections itself and reports success or failure, but seldom the reason. It runs in a process of its own
(process.py), which is killed at its deadline. The process can connect only to a proxy, which checks addresses; an
adapter records how each request ended. The address is given on standard input, so that no list of processes shows it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any

from monitor.channels.apprise.config import AppriseConfig
from monitor.channels.errors import UnclearError, UnreachableError, redact
from monitor.channels.http_post import is_retryable, requested_wait
from monitor.channels.interface import Channel, Proxy
from monitor.config_types.credentials import secrets_in
from monitor.core.errors import DeliveryError
from monitor.core.model import Delivery, Message

APPRISE_DEADLINE_SECONDS = 75.0
"""Seconds for one message, with all parts into which it is split for the service."""
_PROGRAM = Path(__file__).with_name("process.py")
_ENVIRONMENT = (
    "PATH", "HOME", "LANG", "LC_ALL", "PYTHONHOME", "PYTHONPATH", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR", "SSL_CERT_FILE",
)  # fmt: skip
_KILL_SECONDS = 1.0
"""Seconds for a killed process to end."""


class AppriseChannel(Channel):
    """A channel that sends messages with apprise."""

    def __init__(
        self,
        name: str,
        config: AppriseConfig,
        open_proxy: Callable[[], AbstractAsyncContextManager[Proxy]],
        *,
        deadline: float = APPRISE_DEADLINE_SECONDS,
    ) -> None:
        self.name = name
        self._config = config
        self._open_proxy = open_proxy
        self._deadline = deadline

    async def send(self, message: Message, delivery: Delivery) -> str:  # noqa: ARG002 - as in Channel
        """Send the text; apprise splits long ones as the service requires."""
        async with self._open_proxy() as proxy:
            payload = {
                "url": self._config.url.reveal(), "proxy": proxy.url, "title": message.subject, "body": message.text
            }  # fmt: skip
            try:
                async with asyncio.timeout(self._deadline):
                    report = await _run(json.dumps(payload).encode())
            except asyncio.CancelledError:
                raise self._interruption_error("interrupted, the program is stopping", proxy) from None
            except TimeoutError:
                raise self._interruption_error(f"no end within {self._deadline:g} s", proxy) from None
        if report is None:
            raise self._interruption_error("its process ended without a report", proxy)
        return self._response(report, proxy)

    def _interruption_error(self, reason: str, proxy: Proxy) -> DeliveryError:
        reason = self._redact("; ".join([reason, *proxy.refused]))
        return UnclearError(reason) if proxy.forwarded else DeliveryError(reason, retryable=True)

    def _response(self, report: dict[str, Any], proxy: Proxy) -> str:
        """Return the response if the message was accepted, else raise; unclear if it may have arrived, even in part."""
        if not report["known"]:
            raise DeliveryError("Apprise does not support this address; check `url` in channels.yaml", retryable=False)
        reason = self._redact("; ".join([*proxy.refused, *report["lines"]]) or "apprise gave no reason")
        status = report["status"]
        if report["redirect"]:
            reason = f"apprise: the service redirects (http {report['redirect']}), which is not followed"
            raise DeliveryError(reason, retryable=False)
        if report["taken"]:
            return "taken by apprise"
        if report["partly"]:
            raise UnclearError(self._redact(f"accepted in part: {reason}"))
        if report["unanswered"] and proxy.forwarded:
            raise UnclearError(self._redact(f"no answer: {reason}"))
        if proxy.refused:
            raise UnreachableError(reason)
        if status >= 400:
            raise DeliveryError(reason, retryable=is_retryable(status), retry_after=requested_wait(report["headers"]))
        raise DeliveryError(reason, retryable=True)

    def _redact(self, text: str) -> str:
        return redact(f"apprise: {text}".replace("apprise: apprise: ", "apprise: "), secrets_in(self._config))


async def _run(payload: bytes) -> dict[str, Any] | None:
    """Run process.py on one message; None if it ends without a report. Cancellation kills it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(_PROGRAM),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    )  # fmt: skip
    try:
        out, _ = await process.communicate(payload)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.wait({asyncio.ensure_future(process.wait())}, timeout=_KILL_SECONDS)
    try:
        report = json.loads(out)
    except ValueError:
        return None
    return report if isinstance(report, dict) else None
