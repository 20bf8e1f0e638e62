"""Translation of exceptions of a connection into Failed values with a reason from the fixed vocabulary."""

from __future__ import annotations

import ssl

import httpx

from monitor.core.feeds.failures import failed
from monitor.core.model import Failed
from monitor.fetch.address_guard import BlockedAddressError, UnknownHostError
from monitor.runtime import descriptors

_NO_TLS = "there is no TLS on this port; try an address with http://"


def failure_of(error: BaseException) -> Failed | None:
    """Return the failure that an exception means; None if it is a bug of this program."""
    if descriptors.is_exhaustion_error(error):
        return failed("descriptors", "none was left to connect with")
    for cause in descriptors.causes(error):
        match cause:
            case FetchError():
                return failed(cause.reason, cause.detail)
            case BlockedAddressError():
                return failed("address refused", str(cause)[:200])
            case UnknownHostError():
                return failed("dns" if cause.temporary else "unknown host", str(cause)[:200])
            case ssl.SSLCertVerificationError():
                return failed("certificate", cause.verify_message[:200])
    return _transport_failure(error)


def _transport_failure(error: BaseException) -> Failed | None:
    match error:
        case httpx.TimeoutException():
            return failed("timeout", "no connection in time")
        case httpx.RemoteProtocolError() if "incomplete" in str(error) or "without sending complete" in str(error):
            return failed("cut short", str(error)[:200])
        case httpx.ProtocolError():
            return failed("protocol", str(error)[:200])
        case httpx.TransportError():
            detail = _NO_TLS if "WRONG_VERSION_NUMBER" in str(error) else str(error)[:200]
            return failed("connection failed", detail or "the connection was reset")
        case httpx.InvalidURL() | UnicodeError():
            return failed("bad address", str(error)[:200])
        case _:
            return None


class FetchError(Exception):
    """A fetch failed; `reason` is one of `core.feeds.failures`."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")
