"""An edit whose page cannot be fetched: the feed's new text is matched, and no stored text is lost."""

from __future__ import annotations

from dataclasses import replace

from monitor.core.articles import from_feed
from monitor.core.articles.carry_forward import merge_versions
from monitor.core.model import Article, Entry
from monitor.core.text import MAX_TEXT_CHARS

KNOWN = Entry(key="k", link="https://a.example/1", title="Guidance", summary="On models.")
WHOLE = Article(
    title="Guidance",
    text="Providers register.\n\nFees are due in May.",
    url="https://a.example/1",
    author="A. Writer",
    quality="full",
    language="en",
)
REASON = "http: 403; the text is that of an earlier version"


def kept(entry: Entry, *versions: Article, waits: bool = False) -> Article:
    return merge_versions(from_feed(entry, "http: 403"), entry, KNOWN, versions, waits=waits)


def test_new_words_of_the_feed_stand_before_the_text_that_was_read():
    edited = replace(KNOWN, title="Guidance withdrawn", summary="It does not apply any more.")
    article = kept(edited, WHOLE)
    assert (article.title, article.text) == ("Guidance withdrawn", f"It does not apply any more.\n\n{WHOLE.text}")
    assert (article.partial, article.partial_reason, article.quality) == (True, REASON, "full")
    assert (article.author, article.language) == ("A. Writer", "en")


def test_words_that_the_text_has_already_are_not_put_before_it_again():
    assert kept(replace(KNOWN, title="New", summary="Fees  are due…"), WHOLE).text == WHOLE.text


def test_an_edit_that_says_nothing_new_leaves_the_version_as_it_is():
    assert kept(replace(KNOWN, content_hash="later"), WHOLE) == WHOLE
    assert kept(replace(KNOWN, summary="Providers register."), WHOLE) == WHOLE


def test_one_whose_page_is_tried_again_waits_for_it_as_a_partial_one():
    article = kept(replace(KNOWN, content_hash="later"), WHOLE, waits=True)
    assert article == replace(WHOLE, partial=True, partial_reason=REASON)


def test_summaries_of_several_edits_do_not_pile_up():
    second = kept(replace(KNOWN, summary="The second."), WHOLE)
    third = kept(replace(KNOWN, summary="The third."), WHOLE, second)
    assert third.text == f"The third.\n\n{WHOLE.text}"


def test_what_an_earlier_edit_said_stays_while_the_feed_goes_on_saying_it():
    second = kept(replace(KNOWN, summary="The second."), WHOLE)
    still = replace(KNOWN, summary="The second.", content_hash="later")
    assert merge_versions(from_feed(still, "http: 403"), still, still, (WHOLE, second), waits=False) == second


def test_a_text_that_an_edit_has_covered_up_comes_back_with_the_next():
    covered = from_feed(replace(KNOWN, summary="The second."), "http: 403")
    still = replace(KNOWN, summary="The second.", content_hash="later")
    again = merge_versions(
        from_feed(still, "http: 403"), still, replace(still, content_hash=""), (WHOLE, covered), waits=False
    )
    assert again.text == f"The second.\n\n{WHOLE.text}"


def test_without_a_text_that_was_read_the_article_is_what_the_feed_says():
    edited = replace(KNOWN, summary="New.")
    poor = from_feed(edited, "http: 403")
    assert kept(edited, from_feed(KNOWN, "http: 403")) == poor
    assert merge_versions(poor, edited, KNOWN, (), waits=False) == poor


def test_the_beginning_of_an_article_is_better_than_nothing_of_it():
    teaser = replace(WHOLE, partial=True, partial_reason="paywall: the page shows the beginning")
    assert kept(replace(KNOWN, summary="New."), teaser).text == f"New.\n\n{WHOLE.text}"


def test_what_a_feed_carried_whole_is_kept_like_a_page():
    whole = replace(WHOLE, quality="feed")
    assert kept(replace(KNOWN, summary="Short now."), whole).text == f"Short now.\n\n{WHOLE.text}"


def test_no_text_grows_beyond_its_bound():
    long = replace(WHOLE, text="a " * (MAX_TEXT_CHARS // 2))
    article = kept(replace(KNOWN, summary="New words."), long)
    assert len(article.text) == MAX_TEXT_CHARS
    assert article.truncated
