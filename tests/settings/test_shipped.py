"""The shipped configuration: it works as it is, and states the evidence for each feed."""

import re
from collections import Counter
from pathlib import Path

import pytest

from monitor.channels.console.config import ConsoleConfig
from monitor.channels.file.config import FileConfig
from monitor.core.documents import Sequence, Tree, parse_document
from monitor.core.model import Tier
from monitor.settings import load

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
DOCS = (ROOT / "docs" / "feeds.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shipped():
    return load(CONFIG, {})


def test_it_works_without_any_variable_and_without_a_warning_of_its_own(shipped):
    assert [str(problem) for problem in shipped.warnings if problem.code.startswith("C")] == []


def test_it_sends_nothing_out_of_the_house(shipped):
    assert shipped.channels == {
        "outbox": FileConfig(type="file", dir="data/outbox"),
        "console": ConsoleConfig(type="console"),
    }
    (daily,) = shipped.digests
    assert (daily.id, daily.schedule, daily.timezone) == ("daily-brief", "0 8 * * mon-fri", "Europe/Brussels")
    assert daily.channels == ("outbox", "console")
    assert shipped.alerts is not None
    assert shipped.alerts.channels == ("console",)


def test_it_says_the_defaults_and_changes_none_but_the_time_zone(shipped):
    assert shipped.monitor == type(shipped.monitor)(timezone="Europe/Brussels")


def test_it_watches_all_tiers_in_eight_languages_and_more(shipped):
    tiers = Counter(feed.tier for feed in shipped.feeds)
    languages = Counter(feed.language for feed in shipped.feeds)
    assert len(shipped.feeds) >= 60
    assert set(tiers) == set(Tier)
    assert {"en", "zh", "fr", "de", "es", "pt", "ja", "ko"} <= set(languages)


def test_every_feed_says_what_a_reader_needs(shipped):
    assert [
        feed.id for feed in shipped.feeds if not (feed.title and feed.language and feed.country and feed.tags)
    ] == []
    urls = [feed.url for feed in shipped.feeds]
    assert len(set(urls)) == len(urls)


def commented_out():
    """The feeds that stand as comments, each with its reason."""
    text = (CONFIG / "feeds.yaml").read_text(encoding="utf-8").partition("Not in use")[2]
    feeds = re.findall(r"^  # (\S.*)\n((?:  # [- ] .*\n?)+)", text, re.MULTILINE)
    return {reason: re.sub(r"^  # ", "", block, flags=re.MULTILINE) for reason, block in feeds}


def test_feeds_of_low_confidence_are_comments_with_a_reason_and_would_be_sound():
    assert len(commented_out()) == 9
    for reason, block in commented_out().items():
        node, problems = parse_document(block, "comment")
        assert problems == []
        assert isinstance(node, Sequence)
        assert isinstance(node.entries[0], Tree)
        assert {"id", "url", "title", "language", "country", "tier", "tags"} == set(node.entries[0].entries)
        assert f"| {reason} |" in DOCS


def test_the_page_on_feeds_tells_of_each_feed_what_the_file_says(shipped):
    rows = re.findall(
        r"^\| `([\w-]+)` \| (\w\w) \| (\w+) \| \S+ \| [\w -]+ \| (?:high|medium) \| .*\|$", DOCS, re.MULTILINE
    )
    assert rows == [(feed.id, feed.language, feed.tier.value) for feed in shipped.feeds]
    assert f"watches {len(rows)} feeds in {len({language for _, language, _ in rows})} languages" in DOCS
    low = re.findall(r"^\| `([\w-]+)` \| \w\w \| \w+ \| [^|]+\|$", DOCS, re.MULTILINE)
    assert low == [re.search(r"id: (\S+)", block)[1] for block in commented_out().values()]


def test_every_source_of_evidence_is_explained():
    used = {code for cell in re.findall(r"\| (?:not|20\d\d-\d\d-\d\d) \| ([\w -]+) \|", DOCS) for code in cell.split()}
    assert used == set(re.findall(r"^\| (\w|-) \| ", DOCS, re.MULTILINE))
