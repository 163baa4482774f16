"""Clients that are slow on purpose lose their connection; nobody else notices."""

import pytest

from answers import document
from configuration import view
from deadlines import eventually
from http_message import Broken

BOARD = view('a: {get: "/a"}')
ROUTE = 'routes: [{path: "/api/**", upstream: api}]'


def with_limits(serve, upstream, limits):
    upstream.otherwise(document({}))
    return serve(BOARD, ROUTE, server=f"limits: {{{limits}}}")


@pytest.mark.parametrize("begun", [b"G", b"GET /views/7 HTTP/1.1\r\n", b"GET /views/7 HTTP/1.1\r\nHost: a\r\nX: "])
def test_a_head_that_does_not_end_in_time(serve, upstream, begun):
    nearside = with_limits(serve, upstream, "header_timeout: 300ms")
    with nearside.connect() as connection:
        connection.send(begun)
        answer = connection.read()
        assert answer.status == 408
        assert answer.problem_name == "request_timeout"
        assert "close" in answer.fields.members("connection")
        connection.wait_closed()
    assert nearside.get("/views/7").status == 200


def test_a_head_that_trickles_is_bounded_as_a_whole(serve, upstream):
    nearside = with_limits(serve, upstream, "header_timeout: 300ms")
    with nearside.connect() as connection:
        connection.socket.settimeout(0.02)
        connection.send(b"GET /views/7 HTTP/1.1\r\n")
        for _ in range(3000):
            try:
                connection.send(b"X: y\r\n")
                if connection.socket.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            raise AssertionError("a trickling head was never refused")


def test_a_connection_on_which_nothing_comes_is_closed_in_silence(serve, upstream):
    nearside = with_limits(serve, upstream, "idle_timeout: 300ms, header_timeout: 300ms")
    with nearside.connect() as connection:
        assert connection.wait_closed() == b""


def test_an_idle_kept_connection_is_closed_in_silence(serve, upstream):
    nearside = with_limits(serve, upstream, "idle_timeout: 300ms")
    with nearside.connect() as connection:
        assert connection.get("/views/7").status == 200
        assert connection.wait_closed() == b""


def test_a_body_that_stops_coming(serve, upstream):
    nearside = with_limits(serve, upstream, "body_timeout: 300ms")
    with nearside.connect() as connection:
        connection.send(b"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
        left = connection.wait_closed()
        assert left == b"" or b" 408 " in left.split(b"\r\n")[0] or b" 502 " in left.split(b"\r\n")[0]
    assert nearside.get("/views/7").status == 200


def test_a_reader_that_stops_reading_loses_its_connection(serve, upstream):
    upstream.on("/a", document("[" + "0," * 10_000_000 + "0]"))
    nearside = serve(BOARD, server="limits: {write_timeout: 300ms}")
    with nearside.connect(receive_buffer=4096) as connection:
        connection.ask("/views/7")
        # Nothing is read until nearside has given up; then there is less than was announced.
        upstream.wait_for("/a")
        eventually(lambda: nearside.metrics()["nearside_client_connections"] == 0, "the connection is given up")
        with pytest.raises((Broken, ConnectionResetError)):
            connection.read()
    assert nearside.get("/views/7").status == 200


def test_slow_ones_hold_up_nobody(serve, upstream):
    nearside = with_limits(serve, upstream, "header_timeout: 60s, connections: 1000")
    slow = [nearside.connect() for _ in range(200)]
    for connection in slow:
        connection.send(b"GET /views/7 HTTP/1.1\r\nHo")
    for _ in range(10):
        assert nearside.get("/views/7").status == 200
    for connection in slow:
        connection.close()
