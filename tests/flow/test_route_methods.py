"""A route passes every method through to the upstream, as it is, and the answer back, as it is."""

import pytest

from answers import by, document, redirect
from configuration import view

ROUTES = 'routes: [{path: "/api/**", upstream: api}, {path: "/files/*", upstream: api}]'


@pytest.fixture
def nearside(serve):
    return serve(ROUTES)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "QUERY", "X-ODD"])
def test_every_method_goes_through(nearside, upstream, method):
    upstream.on("/api/things", by(lambda request: document({"method": request.method})))
    assert nearside.request("/api/things", method=method).json() == {"method": method}


def test_head_goes_through_as_head_and_keeps_the_length(nearside, upstream):
    upstream.on("/api/things", document("12345"))
    with nearside.connect() as connection:
        head = connection.request("/api/things", method="HEAD")
        assert (head.status, head["content-length"]) == (200, "5")
        assert connection.get("/api/things").body == b"12345"
    assert [request.method for request in upstream.requests] == ["HEAD", "GET"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
def test_a_body_goes_through(nearside, upstream, method):
    upstream.on("/api/things", by(lambda request: document(request.body)))
    body = bytes(range(256)) * 10
    assert nearside.request("/api/things", method=method, body=body).body == body


def test_a_chunked_body_goes_through(nearside, upstream):
    upstream.on("/api/things", by(lambda request: document(request.body)))
    chunks = b"5\r\nhello\r\n1;ext=1\r\n \r\n5\r\nworld\r\n0\r\n\r\n"
    fields = {"Transfer-Encoding": "chunked"}
    with nearside.connect() as connection:
        for _ in range(2):
            answer = connection.request("/api/things", method="POST", fields=fields, body=chunks)
            assert answer.body == b"hello world"


def test_an_empty_body_is_told_as_empty(nearside, upstream):
    upstream.on("/api/things", document({}))
    nearside.request("/api/things", method="POST", fields={"Content-Length": "0"})
    assert upstream.requests[0].body == b""


@pytest.mark.parametrize("status", [200, 201, 202, 204, 301, 304, 400, 401, 404, 409, 418, 429, 500, 503, 599])
def test_every_status_comes_back(nearside, upstream, status):
    upstream.on("/api/things", document({"s": status}, status=status, x_more="kept"))
    answer = nearside.get("/api/things")
    assert answer.status == status
    assert answer["x-more"] == "kept"


def test_redirects_are_the_clients_to_follow(nearside, upstream):
    upstream.on("/api/things", redirect("/api/elsewhere"))
    answer = nearside.get("/api/things")
    assert (answer.status, answer["location"]) == (302, "/api/elsewhere")
    assert upstream.count() == 1


@pytest.mark.parametrize(
    "target",
    [
        "/api/things?b=2&a=1&a=0",
        "/api/a%20b/%C3%A9?q=%2F%3F",
        "/api/things?",
        "/api/things/",
        "/api//double",
        "/api/a;b=1/c,d/$e",
        "/api/x?url=http://other/%00",
        "/api/",
        "/files/readme.txt",
        "/api/%7euser",
    ],
)
def test_the_target_goes_through_byte_for_byte(nearside, upstream, target):
    upstream.otherwise(by(lambda request: document({"target": request.target})))
    assert nearside.get(target).json() == {"target": target}


@pytest.mark.parametrize("target", ["/api/../admin", "/api/%2e%2e/admin", "/api/x/..", "/api/./x", "/api/..%2fadmin"])
def test_a_path_that_climbs_is_refused(nearside, upstream, target):
    answer = nearside.get(target)
    assert answer.status in (400, 404)
    assert answer.problem()
    assert upstream.count() == 0


def test_a_single_star_takes_one_segment(nearside, upstream):
    upstream.otherwise(document({}))
    assert nearside.get("/files/a").status == 200
    assert nearside.get("/files/a/b").status == 404
    assert nearside.get("/files").status == 404


def test_a_view_wins_over_a_route_that_also_matches(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    upstream.otherwise(document({"route": True}))
    nearside = serve(view('a: {get: "/a"}', path="/api/board/{id}"), ROUTES)
    assert nearside.get("/api/board/7").json() == {"a": {"n": 1}}
    assert nearside.get("/api/other/7").json() == {"route": True}
