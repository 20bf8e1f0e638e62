"""Names that must exist elsewhere: channels, feeds, topics, rules.

pydantic gets the defined names as its context. Names of a kind whose files could not be read are not checked, since one
broken rule file must not make every digest look wrong.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from monitor.config_types.values import SLUG_PATTERN, invalid, text_of, validate_slug
from monitor.core.problems import did_you_mean

UNKNOWN = "C021"


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedNames:
    """The names that the files define; None for a kind whose files could not be read."""

    channel: Collection[str] | None = None
    feed: Collection[str] | None = None
    topic: Collection[str] | None = None
    rule: Collection[str] | None = None


def _exists(kind: str, home: str) -> PlainValidator:
    def check(value: object, info: ValidationInfo) -> str:
        names = getattr(info.context, kind, None)
        if names is None:
            return validate_slug(value)
        name = text_of(value)
        if name in names:
            return name
        listed = did_you_mean(name, names, otherwise=f"{home} has {', '.join(sorted(names)[:8]) or 'none'}")
        raise invalid(UNKNOWN, f"is not a known {kind}{listed}")

    return PlainValidator(check)


_SCHEMA = WithJsonSchema({"type": "string", "pattern": SLUG_PATTERN})

ChannelRef = Annotated[str, _exists("channel", "channels.yaml"), _SCHEMA]
FeedRef = Annotated[str, _exists("feed", "feeds.yaml"), _SCHEMA]
TopicRef = Annotated[str, _exists("topic", "rules/"), _SCHEMA]
RuleRef = Annotated[str, _exists("rule", "rules/"), _SCHEMA]
