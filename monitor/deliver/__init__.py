"""Digests and alerts: from stored hits to messages in the outbox, and from the outbox through channels to recipients.

Composing claims the hits and queues the rendered messages in one transaction of the store; it is synchronous and short.
Sending is asynchronous and needs only the outbox.
"""

from __future__ import annotations

from monitor.deliver._attempts import DeliveryResult
from monitor.deliver._configuration import DeliverySettings
from monitor.deliver._deliverer import Deliverer
from monitor.deliver._isolation import raise_bugs
from monitor.deliver._ledger import read_ledger
from monitor.deliver._operator import find_conditions
from monitor.deliver._translator import Translator

__all__ = [
    "Deliverer",
    "DeliveryResult",
    "DeliverySettings",
    "Translator",
    "find_conditions",
    "raise_bugs",
    "read_ledger",
]
