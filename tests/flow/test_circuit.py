"""Calls to an upstream that keeps failing are spared for a while (`circuit`): the client hears of it at once, or gets the
older copy, and one call at a time finds out when the upstream is well again."""

import pytest

from answers import document, drop, held
from configuration import upstream_yaml, view
from deadlines import eventually

BOARD = view('a: {get: "/a/{id}"}', fresh="1ms", stale_if_error="1h")
LONG = "{failures: 3, window: 1m, open_for: 1m}"


def serve_with(serve, upstream, circuit, views=BOARD):
    return serve(views, upstreams=upstream_yaml(upstream.url, circuit=circuit, retries=0))


@pytest.mark.parametrize("failing", [document({}, status=500), document({}, status=503), drop])
def test_an_upstream_that_keeps_failing_is_left_alone(serve, upstream, failing):
    upstream.otherwise(failing)
    nearside = serve_with(serve, upstream, LONG)
    for number in range(3):
        assert nearside.get(f"/views/{number}").status == 502
    refused = nearside.get("/views/9")
    assert refused.status == 503
    assert refused.problem_name == "upstream_unavailable"
    assert refused.problem()["step"] == "a"
    assert 1 <= int(refused["retry-after"]) <= 60
    assert upstream.count("/a/9") == 0
    nearside.wait_event("upstream circuit opened", upstream="api", failures=3)
    metrics = nearside.metrics()
    assert metrics['nearside_upstream_circuit{upstream="api"}'] == 1
    assert metrics['nearside_upstream_circuit_opened_total{upstream="api"}'] == 1
    assert metrics['nearside_upstream_calls_refused_total{upstream="api"}'] == 1


@pytest.mark.parametrize("status", [400, 401, 404, 409, 429, 501])
def test_answers_about_the_request_are_no_failures(serve, upstream, status):
    upstream.otherwise(document({}, status=status))
    nearside = serve_with(serve, upstream, LONG)
    for number in range(6):
        assert nearside.get(f"/views/{number}").problem()["upstream_status"] == status


def test_the_older_copy_is_served_meanwhile(serve, upstream):
    upstream.on("/a/7", document({"n": 1}))
    upstream.otherwise(drop)
    nearside = serve_with(serve, upstream, LONG)
    assert nearside.get("/views/7").status == 200
    for number in range(3):
        nearside.get(f"/views/{number}")
    before = upstream.count("/a/7")
    copy = nearside.get("/views/7")
    assert copy.status == 200
    assert copy.json() == {"a": {"n": 1}}
    assert upstream.count("/a/7") == before


def test_routes_heed_it_too(serve, upstream):
    upstream.otherwise(drop)
    nearside = serve_with(serve, upstream, LONG, "routes: [{path: /a/**}]\n")
    for number in range(3):
        assert nearside.get(f"/a/{number}").status == 502
    refused = nearside.get("/a/9")
    assert (refused.status, refused.problem_name) == (503, "upstream_unavailable")
    assert "retry-after" in refused


def test_it_is_tried_again_and_goes_on_when_it_is_well(serve, upstream):
    upstream.otherwise(drop)
    nearside = serve_with(serve, upstream, "{failures: 3, window: 1m, open_for: 50ms}")
    for number in range(3):
        nearside.get(f"/views/{number}")
    upstream.otherwise(document({"n": 2}))
    eventually(lambda: nearside.get("/views/7").status == 200, "a probe closes the circuit")
    nearside.wait_event("upstream circuit closed", upstream="api")
    assert nearside.metrics()['nearside_upstream_circuit{upstream="api"}'] == 0


def test_a_step_without_patience_says_nothing_about_the_upstream(serve, upstream, gate):
    upstream.otherwise(held(gate, drop))
    views = view('a: {get: "/a/{id}", timeout: 20ms}')
    nearside = serve_with(serve, upstream, LONG, views)
    for number in range(6):
        assert nearside.get(f"/views/{number}").problem_name == "total_timeout"
