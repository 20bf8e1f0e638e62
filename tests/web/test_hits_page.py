"""What an analyst sees of the hits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_polls import HOUR, NOW, a_find, a_match, a_poll, an_article, an_entry
from visitors import from_here, key_of


def test_a_hit_shows_its_source_its_time_and_the_words_that_made_it(visitor):
    page = visitor.get("/hits").text
    assert 'href="https://gazette.example/one" rel="noreferrer noopener external"' in page
    assert "<bdi>The Gazette</bdi>" in page
    assert "24 Nov, 08:00" in page
    assert "<mark>inquiry</mark>" in page
    assert "Inquiries by regulators</a>" in page
    assert "in Oversight of firms" in page


def test_rules_that_found_the_same_article_stand_together(visitor):
    page = visitor.get("/hits").text
    assert page.count("<article") == 1
    assert page.count('class="rule"') == 2


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("rule=fines", 1),
        ("rule=nobody", 0),
        ("topic=oversight", 1),
        ("feed=herald", 0),
        ("language=en", 1),
        ("words=no", 0),
    ],
)
def test_filters_sieve(visitor, asked, number):
    page = visitor.get(f"/hits?{asked}")
    assert page.status_code == 200
    assert page.text.count("<article") == number


def test_a_filter_stays_chosen_and_one_that_is_misspelt_is_said_to_be(visitor):
    page = visitor.get("/hits?rule=fine").text
    assert '<option value="fine" selected>' in page
    assert "The configuration has no rule “fine”; did you mean “fines”?" in page


def test_a_filter_that_means_nothing_is_refused_in_words(visitor):
    answer = visitor.get("/hits?since=soon")
    assert answer.status_code == 400
    assert "since: &#39;soon&#39; is no length of time" in answer.text


def test_more_than_a_page_goes_on_behind_a_link(visitor, filled):
    finds = [a_find(f"paper{number}", "inquiries") for number in range(60)]
    filled.record(a_poll(*finds, at=NOW + HOUR))
    first = visitor.get("/hits").text
    assert first.count('class="rule"') == 50
    (onward,) = [part.split('"')[0] for part in first.split('class="button" href="')[1:]]
    second = visitor.get(onward.replace("&amp;", "&")).text
    assert second.count('class="rule"') == 12
    assert 'rel="next"' not in second


def test_marks_say_what_is_odd_about_a_hit(visitor, filled):
    partial = a_find("half", "inquiries", article=an_article("half", partial=True), retry_at=NOW + HOUR)
    filled.record(a_poll(partial, at=NOW + HOUR))
    assert ">partial</span>" in visitor.get("/hits").text


def test_an_empty_list_says_where_to_look(visitor):
    page = visitor.get("/hits?words=nothing-like-that").text
    assert "No hit like that." in page
    assert 'href="/feeds"' in page


def test_the_front_page_tells_whether_it_is_working(visitor, filled):
    assert "No daemon has ever run on this database" in visitor.get("/").text
    for name in ("daemon", "poll", "partials", "digests", "alerts", "deliveries"):
        filled.beat(name, NOW + 2 * HOUR)
    page = visitor.get("/").text
    assert "It is working" in page
    assert "<b>2</b> hits in 24 hours" in page
    assert "of 2 feeds heard" in page
    assert "Daily brief, 25 Nov, 08:00" in page


def test_what_a_publisher_writes_is_shown_and_does_nothing(visitor, filled):
    hostile = an_article(
        "bad",
        title="<script>alert(1)</script>\u202e<img src=x onerror=alert(2)>" + "x" * 1_000_000,
        text='The \u2066<b onclick=alert(3)>inquiry</b> & "more" {{ 7 * 7 }} {% raw %}',
        url="javascript:alert(document.cookie)",
    )
    match = a_match("inquiries")
    evidence = tuple(
        type(each)(term="t", as_written="<i>inquiry", zone="lead", start=4, end=12, sentence=hostile.text)
        for each in match.evidence
    )
    found = replace(a_find("bad", entry=an_entry("bad")), article=hostile, matches=(replace(match, evidence=evidence),))
    filled.record(a_poll(found, at=NOW + HOUR))
    for path in ("/", "/hits", "/hits?words=%3Cscript%3Ealert(9)%3C/script%3E&rule=%22%3E%3Cscript%3E"):
        page = visitor.get(path).text
        assert "<script" not in page
        assert "<img" not in page
        assert "<b onclick" not in page
        assert "javascript:" not in page
        assert "\u202e" not in page
        assert "\u2066" not in page
        assert len(page) < 100_000
    page = visitor.get("/hits").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7 * 7 }}" in page


def test_no_page_needs_a_script_or_loads_anything_from_elsewhere(visitor):
    for path in ("/", "/hits"):
        page = visitor.get(path).text
        assert "<script" not in page
        assert " style=" not in page
        assert 'src="http' not in page
        assert 'stylesheet" href="/style.css"' in page
    assert "url(" not in visitor.get("/style.css").text


def press(visitor, label, number=1, back="/hits", **changes):
    """Press one of the two buttons."""
    form = {"label": label, "key": key_of(visitor.get("/hits")), "back": back} | changes
    return visitor.post(f"/hits/{number}/label", data=form, headers=from_here(visitor))


def test_a_hit_is_called_relevant_or_not_and_the_page_comes_back_to_it(visitor, filled):
    (hit, other) = filled.hits()
    answer = press(visitor, "irrelevant", hit.id, "/hits?topic=oversight")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/hits?topic=oversight#hit-{hit.id}")
    assert filled.labels([hit.id, other.id]) == {hit.id: False}
    page = visitor.get("/hits").text
    assert '<button name="label" value="none" aria-pressed="true">Not relevant</button>' in page
    assert visitor.get("/hits?label=irrelevant").text.count('class="rule"') == 1
    press(visitor, "none", hit.id)
    assert filled.labels([hit.id]) == {}


def test_a_label_that_is_none_and_a_hit_that_is_not_there_are_refused(visitor, filled):
    assert press(visitor, "perhaps").status_code == 400
    assert press(visitor, "relevant", 4711).status_code == 404
    assert press(visitor, "relevant", 10**30).status_code == 404
    assert press(visitor, "relevant", back="//evil.example").headers["location"] == "/#hit-1"
    assert press(visitor, "relevant", key="").status_code == 403


def test_a_label_from_another_site_is_not_taken(visitor, filled):
    form = {"label": "relevant", "key": key_of(visitor.get("/hits"))}
    for headers in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site", "origin": "null"}):
        assert visitor.post("/hits/1/label", data=form, headers=headers).status_code == 403
    assert filled.labels([1, 2]) == {}


def test_who_did_not_sign_in_labels_nothing(stranger, filled):
    key = key_of(stranger.get("/hits"))
    answer = stranger.post("/hits/1/label", data={"label": "relevant", "key": key}, headers=from_here(stranger))
    assert answer.status_code == 401
    assert filled.labels([1]) == {}


def test_the_front_page_says_what_stands_still(visitor, filled):
    filled.beat("daemon", NOW - HOUR)
    page = visitor.get("/").text
    assert "Something stands still" in page
    assert "The daemon has sent no heartbeat since 2026-11-24 06:00:00 UTC." in page
