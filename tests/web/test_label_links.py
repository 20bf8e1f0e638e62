"""Links in mails that label a story: only a confirmed POST sets a label, without signing in, until the link expires."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_news import HITS, NOW, a_digest
from web_clients import LATER, TOKEN, load_config, running_server, sign_in

from monitor.core.digests.web_links import LABEL_LINKS_LAST, WebLinks, label_key, label_token, read_label_token
from monitor.core.messages.render import html, slack, text

KEY = label_key(TOKEN)


def link(*hit_ids, relevant=True, key=KEY, expires_at=LATER + LABEL_LINKS_LAST):
    return f"/label/{label_token(key, hit_ids, expires_at, relevant=relevant)}"


def test_a_hundred_requests_of_link_scanners_set_no_label_and_the_button_sets_it_without_signing_in(
    anonymous, store_with_hits
):
    hit_ids = [hit.id for hit in store_with_hits.hits()]
    address = link(*hit_ids, relevant=False)
    for _ in range(50):
        assert anonymous.get(address).status_code == anonymous.head(address).status_code == 200
    assert store_with_hits.labels(hit_ids) == {}
    page = anonymous.get(address).text
    assert "Mark as not relevant?" in page
    assert f'action="{address}"' in page
    assert "/hits" not in page
    assert "Stored: not relevant" in anonymous.post(address).text
    assert store_with_hits.labels(hit_ids) == dict.fromkeys(hit_ids, False)


@pytest.mark.parametrize(
    "address",
    [
        link(1, key=label_key("another token")), link(1, expires_at=LATER), link(1) + "x", "/label/",
        "/label/r.1.ffff.x", "/label/....", link(4711), link(),
    ],
)  # fmt: skip
def test_a_link_that_was_not_signed_has_expired_or_names_no_hit_sets_nothing(anonymous, store_with_hits, address):
    assert anonymous.get(address).status_code == anonymous.post(address).status_code == 404
    assert store_with_hits.labels([1, 2]) == {}


def test_a_link_opens_nothing_but_its_own_page(anonymous):
    anonymous.get(link(1))
    assert anonymous.get("/hits").status_code == 401
    assert anonymous.get("/label/../hits").status_code == 401


@given(st.lists(st.integers(1, 10**12), max_size=40), st.booleans(), st.text(max_size=8))
def test_a_token_says_what_was_signed_and_no_change_of_it_is_valid(hit_ids, relevant, added):
    token = label_token(KEY, hit_ids, NOW + timedelta(days=1), relevant=relevant)
    asked = read_label_token(KEY, token, NOW)
    assert (asked.hit_ids, asked.relevant) == (tuple(hit_ids[:20]), relevant)
    if added:
        assert read_label_token(KEY, token + added, NOW) is read_label_token(KEY, added + token, NOW) is None


def test_a_digest_links_to_its_stories_to_their_topics_and_to_labels():
    links = WebLinks("https://monitor.example.org", KEY)
    digest = replace(a_digest(), links=links, see_more="web")
    page = html(digest)
    story = digest.top_stories[0]
    for address in (
        links.story(story), links.label(story, NOW, relevant=False), links.label(story, NOW, relevant=True),
        "https://monitor.example.org/hits?since=2026-11-23&amp;topic=ai-act",
    ):  # fmt: skip
        assert address in page
    assert links.story(story) in text(digest)
    assert links.story(story) in slack(digest)[0]["fallback"]
    assert "monitor.example.org" not in html(a_digest()) + text(a_digest())
    assert "monitor hits" not in text(digest)


def test_the_page_of_a_story_shows_its_rank_its_rules_and_its_outlets(client, store_with_hits):
    (story_id,) = {hit.story_id for hit in store_with_hits.hits()}
    page = client.get(f"/stories/{story_id}").text
    for words in ("Inquiries by regulators", "Fines", "The Gazette", "Its rank: ", "best source: official"):
        assert words in page
    assert client.get("/stories/4711").status_code == 404


def test_the_host_of_the_base_url_is_served(store_with_hits, tmp_path):
    loaded = load_config(
        tmp_path / "config",
        store_with_hits._address,
        TOKEN,
        base_url="https://monitor.example.org/x/",
        hosts=["a.example"],
    )
    assert loaded.monitor.web.base_url == "https://monitor.example.org/x"
    with running_server(loaded) as client:
        assert client.get("/", headers={"host": "monitor.example.org"}).status_code == 401
        assert client.get("/", headers={"host": "b.example"}).status_code == 421
        assert sign_in(client).status_code == 303
        mail = client.get("/digests/daily/mail?since=7d").text
        assert 'href="https://monitor.example.org/x/label/' in mail
        assert HITS[0].title not in mail
