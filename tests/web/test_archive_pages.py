"""Stories, the search, and an article with its versions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_polls import FEED, HOUR, NOW, a_find, a_match, a_poll, an_article, an_entry, known_entries

from monitor.core.model import Article, Evidence, StoredArticle
from monitor.web.why import excerpt, paragraphs, why


def edit(store):
    """Store a second version of the article that is there."""
    (entry,) = known_entries(store, FEED, [an_entry("one").key]).values()
    changed = an_article("one", text="The regulator opened an inquiry into one.\n\nIt was <b>closed</b>.")
    found = a_find(
        "one", "inquiries", entry=an_entry("one", content_hash="2"), article=changed, entry_id=entry.entry_id
    )
    store.record(a_poll(found, at=NOW + HOUR))


def test_stories_name_their_articles(visitor):
    page = visitor.get("/stories").text
    assert "Title of one" in page
    assert "<bdi>The Gazette</bdi>" in page


def test_the_archive_is_searched_whether_a_rule_found_something_or_not(visitor, filled):
    filled.record(a_poll(a_find("quiet"), at=NOW + HOUR))
    assert "Title of <mark>quiet</mark>" in visitor.get("/search?words=quiet").text
    assert "No article holds all of these words." in visitor.get("/search?words=loud").text
    assert "Title of" not in visitor.get("/search").text


def test_an_article_shows_its_text_with_the_evidence_marked_and_the_rules_that_found_it(visitor, filled):
    (first, _) = filled.hits()
    page = visitor.get(f"/articles/{first.article_id}").text
    assert "opened an <mark>inquiry</mark> into one." in page
    assert "Found by 2 rules" in page
    assert "any[0]" in page


def test_an_edit_shows_what_came_and_what_went(visitor, filled):
    edit(filled)
    newest = filled.versions(filled.hits()[0].article_id)[-1]
    page = visitor.get(f"/articles/{newest.id}").text
    assert "This is version 2 of 2" in page
    assert "Came:</span>It was &lt;b&gt;closed&lt;/b&gt;." in page
    assert "Went:</span>More is expected." in page
    assert "Version 1</a>" in page


@pytest.mark.parametrize("number", ["4711", "0", "9" * 30, "9" * 5000, "x"])
def test_an_article_that_is_not_there_is_said_not_to_be(visitor, number):
    answer = visitor.get(f"/articles/{number}")
    assert answer.status_code == 404
    assert "no such article" in answer.text


def test_texts_that_are_too_long_to_compare_are_not(visitor, filled):
    (entry,) = known_entries(filled, FEED, [an_entry("one").key]).values()
    for number in (1, 2):
        text = "\n\n".join(f"{number} {paragraph}" for paragraph in range(5000))
        changed = an_entry("one", content_hash=f"long {number}")
        found = a_find("one", entry=changed, article=an_article("one", text=text), entry_id=entry.entry_id)
        filled.record(a_poll(found, at=NOW + number * HOUR))
    page = visitor.get(f"/articles/{filled.hits()[0].article_id}").text
    assert page.count("too long to compare") == 3


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
    told = paragraphs(stored(text), [hit])
    return ["".join(f"[{piece.text}]" if piece.marked else piece.text for piece in row) for row in told]


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        ([(0, 3)], ["[one] two", "three"]),
        ([(4, 7), (4, 7), (5, 7)], ["one [two]", "three"]),
        ([(4, 12)], ["one [two]", "[thr]ee"]),
        ([(9, 14), (0, 1)], ["[o]ne two", "[three]"]),
        ([(-1, 3), (3, 3), (5, 99)], ["one two", "three"]),
    ],
)
def test_marks_fall_where_the_evidence_stands_and_nowhere_when_it_stands_outside(spans, told):
    assert marked("one two\n\nthree", *spans) == told


def test_evidence_of_another_version_marks_nothing():
    assert marked("one two", (0, 3), text_hash="other") == ["one two"]


def test_a_text_of_very_many_paragraphs_and_marks_takes_no_time_beyond_its_length():
    text = "\n\n".join(["ab"] * 40_000)
    told = marked(text, *((place, place + 1) for place in range(0, len(text), 4)))
    assert told[:2] == ["[a]b", "[a]b"]
    assert len(told) == 40_000


def test_terms_turn_no_text_around_and_end_somewhere():
    match = a_match()
    piece = replace(match.evidence[0], as_written="\u202eevil\u2066 " + "x" * 999, sentence="")
    (term,) = why(replace(match, evidence=(piece,))).terms
    assert term.startswith("evil x")
    assert len(term) == 60


def test_the_sentence_with_the_most_terms_comes_first_and_the_others_are_counted():
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
    told = why(replace(match, evidence=tuple(pieces)))
    assert ["".join(piece.text for piece in sentence) for sentence in told.sentences] == ["Two and b.", "One."]
    assert told.more == 1


def bracketed(text: str, *words: str) -> str:
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in excerpt(text, words))


def test_what_was_searched_for_is_marked_where_it_stands():
    assert bracketed("Rain, and AI.", "ai") == "R[ai]n, and [AI]."
    assert bracketed("No word of it.", "ai") == "No word of it."
    assert bracketed("\u0130\u0130\u0130 A.B (c)", "a.b", "(C)") == "\u0130\u0130\u0130 [A.B] [(c)]"
    far = bracketed("word " * 5000 + "needle" + " word" * 5000, "needle")
    assert "[needle]" in far
    assert far.startswith("…")
    assert far.endswith("…")
    assert len(far) < 400


def test_a_search_shows_the_words_and_nothing_that_acts(visitor, filled):
    text = "<script>alert(1)</script> an inquiry & <b>more</b>"
    filled.record(a_poll(a_find("bad", article=an_article("bad", title="<i>inquiry</i>", text=text)), at=NOW + HOUR))
    page = visitor.get("/search?words=inquiry").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; an <mark>inquiry</mark> &amp; &lt;b&gt;" in page
    assert "&lt;i&gt;<mark>inquiry</mark>&lt;/i&gt;" in page
