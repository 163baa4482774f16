"""Several nodes with one Redis: what a route stores is fetched by one of them for all."""

import threading

import pytest

from answers import document, held, not_modified, noting
from configuration import configuration
from deadlines import PATIENCE, eventually, in_background
from frozen import frozen

ROUTES = """
    routes:
      - {path: /api/**, upstream: api}
    """


@pytest.fixture
def nodes(start, upstream, redis):
    text = configuration(
        upstream.url, f"cache: {{redis: {{url: '{redis.url}', timeout: {{request: 2s}}}}}}", ROUTES
    )
    made = [start(text) for _ in range(3)]
    for each in made:
        eventually(lambda each=each: each.metrics().get("nearside_invalidation_in_step") == 1, "in step")
    return made


def get(node, path, **fields):
    # Nodes of one name, as behind a load balancer: routes are stored by it.
    answer = node.get(path, Host="edge.example", **fields)
    assert answer.status == 200, answer.text
    return answer


def fresh(value, **fields):
    return document(value, cache_control="max-age=600", **fields)


def of_all(nodes, path, each=4, **fields):
    asked = [in_background(get, node, path, **fields) for node in nodes for _ in range(each)]
    return [one.result() for one in asked]


def looked(node):
    """Whether it has found nothing in Redis: next it asks who is about to fetch it."""
    return node.metrics().get('nearside_redis_reads_total{result="absent"}', 0) >= 1


def test_a_burst_on_all_nodes_is_one_call(nodes, upstream, gate):
    began = threading.Event()
    upstream.on("/api/jobs/1", noting(began, held(gate, fresh({"id": 1}))))
    first = in_background(get, nodes[0], "/api/jobs/1")
    assert began.wait(PATIENCE)
    others = [in_background(get, node, "/api/jobs/1") for node in nodes for _ in range(4)]
    eventually(lambda: all(looked(node) for node in nodes), "the other nodes wait")
    gate.open()
    assert first.result().json() == {"id": 1}
    assert all(one.result().json() == {"id": 1} for one in others)
    assert upstream.count("/api/jobs/1") == 1


def test_variants_are_one_call_each(nodes, upstream):
    def answer(call):
        language = call.request["Accept-Language"]
        fresh({"language": language}, vary="Accept-Language")(call)

    upstream.on("/api/words", *[answer] * 6)
    for language in ("ko", "en"):
        told = of_all(nodes, "/api/words", **{"Accept-Language": language})
        assert {one.json()["language"] for one in told} == {language}
    assert upstream.count("/api/words") == 2


def test_a_stale_copy_is_validated_once(nodes, upstream):
    def answer(call):
        if "If-None-Match" in call.request:
            not_modified(etag='"1"', cache_control="max-age=600")(call)
        else:
            document({"id": 2}, etag='"1"', cache_control="max-age=1")(call)

    upstream.on("/api/jobs/2", *[answer] * 6)
    of_all(nodes, "/api/jobs/2")
    assert upstream.count("/api/jobs/2") == 1
    eventually(lambda: all(is_over(node, "/api/jobs/2") for node in nodes), "expired")
    of_all(nodes, "/api/jobs/2")
    assert upstream.count("/api/jobs/2") == 2


def is_over(node, path):
    return node.get(path, Host="edge.example", **{"Cache-Control": "only-if-cached"}).status == 504


def test_what_may_not_be_stored_holds_nobody_up(nodes, upstream, gate):
    began = threading.Event()
    upstream.on(
        "/api/mine",
        noting(began, held(gate, document({"n": 1}, cache_control="no-store"))),
        *[document({"n": 2}, cache_control="no-store")] * 2,
    )
    first = in_background(get, nodes[0], "/api/mine")
    assert began.wait(PATIENCE)
    second = in_background(get, nodes[1], "/api/mine")
    eventually(lambda: looked(nodes[1]), "the other node waits")
    gate.open()
    assert first.result().json() == {"n": 1}
    assert second.result().json() == {"n": 2}


def test_a_node_that_hangs_is_waited_for_no_longer_than_its_lease(nodes, upstream, gate):
    began = threading.Event()
    upstream.on("/api/jobs/3", noting(began, held(gate, fresh({"n": 1}))), fresh({"n": 2}))
    first = in_background(get, nodes[0], "/api/jobs/3")
    assert began.wait(PATIENCE)
    with frozen(nodes[0].process):
        assert get(nodes[1], "/api/jobs/3").json() == {"n": 2}
    gate.open()
    assert first.result().json() == {"n": 1}


def test_who_insists_on_a_copy_of_its_own_doesnt_wait(nodes, upstream, gate):
    began = threading.Event()
    upstream.on("/api/jobs/4", noting(began, held(gate, fresh({"n": 1}))), fresh({"n": 2}))
    first = in_background(get, nodes[0], "/api/jobs/4")
    assert began.wait(PATIENCE)
    assert get(nodes[1], "/api/jobs/4", **{"Cache-Control": "no-cache"}).json() == {"n": 2}
    gate.open()
    assert first.result().json() == {"n": 1}
