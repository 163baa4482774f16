"""POST /drain: load balancers are told that it goes, clients that their connections end; nothing is cut."""

from answers import document, held
from configuration import view
from nearside import ADMIN_TOKEN

BOARD = view('a: {get: "/a"}')


def drain(nearside):
    answer = nearside.admin("/drain", token=ADMIN_TOKEN, method="POST")
    assert answer.status == 200, answer
    return answer.json()


def is_last(answer):
    return "close" in answer.fields.members("connection")


def test_readiness_says_so_and_new_connections_are_served_as_before(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(BOARD)
    drain(nearside)
    answer = nearside.admin("/readyz", token=None)
    assert answer.status == 503
    assert answer.text == "draining\n"
    assert nearside.admin("/healthz", token=None).status == 200
    assert nearside.get("/views/7").json() == {"a": {"n": 1}}


def test_a_kept_connection_is_told_with_its_next_answer(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(BOARD)
    with nearside.connect() as kept:
        assert not is_last(kept.get("/views/7"))
        drain(nearside)
        assert kept.is_silent(), "it isn't closed under a request that may be on its way"
        answer = kept.get("/views/7")
        assert answer.json() == {"a": {"n": 1}}
        assert is_last(answer)
        assert kept.wait_closed() == b""


def test_what_is_under_way_is_finished(serve, upstream, gate):
    upstream.on("/a", held(gate, document({"n": 1})))
    nearside = serve(BOARD)
    with nearside.connect() as waiting:
        waiting.ask("/views/7")
        gate.wait_arrived()
        drain(nearside)
        gate.open()
        answer = waiting.read()
        assert answer.json() == {"a": {"n": 1}}
        assert is_last(answer)


def test_requests_that_are_here_already_are_all_answered(serve, upstream, gate):
    upstream.on("/a", held(gate, document({"n": 1})))
    nearside = serve(BOARD)
    with nearside.connect() as waiting:
        waiting.send("".join(f"GET /views/{n} HTTP/1.1\r\nHost: n\r\n\r\n" for n in (7, 8)))
        gate.wait_arrived()
        drain(nearside)
        gate.open()
        assert waiting.read().json() == {"a": {"n": 1}}
        second = waiting.read()
        assert second.json() == {"a": {"n": 1}}
        assert is_last(second)


def test_a_second_call_does_no_harm(serve, upstream):
    upstream.on("/a", document({}))
    nearside = serve(BOARD)
    first, second = drain(nearside), drain(nearside)
    assert first != second, "it is told that it drains already"
    assert nearside.get("/views/7").status == 200


def test_sigterm_ends_it(serve, upstream):
    upstream.on("/a", document({}))
    nearside = serve(BOARD)
    drain(nearside)
    nearside.terminate()
    assert nearside.wait_ended() == 0
