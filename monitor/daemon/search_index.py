"""Builds the search index of what was archived before it existed, or before a new version changed its words."""

from __future__ import annotations

import structlog

from monitor.store import INDEXED_AT_ONCE, DatabaseThread, Store

log = structlog.get_logger("monitor.search_index")


async def build(store: Store, database: DatabaseThread) -> None:
    """Index what is missing, in batches between which others write; at once if the index is complete."""
    if await database.run(store.search_index_is_complete):
        return
    log.info("indexing the archive for searches", articles=await database.run(store.unindexed_articles))
    while await database.run(store.build_search_index, INDEXED_AT_ONCE):
        pass
    log.info("the search index is complete")
