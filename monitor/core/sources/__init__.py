"""The kinds of sources that can be polled, and the registry that `kind` of feeds.yaml is looked up in.

A kind is a module of this package with a class that implements `SourceKind`; it is polled once it is listed in KINDS.
Fetching, deduplication, scheduling and storing are the same for all kinds and know none of them by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.sources.feed import XmlFeed
from monitor.core.sources.protocol import ParsedSource, SourceKind, SourceRequest, conditional_request

if TYPE_CHECKING:
    from monitor.core.model import Feed

__all__ = ["KINDS", "ParsedSource", "SourceKind", "SourceRequest", "conditional_request", "kind_of"]

KINDS: dict[str, SourceKind] = {kind.name: kind for kind in (XmlFeed(),)}


def kind_of(feed: Feed) -> SourceKind:
    """Return the kind of a feed; `auto` is an XML feed until other kinds can be recognised from a response."""
    return KINDS[XmlFeed.name if feed.kind == "auto" else feed.kind]
