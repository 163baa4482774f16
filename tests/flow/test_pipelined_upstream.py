"""An upstream with `pipeline` takes several calls of one run on a connection: what a view shows is the same as ever,
whatever becomes of the connections."""

import random

import pytest

from answers import by, cut_chunks, document, drop, held, raw, reset, stall, truncated
from configuration import upstream_yaml, view
from deadlines import eventually, in_background
from gate import Gate

ITEMS = range(24)


def wide(parallel=4, extra=""):
    return view(f"""
        jobs: {{get: "/jobs"}}
        metrics: {{each: "jobs[*]", as: job, get: "/jobs/{{job}}/metrics", parallel: {parallel}{extra}}}
    """, out="metrics: metrics", query="{again: null}", fresh="0s", stale="0s")


def pipelined(upstream, most=4, depth=4, **keys):
    return upstream_yaml(upstream.url, connections=f"{{warm: 1, max: {most}, pipeline: {depth}}}", **keys)


def with_items(upstream, items=ITEMS, answer=lambda item: document({"of": item})):
    upstream.on("/jobs", document(list(items)))
    for item in items:
        upstream.on(f"/jobs/{item}/metrics", answer(item))


def sent_behind(server):
    return server.metrics()['nearside_upstream_connection_events_total{upstream="api",event="pipelined"}']


def calls_waiting(server):
    return server.metrics()['nearside_upstream_calls_waiting{upstream="api"}']


def tried(server, upstream, items=ITEMS, at_once=4):
    """The view, of calls that overlap: one of them goes behind another, and is answered in its turn."""
    gate = Gate()
    with_items(upstream, items, lambda item: held(gate, document({"of": item})))
    waiting = in_background(server.get, "/views/7")
    gate.wait_arrived(at_once)
    eventually(lambda: sent_behind(server) == 1, "one call is tried")
    gate.open()
    answer = waiting.result()
    with_items(upstream, items)
    return answer


def test_a_wide_view_is_the_same_and_takes_fewer_connections_than_calls(serve, upstream):
    server = serve(wide(), upstreams=pipelined(upstream))
    assert tried(server, upstream).json() == {"metrics": [{"of": item} for item in ITEMS]}
    assert [upstream.count(f"/jobs/{item}/metrics") for item in ITEMS] == [1] * len(ITEMS)
    assert len(upstream.connections) <= 4


def test_the_upstream_works_on_no_more_than_parallel_at_once(serve, upstream, gate):
    server = serve(wide(parallel=3), upstreams=pipelined(upstream, most=16, depth=8))
    tried(server, upstream, at_once=3)
    with_items(upstream, answer=lambda item: held(gate, document({"of": item})))
    before, asked = sent_behind(server), upstream.count()
    waiting = in_background(server.get, "/views/8")
    gate.wait_arrived(3)
    eventually(lambda: sent_behind(server) == before + len(ITEMS) - 3, "all others are behind")
    assert upstream.count() == asked + 1 + 3, "it reads a connection's next call when it has answered the one before"
    gate.open()
    assert waiting.result().json() == {"metrics": [{"of": item} for item in ITEMS]}


def test_calls_that_cost_nothing_take_no_connection_from_those_that_do(serve, upstream, gate):
    stored, asked = range(16), range(16, 32)
    server = serve(wide(parallel=8), upstreams=pipelined(upstream, most=16, depth=4))
    tried(server, upstream, [*stored, *asked], at_once=8)
    for item in stored:
        upstream.on(f"/jobs/{item}/metrics", document({"of": item}, cache_control="max-age=3600"))
    server.get("/views/7")
    for item in asked:
        upstream.on(f"/jobs/{item}/metrics", held(gate, document({"of": item})))
    waiting = in_background(server.get, "/views/8")
    gate.wait_arrived(8)
    gate.open()
    assert waiting.result().json() == {"metrics": [{"of": item} for item in [*stored, *asked]]}


