"""The HTML of a digest: complete, escaped, and small enough not to be clipped."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from html_pages import Page
from sample_news import CONFIG, COVERED_WELL, HITS, NOW, STORIES, Topic, a_digest, evidence_of, hit, story_of

from monitor.core.digests.digest import RuleChange
from monitor.core.digests.limits import limit_stories
from monitor.core.messages.render import html
from monitor.core.messages.render._wording import MAX_LISTED_RULE_CHANGES


def test_a_digest_is_one_page_with_inlined_styles_and_nothing_from_the_network():
    page = Page(html(a_digest()))
    assert {name for name, _ in page.tags} <= {
        "html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "p", "h1", "h2", "h3",
        "a", "b", "br", "span", "mark",
    }  # fmt: skip
    assert all("style" in attrs for attrs in page.named("td") if attrs.get("class"))
    assert not any("src" in attrs or "background" in attrs for _, attrs in page.tags)
    assert "prefers-color-scheme: dark" in html(a_digest())


def test_terms_are_marked_and_titles_linked():
    page = html(a_digest())
    assert ">general-purpose AI</mark>" in page
    links = [attrs["href"] for attrs in Page(page).named("a")]
    assert "https://union-office.example/2026/11/1" in links
    assert all(link.startswith("https://") or link == "#coverage" for link in links)


def test_the_page_contains_everything_that_the_text_does():
    page = Page(html(a_digest(rule_changes=[RuleChange(rule_id="r2", description="new")]))).text
    for words in (
        "AI governance, daily brief", "Tue 24 Nov 2026", "1 failing, 1 unusually quiet", "URGENT",
        "Mentioned in passing", "Also in Continental Wire", "also: AI at work", "update to Friday's story",
        "From the archive", "Coverage", "21:00 (http 503", "Changed rules", "alert of 23 Nov, 22:00",
        "perhaps only part of the article was read", "4, 2 of them above", "r2: new",
        "Why: Enforcement of the AI Act (“fine under the AI Act”, “job applicants”)",
    ):  # fmt: skip
        assert words in page, words


def test_languages_are_declared_so_that_readers_and_screen_readers_know_them():
    page = Page(html(a_digest(hits=[each for each in HITS if each.language == "zh"])))
    assert [attrs["lang"] for attrs in page.named("h3")] == ["zh"]
    assert [attrs["dir"] for attrs in page.named("h3")] == ["auto"]


def test_stories_that_are_left_out_are_counted():
    page = Page(html(limit_stories(a_digest(), 3))).text
    assert "2 more stories: monitor hits --since 2026-11-23 --topic ai-act" in page
    assert "1 more: monitor hits --since 2026-11-23 From the archive" in page
    assert "1 story from the archive: monitor hits --since 2026-11-23 --backfilled" in page


def test_a_digest_without_coverage_problems_says_so_once():
    page = Page(html(a_digest(coverage=COVERED_WELL, hits=HITS[:4]))).text
    assert page.count("All 10 feeds were polled") == 1
    assert "need attention" not in page
    assert "Problems" not in page
    assert "Nothing new on: Frontier models" in page


def test_an_alert_has_neither_bars_nor_coverage():
    page = Page(html(a_digest(kind="alert", hits=HITS[:7], coverage=None))).text
    assert "Stories per week" not in page
    assert "polled" not in page


def test_stories_per_week_are_drawn_at_the_end_if_the_digest_asks_for_charts():
    charts = replace(CONFIG, charts=True)
    page = Page(html(a_digest(config=charts))).text
    assert page.index("New stories per week in the last 8 weeks") > page.index("From the archive")
    assert "per week" not in html(a_digest())
    assert "Stories per week" not in html(a_digest(config=charts, weeks={}))


@pytest.mark.parametrize("filler", ["word ", "监管条例", "<&>\"' ", "🏛️"])
def test_a_thousand_long_stories_fit_below_the_size_at_which_mails_are_clipped(filler):
    sentence = f"The AI Act {filler * 80}"
    many = [
        hit(
            number,
            f"{number} {filler * 40}",
            "gazette",
            f"topic-{number % 7}",
            f"rule-{number}",
            evidence_of(sentence, "AI Act"),
        )
        for number in range(1, 1001)
    ]
    digest = a_digest(hits=many, stories=[])
    page = html(digest)
    assert 60_000 < len(page.encode()) <= 100_000
    shown = page.count("<h3") + page.count('class="t"')
    counted = sum(int(number.replace(",", "")) for number in re.findall(r">([\d,]+) more", page))
    assert shown + counted == 1000


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</title><script>x</script>", "{{ 7*7 }}{% raw %}",
        "--><script>x</script><!--", "</style><script>x</script>", "&lt;script&gt;", "' onmouseover='x",
        '" autofocus="', "<!--repeat-->",
    ],
)  # fmt: skip
def test_markup_of_publishers_is_shown_as_text_and_never_runs(attack):
    clean = Page(html(a_digest()))
    sentence = f"The AI Act {attack} is here."
    bad = [
        replace(
            HITS[0], title=f"Title {attack}", url=f"https://a.example/{attack}", language=attack,
            evidence=evidence_of(sentence, "AI Act", attack), story_id=900,
        ),
        replace(HITS[9], title=f"Passing {attack}", published_at=NOW, feed_id=attack),
    ]  # fmt: skip
    page = Page(html(a_digest(hits=[*bad, *HITS[3:]], stories=[])))
    assert {name for name, _ in page.tags} <= {name for name, _ in clean.tags}
    assert {key for _, attrs in page.tags for key in attrs} <= {key for _, attrs in clean.tags for key in attrs}
    assert f"Title {attack}" in " ".join(page.text.split())
    assert html(a_digest(hits=bad, stories=[])).count("<!--repeat-->") == 1


def morning(number=40, topics=16):
    """A full morning of ordinary news: two rules each, six terms, three outlets, a chart."""
    sentence = (
        "The ministry said on Tuesday that providers of general-purpose AI models must publish a summary of their "
        "training data before the guidelines apply, and that it would enforce the AI Act together with the AI Office."
    )
    terms = ("general-purpose AI", "training data", "guidelines", "enforce", "AI Act", "AI Office")
    hits = [
        hit(
            2 * story + rule,
            f"Ministry tells providers of general-purpose AI to publish their summaries, part {story}",
            "gazette",
            f"topic-{story % topics}",
            ("ai-act-gpai", "copyright-training")[rule],
            evidence_of(sentence, *terms),
            story_id=story,
            article_id=story,
            url=f"https://www.gazette.example/news/2026/11/24/ministry-tells-providers-of-general-purpose-ai-{story}",
        )
        for story in range(number)
        for rule in (0, 1)
    ]
    outlets = [(feed, "The same", NOW) for feed in ("meridian", "harbour", "continental")]
    stories = [
        replace(
            STORIES[1],
            id=story,
            articles=[replace(each, article_id=9_000) for each in story_of(101, *outlets).articles],
        )
        for story in range(number)
    ]
    weeks = {f"topic-{place}": (4, 0, 12, 3, 9, 1, 0, 6) for place in range(topics)}
    known = {f"topic-{place}": Topic(f"A topic of ordinary length, {place}", place) for place in range(topics)}
    return a_digest(hits=hits, stories=stories, topics=known, weeks=weeks, notified_at={}, alerted_at={})


def test_a_full_morning_of_forty_stories_fits_with_none_left_out():
    digest = morning()
    page = html(digest)
    assert page.count("<h3") + page.count('class="t"') == 40
    assert "more stor" not in Page(page).text.partition("Coverage")[0].split("brief", 1)[1]
    assert len(page.encode()) < 60_000


def test_a_thousand_stories_of_many_topics_fit_as_well():
    topics = {f"topic-{place}": Topic(f"监管条例 {place}" * 10, place) for place in range(24)}
    many = [
        hit(10 * story + place, f"{story} {'监管条例' * 40}", "gazette", f"topic-{(story + place) % 24}", "r",
            evidence_of(f"{'监管条例' * 80} AI Act", "AI Act"), story_id=story)
        for story in range(1000)
        for place in range(4)
    ]  # fmt: skip
    assert 40_000 < len(html(a_digest(hits=many, stories=[], topics=topics)).encode()) <= 100_000


def test_of_many_changed_rules_the_first_are_listed_and_the_others_counted():
    changes = [RuleChange(rule_id=f"rule-{n:03}", description="looks for 监管条例 too") for n in range(600)]
    page = html(a_digest(rule_changes=changes))
    assert len(page.encode()) <= 100_000
    assert page.count("rule-") == MAX_LISTED_RULE_CHANGES
    assert f"{600 - MAX_LISTED_RULE_CHANGES} more rules changed" in Page(page).text
