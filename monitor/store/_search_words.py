"""The ids and codes of the words of the search index. A word keeps its id for ever, even when the index is rebuilt.

Most words of a new article are known already, so committed ids are cached in the process, for each database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection, RootTransaction
from sqlalchemy.pool import Pool
from sqlmodel import col

from monitor.core.errors import UsageError
from monitor.core.search.coded_query import CodedQuery, encode
from monitor.core.search.codes import WordIds, encode_id, length_class
from monitor.core.search.index_words import SEPARATORS, indexed_phrases
from monitor.core.search.query import AllParts, SearchPhrase, SearchQuery
from monitor.store import _search_dictionary
from monitor.store._search_tables import SearchTotalsRow

MAX_COMPLETIONS = 5_000
"""Words of the archive that may begin with a prefix of a query."""
_MAX_CACHED_WORDS = 100_000
_NEXT_IDS = select(col(SearchTotalsRow.next_short), col(SearchTotalsRow.next_middle), col(SearchTotalsRow.next_long))
_SET_NEXT_IDS = update(SearchTotalsRow).values(
    next_short=bindparam("short"), next_middle=bindparam("middle"), next_long=bindparam("long")
)
_caches: WeakKeyDictionary[Pool, dict[str, str]] = WeakKeyDictionary()
_committed: WeakKeyDictionary[RootTransaction, WordIds] = WeakKeyDictionary()
"""The next ids as they were when the transaction began: those assigned later are lost if it fails."""


def codes_of_articles(
    connection: Connection, words: Sequence[set[str]], labels: Collection[str] = ()
) -> dict[str, str]:
    """Return the codes of the words of each of some articles, and of labels; new ones get an id."""
    every = set(labels).union(*words)
    cache = _caches.setdefault(connection.engine.pool, {})
    codes = {word: cache[word] for word in every if word in cache} | SEPARATORS
    if missing := every - codes.keys():
        codes |= _read_into(cache, connection, missing)
    if new := every - codes.keys():
        counts = dict.fromkeys(new, 0) | Counter(chain.from_iterable(new & each for each in words))
        codes |= _assign_ids(connection, counts, len(words))
    return codes


def known_codes(connection: Connection, words: Collection[str]) -> dict[str, str]:
    """Return the codes of the words that have one, because some article contains them."""
    return {word: encode_id(word_id) for word, word_id in _search_dictionary.word_ids_of(connection, words).items()}


def encode_query(connection: Connection, query: SearchQuery) -> CodedQuery:
    """Write a query in codes; UsageError if too many words begin with a prefix."""
    words, beginnings = set[str](), set[str]()
    for phrase in _all_phrases(query):
        for form in indexed_phrases(phrase):
            words.update(form.words)
            beginnings.update(form.words[-1:] if form.prefix else ())
    return encode(query, known_codes(connection, words), {each: _completions(connection, each) for each in beginnings})


def _completions(connection: Connection, beginning: str) -> list[str]:
    word_ids = _search_dictionary.word_ids_of_prefix(connection, beginning, MAX_COMPLETIONS + 1)
    if len(word_ids) > MAX_COMPLETIONS:
        raise UsageError(
            f"{beginning}* stands for more than {MAX_COMPLETIONS:,} words of the archive: write more letters"
        )
    return [encode_id(word_id) for word_id in sorted(word_ids)]


def _all_phrases(query: SearchQuery) -> Iterator[SearchPhrase]:
    if isinstance(query, SearchPhrase):
        yield query
        return
    for part in (*query.parts, *(query.excluded if isinstance(query, AllParts) else ())):
        yield from _all_phrases(part)


def _read_into(cache: dict[str, str], connection: Connection, words: Collection[str]) -> dict[str, str]:
    """Read the codes of words, and cache those that were committed before this transaction."""
    committed = _ids_before(connection)
    word_ids = _search_dictionary.word_ids_of(connection, words)
    if len(cache) + len(word_ids) > _MAX_CACHED_WORDS:
        cache.clear()
    codes = {word: encode_id(word_id) for word, word_id in word_ids.items()}
    cache |= {word: codes[word] for word, word_id in word_ids.items() if committed.is_allocated(word_id)}
    return codes


def _ids_before(connection: Connection) -> WordIds:
    transaction = connection.get_transaction()
    if transaction is None:
        return WordIds((0, 0, 0))
    if transaction not in _committed:
        _committed[transaction] = WordIds(connection.execute(_NEXT_IDS).one())
    return _committed[transaction]


def _assign_ids(connection: Connection, counts: Mapping[str, int], articles: int) -> dict[str, str]:
    """Assign ids to new words, those in the most articles first."""
    word_ids = WordIds(connection.execute(_NEXT_IDS).one())
    new_ids = {
        word: word_ids.allocate(length_class(count, articles))
        for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    }
    _search_dictionary.add(connection, new_ids)
    short, middle, long = word_ids.next_ids
    connection.execute(_SET_NEXT_IDS, {"short": short, "middle": middle, "long": long})
    return {word: encode_id(word_id) for word, word_id in new_ids.items()}
