"""Why a hit was made: the evidence as it was stored, and whether rule and text are still the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from archive_samples import NOW, RULES, Told, book, keep, lab

from monitor.core.errors import UsageError
from monitor.core.lab.serializers import explanation
from monitor.core.matching.matcher import Matcher
from monitor.core.model import FoundArticle
from monitor.store import Bounds, Store

CONTROLS = Told(
    "Ministry widens export controls",
    "The ministry said on Monday that export controls on every AI chip will be widened.\n\nTimber is not touched.",
)


def test_shows_each_passage_with_its_terms_marked(any_store: Store) -> None:
    (hit,) = keep(any_store, [CONTROLS], Matcher(book().rules))
    told = lab(any_store).why(hit.id)
    (passage,) = told.sentences
    assert passage.zone == "lead"
    assert [passage.text[start:end] for start, end in passage.marks] == ["export controls", "AI chip"]
    assert [each.list_name for each in passage.evidence] == ["controls", ""]
    assert told.hit == hit


def test_says_that_rule_and_text_are_as_they_were(store: Store) -> None:
    (hit,) = keep(store, [CONTROLS], Matcher(book().rules))
    told = lab(store).why(hit.id)
    assert (told.rule_state, told.text_state) == ("same", "same")
    assert told.match is not None
    assert told.story is not None
    assert [each.title for each in told.story.articles] == [CONTROLS.title]


def test_says_that_the_rule_was_changed_and_would_not_match_any_more(store: Store) -> None:
    (hit,) = keep(store, [CONTROLS], Matcher(book().rules))
    told = lab(store, book(RULES.replace("near: 10", "near: 1"))).why(hit.id)
    assert told.rule_state == "changed"
    assert told.match is None


def test_says_that_the_rule_is_gone(store: Store) -> None:
    (hit,) = keep(store, [CONTROLS], Matcher(book().rules))
    told = lab(store, book(RULES.replace("id: chip-controls", "id: other-name"))).why(hit.id)
    assert (told.rule, told.rule_state, told.match) == (None, "gone", None)


def test_a_retired_rule_is_explained_all_the_same(store: Store) -> None:
    (hit,) = keep(store, [CONTROLS], Matcher(book().rules))
    told = lab(store, book(RULES.replace("status: live", "status: retired"))).why(hit.id)
    assert told.match is not None


def test_says_that_the_text_was_removed_and_keeps_the_evidence(store: Store) -> None:
    (hit,) = keep(store, [CONTROLS], Matcher(book().rules))
    after = NOW + timedelta(days=365)
    store.prune(before=Bounds(articles=after, hits=NOW - timedelta(days=1), polls=after), now=after)
    told = lab(store).why(hit.id)
    assert (told.text_state, told.removed_after_days, told.match) == ("gone", 366, None)
    assert [each.text for each in told.sentences] == [CONTROLS.text.partition("\n")[0]]
    assert told.story is not None
    view = explanation(told)
    assert view["text_removed_after_days"] == 366
    refused = lab(store).why_not("chip-controls", str(hit.article_id))
    assert refused.stored is not None
    assert refused.stored.days_until_removal == 366


def test_says_that_the_text_has_been_replaced_since(store: Store) -> None:
    (hit,) = keep(store, [Told(CONTROLS.title, "Export ban on each GPU.", partial=True)], Matcher(book().rules[:1]))
    came = FoundArticle(entry=CONTROLS.found(None).entry, article=CONTROLS.article())
    store.replace_article(hit.article_id, came, NOW)
    told = lab(store).why(hit.id)
    assert told.text_state == "changed"
    assert told.hit.partial


def test_an_unknown_hit_is_refused_with_the_newest_that_there_is(store: Store) -> None:
    with pytest.raises(UsageError, match="there is no hit 7; `monitor hits` lists them, there is none yet"):
        lab(store).why(7)
    (hit,) = keep(store, [CONTROLS], Matcher(book().rules))
    with pytest.raises(UsageError, match=f"there is no hit 700; `monitor hits` lists them, the newest is {hit.id}"):
        lab(store).why(700)
