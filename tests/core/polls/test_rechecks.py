"""When pages are rechecked, and with which validators."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.feeds.failures import failed
from monitor.core.model import Article, Entry, Feed, FoundArticle, Response, Tier, Validators
from monitor.core.polls import retry_policy

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGE = "https://a.example/news/1"
READ = FoundArticle(entry=Entry(key="1"), article=Article(title="t", text="t"), validators=Validators())
WAITS_FOR_IT = FoundArticle(
    entry=Entry(key="1"), article=Article(title="t", text="t", partial=True), validators=Validators()
)
OF_THE_FEED = FoundArticle(entry=Entry(key="1"), article=Article(title="t", text="t"))


def a_feed(**more) -> Feed:
    return Feed(id="x", url="https://a.example/feed", **more)


@pytest.mark.parametrize(
    ("feed", "found", "has_hits", "at"),
    [
        (a_feed(tier=Tier.OFFICIAL), READ, False, NOW + 6 * HOUR),
        (a_feed(tier=Tier.AGENCY), READ, False, NOW + 6 * HOUR),
        (a_feed(tier=Tier.THINK_TANK), READ, False, None),
        (a_feed(), READ, True, NOW + 6 * HOUR),
        (a_feed(revisit="always"), READ, False, NOW + 6 * HOUR),
        (a_feed(revisit="never", tier=Tier.OFFICIAL), READ, True, None),
        (a_feed(revisit="always"), WAITS_FOR_IT, True, None),
        (a_feed(revisit="always"), OF_THE_FEED, True, None),
    ],
)
def test_the_first_recheck_is_after_six_hours_for_pages_that_are_rechecked(feed, found, has_hits, at):
    assert retry_policy.first_recheck(feed, found, NOW, has_hits=has_hits) == at


def test_the_intervals_of_rechecks_grow_and_the_fifth_is_the_last():
    assert [retry_policy.next_recheck(number, NOW) for number in range(1, 7)] == [
        NOW + DAY,
        NOW + 3 * DAY,
        NOW + 7 * DAY,
        NOW + 30 * DAY,
        None,
        None,
    ]
    assert [retry_policy.is_last_recheck(number) for number in range(1, 6)] == [False, False, False, False, True]


def test_a_page_that_is_refused_for_good_is_not_rechecked():
    assert retry_policy.next_recheck(1, NOW, failed("robots")) is None
    assert retry_policy.next_recheck(1, NOW, failed("timeout")) == NOW + DAY


def test_only_a_response_with_status_200_has_validators():
    headers = {"etag": 'W/"1"', "last-modified": "then"}
    assert retry_policy.page_validators(Response(url=PAGE, status=200, headers=headers)) == Validators(
        etag='W/"1"', last_modified="then"
    )
    assert retry_policy.page_validators(Response(url=PAGE, status=203, headers=headers)) == Validators()
    assert retry_policy.page_validators(Response(url=PAGE, status=200)) == Validators()
