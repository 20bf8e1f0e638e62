"""Names that must exist elsewhere: channels, feeds, topics, rules.

pydantic gets the defined names as its context. Names of a kind whose files could not be read are not checked, since one
broken rule file must not make every digest look wrong.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from monitor.config_types.values import Slug, invalid
from monitor.core.findings import did_you_mean

UNKNOWN = "C021"


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedNames:
    """The names that the files define; None for a kind whose files could not be read."""

    channel: Collection[str] | None = None
    feed: Collection[str] | None = None
    topic: Collection[str] | None = None
    rule: Collection[str] | None = None


def _exists(kind: str, home: str) -> AfterValidator:
    def check(name: str, info: ValidationInfo) -> str:
        names = getattr(info.context, kind, None)
        if names is None or name in names:
            return name
        listed = did_you_mean(name, names, otherwise=f"{home} has {', '.join(sorted(names)[:8]) or 'none'}")
        raise invalid(UNKNOWN, f"is not a known {kind}{listed}")

    return AfterValidator(check)


ChannelRef = Annotated[Slug, _exists("channel", "channels.yaml")]
FeedRef = Annotated[Slug, _exists("feed", "feeds.yaml")]
TopicRef = Annotated[Slug, _exists("topic", "rules/")]
RuleRef = Annotated[Slug, _exists("rule", "rules/")]
