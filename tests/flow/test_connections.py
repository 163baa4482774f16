"""Client connections: kept, pipelined, closed when asked to (RFC 9112 9)."""

import socket

import pytest

from answers import document, held
from configuration import view

BOARD = view('a: {get: "/a/{id}"}', out="a: a")
ROUTE = 'routes: [{path: "/api/**", upstream: api}]'


@pytest.fixture
def nearside(serve, upstream):
    for number in range(20):
        upstream.on(f"/a/{number}", document({"n": number}))
    upstream.otherwise(document({"other": True}))
    return serve(BOARD, ROUTE)


def test_http_1_1_is_kept_open(nearside):
    with nearside.connect() as connection:
        for number in range(10):
            answer = connection.get(f"/views/{number}")
            assert answer.version == "HTTP/1.1"
            assert "close" not in answer.fields.members("connection")


@pytest.mark.parametrize("value", ["close", "Close", "keep-alive, close"])
def test_close_closes_after_the_answer(nearside, value):
    with nearside.connect() as connection:
        answer = connection.get("/views/1", connection=value)
        assert answer.status == 200
        assert "close" in answer.fields.members("connection")
        assert connection.wait_closed() == b""


def test_http_1_0_is_closed_after_the_answer(nearside):
    with nearside.connect() as connection:
        connection.send(b"GET /views/1 HTTP/1.0\r\n\r\n")
        answer = connection.read()
        assert answer.json() == {"a": {"n": 1}}
        assert "transfer-encoding" not in answer
        assert connection.wait_closed() == b""


def test_http_1_0_with_keep_alive_is_kept(nearside):
    with nearside.connect() as connection:
        for number in (1, 2):
            connection.send(f"GET /views/{number} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            answer = connection.read()
            assert answer.json() == {"a": {"n": number}}
            assert "keep-alive" in answer.fields.members("connection")


def test_pipelined_requests_are_answered_in_order(nearside):
    with nearside.connect() as connection:
        connection.send("".join(f"GET /views/{number} HTTP/1.1\r\nHost: a\r\n\r\n" for number in range(20)))
        for number in range(20):
            assert connection.read().json() == {"a": {"n": number}}


def test_a_thousand_hits_in_one_go_are_all_answered_and_others_get_their_turn(nearside):
    nearside.get("/views/5")
    with nearside.connect() as busy:
        busy.send("GET /views/5 HTTP/1.1\r\nHost: a\r\n\r\n" * 1000)
        assert nearside.get("/views/5").json() == {"a": {"n": 5}}
        for _ in range(1000):
            assert busy.read().json() == {"a": {"n": 5}}


def test_a_fast_answer_never_overtakes_a_slow_one(nearside, upstream, gate):
    nearside.get("/views/2")
    upstream.on("/a/1", held(gate, document({"n": "slow"})))
    with nearside.connect() as connection:
        connection.send("".join(f"GET /views/{number} HTTP/1.1\r\nHost: a\r\n\r\n" for number in (1, 2)))
        gate.wait_arrived()
        assert connection.is_silent()
        gate.open()
        assert connection.read().json() == {"a": {"n": "slow"}}
        assert connection.read().json() == {"a": {"n": 2}}


def test_pipelined_requests_with_bodies_stay_apart(nearside, upstream):
    with nearside.connect() as connection:
        one = b"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        two = b"POST /api/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nworld\r\n0\r\n\r\n"
        connection.send((one + two) * 5 + b"GET /views/3 HTTP/1.1\r\nHost: a\r\n\r\n")
        for _ in range(10):
            assert connection.read().status == 200
        assert connection.read().json() == {"a": {"n": 3}}
    assert [request.body for request in upstream.to("/api/x")] == [b"hello", b"world"] * 5


def test_pipelined_after_close_is_not_answered(nearside):
    with nearside.connect() as connection:
        connection.send(
            b"GET /views/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /views/2 HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        assert connection.read().json() == {"a": {"n": 1}}
        assert connection.wait_closed() == b""


def test_a_request_byte_by_byte(nearside):
    with nearside.connect() as connection:
        for byte in b"GET /views/4 HTTP/1.1\r\nHost: a\r\nX-Long: " + b"y" * 100 + b"\r\n\r\n":
            connection.send(bytes([byte]))
        assert connection.read().json() == {"a": {"n": 4}}


def test_a_body_byte_by_byte(nearside, upstream):
    with nearside.connect() as connection:
        head = b"POST /api/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        for byte in head + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n":
            connection.send(bytes([byte]))
        assert connection.read().status == 200
    assert upstream.to("/api/x")[0].body == b"hello world"


def test_half_a_request_and_a_closed_connection_do_no_harm(nearside):
    for cut in (1, 10, 30):
        with nearside.connect() as connection:
            connection.send(b"GET /views/1 HTTP/1.1\r\nHost: a\r\n\r\n"[:cut])
        with nearside.connect() as connection:
            connection.send(b"GET /views/1 HTTP/1.1\r\nHost: a\r\n\r\n"[:cut])
            connection.reset()
    assert nearside.get("/views/1").status == 200


def test_a_client_that_stops_sending_still_gets_its_answer(nearside):
    """Closing one's own half after the request is allowed."""
    with nearside.connect() as connection:
        connection.ask("/views/5")
        connection.socket.shutdown(socket.SHUT_WR)
        assert connection.read().json() == {"a": {"n": 5}}
        assert connection.wait_closed() == b""


def test_a_large_view_over_a_narrow_connection(serve, upstream):
    rows = ",".join('{"id":%d}' % at for at in range(500_000))
    upstream.on("/a/7", document(f"[{rows}]"))
    nearside = serve(BOARD)
    for _ in range(2):
        with nearside.connect(receive_buffer=4096) as connection:
            assert connection.get("/views/7").body == b'{"a":[' + rows.encode() + b"]}"


def test_many_connections_at_once(nearside):
    connections = [nearside.connect() for _ in range(500)]
    for connection in connections:
        connection.ask("/views/6")
    for connection in connections:
        assert connection.read().status == 200
        connection.close()


def test_connections_beyond_the_limit_wait_for_their_turn(serve, upstream):
    upstream.on("/a/1", document({"n": 1}))
    nearside = serve(BOARD, server="limits: {connections: 4}")
    first = [nearside.connect() for _ in range(4)]
    for connection in first:
        assert connection.get("/views/1").status == 200
    with nearside.connect() as later:
        later.ask("/views/1")
        for connection in first:
            connection.close()
        assert later.read().status == 200
