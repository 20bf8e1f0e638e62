"""Identity of entries: the key of an entry, and whether two entries are the same one.

An entry has one key (its guid, else its link, else its title and date) and aliases, by which it is recognised when a
feed changes its guids, moves to https or drops query parameters. What would identify two entries of one document
identifies neither. A known guid with another link and title is another entry, because some publishers number their
items 1 to 10.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.core.feeds import links

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.core.model import Entry, KnownEntry

TITLE_HOLDS = timedelta(days=7)
"""How long the same title, summary and date in the same feed count as the same entry."""
_MIN_TITLE = 16
_TITLE_MARK = "t"
_SCHEME_AND_HOST = re.compile(r"https://[^/?]*")
_NOT_WORD = re.compile(r"[\W_]+")


def with_keys(entry: Entry, revised_at: datetime | None = None) -> Entry:
    """Give an entry its key, its aliases and its content hash; `revised_at` is when its publisher last changed it."""
    canonical, title = links.canonical(entry.link), _folded(entry.title)
    return replace(
        entry,
        canonical_link=canonical,
        key=_key(entry, title),
        aliases=tuple(alias for alias in _aliases(entry, canonical, title) if alias),
        content_hash=_hash("content", title, canonical, entry.summary, *([str(revised_at)] if revised_at else [])),
    )


def _key(entry: Entry, title: str) -> str:
    if entry.guid:
        return _hash("guid", entry.guid)
    if entry.link and not _is_front_page(entry.link):
        return _hash("link", links.with_fragment(entry.link))
    return _hash("text", title, entry.published_raw, entry.summary[:200])


def _aliases(entry: Entry, canonical: str, title: str) -> tuple[str, str, str]:
    is_address = entry.guid.lower().startswith(("http://", "https://"))
    return (
        _hash("guid path", _path(entry.guid)) if is_address else "",
        _link_alias(entry.link, canonical, title) if canonical and not _is_front_page(entry.link) else "",
        _title_alias(title, entry),
    )


def _link_alias(link: str, canonical: str, title: str) -> str:
    """Name an entry by its link; the parts of one page have their titles besides."""
    return _hash("link part", canonical, title) if "#" in link else _hash("link alone", canonical)


def _is_front_page(link: str) -> bool:
    """Tell a link that leads to a site and to nothing in it: all entries of some feeds have it."""
    return not any(mark in links.with_fragment(link).partition("://")[2] for mark in "/?#")


def _title_alias(title: str, entry: Entry) -> str:
    """Name an entry by title, summary and date, which a feed keeps when it gets new guids; ends in a mark of its kind.

    Empty for titles as short as `Press release`. The briefing of the next day has another date.
    """
    if not is_distinctive(title):
        return ""
    when = entry.published_at.isoformat() if entry.published_at else ""
    return _hash("title", title, _folded(entry.summary[:300]), when)[:-1] + _TITLE_MARK


def is_distinctive(title: str) -> bool:
    """Return True if a title can name one entry; those as short as `Press release` cannot."""
    return bool(title) and (len(title) >= _MIN_TITLE or not title.isascii())


def _path(guid: str) -> str:
    parts = _SCHEME_AND_HOST.sub("", links.canonical(guid), count=1)
    return parts or guid


def _folded(text: str) -> str:
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


# ---------------------------------------------------------------- within one document


def deduplicate(entries: Iterable[Entry]) -> list[Entry]:
    """Drop repetitions, tell apart different entries under one guid, and take back aliases that name more than one."""
    apart = _first_of_each_key(_separate_shared_keys(list(entries)))
    uses = Counter(alias for entry in apart for alias in set(entry.aliases))
    return [
        entry if all(uses[alias] == 1 for alias in entry.aliases)
        else replace(entry, aliases=tuple(alias for alias in entry.aliases if uses[alias] == 1))
        for entry in apart
    ]  # fmt: skip


def _separate_shared_keys(entries: list[Entry]) -> list[Entry]:
    first: dict[str, Entry] = {}
    shared: set[str] = set()
    for entry in entries:
        if (one := first.setdefault(entry.key, entry)) is not entry and _differs(entry, one):
            shared.add(entry.key)
    return [with_distinct_key(entry) if entry.key in shared else entry for entry in entries]


def _differs(entry: Entry, one: Entry) -> bool:
    """Tell two entries under one key apart: by their links; by their titles, where all link to the front page."""
    if entry.canonical_link != one.canonical_link:
        return True
    if _folded(entry.title) == _folded(one.title):
        return False
    has_own_guid = bool(one.guid) and links.canonical(one.guid) != one.canonical_link
    return not has_own_guid or bool(entry.summary and one.summary and entry.summary != one.summary)


def with_distinct_key(entry: Entry) -> Entry:
    """Name an entry by its link and title besides, as its guid is another one's too."""
    return replace(entry, key=_distinct_key(entry))


def _distinct_key(entry: Entry) -> str:
    return _hash("reused", entry.key, entry.canonical_link, _folded(entry.title))


def _first_of_each_key(entries: Iterable[Entry]) -> list[Entry]:
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.key, entry)
    return list(first.values())


# ---------------------------------------------------------------- against what is stored


def needing_lookup(entries: Iterable[Entry], known: Mapping[str, KnownEntry]) -> list[Entry]:
    """Leave out the entries that are known by their key as they are: `find` asks for nothing else of them."""
    return [entry for entry in entries if (by_key := known.get(entry.key)) is None or not _is_same(entry, by_key)]


def lookup_keys(entries: Iterable[Entry]) -> set[str]:
    """All that must be asked for to find these entries again."""
    return {key for entry in entries for key in (*_keys(entry), *entry.aliases)}


def find_known(entry: Entry, known: Mapping[str, KnownEntry], now: datetime) -> KnownEntry | None:
    """Find the stored entry that this is; None for a new one."""
    by_key = known.get(entry.key)
    if by_key and _is_same(entry, by_key):
        return by_key
    for key in _keys(entry):
        if (found := known.get(key)) and _is_same(entry, found):
            return found
    by_alias = [known[alias] for alias in entry.aliases if alias in known and _alias_applies(alias, known[alias], now)]
    if by_key and _is_edit(entry, by_key, by_alias):
        return by_key
    return known.get(_distinct_key(entry)) or next(iter(by_alias), None)


def _keys(entry: Entry) -> tuple[str, str, str]:
    """Return its key, its distinct key, and the key that it had while no other entry shared it."""
    return entry.key, _distinct_key(entry), _key(entry, _folded(entry.title))


def _is_same(entry: Entry, by_key: KnownEntry) -> bool:
    return by_key.content_hash == entry.content_hash


def _is_edit(entry: Entry, by_key: KnownEntry, by_alias: list[KnownEntry]) -> bool:
    """Tell an edited entry from another one under the same guid, whose link is its own and whose title is new too."""
    own_link = _link_alias(entry.link, entry.canonical_link, _folded(entry.title))
    return own_link not in entry.aliases or any(found.entry_id == by_key.entry_id for found in by_alias)


def _alias_applies(alias: str, found: KnownEntry, now: datetime) -> bool:
    is_old = found.first_seen_at is not None and now - found.first_seen_at > TITLE_HOLDS
    return not (is_old and alias.endswith(_TITLE_MARK))
