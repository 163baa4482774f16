"""A route whose upstream fails before its answer begins gives a problem document in bounded time."""

import pytest

from answers import before_body, document, drop, raw, reset, stall
from configuration import upstream_lines
from deadlines import PATIENCE

ROUTE = 'routes: [{path: "/api/**", upstream: api}]'

TROUBLE = {
    "dropped": (drop, 502, {"closed_early"}),
    "reset": (reset, 502, {"closed_early"}),
    "garbage": (raw(b"no HTTP\r\n\r\n"), 502, {"malformed_response"}),
    "stalled": (stall, 504, {"first_byte_timeout", "total_timeout"}),
    "switching protocols": (raw(b"HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n"), 502, {"malformed_response"}),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("answer, status, names", TROUBLE.values(), ids=TROUBLE.keys())
def test_trouble(serve, upstream, method, answer, status, names):
    upstream.on("/api/x", answer)
    upstream.on("/api/fine", document({}))
    upstreams = upstream_lines(upstream.url, timeout="{connect: 600ms, first_byte: 300ms, total: 600ms}")
    nearside = serve(ROUTE, upstreams=upstreams)
    with nearside.connect() as connection:
        failed = connection.request("/api/x", method=method, body=b"x" if method == "POST" else b"")
        assert failed.status == status
        assert failed.problem_name in names
    assert nearside.get("/api/fine").status == 200


def test_an_upstream_that_is_gone(serve, upstream):
    nearside = serve(ROUTE)
    upstream.kill()
    failed = nearside.get("/api/x")
    assert failed.status == 502
    assert failed.problem_name in ("connect_failed", "closed_early")


def test_an_upstream_that_answers_before_it_has_the_whole_request(serve, upstream):
    """It has seen enough: the client gets the answer instead of a broken pipe."""

    def too_large(call):
        call.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!")
        call.read_body()

    upstream.on("/api/x", before_body(too_large))
    with serve(ROUTE, server="limits: {body_timeout: 500ms}").connect() as connection:
        connection.send(b"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\nbegin")
        answer = connection.read()
        assert (answer.status, answer.body) == (413, b"no!")
        connection.wait_closed()


def test_after_an_early_answer_nothing_of_the_body_is_taken_for_a_request(serve, upstream):
    upstream.on("/api/x", before_body(raw(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")))
    upstream.on("/api/evil", document({}))
    with serve(ROUTE).connect() as connection:
        connection.send(b"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        assert connection.read().status == 403
        try:
            connection.send(b"GET /api/evil HTTP/1.1\r\nHost: a\r\n\r\n")
            connection.wait_closed()
        except OSError:
            pass
    assert upstream.count("/api/evil") == 0


def test_a_client_that_is_gone_before_the_answer_cancels_the_call(serve, upstream):
    upstream.on("/api/x", stall)
    nearside = serve(ROUTE, upstreams=upstream_lines(upstream.url, timeout="{first_byte: 60s, total: 60s}"))
    with nearside.connect() as connection:
        connection.ask("/api/x")
        request = upstream.wait_for("/api/x")[0]
        connection.reset()
    assert request.gone.wait(PATIENCE)
