"""Web addresses, networks, mailboxes, host names, the address of the web page, and headers of requests."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from monitor.config_types.mailbox_address import is_mailbox, parse_mailbox
from monitor.config_types.values import ADDRESS, FORM, HEADER, NETWORK, URL, invalid, text_of


@dataclass(frozen=True, slots=True)
class Unquoted:
    """Marks the type of a key whose text messages do not quote, since it may contain a password."""


def web_address(text: str) -> str:
    """Check an http(s) address; its errors do not repeat it."""
    if not text:
        raise invalid(URL, "is empty; write an address that starts with https://")
    if not text.isprintable() or " " in text:
        raise invalid(URL, "is not an address: it holds a space or a control character")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise invalid(URL, "is not an address: the part between // and the next / is not a host and a port") from None
    if parts.scheme not in {"http", "https"}:
        raise invalid(URL, "must start with https:// or http://")
    if not host:
        raise invalid(URL, "is not an address: there is no host after ://")
    return text


def _feed_url(value: object) -> str:
    text = text_of(value)
    if is_mailbox(text):
        try:
            parse_mailbox(text)
        except ValueError as error:
            raise invalid(URL, str(error)) from None
        return text
    web_address(text)
    if urlsplit(text).username is not None:
        raise invalid(URL, 'must not hold a user name or password; use headers: {Authorization: "Basic ${NAME}"}')
    return text


FeedUrl = Annotated[
    str, PlainValidator(_feed_url), WithJsonSchema({"type": "string", "pattern": "^(https?|imaps?)://"}), Unquoted()
]


def _base_url(value: object) -> str:
    url = _feed_url(value).rstrip("/")
    if "?" in url or "#" in url:
        raise invalid(URL, "must end with a host or a path, such as https://monitor.example.org")
    return url


BaseUrl = Annotated[
    str, PlainValidator(_base_url), WithJsonSchema({"type": "string", "pattern": "^https?://"}), Unquoted()
]


def _network(value: object) -> str:
    text = text_of(value)
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        if "has host bits set" in str(error):
            network, address = ipaddress.ip_network(text, strict=False), text.partition("/")[0]
            raise invalid(
                NETWORK, f"is one address and a network at once; write {network}, or {address} alone"
            ) from None
        raise invalid(NETWORK, "is not a network; write it like 10.0.0.0/8, 192.168.1.20 or fd00::/8") from None


Network = Annotated[str, PlainValidator(_network), WithJsonSchema({"type": "string", "examples": ["10.0.0.0/8"]})]
_MAILBOX = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def _address(value: object) -> str:
    text = text_of(value)
    name, mailbox = parseaddr(text)
    plain = text == mailbox or (text.endswith(f"<{mailbox}>") and bool(name))
    if not plain or not text.isprintable() or not _MAILBOX.fullmatch(mailbox):
        raise invalid(ADDRESS, _address_problem(text))
    return text


def _address_problem(text: str) -> str:
    """Say what is wrong with an address, and what to write."""
    several = [part.strip() for part in re.split("[;,]" if "<" in text else r"[;,\s]", text) if part.strip()]
    if len(several) > 1 and all("@" in part for part in several):
        return f"is more than one address; write a list: [{', '.join(several)}]"
    before, _, domain = text.rpartition("@")
    name = domain.rstrip("> ")
    try:
        ascii_name = name.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_name = name
    if before and not name.isascii() and _MAILBOX.fullmatch(f"x@{ascii_name}"):
        return f"has a domain with letters beyond ASCII; write {before}@{ascii_name}{domain[len(name) :]}"
    return "is not an e-mail address; write team@example.org or Policy team <team@example.org>"


Address = Annotated[str, PlainValidator(_address), WithJsonSchema({"type": "string", "pattern": "@"})]


def _listen(value: object) -> str:
    text = text_of(value)
    if text.lower() == "off":
        return "off"
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})", text)
    if not match or int(match[2]) > 65535:
        raise invalid(
            FORM, "is not a host and a port; write 127.0.0.1:8080, 0.0.0.0:8080 to be reached from outside, or off"
        )
    return text


Listen = Annotated[str, PlainValidator(_listen), WithJsonSchema({"type": "string", "examples": ["127.0.0.1:8080"]})]


def _host(value: object) -> str:
    name = text_of(value).lower()
    if not re.fullmatch(r"\[[0-9a-f:.]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*", name):
        raise invalid(FORM, "is not the name of a host; write monitor.example.org, without https:// and port")
    return name


HostName = Annotated[
    str, PlainValidator(_host), WithJsonSchema({"type": "string", "examples": ["monitor.example.org"]})
]


_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_RESERVED = {
    *("host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding", "te", "upgrade"),
    *("range", "if-none-match", "if-modified-since"),
}


def _header_name(value: object) -> str:
    name = text_of(value)
    if not _TOKEN.fullmatch(name):
        raise invalid(HEADER, "is not a valid header name")
    if name.lower() in _RESERVED:
        raise invalid(HEADER, "this header is set by the program itself; leave it out")
    return name


def _header_line(value: object) -> str:
    text = text_of(value)
    if not text or not text.isprintable() or not text.isascii():
        raise invalid(HEADER, "must be one line of plain ASCII text, and not empty")
    return text


def _cookie_name(value: object) -> str:
    name = text_of(value)
    if not _TOKEN.fullmatch(name):
        raise invalid(HEADER, "is not a valid name of a cookie")
    return name


def _cookie_value(value: object) -> str:
    text = _header_line(value)
    if re.search(r"[\s;,]", text):
        raise invalid(HEADER, "must be the value of one cookie, without spaces, commas and semicolons")
    return text


K = TypeVar("K")
V = TypeVar("V")
HiddenTexts = Annotated[
    dict[K, V],
    PlainSerializer(lambda value: dict.fromkeys(value, "***")),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
    Unquoted(),
]
"""Texts by name that are never shown."""
HeaderLine = Annotated[str, PlainValidator(_header_line), WithJsonSchema({"type": "string"})]
_CookieValue = Annotated[str, PlainValidator(_cookie_value), WithJsonSchema({"type": "string"})]
Headers = HiddenTexts[Annotated[str, PlainValidator(_header_name)], HeaderLine]
Cookies = HiddenTexts[Annotated[str, PlainValidator(_cookie_name)], _CookieValue]
