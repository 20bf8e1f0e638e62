"""Every page and response, on both databases, and with any address."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from sample_polls import HOUR, NOW, a_find, a_message, a_poll
from try_forms import text_of, try_text
from web_clients import RULES, load_config, running_server

PATHS = (
    *("/", "/hits", "/hits.atom", "/stories", "/search", "/search?words=inquiry", "/articles/1", "/feeds", "/rules"),
    *(
        "/rules/fines",
        "/rules/try",
        "/rules/fines/try",
        "/digests",
        "/digests/daily",
        "/digests/daily/mail",
        "/digests/daily/mail?since=7d",
    ),
    *("/deliveries", "/deliveries?failed=1", "/api/v1/hits", "/api/v1/stories", "/api/v1/search?words=inquiry"),
    *(
        "/stories/1",
        "/digests/daily/send",
        "/deliveries/1",
        "/deliveries/1/mail",
        "/deliveries/1/retry",
        "/labels.js",
        "/api/v1/feeds/health",
        "/api/v1/digests/runs?id=daily",
        "/api/v1/deliveries",
        "/ledger",
        "/review",
        "/quality",
        "/api/v1/quality",
        "/ledger?since=30d",
        "/api/v1/ledger",
        "/style.css",
        "/icon.svg",
    ),
)


@pytest.fixture
def page(any_store, tmp_path):
    """The pages over each kind of database."""
    any_store.record(a_poll(a_find("one", "inquiries", "fines")))
    any_store.record_run("daily", NOW, since=NOW - HOUR, until=NOW, hit_ids=[1], messages=[a_message()], now=NOW)
    with running_server(load_config(tmp_path / "config", any_store._address)) as client:
        yield client


def test_every_page_works_on_both_databases(page):
    found = {path: page.get(path).status_code for path in PATHS}
    assert found == dict.fromkeys(PATHS, 200)


def test_a_rule_is_tried_on_both_databases(page):
    answer = text_of(try_text(page, RULES, "/rules/inquiries/try"))
    assert "4 tests: 4 passed, 0 failed." in answer
    assert "1 hit in 1 story" in answer


def test_special_characters_can_be_searched_on_both_databases(page):
    for word in ("a%00", "%25", "_", "%5C", "%27%3B--", "%F0%9F%98%80", "%FF", "%ED%A0%80", "%22%22"):
        for path in ("/hits?words=x+{}&rule={}&language={}", "/search?words={}", "/api/v1/hits?feed={}"):
            assert page.get(path.replace("{}", word)).status_code == 200


def test_head_requests_return_no_body(page):
    for path in ("/", "/hits", "/health"):
        response = page.head(path)
        assert response.status_code in {200, 503}
        assert response.content == b""


NAMES = ("since", "rule", "topic", "feed", "language", "priority", "words", "before", "limit", "failed", "id")
LISTS = (
    "/hits",
    "/hits.xlsx",
    "/ledger",
    "/stories",
    "/search",
    "/deliveries",
    "/hits.atom",
    "/api/v1/hits",
    "/digests/daily/mail",
)
VALUES = st.text(max_size=30) | st.sampled_from(["7d", "1-1", "5", "999999999d", "0"])


@pytest.mark.parametrize("path", LISTS)
@profile(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_any_parameter_is_answered_or_refused_with_400(client, path, asked):
    response = client.get(path, params=asked)
    assert response.status_code in {200, 400}
    assert "Traceback" not in response.text


@profile(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_path_is_answered_or_404(client, path):
    for start in ("/", "/articles/", "/rules/", "/digests/", "/api/v1/"):
        assert client.get(f"{start}{quote(path)}").status_code in {200, 307, 400, 404, 405}
