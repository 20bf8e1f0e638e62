"""Checks of the search index: compares it with the archive, and its volumes with the words of their articles."""

from __future__ import annotations

import random
import struct
import zlib
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.counts import count
from monitor.core.search.coded_query import encoded_article
from monitor.core.search.codes import to_bytes
from monitor.core.search.index_words import SEPARATORS, VERSION, index_article
from monitor.core.search.postings import SEGMENT_ARTICLES, find, keys_of, locate, read
from monitor.core.search.volume_ids import decode_ids
from monitor.store import _search_words
from monitor.store._incoming_tables import ArticleRow
from monitor.store._search_index import IS_INDEXED, PROGRESS
from monitor.store._search_tables import SearchDocumentRow, SearchPostingsRow, SearchVolumeRow
from monitor.store._search_volumes import ALL_IDS, ARTICLE_WORDS, POSTINGS, UNWRITTEN, ids_of, whole_volumes

_COMPARED = 500
"""Articles, the newest, whose indexed words `differences` compares with their texts."""
_VOLUME = col(SearchVolumeRow.volume)
_WRITTEN = select(_VOLUME).where(_VOLUME != UNWRITTEN, col(SearchVolumeRow.last) > 0)
_WITHOUT_POSTINGS = select(col(SearchVolumeRow.ids)).where(
    _VOLUME != UNWRITTEN, _VOLUME.not_in(select(col(SearchPostingsRow.volume)))
)
_VOLUMES_COMPARED = 20
"""Volumes of which `_misplaced` compares a segment, other ones each time: in some seconds."""


def differences(connection: Connection) -> list[str]:
    """Compare the index with the archive; returns the differences as sentences."""
    version, below = connection.execute(PROGRESS).one()
    if version != VERSION:
        return []
    documents = select(col(SearchDocumentRow.article_id))
    article = select(col(ArticleRow.id)).where(*IS_INDEXED)
    missing = article.where(col(ArticleRow.id) >= below, col(ArticleRow.id).not_in(documents))
    extra = documents.where(col(SearchDocumentRow.article_id).not_in(article))
    problems = [
        (_count(connection, missing), "lacks {}"),
        (_count(connection, extra), "has {} too many, which are gone"),
        *_damaged_volumes(connection),
        (_outdated(connection, below), f"has other words than the archive for {{}} of the newest {_COMPARED}"),
    ]
    return [
        f"the search index {problem.format(count(number, 'article'))}: run `monitor db reindex`"
        for number, problem in problems
        if number
    ]


def _count(connection: Connection, rows: Select[int]) -> int:
    return connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one()


def _damaged_volumes(connection: Connection) -> list[tuple[int, str]]:
    try:
        return [
            (_unlisted(connection), "has {} either with words or with postings, not both, or twice"),
            (_outside(connection), "has {} outside the limits of a volume"),
            (len(_articles(connection.execute(_WITHOUT_POSTINGS).scalars())), "has lost all postings of {}"),
            (_misplaced(connection), "does not list {} under all words"),
        ]
    except (LookupError, ValueError, struct.error, zlib.error) as error:
        reason = str(error).replace("{", "{{").replace("}", "}}")
        return [(1, f"cannot be read ({reason})")]


def _unlisted(connection: Connection) -> int:
    """Count the articles that have only postings, only words, or a place in two volumes."""
    indexed = connection.execute(select(col(SearchDocumentRow.article_id))).scalars()
    listed = Counter(_articles(row.ids for row in connection.execute(ALL_IDS)))
    return len(listed.keys() ^ set(indexed)) + sum(times > 1 for times in listed.values())


def _outside(connection: Connection) -> int:
    """Count the articles that searches between the limits of their volumes would pass over."""
    rows = connection.execute(select(SearchVolumeRow))
    return sum(not row.first <= each <= row.last for row in rows for each in _articles([row.ids]))


def _articles(stored: Iterable[bytes]) -> list[int]:
    """Return the articles of volumes, whose ids are given as stored."""
    return [each for ids in stored for each in decode_ids(ids) if each > 0]


def _misplaced(connection: Connection) -> int:
    """Count the articles that their postings do not list under all their words, in a sample of the segments."""
    volumes = connection.execute(_WRITTEN).scalars().all()
    sample = random.sample(volumes, k=min(len(volumes), _VOLUMES_COMPARED))
    return sum(_misplaced_in(connection, each) for each in sample)


def _misplaced_in(connection: Connection, volume: int) -> int:
    """Count such articles in one segment of a volume."""
    ids = ids_of(connection, volume)
    segment = random.randrange(max(1, len(ids) // SEGMENT_ARTICLES))  # noqa: S311
    places = {
        each: index
        for index, each in enumerate(ids[segment * SEGMENT_ARTICLES : (segment + 1) * SEGMENT_ARTICLES])
        if each > 0
    }
    keys: dict[str, set[int]] = {}
    for row in connection.execute(ARTICLE_WORDS, {"ids": list(places)}):
        for key in keys_of(encoded_article(row.words), row.keys):
            keys.setdefault(key, set()).add(places[row.article_id])
    postings = {row.bucket: read(row.postings) for row in connection.execute(POSTINGS, whole_volumes([volume]))}
    listed = {key: dict(find(postings.get(bucket, b""), entry)) for key in keys for bucket, entry in [locate(key)]}
    return len(set[int]().union(*(having.difference(listed[key].get(segment, b"")) for key, having in keys.items())))


def _outdated(connection: Connection, below: int) -> int:
    """Count the newest articles whose indexed words are not those of their texts."""
    identity = col(ArticleRow.id)
    rows = connection.execute(
        select(col(ArticleRow.title), col(ArticleRow.text), col(SearchDocumentRow.keys), col(SearchDocumentRow.words))
        .join(SearchDocumentRow, col(SearchDocumentRow.article_id) == identity)
        .where(*IS_INDEXED, identity >= below)
        .order_by(identity.desc())
        .limit(_COMPARED)
    ).all()
    expected = [index_article(row.title, row.text) for row in rows]
    words = {word for each in expected for word in (*each.title, *each.text)}
    codes = dict.fromkeys(words, "") | _search_words.known_codes(connection, words) | SEPARATORS
    return sum(
        to_bytes(each.encode(codes)) != row.words
        for each, row in zip(expected, rows, strict=True)
        if not each.in_part or len(row.keys.split(" ")) > 2  # else an earlier program indexed all words of it
    )
