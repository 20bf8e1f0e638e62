"""Writes the configuration of the demo into its own folder: the bundled rules, its feeds, an outbox and one digest.

A folder that the demo did not create is never changed; one that it created is emptied first. Earlier polls of its feeds
are stored too, so that their entries are new and not those of a first poll.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from monitor.core.errors import UsageError
from monitor.core.model import Changed, FeedId, FeedState, Health, Poll
from monitor.demo.news import SampleOutlet
from monitor.settings.bundled import bundled_folder
from monitor.store import Store

DIGEST = "demo-brief"
_MARK = ".policy-monitor-demo"

EARLIER_POLL_INTERVAL = timedelta(minutes=30)


def prepare(keep: Path | None) -> Path:
    """Return an empty folder: a temporary one, or `keep`, emptied of an earlier demo."""
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="policy-monitor-demo-"))
    if keep.exists() and any(keep.iterdir()):
        if not (keep / _MARK).exists():
            raise UsageError(f"{keep} is not empty and was not made by the demo; move it away")
        shutil.rmtree(keep)
    keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    (keep / _MARK).touch()
    return keep.resolve()


def write(folder: Path, outlets: Sequence[SampleOutlet], feeds: Mapping[str, str]) -> Path:
    """Write the configuration for feeds at these addresses, and return its folder."""
    config = folder / "config"
    shutil.copytree(bundled_folder("config") / "rules", config / "rules")
    shutil.copytree(bundled_folder("seeds"), config / "seeds")
    files = {
        "monitor.yaml": _monitor(folder),
        "feeds.yaml": {"feeds": [_feed(outlet, feeds[outlet.id]) for outlet in outlets]},
        "channels.yaml": {"channels": {"outbox": {"type": "file", "dir": str(folder / "outbox")}}},
        "digests.yaml": {"digests": [_digest()]},
    }
    for name, content in files.items():
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        (config / name).write_text(text, encoding="utf-8")
    return config


def _monitor(folder: Path) -> dict[str, object]:
    return {
        "database": f"sqlite:///{folder / 'monitor.db'}",
        "timezone": "UTC",
        # The outlets are on this machine: loopback must be allowed, and no gap between requests is needed.
        "fetch": {"allow_networks": ["127.0.0.0/8"], "min_gap": "0s", "per_host": 4},
    }


def _feed(outlet: SampleOutlet, url: str) -> dict[str, object]:
    return {
        "id": outlet.id,
        "url": url,
        **{name: getattr(outlet, name) for name in ("title", "language", "country", "tier", "fulltext")},
        "tags": list(outlet.tags),
        **outlet.source,
    }


def _digest() -> dict[str, object]:
    return {
        "id": DIGEST,
        "title": "AI governance, sample brief",
        "schedule": "0 8 * * *",
        "timezone": "UTC",
        "channels": ["outbox"],
        "when_empty": "skip",
        "attachments": ["ics"],
    }


def record_earlier_polls(store: Store, feed_ids: Iterable[FeedId], at: datetime) -> None:
    """Store a successful poll of each feed at `at`, which found no entry; the next poll is due."""
    store.record_all([_earlier_poll(feed_id, at) for feed_id in feed_ids])


def _earlier_poll(feed_id: FeedId, at: datetime) -> Poll:
    state = FeedState(
        feed_id=feed_id, health=Health.OK, last_poll_at=at, last_success_at=at, interval=EARLIER_POLL_INTERVAL,
        next_poll_at=at + EARLIER_POLL_INTERVAL,
    )  # fmt: skip
    return Poll(feed_id=feed_id, started_at=at, finished_at=at, outcome=Changed(entries=()), state=state)
