from monitor.extraction.memories import Memories


def test_what_came_last_of_a_feed_is_kept():
    memories = Memories()
    memories.keep("a", b"first")
    memories.keep("a", b"second")
    assert (memories.of("a"), memories.of("b")) == (b"second", b"")


def test_nothing_is_kept_in_place_of_what_is_no_use_any_more():
    memories = Memories()
    memories.keep("a", b"first")
    memories.keep("a", b"")
    assert memories.of("a") == b""


def test_no_more_is_kept_than_there_is_room_for_and_what_is_there_stays():
    memories = Memories(bound=10)
    memories.keep("a", b"1234")
    memories.keep("b", b"1234567")
    memories.keep("c", b"123456")
    assert [memories.of(feed) for feed in "abc"] == [b"1234", b"", b"123456"]
    memories.keep("a", b"12345")
    assert [memories.of(feed) for feed in "abc"] == [b"", b"", b"123456"]
