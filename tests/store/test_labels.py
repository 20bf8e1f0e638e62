"""Labels of hits."""

from __future__ import annotations

from sample_polls import DAY, NOW, a_find, a_poll

from monitor.store import RetentionCutoffs


def test_the_last_label_counts_and_can_be_removed(any_store):
    any_store.record(a_poll(a_find("one", "inquiries", "fines")))
    one, other = (hit.id for hit in any_store.hits())
    assert any_store.labels([one, other]) == {}
    assert any_store.label(one, NOW, relevant=True)
    assert any_store.label(other, NOW, relevant=True)
    assert any_store.label(one, NOW, relevant=False)
    assert any_store.labels([one, other]) == {one: False, other: True}
    assert any_store.label(other, NOW, relevant=None)
    assert any_store.labels([one, other]) == {one: False}


def test_a_hit_that_is_not_there_has_no_label(any_store):
    assert not any_store.label(4711, NOW, relevant=True)
    assert any_store.labels([4711]) == {}


def test_a_label_is_removed_with_its_hit(any_store):
    any_store.record(a_poll(a_find("one", "inquiries")))
    (hit,) = any_store.hits()
    any_store.label(hit.id, NOW, relevant=True)
    assert (
        any_store.prune(before=RetentionCutoffs(articles=NOW + DAY, hits=NOW + DAY, polls=NOW), now=NOW + DAY)["labels"]
        == 1
    )
    assert any_store.hits() == []
