"""A new kind of source needs a module and an entry in the registry; it is polled like any other."""

import importlib
import re
from pathlib import Path

import pytest

from monitor.core import sources
from monitor.core.model import Changed, Failed, Feed, Unchanged
from monitor.extraction import ExtractionPool
from tests.poll.polled_feeds import PROSE, polled_feeds
from tests.siteserver import Answer, Site, page

ROOT = Path(__file__).parents[2]
LINES = '''
"""A kind for tests: a text file with one link and title on each line."""

from monitor.core import links
from monitor.core.feeds import identity, responses
from monitor.core.feeds.failures import failed
from monitor.core.model import Changed, Entry
from monitor.core.sources import ParsedSource, conditional_request


class Lines:
    name = "lines"

    def request(self, feed, state, now):
        return conditional_request(feed, state, "text/plain")

    def parse(self, feed, response, now, cache):
        lines = [line.split(" ", 1) for line in response.body.decode().splitlines()]
        if any(len(line) < 2 for line in lines):
            return ParsedSource(failed("not a feed", "a line without a title", response=response))
        plain = [Entry(key="", link=links.resolve_link(response.url, link), title=title) for link, title in lines]
        entries = tuple(map(identity.with_keys, plain))
        note = f"parsed after {cache.decode()}" if cache else ""
        changed = Changed(
            entries=entries,
            etag=response.headers.get("etag"),
            body_hash=responses.body_hash(response.body),
            malformed=note,
        )
        return ParsedSource(changed, str(len(entries)).encode())
'''


@pytest.fixture
def lines(tmp_path, monkeypatch):
    """Register a kind that is defined in a module outside of the package."""
    (tmp_path / "kind_of_lines.py").write_text(LINES, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    kind = importlib.import_module("kind_of_lines").Lines()
    monkeypatch.setitem(sources.KINDS, kind.name, kind)


@pytest.fixture
def pool():
    pool = ExtractionPool(workers=1, timeout=60)
    yield pool
    pool.close()


@pytest.mark.usefixtures("lines")
async def test_a_new_kind_of_source_is_polled_like_any_other(store, pool):
    async with Site() as site:
        site.routes["/list"] = [
            Answer(b"/a/1 The first session", headers={"ETag": '"1"'}),
            Answer(status=304),
            Answer(b"/a/2 The second session\n/a/1 The first session"),
            Answer(b"neither link nor title".replace(b" ", b"")),
        ]
        for number in (1, 2):
            site.routes[f"/a/{number}"] = page(
                f"<h1>Session {number}</h1>{PROSE * 12}<p>In part {number} the members vote on the AI Act.</p>"
            )
        async with polled_feeds(store, [Feed(id="x", url=site.url("/list"), kind="lines")], reading=pool) as polled:
            polls = [await polled.poll() for _ in range(4)]
        asked = [each for each in site.requests if each.path == "/list"]
    assert [type(poll.outcome) for poll in polls] == [Changed, Unchanged, Changed, Failed]
    assert "malformed: parsed after 1" in polls[2].notes
    assert polls[3].outcome.reason == "not a feed: a line without a title"
    assert [len(poll.articles) for poll in polls] == [1, 0, 1, 0]
    assert [match.rule_id for match in polls[0].articles[0].matches] == ["ai-act"]
    assert asked[0].headers["accept"] == "text/plain"
    assert [each.headers.get("if-none-match") for each in asked[:2]] == [None, '"1"']


def test_the_table_on_source_kinds_names_files_that_exist():
    """What the test above does without: the module it brings, the registry it changes, the key it does not need."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`monitor/([\w/]+\.py)`", text))
    assert {"core/sources/__init__.py", "settings/feeds_yaml.py"} <= named
    assert [name for name in named if not (ROOT / "monitor" / name).exists()] == []
