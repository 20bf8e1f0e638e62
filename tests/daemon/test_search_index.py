"""The daemon builds the search index of an archive that has none yet."""

from __future__ import annotations

from sample_polls import a_find, a_poll, drop_search_index

from monitor.core.search.query_parser import parse_query
from monitor.core.search.request import SearchRequest
from monitor.daemon import upkeep
from monitor.store import INDEXED_AT_ONCE, DatabaseThread


async def test_an_archive_without_an_index_is_indexed_in_batches(store):
    store.record(a_poll(*(a_find(f"n{number}") for number in range(INDEXED_AT_ONCE + 5))))
    drop_search_index(store)
    with DatabaseThread() as database:
        await upkeep.build_search_index(store, database)
    assert store.search(SearchRequest(query=parse_query("inquiry"))).total.counted == INDEXED_AT_ONCE + 5
