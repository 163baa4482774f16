"""Bodies on a route stream both ways with backpressure: none is ever held in memory."""

import hashlib
import socket
import threading

import pytest

from answers import before_body, cut_chunks, document, held, stall_after, truncated, until_close
from deadlines import PATIENCE, eventually, in_background
from http_message import Broken
from nearside import is_sanitized

ROUTE = 'routes: [{path: "/api/**", upstream: api}]'
MIB = 1024 * 1024
SIZE = 100 * MIB
PIECE = bytes(range(256)) * 1024  # 256 KiB
# What may be resident beyond the start: buffers of two connections and their sockets, by far less than a body.
MOST_GROWTH = 24 * MIB


class Sum:
    """Counts and digests pieces without keeping them."""

    def __init__(self):
        self.size = 0
        self._digest = hashlib.sha256()

    def __call__(self, piece):
        self.size += len(piece)
        self._digest.update(piece)

    @property
    def value(self):
        return self._digest.hexdigest()


def expected_sum(size=SIZE):
    digest = Sum()
    for _ in range(size // len(PIECE)):
        digest(PIECE)
    return digest.value


def large(chunked=False, size=SIZE):
    def answer(call):
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
        call.send(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
        for _ in range(size // len(PIECE)):
            call.send(b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
        if chunked:
            call.send(b"0\r\n\r\n")

    return answer


def assert_little_growth(nearside, before):
    if not is_sanitized():
        assert nearside.peak_memory() - before < MOST_GROWTH


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
def test_a_100_mb_answer_streams_through(serve, upstream, chunked):
    upstream.on("/api/large", large(chunked))
    nearside = serve(ROUTE)
    before = nearside.memory()
    seen = Sum()
    with nearside.connect() as connection:
        connection.ask("/api/large")
        connection.read(into=seen)
    assert (seen.size, seen.value) == (SIZE, expected_sum())
    assert_little_growth(nearside, before)


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
def test_a_100_mb_request_streams_through(serve, upstream, chunked):
    arrived = Sum()

    def take(call):
        call.read_body(into=arrived)
        document({"size": arrived.size})(call)

    upstream.on("/api/large", before_body(take))
    nearside = serve(ROUTE)
    before = nearside.memory()
    with nearside.connect() as connection:
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {SIZE}"
        connection.send(f"POST /api/large HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n")
        for _ in range(SIZE // len(PIECE)):
            connection.send(b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
        if chunked:
            connection.send(b"0\r\n\r\n")
        assert connection.read().json() == {"size": SIZE}
    assert arrived.value == expected_sum()
    assert_little_growth(nearside, before)


def test_a_reader_that_stops_holds_the_upstream_back(serve, upstream):
    """Backpressure: what the client doesn't take, the upstream cannot send."""
    sent = Sum()

    def counting(call):
        call.send(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n".encode())
        for _ in range(SIZE // len(PIECE)):
            call.send(PIECE)
            sent(PIECE)

    upstream.on("/api/large", counting)
    nearside = serve(ROUTE)
    before = nearside.memory()
    with nearside.connect(receive_buffer=65536) as connection:
        connection.ask("/api/large")
        stalled_at = eventually(StandsStill(lambda: sent.size), "the upstream cannot go on")
        assert 0 < stalled_at < SIZE // 2
        assert_little_growth(nearside, before)
        seen = Sum()
        connection.read(into=seen)
        assert seen.size == SIZE


class StandsStill:
    """Asked again and again, answers with the figure once it has not changed for a while."""

    def __init__(self, figure, for_times=100):
        self._figure = figure
        self._for_times = for_times
        self._last = None
        self._times = 0

    def __call__(self):
        now = self._figure()
        self._times = self._times + 1 if now == self._last else 0
        self._last = now
        return now if now and self._times >= self._for_times else None


def test_an_upstream_that_does_not_read_holds_the_client_back(serve, upstream, gate):
    upstream.on("/api/large", before_body(held(gate, document({}))))
    nearside = serve(ROUTE)
    before = nearside.memory()
    sent = Sum()
    with nearside.connect() as connection:
        connection.send(f"POST /api/large HTTP/1.1\r\nHost: a\r\nContent-Length: {SIZE}\r\n\r\n")

        def pour():
            for _ in range(SIZE // len(PIECE)):
                connection.send(PIECE)
                sent(PIECE)

        pouring = in_background(pour)
        gate.wait_arrived()
        eventually(StandsStill(lambda: sent.size), "the client cannot go on")
        assert sent.size < SIZE // 2
        assert_little_growth(nearside, before)
        connection.socket.shutdown(socket.SHUT_RDWR)
        with pytest.raises(OSError):
            pouring.result()


def test_the_first_bytes_arrive_while_the_upstream_still_writes(serve, upstream, gate):
    def in_two(call):
        call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
        gate.pass_through()
        call.send(b" last")

    upstream.on("/api/slow", in_two)
    with serve(ROUTE).connect() as connection:
        connection.ask("/api/slow")
        _, status, _, _ = connection.read_head()
        assert status == 200
        assert connection.read_exactly(5) == b"first"
        gate.open()
        assert connection.read_exactly(5) == b" last"


def test_the_first_bytes_of_a_request_arrive_while_the_client_still_writes(serve, upstream):
    half = threading.Event()

    def take(call):
        call.read_body(into=lambda piece: half.set())
        document({})(call)

    upstream.on("/api/slow", before_body(take))
    with serve(ROUTE).connect() as connection:
        connection.send(b"POST /api/slow HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst")
        assert half.wait(PATIENCE)
        connection.send(b" last")
        assert connection.read().status == 200


def test_a_truncated_answer_is_seen_as_broken(serve, upstream):
    upstream.on("/api/cut", truncated("x" * 1000, at=500))
    with serve(ROUTE).connect() as connection:
        connection.ask("/api/cut")
        with pytest.raises((Broken, ConnectionResetError)):
            connection.read()


def test_chunks_that_end_too_early_are_seen_as_broken(serve, upstream):
    upstream.on("/api/cut", cut_chunks("x" * 1000))
    with serve(ROUTE).connect() as connection:
        connection.ask("/api/cut")
        with pytest.raises((Broken, ConnectionResetError)):
            connection.read()


def test_a_client_that_leaves_cancels_the_call(serve, upstream):
    upstream.on("/api/slow", stall_after(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst"))
    with serve(ROUTE).connect() as connection:
        connection.ask("/api/slow")
        connection.read_head()
        connection.reset()
    assert upstream.wait_for("/api/slow")[0].gone.wait(PATIENCE)


def test_a_client_that_leaves_within_its_request_cancels_the_call(serve, upstream):
    def take(call):
        try:
            call.read_body()
        except (Broken, OSError):
            call.request.gone.set()
            raise

    upstream.on("/api/slow", before_body(take))
    with serve(ROUTE).connect() as connection:
        connection.send(b"POST /api/slow HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst")
        upstream.wait_for("/api/slow")
        connection.reset()
    assert upstream.to("/api/slow")[0].gone.wait(PATIENCE)


def test_a_body_over_the_limit_is_refused(serve, upstream):
    upstream.on("/api/x", document({}))
    nearside = serve(ROUTE, server="limits: {body: 1KiB}")
    with nearside.connect() as connection:
        connection.send(b"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n")
        assert connection.read().status == 413
        connection.wait_closed()
    assert nearside.request("/api/x", method="POST", body=b"x" * 1024).status == 200


def test_a_chunked_body_over_the_limit_is_refused(serve, upstream):
    upstream.on("/api/x", document({}))
    nearside = serve(ROUTE, server="limits: {body: 1KiB}")
    with nearside.connect() as connection:
        connection.send(b"POST /api/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.send(b"400\r\n" + b"x" * 1024 + b"\r\n1\r\nx\r\n0\r\n\r\n")
        assert connection.read().status == 413
        connection.wait_closed()


def test_a_body_ended_by_the_upstreams_connection(serve, upstream):
    upstream.on("/api/x", until_close("x" * 100_000))
    with serve(ROUTE).connect() as connection:
        assert connection.get("/api/x").body == b"x" * 100_000
