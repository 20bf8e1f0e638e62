"""The Slack messages of a digest: within the limits, with every story, and without mentions."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_news import CONFIG, COVERAGE, HITS, NOW, Topic, a_digest, evidence_of, hit

from monitor.core.digests.digest import RuleChange
from monitor.core.digests.limits import limit_stories
from monitor.core.digests.web_links import WebLinks
from monitor.core.messages import MessageTarget, RenderedDigest, digest_messages
from monitor.core.messages.render import slack, slack_body, slack_escape, slack_webhook
from monitor.core.model import Coverage, Health


def texts(bodies):
    return [block["text"]["text"] for body in bodies for block in body["blocks"]]


def check_limits(bodies):
    for body in bodies:
        assert 1 <= len(body["blocks"]) <= 50
        assert all(1 <= len(block["text"]["text"]) <= 3000 for block in body["blocks"])
        assert len(json.dumps(body["blocks"], ensure_ascii=False)) <= 13_000
        assert all(block["text"]["verbatim"] is True for block in body["blocks"])
        assert body["unfurl_links"] is body["unfurl_media"] is False
        assert body["text"]


def test_the_first_message_has_the_top_stories_and_the_counts_and_the_rest_is_for_its_thread():
    first, *others = bodies = slack(a_digest())
    check_limits(bodies)
    assert first["text"] == "First fine under the AI Act goes to a recruiter, and 7 more stories"
    rendered = "\n".join(texts([first]))
    title = "Consultation opens on the code of practice for general-purpose AI"
    assert f"*<https://union-office.example/2026/11/1|{title}>*" in rendered
    assert "> Providers of *general-purpose AI* models" in rendered
    assert "Below: EU AI Act 2; Chips and export controls 1" in rendered
    assert "Failing (1): Harbour Post" not in rendered
    assert "Failing (1): Harbour Post" in "\n".join(texts(others))
    assert [part.payload.get("thread_of") for part in messages_of(a_digest())] == [
        None,
        "digest/d/2026-11-24T080000+0100/c/1",
    ]


def messages_of(digest):
    return digest_messages(
        RenderedDigest(digest), MessageTarget(channel="c", formats={"slack"}, recipients=("c",)), "d"
    )


def test_a_webhook_gets_one_message_with_a_link_or_the_rest_in_numbered_messages():
    links = WebLinks("https://monitor.example.org", b"key")
    [body] = slack_webhook(replace(a_digest(), links=links))
    assert texts([body])[-1] == "<https://monitor.example.org/hits?since=2026-11-23|All 8 stories>"
    one = hit(1, "One", "gazette", "chips", "r", evidence_of("An AI.", "AI"))
    [body] = slack_webhook(replace(a_digest(hits=[one], stories=[]), links=links))
    assert texts([body])[-1] == "<https://monitor.example.org/hits?since=2026-11-23&amp;topic=chips|The story>"
    many = [hit(n, f"{n} {'long ' * 40}", "gazette", "chips", "r", evidence_of("An AI.", "AI")) for n in range(1, 61)]
    bodies = slack_webhook(a_digest(hits=many, stories=[]))
    check_limits(bodies)
    assert len(bodies) > 1
    assert [body["text"].rsplit("(", 1)[1] for body in bodies] == [
        f"{n} of {len(bodies)})" for n in range(1, len(bodies) + 1)
    ]


def test_the_one_message_of_a_webhook_has_the_coverage_whatever_the_number_of_stories_and_problems():
    links = WebLinks("https://monitor.example.org", b"key")
    many = [hit(n, f"{n} {'long ' * 40}", "gazette", "chips", "r", evidence_of("An AI.", "AI")) for n in range(1, 61)]
    [body] = slack_webhook(replace(a_digest(hits=many, stories=[], config=replace(CONFIG, top=20)), links=links))
    check_limits([body])
    rendered = "\n".join(texts([body]))
    assert "*Coverage*" in rendered
    assert "Failing (1): Harbour Post" in rendered
    assert texts([body])[-1].endswith("|All 60 stories>")
    states = [health for health in Health if health is not Health.OK] * 4
    feeds = tuple(
        replace(COVERAGE.feeds[0], health=health, title="A very long title & more " * 7, reason="<time-out> " * 60)
        for health in states
    )
    wide = a_digest(
        hits=many, stories=[], config=replace(CONFIG, top=20), coverage=Coverage(since=NOW, until=NOW, feeds=feeds)
    )
    [body] = slack_webhook(replace(wide, links=links))
    check_limits([body])
    assert "*Coverage*" in "\n".join(texts([body]))


def test_each_story_of_an_alert_is_a_message_of_its_own():
    digest = a_digest(kind="alert", hits=HITS[:6], coverage=None)
    parts = messages_of(digest)
    assert [part.key.rpartition("/")[2] for part in parts] == ["s101", "s100", "s102"]
    check_limits([part.payload for part in parts])
    assert "Frontier models fail half" in parts[2].payload["text"]


def test_the_messages_contain_everything_that_other_formats_do():
    rendered = "\n".join(
        texts(slack(limit_stories(a_digest(rule_changes=[RuleChange(rule_id="r", description="new")]), 5)))
    )
    for words in ("Updates to earlier", "1 more: monitor hits", "*Changed rules*", "• r: new", "also: AI at work"):
        assert words in rendered
    assert "_Mentioned in passing_" in "\n".join(texts(slack(a_digest())))
    whole = "\n".join(texts(slack(a_digest(hits=HITS[:4]))))
    assert "Nothing new on: Frontier models" in whole


@settings(max_examples=40, deadline=None)
@given(
    stories=st.integers(0, 300),
    title=st.text(max_size=300),
    words=st.text(min_size=1, max_size=60),
    url=st.text(max_size=2200),
)
def test_any_number_of_stories_fits_and_no_story_is_lost_or_split(stories, title, words, url):
    many = [
        hit(
            number, f"N{number}N {title}", "gazette", f"t{number % 3}", f"rule-{number}",
            evidence_of(f"A {words}.", words), prominence="passing" if number % 4 == 0 else "major", url=f"https://a.example/{url}",
        )
        for number in range(1, stories + 1)
    ]  # fmt: skip
    bodies = slack(a_digest(hits=many, stories=[]))
    check_limits(bodies)
    rendered = "\n".join(texts(bodies))
    assert all(f"N{number}N" in rendered for number in range(1, stories + 1))


def test_a_story_that_exceeds_a_section_counts_the_missing_lines():
    topics = {f"t{n}": Topic(f"{n} {'&' * 230}", n) for n in range(4)}
    rules = [
        hit(n + 1, "&" * 230, "gazette", f"t{n}", "rule", evidence_of("An AI.", "AI"), story_id=1, article_id=1)
        for n in range(4)
    ]
    bodies = slack(a_digest(hits=rules, stories=[], topics=topics))
    check_limits(bodies)
    assert "_and 1 more line_" in "\n".join(texts(bodies))


def test_a_list_of_feeds_that_exceeds_a_section_names_fewer_and_counts_the_others():
    feeds = tuple(
        replace(feed, health=Health.FAILING, title="A very long title of a feed & more " * 5, reason="<timeout> " * 30)
        for feed in COVERAGE.feeds * 2
    )
    bodies = slack(a_digest(coverage=Coverage(since=NOW, until=NOW, feeds=feeds)))
    check_limits(bodies)
    [line] = [line for line in texts(bodies) if line.startswith("Failing (20): ")]
    named = line.count(" could not be read since")
    assert 4 <= named < 12
    assert line.endswith(f"; and {20 - named} more")


def test_quiet_topics_that_exceed_a_section_are_counted():
    topics = {f"t{place}": Topic(f"{place} {'<&>' * 80}", place) for place in range(40)}
    bodies = slack(a_digest(topics=topics, hits=[]))
    check_limits(bodies)
    [line] = [line for line in texts(bodies) if line.startswith("Nothing new on: ")]
    assert re.search(r"; \d\d more topics\.$", line)


def test_marks_within_a_word_are_separated_from_it_so_that_slack_formats_them():
    sentence = "对先进芯片的出口管制 and non-AI."
    rendered = "\n".join(
        texts(slack(a_digest(hits=[hit(1, "T", "pearl", "chips", "r", evidence_of(sentence, "芯片", "AI", "对"))])))
    )
    assert "> *对*\u200b先进\u200b*芯片*\u200b的出口管制 and non-*AI*." in rendered


@pytest.mark.parametrize(
    "attack",
    [
        "<!channel>", "<!here|x>", "<@U012AB3CD>", "<#C012>", "<http://evil.example|bank.example>", "<!subteam^S01>",
        "&lt;!channel&gt;", "*bold* `code` ~gone~",
    ],
)  # fmt: skip
def test_text_of_publishers_makes_no_mentions_and_no_links(attack):
    bad = [
        replace(
            HITS[0],
            title=attack,
            evidence=evidence_of(f"The AI Act {attack}", "AI Act", attack),
            url=f"https://a.example/{attack}",
        ),
        replace(HITS[9], title=attack, feed_id=attack),
    ]
    rendered = "\n".join(texts(slack(a_digest(hits=bad, stories=[]))))
    assert re.findall(r"<[^h]", rendered) == []
    links = re.findall(r"<([^|>]*)", rendered)
    assert all(link.startswith(("https://a.example/", "https://harbour.example/")) for link in links)
    assert not re.search(r"\*bold\*|`code`|~gone~", rendered)


def test_a_notice_is_escaped_line_by_line():
    body = slack_body("Not <delivered>", ["one & two", "", "<!here>"])
    assert body["text"] == "Not &lt;delivered&gt;"
    assert texts([body]) == ["*Not &lt;delivered&gt;*", "one &amp; two", "&lt;!here&gt;"]
    assert slack_escape("a*b") == "a\u2217b"


def test_an_alert_has_neither_coverage_nor_footer_date():
    [body] = slack(a_digest(kind="alert", hits=HITS[3:5], coverage=None, weeks={}))
    check_limits([body])
    assert body["text"] == "Alert: First fine under the AI Act goes to a recruiter"
    assert not [line for line in texts([body]) if "polled" in line or "next digest" in line]
