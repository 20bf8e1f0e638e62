"""Boilerplate is not matched, and positions in the text around it stay valid."""

from __future__ import annotations

from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from monitor.core.text import mask_spans, words
from tests.core.rule_samples import HEAD, book

PLEA = "Our letter on GPU prices comes every Friday."
NEWS = "The council met on Monday and spoke of GPU imports for its schools."


def test_no_rule_looks_at_boilerplate_and_evidence_keeps_its_place() -> None:
    text = f"{PLEA}\n\n{NEWS}\n\n{PLEA}"
    places = ((0, len(PLEA)), (len(text) - len(PLEA), len(text)))
    (match,) = Matcher(book(HEAD + "  any: [GPU]\n").rules).match(
        Article(title="Council", text=text, boilerplate=places), Source()
    )
    (evidence,) = match.evidence
    assert text[evidence.start : evidence.end] == "GPU"
    assert evidence.sentence == NEWS
    assert text[evidence.sentence_start :].startswith(NEWS)


def test_nothing_is_near_across_what_is_left_out() -> None:
    rules = book(HEAD + "  near: 50\n  of: [council, schools]\n").rules
    text = f"The council met.\n\n{PLEA}\n\nThe schools close."
    article = Article(title="", text=text, boilerplate=((18, 18 + len(PLEA)),))
    assert Matcher(rules).match(article, Source()) == ()


def test_the_words_of_the_text_are_those_of_all_its_paragraphs_but_of_boilerplate() -> None:
    text = f"{NEWS}\n\n{PLEA}\n\n欧盟通过人工智能法案"
    places = ((len(NEWS) + 2, len(NEWS) + 2 + len(PLEA)),)
    article = Article(title="Council", text=text, boilerplate=places)
    context = Matcher(book(HEAD + "  any: [GPU]\n").rules).scan(article, Source())
    assert context.document.text_words == words(mask_spans(text, places)) == words(f"{NEWS} 欧盟通过人工智能法案")
