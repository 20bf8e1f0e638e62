"""Why a hit was made: the evidence as it was stored, and whether rule and text are still the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from archive_samples import NOW, RULES, SampleArticle, book, lab, store_samples

from monitor.core.errors import UsageError
from monitor.core.lab.serializers import explanation
from monitor.core.matching.matcher import Matcher
from monitor.core.model import FoundArticle
from monitor.store import RetentionCutoffs, Store

CONTROLS = SampleArticle(
    "Ministry widens export controls",
    "The ministry said on Monday that export controls on every AI chip will be widened.\n\nTimber is not touched.",
)


def test_shows_each_passage_with_its_terms_marked(any_store: Store) -> None:
    (hit,) = store_samples(any_store, [CONTROLS], Matcher(book().rules))
    result = lab(any_store).why(hit.id)
    (passage,) = result.sentences
    assert passage.zone == "lead"
    assert [passage.text[start:end] for start, end in passage.marks] == ["export controls", "AI chip"]
    assert [each.list_name for each in passage.evidence] == ["controls", ""]
    assert result.hit == hit


def test_says_that_rule_and_text_are_as_they_were(store: Store) -> None:
    (hit,) = store_samples(store, [CONTROLS], Matcher(book().rules))
    result = lab(store).why(hit.id)
    assert (result.rule_state, result.text_state) == ("same", "same")
    assert result.match is not None
    assert result.story is not None
    assert [each.title for each in result.story.articles] == [CONTROLS.title]


def test_says_that_the_rule_was_changed_and_would_not_match_any_more(store: Store) -> None:
    (hit,) = store_samples(store, [CONTROLS], Matcher(book().rules))
    result = lab(store, book(RULES.replace("near: 10", "near: 1"))).why(hit.id)
    assert result.rule_state == "changed"
    assert result.match is None


def test_says_that_the_rule_is_gone(store: Store) -> None:
    (hit,) = store_samples(store, [CONTROLS], Matcher(book().rules))
    result = lab(store, book(RULES.replace("id: chip-controls", "id: other-name"))).why(hit.id)
    assert (result.rule, result.rule_state, result.match) == (None, "gone", None)


def test_a_retired_rule_is_explained_nevertheless(store: Store) -> None:
    (hit,) = store_samples(store, [CONTROLS], Matcher(book().rules))
    result = lab(store, book(RULES.replace("status: live", "status: retired"))).why(hit.id)
    assert result.match is not None


def test_says_that_the_text_was_removed_and_keeps_the_evidence(store: Store) -> None:
    (hit,) = store_samples(store, [CONTROLS], Matcher(book().rules))
    after = NOW + timedelta(days=365)
    store.prune(before=RetentionCutoffs(articles=after, hits=NOW - timedelta(days=1), polls=after), now=after)
    result = lab(store).why(hit.id)
    assert (result.text_state, result.removed_after_days, result.match) == ("gone", 366, None)
    assert [each.text for each in result.sentences] == [CONTROLS.text.partition("\n")[0]]
    assert result.story is not None
    view = explanation(result)
    assert view["text_removed_after_days"] == 366
    refused = lab(store).why_not("chip-controls", str(hit.article_id))
    assert refused.stored is not None
    assert refused.stored.days_until_removal == 366


def test_says_that_the_text_has_been_replaced_since(store: Store) -> None:
    (hit,) = store_samples(
        store, [SampleArticle(CONTROLS.title, "Export ban on each GPU.", partial=True)], Matcher(book().rules[:1])
    )
    came = FoundArticle(entry=CONTROLS.found(None).entry, article=CONTROLS.article())
    store.replace_article(hit.article_id, came, NOW)
    result = lab(store).why(hit.id)
    assert result.text_state == "changed"
    assert result.hit.partial


def test_an_unknown_hit_is_refused_with_the_newest_that_there_is(store: Store) -> None:
    with pytest.raises(UsageError, match="there is no hit 7; `monitor hits` lists them, there is none yet"):
        lab(store).why(7)
    (hit,) = store_samples(store, [CONTROLS], Matcher(book().rules))
    with pytest.raises(UsageError, match=f"there is no hit 700; `monitor hits` lists them, the newest is {hit.id}"):
        lab(store).why(700)
