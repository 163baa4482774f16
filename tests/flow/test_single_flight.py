"""However many ask for one view at once, its plan runs once, and its result, good or bad, wakes them all."""

from answers import document, drop, held
from configuration import view
from deadlines import in_background

CHAIN = view(
    """
    a: {get: "/a/{id}"}
    b: {get: "/b/{a.b}"}
    """,
    out="n: b.n",
)


def crowd(nearside, size, target="/views/7", **fields):
    """Connections with the request sent, none answered yet."""
    connections = [nearside.connect() for _ in range(size)]
    for connection in connections:
        connection.ask(target, fields=fields)
    return connections


def answers_of(connections):
    answers = []
    for connection in connections:
        answers.append(connection.read())
        connection.close()
    return answers


def test_200_concurrent_first_requests_are_one_plan_run(serve, upstream, gate):
    upstream.on("/a/7", held(gate, document({"b": 3})))
    upstream.on("/b/3", document({"n": 1}))
    nearside = serve(CHAIN)
    connections = crowd(nearside, 200)
    gate.wait_arrived()
    gate.open()
    answers = answers_of(connections)
    assert {(each.status, each.body) for each in answers} == {(200, b'{"n":1}')}
    assert len({each["etag"] for each in answers}) == 1
    assert upstream.targets() == ["/a/7", "/b/3"]


def test_one_of_them_led_and_the_others_waited_or_came_later(serve, upstream, gate):
    upstream.on("/a/7", held(gate, document({"b": 3})))
    upstream.on("/b/3", document({"n": 1}))
    nearside = serve(CHAIN)
    connections = crowd(nearside, 50)
    gate.wait_arrived()
    gate.open()
    statuses = [each.cache_status for each in answers_of(connections)]
    leaders = [each for each in statuses if each.get("fwd") == "uri-miss" and "collapsed" not in each]
    assert len(leaders) == 1
    assert all("collapsed" in each or each.get("hit") for each in statuses if each is not leaders[0])


def test_when_the_run_fails_every_waiter_gets_the_failure(serve, upstream, gate):
    upstream.on("/a/7", held(gate, document({}, status=500)))
    nearside = serve(CHAIN)
    connections = crowd(nearside, 30)
    gate.wait_arrived()
    gate.open()
    for answer in answers_of(connections):
        assert answer.status == 502
        assert answer.problem()["step"] == "a"


def test_a_failure_is_not_remembered(serve, upstream):
    upstream.on("/a/7", document({}, status=500), document({"b": 3}))
    upstream.on("/b/3", document({"n": 1}))
    nearside = serve(CHAIN)
    assert nearside.get("/views/7").status == 502
    assert nearside.get("/views/7").status == 200


def test_different_keys_do_not_wait_for_each_other(serve, upstream, gate):
    upstream.on("/a/7", held(gate, document({"b": 3})))
    upstream.on("/a/8", document({"b": 3}))
    upstream.on("/b/3", document({"n": 1}))
    nearside = serve(CHAIN)
    slow = in_background(nearside.get, "/views/7")
    gate.wait_arrived()
    assert nearside.get("/views/8").status == 200
    assert not slow.done
    gate.open()
    assert slow.result().status == 200


def test_the_leaders_departure_leaves_the_waiters_with_their_answer(serve, upstream, gate):
    upstream.on("/a/7", held(gate, document({"b": 3})), drop)
    upstream.on("/b/3", document({"n": 1}))
    nearside = serve(CHAIN)
    with nearside.connect() as leader:
        leader.ask("/views/7")
        gate.wait_arrived()
        waiters = crowd(nearside, 5)
        leader.reset()
    gate.open()
    assert [each.status for each in answers_of(waiters)] == [200] * 5
    assert upstream.count("/a/7") == 1


def test_what_cannot_be_stored_is_still_answered_to_everyone(serve, upstream, gate):
    """One user's answer must not be another's: requests without a stored entry end up with runs of their own."""
    forbidding = document({"n": 1}, cache_control="no-store")
    upstream.on("/a", held(gate, forbidding), forbidding)
    nearside = serve(view('a: {get: "/a"}', out="n: a.n"))
    connections = crowd(nearside, 10)
    gate.wait_arrived()
    gate.open()
    assert [each.json() for each in answers_of(connections)] == [{"n": 1}] * 10
