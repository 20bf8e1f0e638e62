"""Threads of alerts: later messages about a story follow the first one, in channels with a message for each story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.core.model import Message
from monitor.store import Store


def in_threads(store: Store, channel: str, messages: Sequence[Message]) -> list[Message]:
    """Put messages about one story each into the thread of the first alert about it."""
    of_story = {message.payload["story_id"]: message for message in messages if "story_id" in message.payload}
    first = store.first_alerts(channel, set(of_story)) if of_story else {}
    return [
        replace(message, payload={**message.payload, "thread_of": first[story_id]})
        if (story_id := message.payload.get("story_id")) in first
        else message
        for message in messages
    ]
