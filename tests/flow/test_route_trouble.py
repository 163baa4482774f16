"""A route whose upstream fails before its answer begins gives a problem document in bounded time."""

import socket

import pytest

from answers import before_body, document, drop, held, raw, reset, stall
from configuration import upstream_yaml
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
    upstreams = upstream_yaml(upstream.url, timeout="{connect: 600ms, first_byte: 300ms, total: 600ms}")
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
    """It has seen enough: the client gets the answer instead of a broken pipe, and nobody waits for the rest."""

    def too_large(call):
        call.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!")
        call.read_body()

    upstream.on("/api/x", before_body(too_large))
    with serve(ROUTE, server="limits: {body_timeout: 60s}").connect() as connection:
        connection.send(b"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\nbegin")
        answer = connection.read()
        assert (answer.status, answer.body) == (413, b"no!")
        connection.wait_closed()


def test_after_an_early_answer_nothing_of_the_body_is_taken_for_a_request(serve, upstream):
    upstream.on("/api/x", before_body(raw(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")))
    upstream.on("/api/evil", document({}))
    with serve(ROUTE, server="limits: {body_timeout: 60s}").connect() as connection:
        connection.send(b"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        assert connection.read().status == 403
        try:
            connection.send(b"GET /api/evil HTTP/1.1\r\nHost: a\r\n\r\n")
            connection.wait_closed()
        except OSError:
            pass
    assert upstream.count("/api/evil") == 0


def test_an_upstream_that_fails_does_not_wait_for_the_rest_of_the_request(serve, upstream):
    upstream.on("/api/x", before_body(raw(b"no HTTP\r\n\r\n")))
    with serve(ROUTE, server="limits: {body_timeout: 60s}").connect() as connection:
        connection.send(b"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\nbegin")
        answer = connection.read()
        assert (answer.status, answer.problem_name) == (502, "malformed_response")
        connection.wait_closed()


def patient(serve, upstream):
    return serve(ROUTE, upstreams=upstream_yaml(upstream.url, timeout="{first_byte: 60s, total: 60s}"))


LEAVING = {
    "reset": lambda connection: connection.reset(),
    "closed": lambda connection: connection.close(),
    "closed for sending": lambda connection: connection.socket.shutdown(socket.SHUT_WR),
}


@pytest.mark.parametrize("leave", LEAVING.values(), ids=LEAVING.keys())
@pytest.mark.parametrize("method, body", [("GET", b"whole"), ("POST", b"whole")])
def test_a_client_that_is_gone_before_the_answer_cancels_the_call(serve, upstream, method, body, leave):
    upstream.on("/api/x", stall)
    with patient(serve, upstream).connect() as connection:
        connection.ask("/api/x", method=method, body=body)
        request = upstream.wait_for("/api/x")[0]
        leave(connection)
        assert request.gone.wait(PATIENCE)
    assert upstream.count("/api/x") == 1


def test_a_client_that_asks_for_more_meanwhile_is_not_gone(serve, upstream, gate):
    upstream.on("/api/first", held(gate, document({"n": 1})))
    upstream.on("/api/second", document({"n": 2}))
    with patient(serve, upstream).connect() as connection:
        connection.ask("/api/first")
        gate.wait_arrived()
        connection.ask("/api/second")
        gate.open()
        assert connection.read().json() == {"n": 1}
        assert connection.read().json() == {"n": 2}
