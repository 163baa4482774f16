"""SIGTERM: no new connection, what runs is finished, exit code 0."""

import time

import pytest

from answers import document, held, stall
from client import Connection
from configuration import upstream_yaml, view
from deadlines import eventually

BOARD = view('a: {get: "/a"}')
ROUTE = 'routes: [{path: "/api/**", upstream: api}]'


def refuses_connections(port):
    try:
        Connection(port).close()
    except OSError:
        return True
    return False


def test_it_ends_at_once_when_nothing_runs(serve, upstream):
    upstream.on("/a", document({}))
    nearside = serve(BOARD)
    nearside.get("/views/7")
    nearside.terminate()
    assert nearside.wait_ended() == 0


def test_a_view_under_way_is_finished_and_new_connections_are_refused(serve, upstream, gate):
    upstream.on("/a", held(gate, document({"n": 1})))
    nearside = serve(BOARD)
    with nearside.connect() as connection:
        connection.ask("/views/7")
        gate.wait_arrived()
        nearside.terminate()
        eventually(lambda: refuses_connections(nearside.port), "new connections are refused")
        gate.open()
        answer = connection.read()
        assert answer.json() == {"a": {"n": 1}}
        assert "close" in answer.fields.members("connection")
        assert connection.wait_closed() == b""
    assert nearside.wait_ended() == 0


def test_a_route_under_way_is_finished(serve, upstream, gate):
    def in_two(call):
        call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
        gate.pass_through()
        call.send(b" last")

    upstream.on("/api/x", in_two)
    nearside = serve(ROUTE)
    with nearside.connect() as connection:
        connection.ask("/api/x")
        gate.wait_arrived()
        nearside.terminate()
        eventually(lambda: refuses_connections(nearside.port), "new connections are refused")
        gate.open()
        assert connection.read().body == b"first last"
    assert nearside.wait_ended() == 0


def test_idle_connections_are_closed_at_once(serve, upstream):
    upstream.on("/a", document({}))
    nearside = serve(BOARD)
    with nearside.connect() as kept, nearside.connect() as silent:
        kept.get("/views/7")
        nearside.terminate()
        assert kept.wait_closed() == b""
        assert silent.wait_closed() == b""
    assert nearside.wait_ended() == 0


def test_what_does_not_finish_in_time_is_broken_off(serve, upstream):
    upstream.on("/a", stall)
    nearside = serve(BOARD, server="drain_timeout: 500ms")
    with nearside.connect() as connection:
        connection.ask("/views/7")
        upstream.wait_for("/a")
        nearside.terminate()
        left = connection.wait_closed()
        assert left == b"" or left.startswith(b"HTTP/1.1 50")
    assert nearside.wait_ended() == 0


def test_during_a_drain_it_is_not_ready(serve, upstream, gate):
    upstream.on("/a", held(gate, document({})))
    nearside = serve(BOARD)
    with nearside.connect() as connection:
        connection.ask("/views/7")
        gate.wait_arrived()
        nearside.terminate()

        def not_ready():
            try:
                return nearside.admin("/readyz", token=None).status == 503
            except OSError:
                return True

        eventually(not_ready, "readiness is taken back")
        gate.open()
        assert connection.read().status == 200
    assert nearside.wait_ended() == 0


def test_a_refresh_under_way_does_not_keep_it_for_longer_than_the_drain_timeout(serve, upstream):
    upstream.on("/a", document({"n": 1}), stall)
    nearside = serve(view('a: {get: "/a"}', fresh="0s", stale="1h"), server="drain_timeout: 500ms")
    nearside.get("/views/7")
    nearside.get("/views/7")
    upstream.wait_for("/a", 2)
    nearside.terminate()
    assert nearside.wait_ended() == 0


def test_a_second_signal_ends_the_wait_for_a_refresh(serve, upstream):
    upstream.on("/a", document({"n": 1}), stall)
    nearside = serve(view('a: {get: "/a"}', fresh="0s", stale="1h"), server="drain_timeout: 1h")
    nearside.get("/views/7")
    nearside.get("/views/7")
    upstream.wait_for("/a", 2)
    nearside.terminate()
    # The admin listener is the last to go: from then on only the refresh is waited for.
    eventually(lambda: refuses_connections(nearside.admin_port), "clients are gone")
    nearside.terminate()
    assert nearside.wait_ended() == 0
    assert nearside.wait_event("calls were broken off")["refreshes"] == 1


@pytest.mark.parametrize("attempt", range(4))  # which thread takes which connection is the kernel's choice
def test_a_refresh_under_way_is_finished_whichever_thread_watches_its_connections(serve, upstream, attempt):
    jobs = range(2)

    def slowly(call):
        body = b'{"of": "' + b"x" * 100_000 + b'"}'
        call.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        for at in range(0, len(body), 10_000):
            time.sleep(0.02)  # its pace
            call.send(body[at:at + 10_000])

    upstream.on("/jobs", document(list(jobs)))
    for job in jobs:
        upstream.on(f"/jobs/{job}", slowly)
    nearside = serve(view("""
        jobs: {get: "/jobs"}
        all: {each: "jobs[*]", as: job, get: "/jobs/{job}"}
    """, fresh="0s", stale="1h"), upstreams=upstream_yaml(upstream.url, connections="{warm: 1, max: 2}"))
    # One connection is opened at the start, the other by the thread that needs it.
    assert nearside.get("/views/7").status == 200
    assert nearside.get("/views/7").status == 200
    upstream.wait_for("/jobs/0", 2)
    upstream.wait_for("/jobs/1", 2)
    nearside.terminate()
    assert nearside.wait_ended() == 0
    assert not [each for each in nearside.events if each["event"] == "calls were broken off"]


@pytest.mark.parametrize("times", [2, 5])
def test_being_told_more_than_once_does_no_harm(serve, upstream, gate, times):
    upstream.on("/a", held(gate, document({})))
    nearside = serve(BOARD)
    with nearside.connect() as connection:
        connection.ask("/views/7")
        gate.wait_arrived()
        for _ in range(times):
            nearside.terminate()
        gate.open()
        connection.wait_closed()
    assert nearside.wait_ended() == 0


def test_it_may_be_told_while_it_still_starts(serve, upstream):
    upstream.kill()
    nearside = serve(BOARD, ready=False)
    nearside.terminate()
    assert nearside.wait_ended() == 0
