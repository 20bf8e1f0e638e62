"""The program in which apprise runs: one message from standard input, one report as JSON to standard output.

It imports nothing of this project, and is started with `python -P`, so that the modules beside it hide no others. All
HTTP goes to the proxy named in its input. An audit hook refuses other connections and other programs, so that a plugin
with another protocol fails instead of bypassing the address guard. Redirects are not followed, and a request without a
response is not sent again.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from contextlib import redirect_stdout
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import adapters, exceptions, sessions

MIN_CONNECT_SECONDS, MIN_READ_SECONDS = 15.0, 30.0
"""Seconds, at least. Apprise alone gives up after four; a slow service would then get the message twice."""
MAX_RESPONSE_BYTES = 100_000
"""Bytes of a response that are read; a few hundred are enough to say whether a message was accepted."""
MAX_RESPONSE_SECONDS = 20.0
"""Seconds, about, for the body of a response after its status has arrived."""
_NO_TUNNEL = "Tunnel connection failed"
_NOT_SENT_HEADER = "X-Monitor-Not-Sent"
_REFUSED_EVENTS = {
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn", "socket.sendmsg",
    "socket.sendto", "subprocess.Popen",
}  # fmt: skip


class LogLines(logging.Handler):
    """Collects what apprise logs, which are the only reasons that it gives."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Add one line."""
        self.lines.append(record.getMessage()[:500])


def main() -> None:
    """Send the message and print the report."""
    payload = json.loads(sys.stdin.buffer.read())
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        os.environ[name] = payload["proxy"]
    lines = LogLines()
    report: dict[str, Any] = {"known": False, "taken": False, "unanswered": False, "partly": False}
    report |= {"redirect": 0, "status": 0, "headers": {}}
    logging.getLogger().addHandler(lines)
    with redirect_stdout(sys.stderr):
        _send(payload, report)
    print(json.dumps({**report, "lines": lines.lines[:20]}), flush=True)  # noqa: T201 - the report
    os._exit(0)  # apprise may have started threads


def _send(payload: dict[str, str], report: dict[str, Any]) -> None:
    import apprise

    # Each session of requests makes its adapters by this name.
    sessions.__dict__["HTTPAdapter"] = partial(ReportingAdapter, report, set())
    service = apprise.Apprise.instantiate(payload["url"])
    if service is None:
        return
    report["known"] = True
    service.retry = 0
    taken = _count_parts(service)
    confine(urlsplit(payload["proxy"]).port)
    sender = apprise.Apprise()
    sender.add(service)
    result = sender.notify(title=payload["title"], body=payload["body"], body_format=apprise.NotifyFormat.TEXT)
    report["taken"] = bool(result)
    several = len(service) > 1 and report.pop("accepted", False)
    report["partly"] = not report["taken"] and (bool(taken) or several)


def _count_parts(service: Any) -> list[bool]:  # noqa: ANN401 - apprise has no types
    """Note each part of a long message that the service takes."""
    taken: list[bool] = []
    send = service.send

    def counted(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - as above
        if result := send(*args, **more):
            taken.append(True)
        return result

    service.send = counted
    return taken


class ReportingAdapter(adapters.HTTPAdapter):
    """Sends a request through requests, notes in the report how it ended, and refuses to repeat one without answer."""

    def __init__(self, report: dict[str, Any], unanswered: set[tuple[Any, ...]]) -> None:
        super().__init__()
        self._report = report
        self._unanswered = unanswered

    def send(  # noqa: PLR0917 - as requests has it
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - the answer is always read here, under limits
        timeout: Any = None,  # noqa: ANN401 - a number, a pair or None
        verify: Any = True,  # noqa: ANN401 - a bool or a path
        cert: Any = None,  # noqa: ANN401 - a path, a pair or None
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        """Send a request and read its response; every 3xx is an error."""
        this = (request.method, request.url, request.body if isinstance(request.body, bytes | str) else b"")
        if this in self._unanswered:
            raise requests.ConnectionError("not sent again after no answer")
        try:
            response = super().send(request, True, _longer(timeout), verify, cert, proxies)
            if _NOT_SENT_HEADER not in response.headers:
                _read_answer(response)
        except requests.RequestException as error:
            was_sent = not isinstance(error, requests.ConnectTimeout | exceptions.SSLError)
            if was_sent and _NO_TUNNEL not in str(error):
                self._unanswered.add(this)
                self._report["unanswered"] = True
            raise
        if _NOT_SENT_HEADER in response.headers:
            raise requests.ConnectionError("not sent")
        _note(response, self._report)
        if _redirects(response):
            raise requests.TooManyRedirects("a redirect is not followed")
        return response


def _note(response: requests.Response, report: dict[str, Any]) -> None:
    headers = {name: response.headers[name] for name in ("retry-after", "date") if name in response.headers}
    report |= {"status": response.status_code, "headers": headers}
    if _redirects(response):
        report["redirect"] = response.status_code
    elif response.ok:
        report["accepted"] = True


def _redirects(response: requests.Response) -> bool:
    """Return True for every 3xx, with or without a Location."""
    return 300 <= response.status_code < 400


def _read_answer(response: requests.Response) -> None:
    """Read the body, up to a size and a time; requests.RequestException when it ends early or takes too long.

    A status of 2xx without its body is no proof that the message was accepted: some services put errors into the body.
    """
    content, end = b"", time.monotonic() + MAX_RESPONSE_SECONDS
    try:
        for part in response.iter_content(4096):
            content += part
            if len(content) >= MAX_RESPONSE_BYTES:
                break
            if time.monotonic() > end:
                raise requests.ReadTimeout("the answer did not end in time")
    finally:
        response.close()
    response._content = content[:MAX_RESPONSE_BYTES]  # noqa: SLF001 - else requests reads it once more, without a limit
    response._content_consumed = True  # noqa: SLF001 - as above


def _longer(timeout: Any) -> tuple[float, float]:  # noqa: ANN401 - a number, a pair or None
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    return max(connect or 0.0, MIN_CONNECT_SECONDS), max(read or 0.0, MIN_READ_SECONDS)


def confine(port: int | None) -> None:
    """Allow connections to this port of loopback only, and no other programs, for the rest of the process."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in _REFUSED_EVENTS:
            raise PermissionError(f"{event} is refused")
        if event == "socket.connect" and tuple(args[1][:2]) != ("127.0.0.1", port):
            raise PermissionError("connections go through the proxy only")
        if event in {"socket.getaddrinfo", "socket.gethostbyname"} and args[0] != "127.0.0.1":
            raise PermissionError("names are resolved by the proxy only")

    sys.addaudithook(hook)


if __name__ == "__main__":
    main()
