"""Each phase of an upstream call has its time; when it is over the caller gets an answer and the upstream loses the
connection."""

import contextlib
import select
import socket
import time

import pytest

from answers import document, held, stall, stall_after, stall_within
from configuration import upstream_yaml, view
from deadlines import PATIENCE

ONE_STEP = view('a: {get: "/a"}')
SHORT, LONG = 300, 60_000  # milliseconds


def timeouts(url, connect=LONG, first_byte=LONG, total=LONG, **more):
    connect, first_byte = min(connect, total), min(first_byte, total)
    return upstream_yaml(
        url, timeout=f"{{connect: {connect}ms, first_byte: {first_byte}ms, total: {total}ms}}", **more
    )


def timed(nearside, target="/views/7"):
    """The answer and the milliseconds it took."""
    began = time.monotonic()
    answer = nearside.get(target)
    return answer, (time.monotonic() - began) * 1000


@pytest.fixture
def deaf_port():
    """A port that accepts no connection: its queue is full, so that the system drops what asks for one."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_connecting_takes_too_long(serve, deaf_port):
    upstreams = timeouts(f"http://127.0.0.1:{deaf_port}", connect=SHORT, connections="{warm: 0}", retries=0)
    answer, took = timed(serve(ONE_STEP, upstreams=upstreams))
    assert answer.status == 504
    assert answer.problem_name == "connect_timeout"
    assert took >= SHORT


def test_the_first_byte_takes_too_long(serve, upstream):
    upstream.on("/a", stall)
    answer, took = timed(serve(ONE_STEP, upstreams=timeouts(upstream.url, first_byte=SHORT)))
    assert answer.status == 504
    assert answer.problem_name == "first_byte_timeout"
    assert took >= SHORT
    assert upstream.to("/a")[0].gone.wait(PATIENCE)


@pytest.mark.parametrize("answer", [stall, stall_within("[1, 2, 3, 4]")], ids=["no byte", "half a body"])
def test_the_whole_call_takes_too_long(serve, upstream, answer):
    upstream.on("/a", answer)
    failed, took = timed(serve(ONE_STEP, upstreams=timeouts(upstream.url, total=SHORT, first_byte=SHORT)))
    assert failed.status == 504
    assert failed.problem_name in ("total_timeout", "first_byte_timeout")
    assert took >= SHORT
    assert upstream.to("/a")[0].gone.wait(PATIENCE)


@pytest.mark.parametrize("bytes_sent", [b"H", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"])
def test_an_answer_that_begins_and_then_stalls(serve, upstream, bytes_sent):
    upstream.on("/a", stall_after(bytes_sent))
    answer, _ = timed(serve(ONE_STEP, upstreams=timeouts(upstream.url, first_byte=SHORT, total=2 * SHORT)))
    assert answer.status == 504
    assert answer.problem()["step"] == "a"


def test_a_steps_own_timeout_is_shorter_than_the_upstreams(serve, upstream):
    upstream.on("/a", stall)
    nearside = serve(view(f'a: {{get: "/a", timeout: {SHORT}ms}}'), upstreams=timeouts(upstream.url))
    answer, took = timed(nearside)
    assert answer.status == 504
    assert answer.problem_name == "total_timeout"
    assert took >= SHORT


def test_a_trickling_upstream_is_bounded_by_the_total(serve, upstream):
    """Each byte comes in time; all of them together do not."""

    def trickle(call):
        call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not call.request.gone.is_set():
            call.send(b" ")
            call.request.gone.wait(0.02)

    upstream.on("/a", trickle)
    answer, _ = timed(serve(ONE_STEP, upstreams=timeouts(upstream.url, total=SHORT, first_byte=SHORT)))
    assert answer.status == 504
    assert upstream.to("/a")[0].gone.wait(PATIENCE)


def test_a_caller_waits_for_a_view_no_longer_than_view_time_and_the_run_goes_on(serve, upstream, gate):
    upstream.on("/a", held(gate, document({"n": 1})))
    nearside = serve(ONE_STEP, f"limits: {{view_time: {SHORT}ms}}", upstreams=timeouts(upstream.url))
    answer, took = timed(nearside)
    assert answer.status == 504
    assert took >= SHORT
    gate.open()
    upstream.forget()
    assert nearside.get("/views/7").json() == {"a": {"n": 1}}


def test_no_connection_becomes_free(serve, upstream):
    upstream.on("/a", stall)
    upstream.on("/b", document({}))
    upstreams = timeouts(upstream.url, connections="{warm: 1, max: 1}")
    impatient = view(f'b: {{get: "/b", timeout: {SHORT}ms}}', name="other", path="/other").removeprefix("views:\n")
    nearside = serve(ONE_STEP + impatient, upstreams=upstreams)
    with nearside.connect() as hogging:
        hogging.ask("/views/7")
        upstream.wait_for("/a")
        answer, took = timed(nearside, "/other")
        assert answer.status in (503, 504)
        assert answer.problem_name in ("upstream_busy", "total_timeout")
        assert took >= SHORT
    assert upstream.count("/b") == 0


def test_a_full_queue_refuses_at_once(serve, upstream):
    upstream.on("/a", stall)
    upstreams = timeouts(upstream.url, connections="{warm: 1, max: 1, queue: 1}")
    nearside = serve(view('a: {get: "/a?{id}"}'), upstreams=upstreams)
    with nearside.connect() as first, nearside.connect() as second, nearside.connect() as third:
        first.ask("/views/1")
        upstream.wait_for("/a?1")
        second.ask("/views/2")
        third.ask("/views/3")
        # One of the two has the only place in the queue; the other is refused while the upstream still stalls.
        readable, _, _ = select.select([second.socket, third.socket], [], [], PATIENCE)
        refused = second if second.socket in readable else third
        answer = refused.read()
        assert answer.status == 503
        assert answer.problem_name == "upstream_busy"
        assert upstream.count() == 1
        upstream.kill()
