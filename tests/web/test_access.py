"""Authentication, CSRF protection, host names and security headers."""

from __future__ import annotations

import socket

import pytest
from sample_polls import NOW
from web_clients import TOKEN, csrf_token_of, load_config, running_server, same_origin, sign_in

PAGES = ("/", "/hits")


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/hits?since=nonsense"])
def test_without_the_token_every_page_is_the_sign_in_page(anonymous, path):
    response = anonymous.get(path)
    assert response.status_code == 401
    assert "<h1>Sign in</h1>" in response.text
    assert "Title of" not in response.text
    assert "/rules" not in response.text


def test_signing_in_redirects_to_the_requested_page(anonymous):
    response = sign_in(anonymous, back="/hits?since=3d")
    assert (response.status_code, response.headers["location"]) == (303, "/hits?since=3d")
    assert anonymous.get("/hits").status_code == 200


def test_the_session_cookie_is_http_only_same_site_and_not_the_token(anonymous):
    cookie = sign_in(anonymous).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie
    assert TOKEN not in cookie


def test_behind_a_tls_proxy_the_cookie_is_secure(anonymous):
    key = csrf_token_of(anonymous.get("/"))
    headers = {**same_origin(anonymous), "x-forwarded-proto": "https"}
    response = anonymous.post("/login", data={"token": TOKEN, "csrf_token": key}, headers=headers)
    assert "Secure" in response.headers["set-cookie"]


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "/x\r\nset-cookie: a=b", "/login"]
)
def test_signing_in_never_redirects_to_another_site(anonymous, back):
    assert sign_in(anonymous, back=back).headers["location"] == "/"


def test_a_wrong_token_is_refused_with_a_message(anonymous):
    first = sign_in(anonymous, "guess")
    assert first.status_code == 401
    assert "Wrong token" in first.text


def test_signing_out_ends_the_session(anonymous):
    sign_in(anonymous)
    key = csrf_token_of(anonymous.get("/"))
    assert anonymous.post("/logout", data={"csrf_token": key}, headers=same_origin(anonymous)).status_code == 303
    assert anonymous.get("/").status_code == 401


def test_the_token_is_accepted_as_a_bearer_token(anonymous):
    assert anonymous.get("/hits", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert anonymous.get("/hits", headers={"authorization": "Bearer x"}).status_code == 401
    assert anonymous.get("/hits", headers={"authorization": f"Basic {TOKEN}"}).status_code == 401


@pytest.mark.parametrize("path", ["/hits", "/"])
def test_the_token_in_a_url_opens_no_page(anonymous, path):
    assert anonymous.get(path, params={"token": TOKEN}).status_code == 401


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
def test_a_form_from_another_origin_is_refused_even_with_its_csrf_token(anonymous, headers):
    sign_in(anonymous)
    response = anonymous.post("/logout", data={"csrf_token": csrf_token_of(anonymous.get("/"))}, headers=headers)
    assert response.status_code == 403
    assert "Request refused" in response.text
    assert anonymous.get("/").status_code == 200


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": "null"}])
def test_a_form_of_the_page_itself_is_accepted_with_the_headers_that_browsers_send(anonymous, headers):
    sign_in(anonymous)
    assert (
        anonymous.post("/logout", data={"csrf_token": csrf_token_of(anonymous.get("/"))}, headers=headers).status_code
        == 303
    )


@pytest.mark.parametrize("key", ["", "0" * 64])
def test_a_form_without_a_valid_csrf_token_is_refused(anonymous, key):
    sign_in(anonymous)
    assert anonymous.post("/logout", data={"csrf_token": key}, headers=same_origin(anonymous)).status_code == 403


def test_a_form_that_is_too_large_is_refused(client):
    response = client.post("/logout", data={"csrf_token": "x" * 100_000}, headers=same_origin(client))
    assert response.status_code == 413


def test_an_unknown_host_name_is_refused(client):
    port = client.base_url.port
    assert client.get("/hits", headers={"host": f"evil.example:{port}"}).status_code == 421
    assert "Title of" not in client.get("/hits", headers={"host": "evil.example"}).text
    for name in (f"localhost:{port}", f"127.0.0.1:{port}", "localhost"):
        assert client.get("/hits", headers={"host": name}).status_code == 200


def test_a_configured_host_name_is_served(store_with_hits, tmp_path):
    loaded = load_config(tmp_path / "config", store_with_hits._address, hosts=["monitor.example.org"])
    with running_server(loaded) as client:
        assert client.get("/hits", headers={"host": "Monitor.example.org"}).status_code == 200
        assert client.get("/hits", headers={"host": "other.example.org"}).status_code == 421


def test_every_response_has_the_security_headers(anonymous):
    for path in ("/", "/health", "/style.css", "/nothing", "/login"):
        headers = anonymous.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def test_the_health_check_says_ok_or_not_ok_and_nothing_else(anonymous, store_with_hits):
    stands_still = anonymous.get("/health", headers={"host": "10.0.0.7"})
    assert (stands_still.status_code, stands_still.text) == (503, "not ok\n")
    for name in ("daemon", "poll", "partials", "digests", "alerts", "deliveries"):
        store_with_hits.record_heartbeat(name, NOW.replace(hour=9))
    well = anonymous.get("/health")
    assert (well.status_code, well.text) == (200, "ok\n")


def test_an_unknown_address_is_404_with_a_message(client):
    response = client.get("/nothing")
    assert (response.status_code, "There is no page at this address" in response.text) == (404, True)


def allowed_methods(response):
    return set(response.headers["allow"].split(", "))


def test_a_page_accepts_only_get_and_head(anonymous):
    sign_in(anonymous)
    key = csrf_token_of(anonymous.get("/"))
    response = anonymous.post("/hits", data={"csrf_token": key}, headers=same_origin(anonymous))
    assert response.status_code == 405
    put = anonymous.put("/hits")
    assert put.status_code == 405
    assert allowed_methods(response) == allowed_methods(put) == {"GET", "HEAD"}


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
def test_a_refused_method_names_those_that_are_allowed(client, method, path, allowed):
    data = {"csrf_token": csrf_token_of(client.get("/hits"))} if method == "POST" else None
    response = client.request(method, path, data=data, headers=same_origin(client))
    assert response.status_code == 405
    assert allowed_methods(response) == set(allowed.split(", "))


def test_a_malformed_request_is_400_and_the_server_continues(client):
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=30) as wire:
        wire.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 400")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "name", ["{own}/health?", "{own}/login#", "{own}/style.css?x=", "a@{own}", "", "a b", "x/health"]
)
def test_no_host_header_bypasses_authentication(store_with_hits, tmp_path, name):
    loaded = load_config(tmp_path / "config", store_with_hits._address, TOKEN, listen="0.0.0.0:0")
    with running_server(loaded) as client:
        own = f"{client.base_url.host}:{client.base_url.port}"
        with socket.create_connection((client.base_url.host, client.base_url.port), timeout=30) as wire:
            host = name.replace("{own}", own)
            wire.sendall(f"GET /hits HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            response = wire.makefile("rb").read()
    assert response.split()[1] in {b"400", b"401", b"421"}
    assert b"Title of" not in response
