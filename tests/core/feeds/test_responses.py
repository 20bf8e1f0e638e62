from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.feeds import responses
from monitor.core.model import Failed, FeedState, Response, Severity, Unchanged

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FRESH = FeedState(feed_id="x")
CHALLENGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"
DATADOME = b"<html><head><title>paper.example</title></head><script>var dd={'host':'geo.captcha-delivery.com'}</script>"
SEC = b"<html><head><title>SEC.gov | Your Request Originates from an Undeclared Automated Tool</title></head></html>"
LOGIN = b"<html><body><form><input type='password' name=p></form></body></html>"
ORDINARY = (
    b"<html><head><title>News</title></head><body>"
    + b"<p>words</p>" * 2000
    + b"<div class='g-recaptcha'></div></body></html>"
)


def answer(
    status: int = 200, body: bytes = b"<rss/>", url: str = "http://a.example/feed", redirects=(), **headers: str
) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(url=url, status=status, headers=named, body=body, redirects=redirects)


@pytest.mark.parametrize(
    ("response", "reason", "severity"),
    [
        (answer(404), "http: 404", Severity.SOFT),
        (answer(403), "http: 403", Severity.HARD),
        (answer(500), "http: 500", Severity.SOFT),
        (answer(503), "http: 503", Severity.SOFT),
        (answer(410), "gone: http 410", Severity.HARD),
        (answer(401), "login wall: http 401", Severity.HARD),
        (answer(407), "login wall: http 407", Severity.HARD),
        (answer(429), "too many requests: http 429", Severity.TEMPORARY),
        (answer(403, CHALLENGE), "bot wall: http 403 with a challenge", Severity.HARD),
        (answer(403, b"", cf_mitigated="challenge"), "bot wall: http 403 with a challenge", Severity.HARD),
        (answer(202, b""), "empty answer: http 202 with nothing in it", Severity.SOFT),
        (answer(200, b" \n"), "empty answer: http 200 with nothing in it", Severity.SOFT),
        (answer(204, b""), "empty answer: http 204 with nothing in it", Severity.SOFT),
    ],
)
def test_an_answer_that_is_no_feed_is_named_before_it_is_parsed(response, reason, severity):
    judged = responses.classify_response(response, FRESH, NOW)
    assert isinstance(judged, Failed)
    assert (judged.reason, judged.severity, judged.status) == (reason, severity, response.status)
    assert judged.gone is (response.status == 410)


def test_a_body_is_left_to_the_parser():
    assert responses.classify_response(answer(), FRESH, NOW) is None
    assert responses.classify_response(answer(202), FRESH, NOW) is None


def test_not_modified_keeps_what_is_known_since_its_own_validators_may_be_of_a_body_never_seen():
    state = FeedState(feed_id="x", etag='"1"', last_modified="then")
    judged = responses.classify_response(answer(304, b"", etag='"2"', cache_control="max-age=600"), state, NOW)
    assert isinstance(judged, Unchanged)
    assert (judged.reason, judged.etag, judged.last_modified) == ("not modified", '"1"', "then")
    assert judged.ttl == timedelta(minutes=10)


def test_a_body_that_is_the_last_one_again_is_unchanged():
    state = FeedState(feed_id="x", etag='"1"', body_hash=responses.body_hash(b"<rss/>"))
    judged = responses.classify_response(answer(etag='"2"'), state, NOW)
    assert isinstance(judged, Unchanged)
    assert (judged.reason, judged.etag) == ("same body", '"2"')


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (answer(body=CHALLENGE), "bot wall: a challenge page instead of a feed"),
        (answer(body=DATADOME), "bot wall: a challenge page instead of a feed"),
        (answer(body=SEC), "bot wall: a challenge page instead of a feed"),
        (answer(body=LOGIN), "login wall: a page that asks for a password instead of a feed"),
        (
            answer(
                body=b"<html>", url="http://a.example/login?next=feed", redirects=((302, "http://a.example/login"),)
            ),
            "login wall: a page that asks for a password instead of a feed",
        ),
        (answer(body=ORDINARY), "not a feed: a web page"),
        (answer(body=ORDINARY, url="http://a.example/login/feed"), "not a feed: a web page"),
        (answer(body=b"%PDF-1.7", content_type="application/pdf"), "not a feed: application/pdf"),
        (answer(body=b"hello"), "not a feed: unknown content"),
    ],
)
def test_what_came_in_place_of_a_feed_is_named(response, reason):
    assert responses.non_feed_failure(response).reason == reason


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (answer(body=ORDINARY), None),
        (answer(body=CHALLENGE), "bot wall: a challenge page instead of an article"),
        (
            answer(body=b"<html><div class='g-recaptcha'></div></html>"),
            "bot wall: a challenge page instead of an article",
        ),
        (answer(body=b""), "empty answer: http 200 with nothing in it"),
        (answer(404), "http: 404"),
        (
            answer(body=ORDINARY, url="http://a.example/login?next=/a", redirects=((302, "http://a.example/login"),)),
            "login wall: redirected to a page to log in at",
        ),
        (answer(body=ORDINARY, url="http://a.example/login?next=/a"), None),
    ],
)
def test_a_page_that_cannot_hold_the_article_is_named(response, reason):
    judged = responses.page_failure(response, NOW, "http://a.example/a")
    assert (judged.reason if judged else None) == reason


