"""The daily limit of what is stored of one feed, so that a feed with endless entries cannot fill the disk.

The day is a day of UTC. The limit is a number of articles (`max_per_day` of feeds.yaml); their text is limited with
it, to `BYTES_PER_ARTICLE` for each of them on average. What was stored earlier in the day comes from the store.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core import articles
from monitor.core.counts import count
from monitor.core.model import Article, DailyUsage, Entry, Feed

BYTES_PER_ARTICLE = 20_000
"""A long news article is 6,000 to 10,000 bytes; it is stored with its feed's summary."""
OVER_BUDGET = "over the daily budget"
"""The beginning of `partial_reason` of articles of which only the title is kept."""


@dataclass(slots=True)
class DailyBudget:
    """The rest of a feed's budget for today, counted down during a poll."""

    articles: int
    size: int
    """UTF-8 bytes of titles, texts and summaries."""
    limit: int
    postponed_edits: int = 0

    @classmethod
    def of(cls, feed: Feed, stored: DailyUsage, now: datetime) -> DailyBudget:
        """Return the remaining budget of a feed; text stored on another day does not count."""
        is_today = stored.day == now.date()
        return cls(
            articles=feed.max_per_day - (stored.articles if is_today else 0),
            size=feed.max_per_day * BYTES_PER_ARTICLE - (stored.size if is_today else 0),
            limit=feed.max_per_day,
        )

    def admit(self) -> bool:
        """Reserve one article; False when the budget is used up."""
        if self.articles <= 0 or self.size <= 0:
            return False
        self.articles -= 1
        return True

    def spend(self, entry: Entry, article: Article) -> None:
        """Charge the text of an admitted article. The last one may exceed the budget by its own length."""
        self.size -= size_of(article.title, article.text, entry.summary)

    def release(self) -> None:
        """Release the reservation of an edit that changed nothing."""
        self.articles += 1

    def title_only(self, entry: Entry) -> tuple[Entry, Article]:
        """Reduce an entry beyond the budget to its title and link."""
        bare = replace(entry, summary="", tags=())
        return bare, articles.from_feed(bare, f"{OVER_BUDGET}: max_per_day is {self.limit}")

    def notes(self) -> tuple[str, ...]:
        """Return the poll's note on edits that wait for the next day."""
        if not self.postponed_edits:
            return ()
        waiting = count(self.postponed_edits, "edited entry waits", "edited entries wait")
        return (f"{OVER_BUDGET}: {waiting}, max_per_day is {self.limit}",)


def size_of(*texts: str) -> int:
    """Return the UTF-8 bytes of these texts."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


def is_over_budget(article: Article) -> bool:
    """Return True if only the title of an article was kept because of the budget."""
    return article.partial_reason.startswith(OVER_BUDGET)
