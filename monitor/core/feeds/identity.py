"""Identity of entries: the key of an entry, and whether two entries are the same one.

An entry has one key (its guid, else its link, else its title and date) and aliases, by which it is recognized when a
feed changes its guids, moves to https or drops query parameters. A key or alias that two entries of one document share
is used for neither. A known guid with another link and title is another entry, because some publishers number their
items 1 to 10.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core import links
from monitor.core.model import Entry, KnownEntry

TITLE_ALIAS_LIFETIME = timedelta(days=7)
"""How long the same title and summary without a date count as the same entry; with a date they do for good."""
_MIN_TITLE_CHARS = 16
_MIN_DATED_TOGETHER = 3
_SAME_DATE = timedelta(minutes=1)
"""The time that a server may take to date all entries of a document."""
_TITLE_MARK = "t"
"""Last character of a title alias; hashes are hexadecimal and never end in it."""
_SCHEME_AND_HOST = re.compile(r"https://[^/?]*")
_NOT_WORD = re.compile(r"[\W_]+")


def with_keys(entry: Entry, revised_at: datetime | None = None) -> Entry:
    """Return an entry with its key, aliases and content hash; `revised_at` is when its publisher last changed it."""
    canonical, title = links.canonical(entry.link), _fold(entry.title)
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
    return (
        _hash("guid path", _path(entry.guid)) if links.is_web_address(entry.guid) else "",
        _link_alias(entry.link, canonical, title) if canonical and not _is_front_page(entry.link) else "",
        _title_alias(title, entry),
    )


def _link_alias(link: str, canonical: str, title: str) -> str:
    """Return the alias of a link; for a section of a page (`#...`) the title is part of it."""
    return _hash("link part", canonical, title) if "#" in link else _hash("link alone", canonical)


def _is_front_page(link: str) -> bool:
    """Return True for a link to the front page of a site, which in some feeds all entries have."""
    return not any(mark in links.with_fragment(link).partition("://")[2] for mark in "/?#")


def has_address(entry: Entry) -> bool:
    """Return True if an entry has a guid, or a link other than that to a front page."""
    return bool(entry.guid or (entry.link and not _is_front_page(entry.link)))


def are_dated_by_request(entries: Iterable[Entry]) -> bool:
    """Return True for several entries without addresses that all have one date, as that of the request or its day."""
    dates = []
    for entry in entries:
        if entry.published_at is None or has_address(entry):  # true of the first entry of most feeds
            return False
        dates.append(entry.published_at)
    return len(dates) >= _MIN_DATED_TOGETHER and max(dates) - min(dates) < _SAME_DATE


def _title_alias(title: str, entry: Entry) -> str:
    """Return the alias of title, summary and date, which stay the same if a feed gets new guids; ends in _TITLE_MARK.

    Empty for titles as short as `Press release`. The date distinguishes entries of a series with the same title.
    """
    if not is_distinctive(title):
        return ""
    when = entry.published_at.isoformat() if entry.published_at else ""
    return _hash("title", title, _fold(entry.summary[:300]), when)[:-1] + _TITLE_MARK


def is_distinctive(title: str) -> bool:
    """Return True if a title can name one entry; those as short as `Press release` cannot."""
    return bool(title) and (len(title) >= _MIN_TITLE_CHARS or not title.isascii())


def _path(guid: str) -> str:
    parts = _SCHEME_AND_HOST.sub("", links.canonical(guid), count=1)
    return parts or guid


def _fold(text: str) -> str:
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


# ---------------------------------------------------------------- within one document


def deduplicate(entries: Iterable[Entry]) -> list[Entry]:
    """Drop repeated entries, separate different entries with one guid, and drop aliases that two entries share."""
    unique = _first_of_each_key(_separate_shared_keys(list(entries)))
    uses = Counter(alias for entry in unique for alias in set(entry.aliases))
    return [
        entry if all(uses[alias] == 1 for alias in entry.aliases)
        else replace(entry, aliases=tuple(alias for alias in entry.aliases if uses[alias] == 1))
        for entry in unique
    ]  # fmt: skip


def _separate_shared_keys(entries: list[Entry]) -> list[Entry]:
    first: dict[str, Entry] = {}
    shared: set[str] = set()
    for entry in entries:
        if (other := first.setdefault(entry.key, entry)) is not entry and _is_different(entry, other):
            shared.add(entry.key)
    return [with_distinct_key(entry) if entry.key in shared else entry for entry in entries]


def _is_different(entry: Entry, other: Entry) -> bool:
    """Return True if two entries with one key are different: by their links, or by title and summary if those agree."""
    if entry.canonical_link != other.canonical_link:
        return True
    if _fold(entry.title) == _fold(other.title):
        return False
    has_own_guid = bool(other.guid) and links.canonical(other.guid) != other.canonical_link
    return not has_own_guid or bool(entry.summary and other.summary and entry.summary != other.summary)


def with_distinct_key(entry: Entry) -> Entry:
    """Return an entry whose key includes its link and title, because another entry has the same guid."""
    return replace(entry, key=_distinct_key(entry))


def _distinct_key(entry: Entry) -> str:
    return _hash("reused", entry.key, entry.canonical_link, _fold(entry.title))


def _first_of_each_key(entries: Iterable[Entry]) -> list[Entry]:
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.key, entry)
    return list(first.values())


# ---------------------------------------------------------------- against what is stored


def needing_lookup(entries: Iterable[Entry], known: Mapping[str, KnownEntry]) -> list[Entry]:
    """Return the entries that are new or changed under their key; `find_known` needs no other keys for the rest."""
    return [entry for entry in entries if (by_key := known.get(entry.key)) is None or not _is_same(entry, by_key)]


def lookup_keys(entries: Iterable[Entry]) -> set[str]:
    """Return all keys and aliases by which `find_known` may find these entries in the store."""
    return {key for entry in entries for key in (*_keys(entry), *entry.aliases)}


def is_known_by_address(entry: Entry, known: Mapping[str, KnownEntry]) -> bool:
    """Return True if a stored entry has the guid or the link of this one."""
    return any(key in known for key in (*_keys(entry), *(each for each in entry.aliases if not _is_of_title(each))))


def find_known(entry: Entry, known: Mapping[str, KnownEntry], now: datetime) -> KnownEntry | None:
    """Return the stored entry that this entry is a repetition or an edit of; None for a new one."""
    by_key = known.get(entry.key)
    if by_key and _is_same(entry, by_key):
        return by_key
    for key in _keys(entry):
        if (match := known.get(key)) and _is_same(entry, match):
            return match
    found_by_alias = [(alias, known[alias]) for alias in entry.aliases if alias in known]
    by_alias = [match for alias, match in found_by_alias if entry.published_at or _alias_applies(alias, match, now)]
    if by_key and _is_edit(entry, by_key, by_alias):
        return by_key
    return known.get(_distinct_key(entry)) or next(iter(by_alias), None)


def _keys(entry: Entry) -> tuple[str, str, str]:
    """Return the entry's key, its distinct key, and the key that it has if no other entry shares it."""
    return entry.key, _distinct_key(entry), _key(entry, _fold(entry.title))


def _is_same(entry: Entry, by_key: KnownEntry) -> bool:
    return by_key.content_hash == entry.content_hash


def _is_edit(entry: Entry, by_key: KnownEntry, by_alias: list[KnownEntry]) -> bool:
    """Return True if an entry with a known guid is an edit; False if it is another entry, with a link of its own."""
    own_link = _link_alias(entry.link, entry.canonical_link, _fold(entry.title))
    return own_link not in entry.aliases or any(found.entry_id == by_key.entry_id for found in by_alias)


def _alias_applies(alias: str, known: KnownEntry, now: datetime) -> bool:
    is_old = known.first_seen_at is not None and now - known.first_seen_at > TITLE_ALIAS_LIFETIME
    return not (is_old and _is_of_title(alias))


def _is_of_title(alias: str) -> bool:
    return alias.endswith(_TITLE_MARK)
