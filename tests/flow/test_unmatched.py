"""What nobody is responsible for, and methods that have no place."""

import pytest

from answers import document
from configuration import view

BOARD = view('a: {get: "/a"}', path="/views/projects/{id}")
ROUTE = 'routes: [{path: "/api/**", upstream: api}]'


@pytest.fixture
def nearside(serve, upstream):
    upstream.otherwise(document({}))
    return serve(BOARD, ROUTE)


@pytest.mark.parametrize(
    "target", ["/", "/nowhere", "/views/projects", "/views/projects/7/more", "/apis/x", "/VIEWS/projects/7", "/api%2Fx"]
)
def test_an_unmatched_path_is_a_problem_document(nearside, upstream, target):
    answer = nearside.get(target)
    assert answer.status == 404
    assert answer.problem_name == "not_found"
    assert upstream.count() == 0


def test_an_empty_segment_is_no_input(nearside, upstream):
    assert nearside.get("/views/projects/").status == 404
    assert upstream.count() == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "X-ODD", "get", "TRACE"])
def test_a_view_is_only_read(nearside, upstream, method):
    answer = nearside.request("/views/projects/7", method=method)
    assert answer.status in (405, 501)
    assert answer.problem_name == "method_not_allowed"
    assert {"get", "head"} <= set(answer.fields.members("allow"))
    assert upstream.count() == 0


def test_options_of_a_view_tells_the_methods(nearside):
    answer = nearside.request("/views/projects/7", method="OPTIONS")
    assert answer.status in (200, 204)
    assert {"get", "head", "options"} <= set(answer.fields.members("allow"))


def test_a_refused_request_with_a_body_leaves_the_connection_in_step(nearside):
    with nearside.connect() as connection:
        for _ in range(3):
            assert connection.request("/views/projects/7", method="POST", body=b"GET /x HTTP/1.1\r\n\r\n").status == 405
            assert connection.get("/nowhere").status == 404


def test_a_body_on_a_view_is_drained(nearside):
    """The next request on the connection must not begin within the body (CVE-2025-4366)."""
    with nearside.connect() as connection:
        smuggled = b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
        for _ in range(3):
            assert connection.request("/views/projects/7", body=smuggled).status == 200
        assert connection.is_silent()


def test_a_problem_document_of_a_strange_path_is_valid_json(nearside):
    for target in ("/%22%5c%00", "/" + "x" * 3000, "/%ff%fe", "/<script>"):
        answer = nearside.get(target)
        assert answer.status in (400, 404)
        assert answer.problem()


def test_cors_preflight_is_answered_from_the_configuration(serve, upstream):
    nearside = serve(BOARD, server='cors: {origins: ["https://app.example.kr"], headers: [authorization]}')
    preflight = {
        "Origin": "https://app.example.kr",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = nearside.request("/views/projects/7", method="OPTIONS", fields=preflight)
    assert answer.status in (200, 204)
    assert answer["access-control-allow-origin"] == "https://app.example.kr"
    assert "authorization" in answer.fields.members("access-control-allow-headers")
    assert upstream.count() == 0


def test_cors_of_a_foreign_origin_allows_nothing(serve, upstream):
    upstream.otherwise(document({}))
    nearside = serve(BOARD, server='cors: {origins: ["https://app.example.kr"]}')
    assert "access-control-allow-origin" not in nearside.get("/views/projects/7", origin="https://evil.example")
    allowed = nearside.get("/views/projects/7", origin="https://app.example.kr")
    assert allowed["access-control-allow-origin"] == "https://app.example.kr"
    assert "origin" in allowed.fields.members("vary")
