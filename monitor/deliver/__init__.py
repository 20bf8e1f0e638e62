"""Story 2: hits that were not told yet -> Digest -> Messages in the outbox -> channels -> settled deliveries.

What is told is composed and rendered, then claimed and queued in one transaction of the store; sending is a step of its
own, which finds all it needs in the outbox. The surprise: composing is synchronous and short, only sending is async,
because only sending waits for anybody.
"""

from __future__ import annotations

from monitor.deliver._deliverer import Deliverer
from monitor.deliver._sending import Settled

__all__ = ["Deliverer", "Settled"]
