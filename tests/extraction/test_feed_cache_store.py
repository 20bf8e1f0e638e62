from monitor.extraction.feed_cache_store import FeedCaches


def test_what_came_last_of_a_feed_is_kept():
    cache = FeedCaches()
    cache.put("a", b"first")
    cache.put("a", b"second")
    assert (cache.get("a"), cache.get("b")) == (b"second", b"")


def test_nothing_is_kept_in_place_of_what_is_no_use_any_more():
    cache = FeedCaches()
    cache.put("a", b"first")
    cache.put("a", b"")
    assert cache.get("a") == b""


def test_a_full_cache_refuses_new_states_and_keeps_old_ones():
    cache = FeedCaches(max_size=10)
    cache.put("a", b"1234")
    cache.put("b", b"1234567")
    cache.put("c", b"123456")
    assert [cache.get(feed) for feed in "abc"] == [b"1234", b"", b"123456"]
    cache.put("a", b"12345")
    assert [cache.get(feed) for feed in "abc"] == [b"", b"", b"123456"]