def test_an_article_whose_own_path_looks_like_a_log_in_is_read_wherever_it_moves():
    moved = answer(
        body=ORDINARY, url="https://a.example/sso/news/1", redirects=((301, "https://a.example/sso/news/1"),)
    )
    assert responses.page_failure(moved, NOW, "http://a.example/sso/news/1") is None


DATE = "Tue, 24 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry_after": "120"}, timedelta(seconds=120)),
        ({"retry_after": " 0 "}, timedelta(0)),
        ({"retry_after": "-30"}, timedelta(0)),
        ({"retry_after": "316800"}, timedelta(hours=88)),
        ({"retry_after": "9" * 40}, timedelta(seconds=10**9)),
        ({"retry_after": "Tue, 24 Nov 2026 12:05:00 GMT"}, timedelta(minutes=5)),
        ({"retry_after": "Tue, 24 Nov 2026 11:00:00 GMT"}, timedelta(0)),
        (
            {"retry_after": "Tue, 24 Nov 2020 00:10:00 GMT", "date": "Tue, 24 Nov 2020 00:00:00 GMT"},
            timedelta(minutes=10),
        ),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-"}, None),
        ({"retry_after": "--5"}, None),
        ({"retry_after": "-" * 5000 + "5"}, None),
        ({"retry_after": "1.5"}, None),
        ({"retry_after": "5, 10"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_both_forms(headers, expected):
    assert responses.retry_after({name.replace("_", "-"): value for name, value in headers.items()}, NOW) == expected


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_goes_with_the_failure(status):
    judged = responses.classify_response(answer(status, retry_after="90"), FRESH, NOW)
    assert isinstance(judged, Failed)
    assert judged.retry_after == timedelta(seconds=90)


def test_retry_after_of_another_error_is_not_taken():
    judged = responses.classify_response(answer(500, retry_after="90"), FRESH, NOW)
    assert isinstance(judged, Failed)
    assert judged.retry_after is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache-control": "public, max-age=3600"}, timedelta(hours=1)),
        ({"cache-control": "s-maxage=5"}, None),
        ({"cache-control": "max-age=3600, no-cache"}, None),
        ({"cache-control": "max-age=0", "expires": "Tue, 24 Nov 2026 13:00:00 GMT", "date": DATE}, None),
        ({"cache-control": "max-age=99999999"}, timedelta(days=1)),
        ({"expires": "Tue, 24 Nov 2026 13:00:00 GMT", "date": DATE}, timedelta(hours=1)),
        ({"expires": "Tue, 24 Nov 2026 11:00:00 GMT", "date": DATE}, None),
        ({"expires": "0", "date": DATE}, None),
        ({"expires": "Tue, 24 Nov 2026 13:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_how_long_an_answer_stays_fresh(headers, expected):
    assert responses.freshness_lifetime(headers) == expected


@pytest.mark.parametrize("raw", ["", "x", "Tue, 99 Nov 2026 12:00:00 GMT", "Tue, 24 Nov 99999 12:00:00 GMT"])
def test_a_date_of_a_header_that_cannot_be_read_is_none(raw):
    assert responses.http_date(raw) is None


@pytest.mark.parametrize("raw", ["Tue, 24 Nov 2026 12:00:00", "Tue, 24 Nov 2026 14:00:00 +0200"])
def test_a_date_of_a_header_is_an_instant_and_without_a_zone_in_utc(raw):
    assert responses.http_date(raw) == NOW


ARTICLE = "https://a.example/news/1"


@pytest.mark.parametrize(
    ("asked", "came", "redirects", "is_front_page"),
    [
        (ARTICLE, "https://a.example/", ((302, "/"),), True),
        (ARTICLE, "https://a.example", ((302, "/"),), True),
        (ARTICLE, "https://a.example/news/1-moved", ((301, "/news/1-moved"),), False),
        (ARTICLE, "https://a.example/?p=1", ((301, "/?p=1"),), False),
        ("https://a.example/?p=1", "https://a.example/", ((302, "/"),), True),
        ("https://a.example", "https://www.a.example/", ((301, "https://www.a.example/"),), False),
        (ARTICLE, ARTICLE, (), False),
    ],
)
def test_a_front_page_in_the_place_of_a_page_is_named(asked, came, redirects, is_front_page):
    answer = responses.page_failure(Response(url=came, status=200, body=b"x", redirects=redirects), NOW, asked)
    assert (answer is not None) == is_front_page
    assert answer is None or (answer.reason, answer.severity) == (
        "not an article: redirected to the front page",
        Severity.SOFT,
    )
