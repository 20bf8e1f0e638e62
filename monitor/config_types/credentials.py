"""Values that grant access: they become `Secret`s when they are read, and are printed as `***` from then on."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from monitor.config_types.addresses import web_address
from monitor.config_types.values import FORM, SMTP, URL, one_line, refusal, text_of
from monitor.core.messages.channel_configs import NOT_OVER_HTTP, Secret, SmtpServer, parse_smtp


def _secret(value: object) -> Secret | None:
    text = text_of(value)
    if not one_line(text):
        raise refusal(FORM, "must be one line of plain text")
    return Secret(text) if text else None


def _full_secret(value: object) -> Secret:
    if secret := _secret(value):
        return secret
    raise refusal(FORM, "is empty; is the variable that it comes from set?")


def _secret_url(value: object) -> Secret:
    return Secret(web_address(_full_secret(value).reveal()))


def _optional_secret_url(value: object) -> Secret | None:
    secret = _secret(value)
    return Secret(web_address(secret.reveal())) if secret else None


def _service(value: object) -> Secret:
    secret = _full_secret(value)
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://.", secret.reveal()):
        raise refusal(URL, "is not an address of a service; it starts with the service's name and ://")
    scheme = secret.reveal().partition("://")[0].lower()
    if scheme in NOT_OVER_HTTP:
        instead = "type: email" if scheme in {"mailto", "mailtos"} else "a service that is spoken to by HTTP"
        raise refusal(URL, f"{scheme}:// does not use HTTP, so its connections cannot be checked; use {instead}")
    return secret


def _smtp(value: object) -> SmtpServer:
    text = _full_secret(value).reveal()
    try:
        return parse_smtp(text)
    except ValueError as error:
        raise refusal(SMTP, str(error)) from None


def _database(value: object) -> Secret:
    text = _full_secret(value).reveal()
    if text.startswith(("postgresql://", "postgres://")):
        text = "postgresql+psycopg://" + text.partition("://")[2]
    if text.startswith("postgresql+psycopg://") and len(text) > len("postgresql+psycopg://"):
        return Secret(text)
    if text == "sqlite://" or text.startswith("sqlite:///"):
        return Secret(text)
    if text.startswith("sqlite:"):
        raise refusal(
            URL, "is not a database; write sqlite:///data/monitor.db, with three slashes (four for a full path)"
        )
    raise refusal(
        URL, "is not a database; write sqlite:///data/monitor.db or postgresql+psycopg://user:password@host/name"
    )


_MASK = PlainSerializer(lambda value: None if value is None else "***")
_TEXT = WithJsonSchema({"type": "string"})
OptionalSecret = Annotated[Secret | None, PlainValidator(_secret), _MASK, _TEXT]
RequiredSecret = Annotated[Secret, PlainValidator(_full_secret), _MASK, _TEXT]
SecretUrl = Annotated[Secret, PlainValidator(_secret_url), _MASK, _TEXT]
OptionalSecretUrl = Annotated[Secret | None, PlainValidator(_optional_secret_url), _MASK, _TEXT]
ServiceUrl = Annotated[Secret, PlainValidator(_service), _MASK, _TEXT]
Smtp = Annotated[SmtpServer, PlainValidator(_smtp), _MASK, _TEXT]
DatabaseUrl = Annotated[Secret, PlainValidator(_database), _MASK, _TEXT]
