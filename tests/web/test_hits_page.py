"""The list of hits, the overview, and labels."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from sample_polls import DAY, HOUR, NOW, a_find, a_match, a_message, a_poll, an_article, an_entry, some_hashes
from web_clients import csrf_token_of, load_config, running_server, same_origin

from monitor.core.digests.translations import Headline
from monitor.core.model import TranslateConfig

SCRIPT = '<script src="/labels.js" defer></script>'


def test_a_hit_shows_its_source_time_and_marked_terms(client):
    page = client.get("/hits").text
    assert 'href="https://gazette.example/one" rel="noreferrer noopener external"' in page
    assert "<bdi>The Gazette</bdi>" in page
    assert "24 Nov, 08:00" in page
    assert "<mark>inquiry</mark>" in page
    assert "Inquiries by regulators</a>" in page
    assert "in Oversight of firms" in page


@pytest.mark.parametrize("path", ["/", "/hits", "/stories", "/stories/{story}", "/search?words=inquiry"])
@pytest.mark.parametrize(
    ("published", "shown"),
    [
        (NOW - 3 * DAY, "21 Nov, 08:00 · {verb} 24 Nov, 08:00"),
        ((NOW - 3 * DAY).replace(hour=0), "21 Nov · {verb} 24 Nov, 08:00"),
        (NOW - HOUR, "24 Nov, 07:00"),
        (None, "{verb} 24 Nov, 08:00"),
    ],
)
def test_lists_show_when_an_article_was_published_and_when_it_was_found_if_that_was_another_day(
    store, tmp_path, path, published, shown
):
    article = an_article("one", published_at=published)
    store.record(a_poll(a_find("one", "inquiries", article=article)))
    path = path.format(story=store.hits()[0].story_id)
    with running_server(load_config(tmp_path / "config", store._address)) as client:
        text = re.sub("<[^>]+>", "", client.get(path).text)
    expected = shown.format(verb="stored" if "search" in path else "found")
    assert expected in text
    assert (" · found" in text or " · stored" in text) is (" · {verb}" in shown or published is None)


def test_hits_on_the_same_article_share_a_card(client):
    page = client.get("/hits").text
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
def test_filters_narrow_the_list(client, asked, number):
    page = client.get(f"/hits?{asked}")
    assert page.status_code == 200
    assert page.text.count("<article") == number


def test_a_filter_stays_selected_and_an_unknown_value_is_reported(client):
    page = client.get("/hits?rule=fine").text
    assert '<option value="fine" selected>' in page
    assert "There is no rule “fine” in the configuration; did you mean “fines”?" in page


def test_an_invalid_filter_is_400_with_a_message(client):
    response = client.get("/hits?since=soon")
    assert response.status_code == 400
    assert "Invalid filter since: &#39;soon&#39; is not a duration" in response.text


def test_a_long_list_continues_on_the_next_page(client, store_with_hits):
    finds = [a_find(f"paper{number}", "inquiries") for number in range(60)]
    store_with_hits.record(a_poll(*finds, at=NOW + HOUR))
    first = client.get("/hits").text
    assert first.count('class="rule"') == 50
    (onward,) = [part.split('"')[0] for part in first.split('class="button" href="')[1:]]
    second = client.get(onward.replace("&amp;", "&")).text
    assert second.count('class="rule"') == 12
    assert 'rel="next"' not in second


def test_a_story_is_on_the_page_of_its_newest_hit_with_all_of_its_hits(client, store_with_hits):
    for number, name in enumerate(("first report", "other 1", "other 2", "other 3", "second report")):
        of_story = (
            {"article": an_article("shared"), "shingle_hashes": some_hashes("shared")} if "report" in name else {}
        )
        feed = "herald" if "second" in name else "gazette"
        store_with_hits.record(a_poll(a_find(name, "inquiries", **of_story), at=NOW + (number + 1) * HOUR, feed=feed))
    pages, address = [], "/hits?limit=2&since=2000-01-01"
    while address and len(pages) < 9:
        pages.append(client.get(address).text)
        onward = re.search(r'class="button" href="([^"]+)" rel="next"', pages[-1])
        address = onward[1].replace("&amp;", "&") if onward else ""
    stories = [re.findall(r'href="/stories/(\d+)"', page) for page in pages]
    counts = Counter(story for of_page in stories for story in set(of_page))
    assert set(counts.values()) == {1}
    assert pages[0].count('class="rule"') == 3, "both reports of the first story, and the next one"
    assert sum(page.count('class="rule"') for page in pages) == len(store_with_hits.hits())


def test_a_hit_of_a_partial_article_is_marked(client, store_with_hits):
    partial = a_find("half", "inquiries", article=an_article("half", partial=True), retry_at=NOW + HOUR)
    store_with_hits.record(a_poll(partial, at=NOW + HOUR))
    assert ">partial</span>" in client.get("/hits").text


def test_an_empty_list_links_to_the_feeds(client):
    page = client.get("/hits?words=nothing-like-that").text
    assert "No hits match these filters." in page
    assert 'href="/feeds"' in page


def test_the_overview_shows_whether_the_daemon_works(client, store_with_hits):
    assert "The daemon has never run" in client.get("/").text
    for name in ("daemon", "poll", "partials", "digests", "alerts", "deliveries"):
        store_with_hits.record_heartbeat(name, NOW + 2 * HOUR)
    page = client.get("/").text
    assert "Everything is working" in page
    assert "<b>2</b> hits in the last 24 hours" in page
    assert "of 2 feeds healthy" in page
    assert "Daily brief, 25 Nov, 08:00" in page
    store_with_hits.enqueue(a_message(recipients=("a@example.org",)), NOW)
    ((delivery, _),) = store_with_hits.claim_deliveries(NOW)
    store_with_hits.give_up(delivery.id, NOW, "535 <wrong> password")
    page = client.get("/").text
    assert "It works, but needs attention" in page
    assert "Messages through the channel outbox fail: 535 &lt;wrong&gt; password." in page


def test_what_a_publisher_writes_is_escaped(client, store_with_hits):
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
    store_with_hits.record(a_poll(found, at=NOW + HOUR))
    for path in ("/", "/hits", "/hits?words=%3Cscript%3Ealert(9)%3C/script%3E&rule=%22%3E%3Cscript%3E"):
        page = client.get(path).text
        assert "<script" not in page.replace(SCRIPT, "")
        assert "<img" not in page
        assert "<b onclick" not in page
        assert "javascript:" not in page
        assert "\u202e" not in page
        assert "\u2066" not in page
        assert len(page) < 100_000
    page = client.get("/hits").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7 * 7 }}" in page


def test_no_page_needs_a_script_or_loads_from_other_hosts(client):
    for path in ("/", "/hits"):
        page = client.get(path).text
        assert "<script" not in page.replace(SCRIPT, "")
        assert " style=" not in page
        assert 'src="http' not in page
        assert 'stylesheet" href="/style.css"' in page
    assert "url(" not in client.get("/style.css").text


def press(client, label, number=1, back="/hits", **changes):
    """Press one of the two buttons."""
    form = {"label": label, "csrf_token": csrf_token_of(client.get("/hits")), "back": back} | changes
    return client.post(f"/hits/{number}/label", data=form, headers=same_origin(client))


def test_labelling_a_hit_returns_to_it(client, store_with_hits):
    (hit, other) = store_with_hits.hits()
    response = press(client, "irrelevant", hit.id, "/hits?topic=oversight")
    assert (response.status_code, response.headers["location"]) == (303, f"/hits?topic=oversight#hit-{hit.id}")
    assert store_with_hits.labels([hit.id, other.id]) == {hit.id: False}
    page = client.get("/hits").text
    assert '<button name="label" data-label="irrelevant" value="none" aria-pressed="true">Not relevant</button>' in page
    assert client.get("/hits?label=irrelevant").text.count('class="rule"') == 1
    press(client, "none", hit.id)
    assert store_with_hits.labels([hit.id]) == {}


def test_an_invalid_label_and_an_unknown_hit_are_refused(client, store_with_hits):
    assert press(client, "perhaps").status_code == 400
    assert press(client, "relevant", 4711).status_code == 404
    assert press(client, "relevant", 10**30).status_code == 404
    assert press(client, "relevant", back="//evil.example").headers["location"] == "/#hit-1"
    assert press(client, "relevant", csrf_token="").status_code == 403


def test_a_label_from_another_site_is_refused(client, store_with_hits):
    form = {"label": "relevant", "csrf_token": csrf_token_of(client.get("/hits"))}
    for headers in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site", "origin": "null"}):
        assert client.post("/hits/1/label", data=form, headers=headers).status_code == 403
    assert store_with_hits.labels([1, 2]) == {}


def test_labelling_needs_a_session(anonymous, store_with_hits):
    form = {"label": "relevant", "csrf_token": csrf_token_of(anonymous.get("/hits"))}
    response = anonymous.post("/hits/1/label", data=form, headers=same_origin(anonymous))
    assert response.status_code == 401
    assert store_with_hits.labels([1]) == {}


def test_the_overview_reports_a_stopped_daemon(client, store_with_hits):
    store_with_hits.record_heartbeat("daemon", NOW - HOUR)
    page = client.get("/").text
    assert "Something is wrong" in page
    assert "The daemon has sent no heartbeat since 2026-11-24 06:00:00 UTC." in page


def test_a_translated_headline_is_shown_below_the_original_and_marked(tmp_path, store_with_hits):
    article = replace(an_article("loi", title="Une loi <b>nouvelle</b>"), language="fr")
    store_with_hits.record(a_poll(a_find("loi", "inquiries", article=article), at=NOW + HOUR))
    headline = Headline("fr", "Une loi <b>nouvelle</b>")
    store_with_hits.store_translations({headline: "A <i>new</i> law"}, "en", NOW)
    loaded = load_config(tmp_path / "config", store_with_hits._address)
    digests = [replace(each, translate=TranslateConfig(command=("cat",))) for each in loaded.digests]
    with running_server(replace(loaded, digests=tuple(digests))) as client:
        page = client.get("/hits").text
    assert "Une loi &lt;b&gt;nouvelle&lt;/b&gt;" in page
    assert 'A &lt;i&gt;new&lt;/i&gt; law <span class="dim">(machine translation)</span>' in page
