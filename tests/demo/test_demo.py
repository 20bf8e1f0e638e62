"""`monitor demo`: its outlets, and a whole run."""

from __future__ import annotations

import io
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import feedparser
import pytest
from icalendar import Calendar
from rich.console import Console

from monitor import settings
from monitor.core import serializers, sources
from monitor.core.errors import UsageError
from monitor.core.model import Changed, Response
from monitor.demo import documents, folder, show
from monitor.demo.news import outlets
from monitor.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from monitor.demo.news import SampleOutlet

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@contextmanager
def no_progress(_label: str, _total: int | None) -> Iterator[Callable[[int, int | None], None]]:
    yield lambda _done, _of: None


@pytest.fixture(scope="module")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The output of the demo, and the folder that it kept."""
    where = tmp_path_factory.mktemp("demo") / "kept"
    console = Console(file=io.StringIO(), width=118, highlight=False)
    assert show(console, no_progress, where)
    return console.file.getvalue(), where


def test_the_outlets_have_what_real_ones_have() -> None:
    everything = outlets()
    assert len(everything) >= 12
    assert {outlet.format for outlet in everything} == {"rss", "atom", "rdf", "page", "sitemap", "json", "imap"}
    assert {"moved", "slow", "malformed", "missing", "wall"} <= {outlet.behaviour for outlet in everything}
    assert {"en", "fr", "zh", "de", "es"} <= {outlet.language for outlet in everything}
    assert sum(len(outlet.articles) for outlet in everything) >= 68
    texts = [article.text for outlet in everything for article in outlet.articles]
    assert len(texts) - len(set(texts)) >= 5  # syndicated copies


FEEDS = [outlet for outlet in outlets() if outlet.articles and not outlet.source]
OTHERS = [outlet for outlet in outlets() if outlet.source and outlet.format != "imap"]


@pytest.mark.parametrize("outlet", FEEDS, ids=lambda outlet: outlet.id)
def test_every_feed_can_be_read_and_holds_every_piece(outlet: SampleOutlet) -> None:
    parsed = feedparser.parse(io.BytesIO(documents.feed(outlet, "http://127.0.0.2", NOW)))
    assert [entry.title for entry in parsed.entries] == newest_first(outlet)
    assert bool(parsed.bozo) == (outlet.behaviour == "malformed")


def test_every_other_source_gives_every_piece_with_its_address_and_date(tmp_path: Path) -> None:
    base = "http://127.0.0.2:81"
    others = [each for each in outlets() if each.format != "imap"]
    config = folder.write(tmp_path, others, dict.fromkeys((each.id for each in others), f"{base}/source"))
    feeds = {feed.id: feed for feed in settings.load(config, {}, ["feeds.yaml"]).feeds}
    for outlet in OTHERS:
        feed = feeds[outlet.id]
        response = Response(url=feed.url, status=200, body=documents.feed(outlet, base, NOW))
        outcome = sources.kind_of(feed).parse(feed, response, NOW, b"").outcome
        assert isinstance(outcome, Changed), (outlet.id, outcome)
        assert [entry.title for entry in outcome.entries] == newest_first(outlet)
        assert {entry.link for entry in outcome.entries} == {f"{base}/{article.slug}" for article in outlet.articles}
        assert all(entry.published_at for entry in outcome.entries), outlet.id


def newest_first(outlet: SampleOutlet) -> list[str]:
    return [article.title for article in sorted(outlet.articles, key=lambda article: article.hours)]


def test_pages_carry_more_than_the_article() -> None:
    outlet = next(outlet for outlet in outlets() if outlet.id == "silicon-ledger")
    page = documents.page(outlet, outlet.articles[0], NOW).decode()
    assert "cookie" in page.lower()
    assert "EU AI Act" in page  # in a comment, where no rule may find it
    assert "EU AI Act" not in outlet.articles[0].text


def test_it_shows_hits_digest_coverage_and_what_to_do_next(demo_run: tuple[str, Path]) -> None:
    text, where = demo_run
    assert "Washington widens export controls" in text or "export" in text
    assert "世界人工智能合作组织" in text
    assert "Règlement sur l'IA" in text
    assert "Vanished Weekly could never be read (http: 404" in " ".join(text.replace("│", " ").split())
    for source in ("page of news", "news sitemap", "API", "mailbox"):
        assert f"no feed: read from its {source}" in text
    assert "304 Not Modified" in text
    assert "no new hits, so nothing is sent" in text
    assert "Possibly missed" in text
    (html,) = (where / "outbox").glob("*.html")
    assert html.name in text.replace("\n", "")
    assert "MONITOR_CONFIG=" in text
    assert "Traceback" not in text


def test_its_hits_are_about_policy_and_not_about_products(demo_run: tuple[str, Path]) -> None:
    _, where = demo_run
    store = open_store(f"sqlite:///{where / 'monitor.db'}", migrate=False)
    hits = [serializers.hit(hit) for hit in store.hits()]
    store.close()
    assert {hit["language"] for hit in hits} >= {"en", "fr", "zh", "de", "es"}
    assert {hit["feed_id"] for hit in hits} >= {"ministerio-digital", "pacific-news-agency", "parliament-documents"}
    letters = [hit for hit in hits if hit["feed_id"] == "rue-de-la-loi-letter"]
    assert {hit["title"] for hit in letters} == {"EU AI Act: the guidelines on general-purpose models slip again"}
    assert all(hit["url"].endswith("/guidelines-for-general-purpose-models") for hit in letters)
    assert len({hit["topic"] for hit in hits}) >= 8
    assert not [hit["title"] for hit in hits if hit["feed_id"] == "silicon-ledger"]


def test_its_digest_has_a_calendar_of_dates_ahead_in_which_two_hearings_on_one_day_are_two_entries(
    demo_run: tuple[str, Path],
) -> None:
    (file,) = (demo_run[1] / "outbox").glob("*.ics")
    events = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    days = [event.decoded("dtstart") for event in events]
    assert len(days) == 3
    assert len(set(days)) == 2


def test_what_it_keeps_is_a_sound_configuration(demo_run: tuple[str, Path]) -> None:
    loaded = settings.load(demo_run[1] / "config", {}, ["feeds.yaml"])  # the demo has loaded all of it
    assert len(loaded.feeds) == len(outlets())


def test_it_makes_its_own_folder_anew_and_touches_no_other(tmp_path: Path) -> None:
    first = folder.prepare(tmp_path / "demo")
    (first / "monitor.db").write_text("old")
    assert list(folder.prepare(tmp_path / "demo").iterdir()) == [first / ".policy-monitor-demo"]

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(UsageError, match="was not made by the demo"):
        folder.prepare(tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"
