from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.feeds import identity
from monitor.core.model import Entry, KnownEntry

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LONG = "A title that is long enough to name an entry"


def entry(guid="", link="", title="", raw="", **more) -> Entry:
    return identity.with_keys(Entry(key="", guid=guid, link=link, title=title, published_raw=raw, **more))


def stored(*entries: Entry, first_seen_at: datetime = NOW - timedelta(days=1)) -> dict[str, KnownEntry]:
    """Return the lookup of a store that contains these entries."""
    known = {}
    for number, each in enumerate(entries, 1):
        found = KnownEntry(
            entry_id=number,
            key=each.key,
            content_hash=each.content_hash,
            partial=False,
            versions=1,
            article_id=number,
            first_seen_at=first_seen_at,
        )
        known.update(dict.fromkeys((each.key, *each.aliases), found))
    return known


def find(each: Entry, known: dict[str, KnownEntry]) -> int | None:
    asked = identity.lookup_keys([each])
    found = identity.find_known(each, {key: value for key, value in known.items() if key in asked}, NOW)
    return found.entry_id if found else None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # the guid stays, whatever else is edited
        (
            {"guid": "1", "link": "https://a.example/x", "title": "Old"},
            {"guid": "1", "link": "https://a.example/x", "title": "New"},
        ),
        ({"guid": "1", "title": "Old"}, {"guid": "1", "title": "New"}),
        # the guid changes its scheme and host
        ({"guid": "http://old.example/?p=1"}, {"guid": "https://new.example/?p=1"}),
        # the guid changes for ever, the link stays
        ({"guid": "x#0", "link": "https://a.example/x"}, {"guid": "x#3", "link": "https://a.example/x"}),
        # http becomes https, www goes, trackers come
        ({"link": "http://www.a.example/x/"}, {"link": "https://a.example/x?utm_source=rss"}),
        # guid and link change, title and summary stay
        (
            {"guid": "1", "link": "https://a.example/1", "title": LONG},
            {"guid": "9", "link": "https://a.example/9", "title": LONG},
        ),
        (
            {"guid": "1", "link": "https://a.example/1", "title": LONG, "published_at": NOW},
            {"guid": "9", "link": "https://a.example/9", "title": LONG, "published_at": NOW},
        ),
        # guids come or go
        ({"link": "https://a.example/x"}, {"guid": "1", "link": "https://a.example/x"}),
        # neither guid nor link
        ({"title": "Short", "raw": "Monday"}, {"title": "Short", "raw": "Monday"}),
    ],
)
def test_an_entry_is_known_again(before, after):
    assert find(entry(**after), stored(entry(**before))) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"guid": "1"}, {"guid": "2"}),
        ({"link": "https://a.example/1"}, {"link": "https://a.example/2"}),
        ({"title": "Press release", "raw": "Mon"}, {"title": "Press release", "raw": "Tue"}),
        # the same title with other words under it is the next daily briefing
        (
            {"guid": "1", "link": "https://a.example/1", "title": LONG, "summary": "On Monday"},
            {"guid": "2", "link": "https://a.example/2", "title": LONG, "summary": "On Tuesday"},
        ),
        # the same title on another day is the next daily briefing, even if nothing else is said of it
        (
            {"guid": "1", "link": "https://a.example/1", "title": LONG, "published_at": NOW - timedelta(days=1)},
            {"guid": "2", "link": "https://a.example/2", "title": LONG, "published_at": NOW},
        ),
        # a guid that is used again for something else
        (
            {"guid": "1", "link": "https://a.example/1", "title": "The first of all titles here"},
            {"guid": "1", "link": "https://a.example/2", "title": "The second of all titles here"},
        ),
        # two parts of one page
        (
            {"guid": "v1", "link": "https://a.example/log#v1", "title": "Version one"},
            {"guid": "v2", "link": "https://a.example/log#v2", "title": "Version two"},
        ),
    ],
)
def test_another_entry_is_not_taken_for_a_known_one(before, after):
    assert find(entry(**after), stored(entry(**before))) is None


def test_the_same_title_counts_for_a_week_only():
    before = entry(guid="1", link="https://a.example/1", title=LONG)
    after = entry(guid="2", link="https://a.example/2", title=LONG)
    assert find(after, stored(before, first_seen_at=NOW - timedelta(days=7))) == 1
    assert find(after, stored(before, first_seen_at=NOW - timedelta(days=7, seconds=1))) is None


