from monitor.core.model import Feed, FeedId, FeedState
from monitor.core.polls.feed_queue import FeedQueue, FeedWithState


def source(feed_id: str, host: str, moved_to: str | None = None) -> FeedWithState:
    return FeedWithState(Feed(id=feed_id, url=f"https://{host}/feed"), FeedState(feed_id=FeedId(feed_id), url=moved_to))


def queue(*due: FeedWithState, at_once: int = 100, slow: tuple[str, ...] = ()) -> FeedQueue:
    made = FeedQueue(at_once=at_once, per_host=2, is_slow=lambda host: host in slow)
    made.offer(due)
    return made


def taken(made: FeedQueue) -> list[str]:
    ids = []
    while found := made.take():
        ids.append(found.feed.id)
    return ids


def test_hosts_alternate_and_each_has_its_limit():
    made = queue(*(source(f"a{number}", "a.example") for number in range(4)), source("b", "b.example"))
    assert taken(made) == ["a0", "b", "a1"]
    made.release(FeedId("a0"))
    assert taken(made) == ["a2"]


def test_a_feed_that_has_moved_counts_against_its_new_host():
    moved = [source(f"m{number}", "old.example", "https://new.example/feed") for number in range(3)]
    assert taken(queue(*moved, source("o", "old.example"))) == ["m0", "o", "m1"]


def test_slow_hosts_have_a_quarter_of_the_limit_and_others_the_rest():
    slow = [f"s{number}.example" for number in range(8)]
    made = queue(*(source(host, host) for host in slow), source("f", "f.example"), at_once=8, slow=tuple(slow))
    assert taken(made) == [slow[0], slow[1], "f"]
    made.release(FeedId(slow[0]))
    assert taken(made) == [slow[2]]


def test_no_more_than_the_limit_are_in_progress():
    made = queue(*(source(f"x{number}", f"{number}.example") for number in range(5)), at_once=3)
    assert taken(made) == ["x0", "x1", "x2"]
    made.release(FeedId("x1"))
    assert taken(made) == ["x3"]


def test_an_offer_replaces_the_feeds_that_wait_and_no_feed_in_progress_is_taken_twice():
    made = queue(source("a", "a.example"), source("b", "b.example"))
    assert made.take().feed.id == "a"
    made.offer([source("a", "a.example"), source("c", "c.example")])
    assert taken(made) == ["c"]


def test_a_given_feed_is_taken_unless_it_is_in_progress_or_the_limit_of_slow_hosts_is_reached():
    made = queue(at_once=4, slow=("slow.example", "late.example"))
    assert made.try_take(source("a", "slow.example"))
    assert not made.try_take(source("a", "slow.example"))
    assert not made.try_take(source("b", "late.example"))
    assert made.try_take(source("c", "fast.example"))
