"""Stories, the search, and an article with its versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sample_polls import DAY, FEED, HOUR, NOW, a_find, a_match, a_poll, an_article, an_entry, known_entries

from monitor.core.model import Article, Evidence, StoredArticle
from monitor.store import RetentionCutoffs
from monitor.web.evidence import mark_paragraphs, summarize_evidence


def edit(store):
    """Store a second version of the article that is there."""
    (entry,) = known_entries(store, FEED, [an_entry("one").key]).values()
    changed = an_article("one", text="The regulator opened an inquiry into one.\n\nIt was <b>closed</b>.")
    found = a_find(
        "one", "inquiries", entry=an_entry("one", content_hash="2"), article=changed, entry_id=entry.entry_id
    )
    store.record(a_poll(found, at=NOW + HOUR))


def test_stories_list_their_articles(client):
    page = client.get("/stories").text
    assert "Title of one" in page
    assert "<bdi>The Gazette</bdi>" in page


def test_search_finds_articles_with_and_without_hits(client, store_with_hits):
    store_with_hits.record(a_poll(a_find("quiet"), at=NOW + HOUR))
    assert "Title of <mark>quiet</mark>" in client.get("/search?words=quiet").text
    assert "No article matches this search." in client.get("/search?words=loud").text
    assert "Title of" not in client.get("/search").text


def test_a_search_is_filtered_counted_and_turned_into_a_rule(client, store_with_hits):
    store_with_hits.record(a_poll(a_find("quiet"), at=NOW + HOUR))
    assert "1 article. " in client.get("/search?words=quiet&matched=no&tier=official&language=EN").text
    assert client.get("/api/v1/search?words=quiet").headers["x-total-count"] == "1"
    assert "No article matches" in client.get("/search?words=quiet&matched=yes").text
    wrong = client.get("/search?words=quiet+OR")
    assert (wrong.status_code, "column 7: a word must follow OR" in wrong.text) == (200, True)
    assert client.get("/search?words=a&tier=royal").status_code == 400
    assert "Unknown parameter &#39;langauge&#39;" in client.get("/search?words=quiet&langauge=de").text
    assert "&#39;feed&#39; is given 2 times" in client.get("/search?words=quiet&feed=a&feed=b").text
    assert "period begins after its end" in client.get("/search?words=quiet&since=1d&until=7d").text
    assert "Invalid filter until" in client.get("/search?words=quiet&until=soon").text
    assert "is no time before now" in client.get("/search?words=quiet&since=0d").text
    assert "has not begun" in client.get("/search?words=quiet&since=2999-12-31").text
    assert client.get("/search?words=quiet&since=7d&until=0").status_code == 200
    until = client.get("/search?words=quiet&until=2026-01-31").text
    assert 'name="until" value="2026-01-31"' in until
    assert ("<details open><summary>More filters" in until, "No article matches" in until) == (True, True)
    rule = client.get("/search/rule?words=title:quiet").text
    assert "title:quiet" in rule
    assert "1 article matched" in rule
    assert "- hit: &#34;Title of quiet&#34;" in rule
    assert "the rule finds <b>1</b>" in rule
    assert "filters of the search are not part of it" not in rule
    assert "filters of the search are not part of it" in client.get("/search/rule?words=quiet&since=7d").text
    assert "no article matched <b>zzzz</b>.</p>" in client.get("/search/rule?words=zzzz").text
    assert client.get("/search/rule").status_code == 400


def test_what_was_meant_as_a_field_is_named_when_nothing_is_found(client):
    assert "<b>foo:</b> is not a field" in client.get("/search?words=foo:bar").text
    assert "is not a field" not in client.get("/search?words=nothing").text
    assert "is not a field" not in client.get("/search?words=https://nowhere.example").text


def test_a_filter_of_a_search_that_names_nothing_is_refused(client, store_with_hits):
    page = client.get(f"/search?words=quiet&feed={FEED}x")
    assert f"there is no feed &#39;{FEED}x&#39;; did you mean &#39;{FEED}&#39;?" in page.text
    refused = client.get("/api/v1/search?words=quiet&topic=nothing")
    assert (refused.status_code, "there is no topic" in refused.text) == (400, True)


def test_an_article_shows_its_text_with_marked_evidence_and_its_rules(client, store_with_hits):
    (first, _) = store_with_hits.hits()
    page = client.get(f"/articles/{first.article_id}").text
    assert "opened an <mark>inquiry</mark> into one." in page
    assert "Matched by 2 rules" in page
    assert "any[0]" in page


def test_an_article_without_hits_that_was_perhaps_read_in_part_says_both(client, store_with_hits):
    article = an_article("two", partial=True, partial_reason="short page: 40 words")
    store_with_hits.record(a_poll(a_find("two", article=article, retry_at=NOW + HOUR), at=NOW + HOUR))
    (number,) = (each.id for each in store_with_hits.articles(NOW - DAY) if each.article.partial)
    page = client.get(f"/articles/{number}").text
    assert "Perhaps this is only part of the article (short page: 40 words)." in page
    assert "No rule matched this article when it was read." in page


def test_an_edited_article_shows_added_and_removed_text(client, store_with_hits):
    edit(store_with_hits)
    newest = store_with_hits.versions(store_with_hits.hits()[0].article_id)[-1]
    page = client.get(f"/articles/{newest.id}").text
    assert "Version 2 of 2" in page
    assert "Added:</span>It was &lt;b&gt;closed&lt;/b&gt;." in page
    assert "Removed:</span>More is expected." in page
    assert "Version 1</a>" in page


def test_an_article_whose_text_was_removed_keeps_its_evidence_and_says_so(client, store_with_hits):
    edit(store_with_hits)
    long_ago = RetentionCutoffs(articles=NOW + 2 * HOUR, hits=NOW - HOUR, polls=NOW - HOUR)
    store_with_hits.prune(before=long_ago, now=NOW + timedelta(days=365))
    hit = store_with_hits.hits()[0]
    page = client.get(f"/articles/{hit.article_id}").text
    assert "The text was removed after 365 days" in page
    assert "opened an <mark>inquiry</mark>." in page
    assert "open at the source" in page
    assert "More is expected" not in page
    assert "text removed" in client.get("/hits?since=365d").text


@pytest.mark.parametrize("number", ["4711", "0", "9" * 30, "9" * 5000, "x"])
def test_an_unknown_article_is_404(client, number):
    response = client.get(f"/articles/{number}")
    assert response.status_code == 404
    assert "There is no article with this number" in response.text


def test_very_long_versions_are_not_compared(client, store_with_hits):
    (entry,) = known_entries(store_with_hits, FEED, [an_entry("one").key]).values()
    for number in (1, 2):
        text = "\n\n".join(f"{number} {paragraph}" for paragraph in range(5000))
        changed = an_entry("one", content_hash=f"long {number}")
        found = a_find("one", entry=changed, article=an_article("one", text=text), entry_id=entry.entry_id)
        store_with_hits.record(a_poll(found, at=NOW + number * HOUR))
    page = client.get(f"/articles/{store_with_hits.hits()[0].article_id}").text
    assert page.count("Too long to compare") == 2


def stored(text: str) -> StoredArticle:
    return StoredArticle(
        id=1, entry_id=1, feed_id=FEED, version=1, article=Article(title="t", text=text), stored_at=NOW, story_id=None,
        text_hash="h",
    )  # fmt: skip


def evidence(*spans: tuple[int, int]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(term="t", as_written="t", zone="body", start=start, end=end, sentence="") for start, end in spans
    )


def marked(text: str, *spans: tuple[int, int], text_hash: str = "h") -> list[str]:
    from types import SimpleNamespace

    hit = SimpleNamespace(text_hash=text_hash, evidence=evidence(*spans))
    result = mark_paragraphs(stored(text), [hit])
    return ["".join(f"[{piece.text}]" if piece.marked else piece.text for piece in row) for row in result]


@pytest.mark.parametrize(
    ("spans", "result"),
    [
        ([(0, 3)], ["[one] two", "three"]),
        ([(4, 7), (4, 7), (5, 7)], ["one [two]", "three"]),
        ([(4, 12)], ["one [two]", "[thr]ee"]),
        ([(9, 14), (0, 1)], ["[o]ne two", "[three]"]),
        ([(-1, 3), (3, 3), (5, 99)], ["one two", "three"]),
    ],
)
def test_evidence_is_marked_in_its_paragraph_and_ignored_outside_the_text(spans, result):
    assert marked("one two\n\nthree", *spans) == result


def test_evidence_of_another_version_marks_nothing():
    assert marked("one two", (0, 3), text_hash="other") == ["one two"]


def test_many_paragraphs_and_marks_are_split_in_linear_time():
    text = "\n\n".join(["ab"] * 10_000)
    result = marked(text, *((place, place + 1) for place in range(0, len(text), 4)))
    assert result[:2] == ["[a]b", "[a]b"]
    assert len(result) == 10_000


def test_terms_are_cut_and_lose_bidirectional_characters():
    match = a_match()
    piece = replace(match.evidence[0], as_written="\u202eevil\u2066 " + "x" * 999, sentence="")
    (term,) = summarize_evidence(replace(match, evidence=(piece,))).terms
    assert term.startswith("evil x")
    assert len(term) == 60


def test_the_sentence_with_the_most_terms_comes_first_and_the_rest_are_counted():
    match = a_match()
    pieces = [
        replace(match.evidence[0], term=term, sentence=sentence, sentence_start=start, start=start, end=start + 1)
        for term, sentence, start in (
            ("a", "One.", 0),
            ("a", "Two and b.", 10),
            ("b", "Two and b.", 10),
            ("c", "Three.", 30),
        )
    ]
    result = summarize_evidence(replace(match, evidence=tuple(pieces)))
    assert ["".join(piece.text for piece in sentence) for sentence in result.sentences] == ["Two and b.", "One."]
    assert result.more == 1


def test_search_results_escape_what_publishers_wrote(client, store_with_hits):
    text = "<script>alert(1)</script> an inquiry & <b>more</b>"
    hostile = an_article("bad", title="<i>inquiry</i>", text=text)
    store_with_hits.record(a_poll(a_find("bad", article=hostile), at=NOW + HOUR))
    page = client.get("/search?words=inquiry").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; an <mark>inquiry</mark> &amp; &lt;b&gt;" in page
    assert "&lt;i&gt;<mark>inquiry</mark>&lt;/i&gt;" in page
