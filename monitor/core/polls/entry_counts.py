"""Counts the entries of a document for the ledger: those that are not stored, each with its reason.

What is stored is counted by the store, from the rows that it wrote, so that the two can be compared.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.core.model import Changed, EntryCounts
from monitor.core.polls.planning import Plan


def count_entries(document: Changed, plan: Plan | None, *, read: int, postponed: int, is_complete: bool) -> EntryCounts:
    """Count the entries of a document.

    `plan` is None if the poll was broken off before there was one. `read`: articles that were read, `postponed`: edits
    that wait for the next day. `is_complete`: the poll was not broken off.
    """
    left_out = EntryCounts(
        seen=document.seen,
        empty=document.empty,
        duplicates=document.duplicates,
        over_limit=document.truncated,
        excluded=document.excluded,
    )
    if plan is None:
        return replace(left_out, unread=len(document.entries))
    return replace(
        left_out,
        known=plan.unchanged,
        version_limit=plan.version_limit,
        expired=plan.expired,
        postponed=postponed,
        unread=0 if is_complete else len(plan.entries) - read - postponed,
    )