def test_a_reused_guid_still_names_the_old_and_the_new_entry():
    old = entry(guid="1", link="https://a.example/1", title="The first of all titles here")
    new = identity.with_distinct_key(entry(guid="1", link="https://a.example/2", title="The second of all titles here"))
    known = stored(old, new)
    assert find(entry(guid="1", link="https://a.example/2", title="The second of all titles here"), known) == 2
    assert find(entry(guid="1", link="https://a.example/1", title="The first of all titles here"), known) == 1
    edited = entry(guid="1", link="https://a.example/2", title="The second title, edited")
    assert find(edited, known) == 2


def test_a_guid_is_trusted_where_the_link_names_no_single_entry():
    """All entries of a changelog link to its front page."""
    front = "https://a.example/"
    document = identity.deduplicate(
        [entry(guid="1", link=front, title="One"), entry(guid="2", link=front, title="Two")]
    )
    known = stored(*document)
    edited = identity.deduplicate(
        [entry(guid="1", link=front, title="One, edited"), entry(guid="2", link=front, title="Two")]
    )
    assert [find(each, known) for each in edited] == [1, 2]


# ---------------------------------------------------------------- one document


def test_the_first_of_two_equal_entries_is_kept():
    one, again = (
        entry(guid="1", link="https://a.example/x", title="a"),
        entry(guid="1", link="https://a.example/x", title="b"),
    )
    assert identity.deduplicate([one, again]) == [one]


def test_different_entries_under_one_guid_are_all_kept():
    entries = [entry(guid="same", link=f"https://a.example/{number}", title=f"Title {number}") for number in range(5)]
    kept = identity.deduplicate(entries)
    assert [each.title for each in kept] == [f"Title {number}" for number in range(5)]
    assert len({each.key for each in kept}) == 5


@pytest.mark.parametrize("guid", ["", "https://a.example/", "http://www.a.example"])
def test_entries_that_all_link_to_the_front_page_are_all_kept(guid):
    entries = [entry(guid=guid, link="https://a.example/", title=f"Title {number}") for number in range(5)]
    kept = identity.deduplicate(entries)
    assert [each.title for each in kept] == [f"Title {number}" for number in range(5)]
    assert len({each.key for each in kept}) == 5


@pytest.mark.parametrize("link", ["https://a.example/", "http://www.a.example", "https://a.example/?utm_source=rss"])
def test_a_window_of_one_entry_that_links_to_the_front_page_holds_another_each_time(link):
    one = entry(link=link, title="Flood warning", summary="On Monday", raw="Mon")
    two = entry(link=link, title="Heat warning", summary="On Tuesday", raw="Tue")
    assert find(two, stored(one)) is None
    assert find(one, stored(one)) == 1


def test_a_page_of_its_own_names_an_entry_whatever_is_edited():
    before = entry(link="https://a.example/warnings", title="Flood warning", summary="On Monday")
    assert find(entry(link="https://a.example/warnings", title="Heat", summary="On Tuesday"), stored(before)) == 1


def test_under_one_guid_and_link_other_words_and_another_title_are_another_entry():
    shared = {"guid": "1", "link": "https://a.example/"}
    document = [entry(**shared, title=f"Title {number}", summary=f"Words {number}") for number in range(3)]
    assert identity.deduplicate([*document, document[1]]) == identity.deduplicate(document)
    assert len(identity.deduplicate(document)) == 3
    assert (
        len(identity.deduplicate([entry(**shared, title=f"Title {number}", summary="Words") for number in range(3)]))
        == 1
    )


def test_entries_of_the_front_page_are_known_again_whichever_others_are_there():
    one, two, three = [entry(link="https://a.example/", title=f"Title {number}") for number in range(3)]
    alone, together = stored(*identity.deduplicate([one])), stored(*identity.deduplicate([one, two]))
    assert [find(each, alone) for each in identity.deduplicate([one, two, three])] == [1, None, None]
    assert [find(each, together) for each in identity.deduplicate([three, two])] == [None, 2]
    assert [find(each, together) for each in identity.deduplicate([two])] == [2]
    both = {**stored(one, identity.with_distinct_key(two)), one.key: stored(one)[one.key]}
    assert [find(each, both) for each in identity.deduplicate([two])] == [2]