def test_another_user_does_not_wait_for_the_whole_of_a_wide_view(serve, upstream, gate):
    server = serve(wide(parallel=200), "routes: [{path: /one, upstream: api}]", upstreams=pipelined(upstream, most=1, depth=8))
    tried(server, upstream, range(200), at_once=1)
    with_items(upstream, range(200), answer=lambda item: held(gate, document({"of": item})))
    upstream.on("/one", document(1))
    waiting = in_background(server.get, "/views/8")
    gate.wait_arrived(1)
    eventually(lambda: calls_waiting(server) == 200 - 8, "all others of the wide view wait")
    other = in_background(server.get, "/one")
    eventually(lambda: calls_waiting(server) == 200 - 8 + 1, "it waits, too")
    for let_through in range(24):
        gate.let(1)
    assert other.result().json() == 1
    gate.open()
    assert len(waiting.result().json()["metrics"]) == 200


def test_without_it_a_connection_carries_one_call_at_a_time(serve, upstream):
    with_items(upstream)
    server = serve(wide(), upstreams=pipelined(upstream, depth=1))
    assert server.get("/views/7").json() == {"metrics": [{"of": item} for item in ITEMS]}
    assert sent_behind(server) == 0


def test_a_refresh_of_more_calls_than_connections_goes_out_at_once(serve, upstream, gate):
    server = serve(wide(), upstreams=pipelined(upstream, depth=8))
    tried(server, upstream)
    with_items(upstream, answer=lambda item: held(gate, document({"of": -item})))
    before = sent_behind(server)
    waiting = in_background(server.get, "/views/7", cache_control="no-cache")
    eventually(lambda: sent_behind(server) - before >= len(ITEMS) - 4, "all that was known is on its way")
    gate.open()
    assert waiting.result().json() == {"metrics": [{"of": -item} for item in ITEMS]}


FAULTS = [
    drop,
    reset,
    raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1"),
    raw(b"220 smtp.example.nl ESMTP\r\n"),
    truncated({"of": "nobody"}),
    cut_chunks({"of": "nobody"}),
    document("{", connection="close"),
]


@pytest.mark.parametrize("seed", range(8))
def test_what_breaks_a_connection_costs_its_own_call_and_no_other(serve, upstream, seed):
    chance = random.Random(seed)
    broken = set(chance.sample(ITEMS, chance.randint(1, 12)))
    closing = set(chance.sample(ITEMS, chance.randint(0, 6)))

    def answer(item):
        if item in broken:
            return chance.choice(FAULTS)
        return document({"of": item}, **({"connection": "close"} if item in closing else {}))

    with_items(upstream, answer=answer)
    server = serve(wide(chance.choice([1, 4, 16]), ", optional: true, else: gone"),
                   upstreams=pipelined(upstream, depth=chance.choice([2, 4, 16]), retries="0", circuit="{failures: 1000}"))
    for again in range(3):
        answered = server.get(f"/views/7?again={again}")
        assert answered.json() == {"metrics": ["gone" if item in broken else {"of": item} for item in ITEMS]}


def test_a_call_that_is_never_answered_fails_in_its_own_time_and_those_behind_it_are_asked_anew(serve, upstream):
    with_items(upstream, answer=lambda item: stall if item == 5 else document({"of": item}))
    server = serve(wide(1, ", optional: true, else: gone"),
                   upstreams=pipelined(upstream, most=2, depth=16, timeout="{first_byte: 2s}"))
    assert server.get("/views/7").json() == {"metrics": ["gone" if item == 5 else {"of": item} for item in ITEMS]}


def test_two_users_never_share_a_connection_in_use(serve, upstream, gate):
    with_items(upstream, answer=lambda item: held(gate, by(lambda request: document([item, request["authorization"]]))))
    upstream.on("/jobs", document(list(ITEMS)))
    server = serve(wide(), upstreams=pipelined(upstream, forward="[authorization]"))
    answers = [in_background(server.get, "/views/7", authorization=f"Bearer {user}") for user in ("a", "b")]
    gate.wait_arrived(4)
    gate.open()
    for answer, user in zip(answers, ("a", "b")):
        assert answer.result().json() == {"metrics": [[item, f"Bearer {user}"] for item in ITEMS]}
