"""Header fields on a route: what belongs to one connection stays there (RFC 9110 7.6), the rest goes through, and the
way a message took is told."""

import gzip

import pytest

from answers import document, gzipped
from configuration import upstream_yaml
from structured_fields import parse_list

ROUTE = 'routes: [{path: "/api/**", upstream: api}]'


def sent_on(serve, upstream, fields, method="GET", body=b""):
    """The request as the upstream got it."""
    upstream.otherwise(document({}))
    assert serve(ROUTE).request("/api/x", method, fields, body).status == 200
    return upstream.requests[0]


HOP_BY_HOP = {
    "Connection": "close, X-Listed",
    "X-Listed": "1",
    "Keep-Alive": "timeout=5",
    "Proxy-Connection": "keep-alive",
    "TE": "gzip",
    "Trailer": "X-Sum",
    "Upgrade": "websocket",
    "Proxy-Authorization": "Basic c2VjcmV0",
}


def test_fields_of_the_clients_connection_stay_with_it(serve, upstream):
    request = sent_on(serve, upstream, HOP_BY_HOP)
    for name in ("x-listed", "keep-alive", "proxy-connection", "upgrade", "proxy-authorization"):
        assert name not in request
    assert "x-listed" not in request.fields.members("connection")
    assert "gzip" not in request.fields.members("te")


@pytest.mark.parametrize("listed", ["Host", "Content-Length", "Authorization", "close", "Via", "X-Forwarded-For", ","])
def test_connection_cannot_be_used_to_remove_what_the_message_needs(serve, upstream, listed):
    fields = {"Connection": listed, "Authorization": "Token a"}
    request = sent_on(serve, upstream, fields, "POST", b"body")
    assert request.body == b"body"
    assert "host" in request
    assert "via" in request


def test_fields_of_the_upstreams_connection_stay_there(serve, upstream):
    upstream.otherwise(
        document(
            {},
            connection="X-Listed",
            x_listed="1",
            keep_alive="timeout=5",
            proxy_authenticate="Basic",
            upgrade="h2c",
            x_end_to_end="kept",
        )
    )
    answer = serve(ROUTE).get("/api/x")
    for name in ("x-listed", "keep-alive", "proxy-authenticate", "upgrade"):
        assert name not in answer
    assert answer["x-end-to-end"] == "kept"


def test_end_to_end_fields_go_through_unchanged(serve, upstream):
    fields = [
        ("Authorization", "Token a"),
        ("Cookie", "a=1; b=2"),
        ("Accept", "text/html;q=0.5, */*"),
        ("X-Twice", "1"),
        ("X-Twice", "2"),
        ("X-Latin", "caf\xe9"),
        ("X-Empty", ""),
        ("If-None-Match", '"x"'),
        ("Range", "bytes=0-9"),
    ]
    request = sent_on(serve, upstream, fields)
    for name, value in fields:
        assert value in request.fields.all(name), name
    assert request.fields.all("x-twice") == ["1", "2"]


def test_host_is_the_upstreams(serve, upstream):
    request = sent_on(serve, upstream, {"Host": "app.example.kr"})
    assert request["host"] == f"127.0.0.1:{upstream.port}"


def test_forwarded_tells_who_asked_for_what(serve, upstream):
    forwarded = sent_on(serve, upstream, {"Host": "app.example.kr"})["forwarded"]
    pairs = dict(each.strip().partition("=")[::2] for each in forwarded.lower().split(";"))
    assert pairs["for"] == "127.0.0.1"
    assert pairs["host"].strip('"') == "app.example.kr"
    assert pairs["proto"] == "http"


def test_forwarded_is_continued_and_not_replaced(serve, upstream):
    request = sent_on(serve, upstream, {"Forwarded": "for=203.0.113.9;proto=https"})
    elements = request.fields.members("forwarded")
    assert elements[0] == "for=203.0.113.9;proto=https"
    assert len(elements) == 2


def test_x_forwarded_for_is_continued(serve, upstream):
    request = sent_on(serve, upstream, {"X-Forwarded-For": "203.0.113.9"})
    assert request.fields.members("x-forwarded-for") == ["203.0.113.9", "127.0.0.1"]


def test_via_is_added_both_ways(serve, upstream):
    upstream.otherwise(document({}, via="1.1 django"))
    answer = serve(ROUTE).request("/api/x", fields={"Via": "1.0 corporate"})
    assert upstream.requests[0].fields.members("via") == ["1.0 corporate", "1.1 nearside"]
    assert answer.fields.members("via") == ["1.1 django", "1.1 nearside"]


def test_the_name_of_the_server_is_configurable(serve, upstream):
    upstream.otherwise(document({}))
    answer = serve(ROUTE, server="name: edge-seoul").get("/api/x")
    assert answer.fields.members("via") == ["1.1 edge-seoul"]
    assert answer["cache-status"].startswith("edge-seoul")


def test_cache_status_says_why_a_request_went_to_the_upstream(serve, upstream):
    upstream.otherwise(document({}))
    nearside = serve(ROUTE)
    assert nearside.get("/api/x").cache_status["fwd"] == "uri-miss"
    assert nearside.request("/api/x", method="POST", body=b"{}").cache_status["fwd"] == "method"


def test_an_upstreams_own_cache_status_stays_first(serve, upstream):
    upstream.otherwise(document({}, cache_status="origin; hit"))
    members = parse_list(serve(ROUTE).get("/api/x")["cache-status"])
    assert [name for name, _ in members] == ["origin", "nearside"]


def test_set_cookie_lines_stay_apart(serve, upstream):
    def two_cookies(call):
        call.send(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1, b\r\nSet-Cookie: c=2\r\nContent-Length: 0\r\n\r\n")

    upstream.otherwise(two_cookies)
    assert serve(ROUTE).get("/api/x").fields.all("set-cookie") == ["a=1, b", "c=2"]


def test_date_is_added_when_the_upstream_sent_none_and_kept_otherwise(serve, upstream):
    date = "Sun, 06 Nov 1994 08:49:37 GMT"
    upstream.otherwise(document({}))
    upstream.on("/api/dated", document({}, date=date))
    nearside = serve(ROUTE)
    assert "date" in nearside.get("/api/x")
    assert nearside.get("/api/dated").fields.all("date") == [date]


def test_a_coded_body_goes_through_coded(serve, upstream):
    upstream.otherwise(gzipped("hello"))
    answer = serve(ROUTE).get("/api/x", accept_encoding="gzip")
    assert answer["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == b"hello"


def test_the_upstreams_base_path_comes_first(serve, upstream):
    upstream.otherwise(document({}))
    nearside = serve(ROUTE, upstreams=upstream_yaml(f"{upstream.url}/v2"))
    assert nearside.get("/api/x?y=1").status == 200
    assert upstream.targets() == ["/v2/api/x?y=1"]
