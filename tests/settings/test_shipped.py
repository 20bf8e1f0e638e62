"""The shipped configuration: it works as it is, and docs/feeds.md says how sure each feed is."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import shipped_config
import yaml

from monitor.channels.console.config import ConsoleConfig
from monitor.channels.file.config import FileConfig
from monitor.core.model import Tier
from monitor.core.yaml_nodes import MappingNode, SequenceNode
from monitor.core.yaml_parser import parse_yaml
from monitor.settings import parse_feed
from tests.core.sources.samples import NOW, Response, rows, sources

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
DOCS = (ROOT / "docs" / "feeds.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shipped():
    return shipped_config.shipped()


def test_it_works_without_any_variable_and_without_a_warning_of_its_own(shipped):
    assert [str(problem) for problem in shipped.warnings if problem.code.startswith("C")] == []


def test_it_sends_nothing_to_another_machine(shipped):
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
    assert f"{len(commented_out())} more feeds are comments" in DOCS
    for block in commented_out().values():
        node, problems = parse_yaml(block, "comment")
        assert problems == []
        assert isinstance(node, SequenceNode)
        assert isinstance(node.entries[0], MappingNode)
        assert {"id", "url", "title", "language", "country", "tier", "tags"} <= set(node.entries[0].entries)
        assert parse_feed(yaml.safe_load(block)[0]).url


def test_the_page_on_feeds_says_of_each_feed_once_how_sure_it_is_and_names_no_other(shipped):
    sure = DOCS.partition("## How sure each address is")[2].partition("\n## ")[0]
    ids = [feed.id for feed in shipped.feeds]
    assert Counter(re.findall(r"`([\w-]+)`", sure)) == Counter(ids)
    assert f"watches {len(ids)} feeds in {len({feed.language for feed in shipped.feeds})} languages" in DOCS
    some = DOCS.partition("## What to know about some of them")[2].partition("\n## ")[0]
    assert set(re.findall(r"`([a-z]+-[\w-]+)`", some)) <= set(ids)


NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
FILED = {"html_url": "https://register.example/1", "filing_date": "2026-11-24T08:45:00.000-05:00", "agencies": []}
ANSWERS = {
    "cn-state-council": json.dumps(
        [{"TITLE": "Rule on chips", "SUB_TITLE": "", "URL": "https://www.gov.cn/1.htm", "DOCRELPUBTIME": "2026-11-24"}]
    ),
    "cn-miit": json.dumps(
        {"data": {"searchResult": {"dataResults": [
            {"data": {"title": "Rule on chips", "url": "/zwgk/art/1.html", "jsearch_date": "2026-11-24"}}]}}}
    ),
    "cn-cac": """<ul class="menu"><li><a href="/a">About this administration</a></li></ul>
        <ul id="loadingInfoPage"><li><h5><a href=//www.cac.gov.cn/2026-11/24/c_1.htm>Rule on chips</a></h5>
        <div class="times">2026-11-24</div></li></ul>""",
    "cn-nda": """<ul class="u-list"><li><a href="../1.html">Rule on chips</a><span>2026-11-24</span></li></ul>""",
    "jp-ppc": """<ul><li><a href="/menu">Guidelines and laws</a></li><li><time>2026年11月24日</time>
        <div class="news-text"><a href="/news/1.html">Rule on chips</a></div></li></ul>""",
    "us-fr-filed": json.dumps(
        {"results": [
            {**FILED, "document_number": "2026-1", "title": "Fisheries of the Northeast"},
            {**FILED, "document_number": "2026-2", "title": "Rule on chips",
             "agencies": [{"name": "Industry and Security Bureau", "slug": "industry-and-security-bureau"}]}]}
    ),
    "uk-govuk-ai": json.dumps(
        {"results": [{"title": "Rule on chips", "link": "/g/1", "public_timestamp": "2026-11-24T10:00:00Z"}]}
    ),
    "uk-bills": json.dumps(
        {"items": [{"billId": 7, "shortTitle": "Rule on chips", "lastUpdate": "2026-11-24T10:00:00.12"}]}
    ),
    "uk-questions-ai": json.dumps(
        {"results": [{"value": {"heading": "Rule on chips", "dateTabled": "2026-11-24T00:00:00", "uin": "9",
                                "questionText": "To ask …", "answerText": None}}]}
    ),
    "jp-diet-ai": json.dumps(
        {"numberOfRecords": 1, "speechRecord": [
            {"speechID": "1_000", "speechOrder": 0, "nameOfHouse": "Rule", "nameOfMeeting": "on", "speaker": "no one",
             "date": "2026-11-24", "speech": "…", "speechURL": "https://kokkai.ndl.go.jp/txt/1/0"},
            {"speechID": "1_002", "speechOrder": 2, "nameOfHouse": "Rule", "nameOfMeeting": "on", "speaker": "chips",
             "date": "2026-11-24", "speech": "○…", "speechURL": "https://kokkai.ndl.go.jp/txt/1/2"}]}
    ),
    "sg-imda": """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://www.imda.gov.sg/about</loc></url>
        <url><loc>https://www.imda.gov.sg/resources/press-releases-factsheets-and-speeches/press-releases/2026/rule-on-chips</loc>
        <lastmod>2026-11-24</lastmod></url></urlset>""",
    "ap-news": f"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="{NEWS}">
        <url><loc>https://apnews.com/article/football-cup-1</loc><n:news><n:title>Cup</n:title></n:news></url>
        <url><loc>https://apnews.com/article/ai-rule-chips-2</loc><n:news><n:title>Rule on chips</n:title>
        <n:publication_date>2026-11-24T10:00:00Z</n:publication_date></n:news></url></urlset>""",
}  # fmt: skip
LINKS = {
    "cn-state-council": "https://www.gov.cn/1.htm",
    "cn-miit": "https://www.miit.gov.cn/zwgk/art/1.html",
    "cn-cac": "https://www.cac.gov.cn/2026-11/24/c_1.htm",
    "cn-nda": "https://www.nda.gov.cn/sjj/zwgk/tzgg/1.html",
    "jp-ppc": "https://www.ppc.go.jp/news/1.html",
    "us-fr-filed": "https://register.example/1",
    "uk-govuk-ai": "https://www.gov.uk/g/1",
    "uk-bills": "https://bills.parliament.uk/bills/7",
    "uk-questions-ai": "https://questions-statements.parliament.uk/written-questions/detail/2026-11-24/9",
    "jp-diet-ai": "https://kokkai.ndl.go.jp/txt/1/2",
    "sg-imda": "https://www.imda.gov.sg/resources/press-releases-factsheets-and-speeches/press-releases/2026/rule-on-chips",
    "ap-news": "https://apnews.com/article/ai-rule-chips-2",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_source_without_a_feed_reads_an_answer_of_the_form_that_others_describe(shipped, name):
    (feed,) = (each for each in shipped.feeds if each.id == name)
    response = Response(url=feed.url, status=200, headers={}, body=ANSWERS[name].encode())
    parsed = sources.kind_of(feed).parse(feed, response, NOW, b"")
    parsed = parsed._replace(outcome=sources.keep_matching(feed, parsed.outcome))
    title = "" if name == "sg-imda" else "Rule on chips"
    ((link, found, day),) = rows(parsed)
    assert (link, found) == (LINKS[name], title)
    assert day == "2026-11-24" or not title
