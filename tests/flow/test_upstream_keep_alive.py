"""Connections to the upstream are kept; one that had died while idle is replaced without anyone noticing."""

import pytest

from answers import by, document, drop, held, raw, reset, until_close
from configuration import upstream_yaml, view
from deadlines import eventually, in_background

COUNTED = view('a: {get: "/a"}', fresh="0s")
ROUTE = 'routes: [{path: "/api/**", upstream: api}]'


def test_calls_one_after_the_other_use_one_connection(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(COUNTED)
    for _ in range(10):
        assert nearside.get("/views/7").status == 200
    assert len({request.connection for request in upstream.requests}) == 1


def test_a_connection_that_died_while_idle_costs_nobody_a_request(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(COUNTED)
    for _ in range(5):
        assert nearside.get("/views/7").status == 200
        upstream.close_idle()
    assert nearside.get("/views/7").status == 200


@pytest.mark.parametrize("ending", [drop, reset], ids=["closed", "reset"])
def test_a_connection_closed_in_the_moment_of_asking_is_replaced(serve, upstream, ending):
    """The upstream's keep-alive ran out while the request was under way: nothing was answered, so it is asked again."""
    upstream.on("/a", by(lambda request: ending if request.number > 1 else document({"n": 1})))
    nearside = serve(COUNTED, upstreams=upstream_yaml(upstream.url, retries=0))
    for _ in range(6):
        assert nearside.get("/views/7").status == 200


def test_all_of_many_kept_connections_die_at_once(serve, upstream):
    upstream.otherwise(document({"n": 1}))
    upstream.on("/list", document(list(range(20))))
    steps = 'list: {get: "/list"}\nitems: {each: "list[*]", as: it, get: "/items/{it}", parallel: 20}'
    nearside = serve(view(steps, fresh="0s"))
    for _ in range(3):
        assert nearside.get("/views/7").status == 200
        upstream.close_idle()


def test_a_connection_that_the_upstream_will_close_is_not_kept(serve, upstream):
    upstream.on("/a", until_close('{"n":1}'))
    nearside = serve(COUNTED)
    for _ in range(3):
        assert nearside.get("/views/7").status == 200
    assert len({request.connection for request in upstream.requests}) == 3


def test_an_http_1_0_answer_without_keep_alive_ends_the_connection(serve, upstream):
    upstream.on("/a", raw(b'HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n{"n":1}'))
    nearside = serve(COUNTED)
    for _ in range(3):
        assert nearside.get("/views/7").status == 200


def test_a_post_is_not_sent_twice(serve, upstream):
    """It may have been carried out: nobody but the client may decide to repeat it."""
    upstream.on("/api/jobs", by(lambda request: drop))
    nearside = serve(ROUTE)
    failed = nearside.request("/api/jobs", method="POST", body=b"start a job")
    assert failed.status == 502
    assert upstream.count("/api/jobs") == 1


def test_a_post_after_the_kept_connections_died_arrives_once(serve, upstream):
    upstream.on("/api/jobs", document({"id": 1}, status=201))
    nearside = serve(ROUTE)
    for expected in range(1, 6):
        upstream.close_idle()
        created = nearside.request("/api/jobs", method="POST", body=b"start a job")
        if created.status == 502:  # the close and the request crossed: the client is told, and nothing was repeated
            assert upstream.count("/api/jobs") <= expected
        else:
            assert created.status == 201
    assert upstream.count("/api/jobs") <= 5


def test_a_dropped_first_call_is_tried_again_as_often_as_configured(serve, upstream):
    upstream.on("/a", drop, drop, document({"n": 1}))
    nearside = serve(COUNTED, upstreams=upstream_yaml(upstream.url, retries=2))
    assert nearside.get("/views/7").status == 200
    assert upstream.count("/a") == 3


def test_without_retries_a_dropped_call_on_a_new_connection_fails(serve, upstream):
    upstream.on("/a", drop)
    nearside = serve(COUNTED, upstreams=upstream_yaml(upstream.url, retries=0, connections="{warm: 0}"))
    assert nearside.get("/views/7").status == 502
    assert upstream.count("/a") == 1


def test_an_error_status_is_an_answer_and_is_not_tried_again(serve, upstream):
    upstream.on("/a", document({}, status=503))
    nearside = serve(COUNTED, upstreams=upstream_yaml(upstream.url, retries=5))
    assert nearside.get("/views/7").status == 502
    assert upstream.count("/a") == 1


def test_no_more_connections_than_max(serve, upstream, gate):
    upstream.otherwise(held(gate, document({})))
    upstream.on("/list", document(list(range(30))))
    steps = 'list: {get: "/list"}\nitems: {each: "list[*]", as: it, get: "/items/{it}", parallel: 30}'
    nearside = serve(view(steps), upstreams=upstream_yaml(upstream.url, connections="{warm: 1, max: 5}"))
    waiting = in_background(nearside.get, "/views/7")
    gate.wait_arrived(5)
    assert upstream.open_connections() <= 5
    gate.open()
    assert waiting.result().status == 200
    assert max(each.number for each in upstream.connections) <= 5 + 1


def test_the_upstream_comes_back_on_its_own_port(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(COUNTED)
    assert nearside.get("/views/7").status == 200
    upstream.kill()
    assert nearside.get("/views/7").status == 502
    upstream.revive()
    eventually(lambda: nearside.get("/views/7").status == 200, "calls succeed again")