def test_a_guid_that_starts_to_be_shared_keeps_its_old_entry():
    old = entry(guid="same", link="https://a.example/0", title="Title 0")
    entries = [entry(guid="same", link=f"https://a.example/{number}", title=f"Title {number}") for number in range(3)]
    assert [find(each, stored(old)) for each in identity.deduplicate(entries)] == [1, None, None]


def test_what_names_two_entries_of_a_document_names_none():
    entries = identity.deduplicate(
        [entry(guid="1", link="https://a.example/", title=LONG), entry(guid="2", link="https://a.example/", title=LONG)]
    )
    assert [each.aliases for each in entries] == [(), ()]


def test_an_edit_of_the_words_changes_the_content_and_a_tracker_does_not():
    base = {"guid": "1", "link": "https://a.example/x", "title": "T", "summary": "s"}
    assert (
        entry(**base).content_hash
        == entry(**{**base, "link": "http://www.a.example/x?utm_source=1", "title": "t"}).content_hash
    )
    assert entry(**base).content_hash != entry(**{**base, "summary": "other"}).content_hash


fields = st.fixed_dictionaries(
    {
        "guid": st.sampled_from(["", "1", "2", "http://a.example/1", "https://a.example/1"]) | st.text(max_size=5),
        "link": st.sampled_from(["", "https://a.example/1", "https://a.example/2#x", "http://www.a.example/1/"]),
        "title": st.sampled_from(["", "Short", LONG, LONG + "!"]) | st.text(max_size=5),
        "summary": st.sampled_from(["", "one", "two"]),
        "raw": st.sampled_from(["", "Monday"]),
    }
)
documents = st.lists(fields, max_size=8)


@given(documents)
def test_a_document_that_was_stored_is_wholly_known_and_nothing_of_it_is_lost(document):
    entries = identity.deduplicate([entry(**each) for each in document])
    known = stored(*entries)
    assert len({each.key for each in entries}) == len(entries)
    for number, each in enumerate(entries, 1):
        assert find(each, known) == number


@given(documents)
def test_no_link_of_a_document_is_lost(document):
    entries = [entry(**each) for each in document]
    kept = identity.deduplicate(entries)
    assert {each.canonical_link for each in kept} == {each.canonical_link for each in entries}
    linked = {
        (each.canonical_link, each.title.casefold()) for each in entries if not each.guid and each.title.isalpha()
    }
    assert linked <= {(each.canonical_link, each.title.casefold()) for each in kept}


@given(documents, documents)
def test_asking_by_keys_first_and_then_for_what_is_left_finds_all_that_asking_at_once_does(before, after):
    held = stored(*identity.deduplicate([entry(**each) for each in before]))
    entries = identity.deduplicate([entry(**each) for each in after])
    at_once = {key: held[key] for key in identity.lookup_keys(entries) & held.keys()}
    by_steps = {each.key: held[each.key] for each in entries if each.key in held}
    asked = identity.lookup_keys(identity.needing_lookup(entries, by_steps))
    by_steps |= {key: held[key] for key in asked & held.keys()}
    for each in entries:
        assert identity.find_known(each, by_steps, NOW) == identity.find_known(each, at_once, NOW)
        assert (each.key in by_steps) == (each.key in at_once)


def test_an_entry_that_is_known_as_it_is_leaves_nothing_to_look_up():
    same, edited, new = entry(guid="1", title="Same"), entry(guid="2", title="New title"), entry(guid="3")
    known = stored(same, entry(guid="2", title="Old title"))
    assert identity.needing_lookup([same, edited, new], known) == [edited, new]


def dated(*ages, **more):
    return [entry(title=LONG, published_at=NOW - age if age is not None else None, **more) for age in ages]


@pytest.mark.parametrize(
    ("entries", "by_request"),
    [
        (dated(*[SECOND * n for n in range(3)]), True),
        (dated(*[SECOND * 0] * 3, link="https://a.example/"), True),
        (dated(*[SECOND * 0] * 2), False),
        (dated(SECOND * 0, SECOND * 0, SECOND * 60), False),
        (dated(None, None, None), False),
        ([*dated(*[SECOND * 0] * 3), *dated(SECOND * 0, guid="1")], False),
        ([], False),
    ],
)
def test_entries_without_an_address_that_all_have_one_date_are_dated_by_the_request(entries, by_request):
    assert identity.are_dated_by_request(entries) is by_request
