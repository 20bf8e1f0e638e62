"""Polls feeds: due feeds -> responses -> entries -> pages -> articles -> matches -> one Poll each, stored whole."""

from monitor.poll.poller import Poller

__all__ = ["Poller"]
