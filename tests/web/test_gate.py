"""Who comes in, and who does not."""

from __future__ import annotations

import socket

import pytest
from sample_polls import NOW
from visitors import TOKEN, configured, from_here, key_of, sign_in, visiting

PAGES = ("/", "/hits")


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/hits?since=nonsense"])
def test_who_does_not_know_the_token_sees_the_question_for_it_and_nothing_else(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert "<h1>Sign in</h1>" in answer.text
    assert "Title of" not in answer.text
    assert "/rules" not in answer.text


def test_who_knows_it_signs_in_and_is_led_to_where_he_wanted(stranger):
    answer = sign_in(stranger, back="/hits?since=3d")
    assert (answer.status_code, answer.headers["location"]) == (303, "/hits?since=3d")
    assert stranger.get("/hits").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites_and_is_not_the_token(stranger):
    cookie = sign_in(stranger).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie
    assert TOKEN not in cookie


def test_behind_a_proxy_with_tls_the_cookie_goes_over_tls_only(stranger):
    key = key_of(stranger.get("/"))
    headers = {**from_here(stranger), "x-forwarded-proto": "https"}
    answer = stranger.post("/login", data={"token": TOKEN, "key": key}, headers=headers)
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "/x\r\nset-cookie: a=b", "/login"]
)
def test_signing_in_leads_nowhere_else(stranger, back):
    assert sign_in(stranger, back=back).headers["location"] == "/"


def test_a_wrong_token_is_said_to_be_wrong(stranger):
    first = sign_in(stranger, "guess")
    assert first.status_code == 401
    assert "That is not the token" in first.text


def test_signing_out_ends_it(stranger):
    sign_in(stranger)
    key = key_of(stranger.get("/"))
    assert stranger.post("/logout", data={"key": key}, headers=from_here(stranger)).status_code == 303
    assert stranger.get("/").status_code == 401


def test_programs_bring_the_token_in_a_header(stranger):
    assert stranger.get("/hits", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert stranger.get("/hits", headers={"authorization": "Bearer x"}).status_code == 401
    assert stranger.get("/hits", headers={"authorization": f"Basic {TOKEN}"}).status_code == 401


@pytest.mark.parametrize("path", ["/hits", "/"])
def test_the_token_in_an_address_opens_no_page(stranger, path):
    assert stranger.get(path, params={"token": TOKEN}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_form_from_elsewhere_is_not_taken_though_it_has_the_key(stranger, headers):
    sign_in(stranger)
    answer = stranger.post("/logout", data={"key": key_of(stranger.get("/"))}, headers=headers)
    assert answer.status_code == 403
    assert "not taken" in answer.text
    assert stranger.get("/").status_code == 200


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": "null"}])
def test_what_browsers_send_with_our_own_forms_is_taken(stranger, headers):
    sign_in(stranger)
    assert stranger.post("/logout", data={"key": key_of(stranger.get("/"))}, headers=headers).status_code == 303


@pytest.mark.parametrize("key", ["", "0" * 64])
def test_a_form_without_its_key_is_not_taken(stranger, key):
    sign_in(stranger)
    assert stranger.post("/logout", data={"key": key}, headers=from_here(stranger)).status_code == 403


def test_a_form_that_is_too_large_is_refused(visitor):
    answer = visitor.post("/logout", data={"key": "x" * 100_000}, headers=from_here(visitor))
    assert answer.status_code == 413


def test_a_strangers_name_for_this_machine_is_not_answered_to(visitor):
    port = visitor.base_url.port
    assert visitor.get("/hits", headers={"host": f"evil.example:{port}"}).status_code == 421
    assert "Title of" not in visitor.get("/hits", headers={"host": "evil.example"}).text
    for name in (f"localhost:{port}", f"127.0.0.1:{port}", "localhost"):
        assert visitor.get("/hits", headers={"host": name}).status_code == 200


def test_a_name_that_is_configured_is_answered_to(filled, tmp_path):
    loaded = configured(tmp_path / "config", filled._address, hosts=["monitor.example.org"])
    with visiting(loaded) as visitor:
        assert visitor.get("/hits", headers={"host": "Monitor.example.org"}).status_code == 200
        assert visitor.get("/hits", headers={"host": "other.example.org"}).status_code == 421


def test_every_answer_wears_its_headers(stranger):
    for path in ("/", "/health", "/style.css", "/nothing", "/login"):
        headers = stranger.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def test_a_load_balancer_learns_whether_all_is_well_and_nothing_else(stranger, filled):
    stands_still = stranger.get("/health", headers={"host": "10.0.0.7"})
    assert (stands_still.status_code, stands_still.text) == (503, "not ok\n")
    for name in ("daemon", "poll", "partials", "digests", "alerts", "deliveries"):
        filled.beat(name, NOW.replace(hour=9))
    well = stranger.get("/health")
    assert (well.status_code, well.text) == (200, "ok\n")


def test_what_is_not_there_is_not_there_in_plain_words(visitor):
    answer = visitor.get("/nothing")
    assert (answer.status_code, "There is nothing at this address" in answer.text) == (404, True)


def test_a_page_is_not_written_to(stranger):
    sign_in(stranger)
    key = key_of(stranger.get("/"))
    answer = stranger.post("/hits", data={"key": key}, headers=from_here(stranger))
    assert answer.status_code == 405
    put = stranger.put("/hits")
    assert put.status_code == 405
    assert {answer.headers["allow"], put.headers["allow"]} == {"GET, HEAD"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/login", "POST"),
        ("DELETE", "/style.css", "GET, HEAD"),
        ("POST", "/health", "GET, HEAD"),
        ("PUT", "/api/v1/hits", "GET, HEAD"),
        ("PUT", "/hits.atom", "GET, HEAD"),
        ("BREW", "/hits/1/label", "POST"),
    ],
)
def test_a_refused_method_is_answered_with_those_that_are_allowed(visitor, method, path, allowed):
    data = {"key": key_of(visitor.get("/hits"))} if method == "POST" else None
    answer = visitor.request(method, path, data=data, headers=from_here(visitor))
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_a_request_that_is_none_gets_an_answer_and_the_page_goes_on(visitor):
    with socket.create_connection((visitor.base_url.host, visitor.base_url.port), timeout=30) as wire:
        wire.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 400")
    assert visitor.get("/").status_code == 200


@pytest.mark.parametrize(
    "name", ["{own}/health?", "{own}/login#", "{own}/style.css?x=", "a@{own}", "", "a b", "x/health"]
)
def test_no_name_of_a_host_opens_a_door(filled, tmp_path, name):
    loaded = configured(tmp_path / "config", filled._address, TOKEN, listen="0.0.0.0:0")
    with visiting(loaded) as visitor:
        own = f"{visitor.base_url.host}:{visitor.base_url.port}"
        with socket.create_connection((visitor.base_url.host, visitor.base_url.port), timeout=30) as wire:
            said = name.replace("{own}", own)
            wire.sendall(f"GET /hits HTTP/1.1\r\nHost: {said}\r\nConnection: close\r\n\r\n".encode())
            answer = wire.makefile("rb").read()
    assert answer.split()[1] in {b"400", b"401", b"421"}
    assert b"Title of" not in answer
