"""Story 1: due feeds -> responses -> entries -> pages -> articles -> matches -> one Poll each, recorded whole."""

from monitor.poll.poller import Poller, Progress
from monitor.poll.reader import Finder

__all__ = ["Finder", "Poller", "Progress"]
