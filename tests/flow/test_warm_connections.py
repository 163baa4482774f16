"""Warm connections are opened at the start and kept open, so that no user pays for connecting; nearside is ready once
they stand."""

from answers import document
from configuration import upstream_yaml, view
from deadlines import eventually

ONE_STEP = view('a: {get: "/a"}', fresh="0s")


def test_warm_connections_stand_before_anyone_asks(serve, upstream):
    serve(ONE_STEP, upstreams=upstream_yaml(upstream.url, connections="{warm: 5, max: 8}"))
    upstream.wait_connections(5)
    assert upstream.requests == []


def test_it_is_not_ready_before_they_stand(serve, upstream):
    upstream.kill()
    nearside = serve(ONE_STEP, ready=False, upstreams=upstream_yaml(upstream.url, connections="{warm: 2}"))
    assert nearside.admin("/healthz", token=None).status == 200
    assert nearside.admin("/readyz", token=None).status == 503
    upstream.revive()
    nearside.wait_ready()
    upstream.wait_connections(2)


def test_without_warm_connections_it_is_ready_at_once(serve, upstream):
    upstream.kill()
    nearside = serve(ONE_STEP, ready=False, upstreams=upstream_yaml(upstream.url, connections="{warm: 0}"))
    nearside.wait_ready()


def test_the_first_request_uses_a_warm_connection(serve, upstream):
    upstream.on("/a", document({}))
    nearside = serve(ONE_STEP, upstreams=upstream_yaml(upstream.url, connections="{warm: 3, max: 8}"))
    upstream.wait_connections(3)
    assert nearside.get("/views/7").status == 200
    assert upstream.requests[0].connection <= 3


def test_each_over_200_items_opens_no_connection_beyond_the_warm_ones(serve, upstream):
    upstream.otherwise(document({}))
    upstream.on("/list", document(list(range(200))))
    steps = 'list: {get: "/list"}\nitems: {each: "list[*]", as: it, get: "/items/{it}", parallel: 16}'
    nearside = serve(view(steps), upstreams=upstream_yaml(upstream.url, connections="{warm: 16, max: 64}"))
    upstream.wait_connections(16)
    assert nearside.get("/views/7").status == 200
    assert upstream.count() == 201
    assert len(upstream.connections) == 16


def test_warm_connections_that_die_are_replaced(serve, upstream):
    serve(ONE_STEP, upstreams=upstream_yaml(upstream.url, connections="{warm: 3, max: 8}"))
    upstream.wait_connections(3)
    upstream.close_idle()
    eventually(lambda: len(upstream.connections) >= 6, "three new ones are opened")
    upstream.wait_connections(3)


def test_they_are_renewed_before_their_keep_alive_runs_out(serve, upstream):
    serve(ONE_STEP, upstreams=upstream_yaml(upstream.url, connections="{warm: 2, max: 8, keep_alive: 1s}"))
    eventually(lambda: len(upstream.connections) >= 4, "both are renewed")
    upstream.wait_connections(2)


def test_readiness_stays_when_the_upstream_fails_later(serve, upstream):
    """Older copies can still be served: taking the node out would make it worse."""
    nearside = serve(ONE_STEP)
    upstream.kill()
    assert nearside.is_ready()
