"""Story 1: due feeds -> responses -> entries -> pages -> articles -> matches -> one Poll each, recorded whole."""

from monitor.poll.article_reader import ArticleMatcher
from monitor.poll.poller import Poller, Progress

__all__ = ["ArticleMatcher", "Poller", "Progress"]
