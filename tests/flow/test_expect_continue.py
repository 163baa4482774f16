"""`Expect: 100-continue` (RFC 9110 10.1.1): the client may send its body once somebody wants it."""

from answers import before_body, document, raw

ROUTE = 'routes: [{path: "/api/**", upstream: api}]'
HEAD = b"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"


def test_the_client_is_told_to_continue(serve, upstream):
    upstream.on("/api/x", document({}))
    with serve(ROUTE).connect() as connection:
        connection.send(HEAD)
        _, status, _, _ = connection.read_head()
        assert status == 100
        connection.send(b"hello")
        assert connection.read().status == 200
    assert upstream.requests[0].body == b"hello"


def test_a_client_that_does_not_wait_is_served_as_well(serve, upstream):
    upstream.on("/api/x", document({}))
    with serve(ROUTE).connect() as connection:
        connection.send(HEAD + b"hello")
        assert connection.read().status == 200
    assert upstream.requests[0].body == b"hello"


def test_a_request_that_will_be_refused_is_not_told_to_continue(serve, upstream):
    with serve(ROUTE, server="limits: {body: 4}").connect() as connection:
        connection.send(HEAD)
        answer = connection.read()
        assert answer.status == 413
        assert answer.interim == []
    assert upstream.count() == 0


def test_a_path_that_does_not_exist_wants_no_body(serve, upstream):
    with serve(ROUTE).connect() as connection:
        connection.send(HEAD.replace(b"/api/x", b"/nowhere"))
        answer = connection.read()
        assert answer.status == 404
        assert answer.interim == []


def test_http_1_0_gets_no_interim_answer(serve, upstream):
    upstream.on("/api/x", document({}))
    with serve(ROUTE).connect() as connection:
        connection.send(HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + b"hello")
        assert connection.read().interim == []


def test_another_expectation_cannot_be_met(serve, upstream):
    upstream.on("/api/x", document({}))
    with serve(ROUTE).connect() as connection:
        connection.send(HEAD.replace(b"100-continue", b"miracles") + b"hello")
        assert connection.read().status in (200, 417)


def test_an_upstream_that_refuses_early(serve, upstream):
    upstream.on("/api/x", before_body(raw(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")))
    with serve(ROUTE).connect() as connection:
        connection.send(HEAD)
        answer = connection.read()
        assert answer.status == 401
