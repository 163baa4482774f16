"""Who may follow a view: asked at the start, when a stream is resumed, by each renewal, and until a token expires."""

import base64
import json
import time

from answers import document
from configuration import upstream_yaml, view
from event_stream import open_stream


def board(**keys):
    return view('a: {get: "/a"}', out="{n: a.n}", **{"fresh": "200ms", "stale": "0s", **keys})


def guarded(upstream):
    return upstream_yaml(upstream.url, forward="[authorization]")


def token(expires):
    parts = [{"alg": "none"}, {"sub": "me", "exp": expires}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts) + ".x"


def test_what_a_plain_request_is_refused_a_stream_is_refused_with_the_same_answer(serve, upstream):
    upstream.on("/a", document({}, status=403))
    nearside = serve(board(), upstreams=guarded(upstream))
    plain = nearside.get("/views/7", authorization="Bearer A")
    refused = nearside.get("/views/7", authorization="Bearer A", accept="text/event-stream")
    assert refused.status == plain.status == 403
    assert refused.json() == plain.json()


def test_who_loses_the_right_is_told_and_hears_no_more(serve, upstream):
    lost = []

    def answer(call):
        mine = call.request["authorization"] == "Bearer A"
        document({"n": 1}, status=403 if mine and lost else 200)(call)

    upstream.otherwise(answer)
    nearside = serve(board(), upstreams=guarded(upstream))
    with open_stream(nearside, "/views/7", authorization="Bearer A") as mine:
        with open_stream(nearside, "/views/7", authorization="Bearer B") as others:
            seen = mine.next("snapshot").id
            others.next("snapshot")
            lost.append(True)
            told = mine.next("problem").json()
            assert (told["view"], told["status"]) == ("/views/7", 403)
            assert mine.wait_end() == []
            assert not others.ended
            assert others.parser.events == []
    again = nearside.get("/views/7", authorization="Bearer A", accept="text/event-stream", last_event_id=seen)
    assert again.status == 403


def test_a_view_that_is_gone_is_gone_for_all(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({}, status=404))
    nearside = serve(board())
    with open_stream(nearside, "/views/7") as one, open_stream(nearside, "/stream?view=/views/7") as many:
        for each in (one, many):
            each.next("snapshot")
            assert each.next("problem").json()["status"] == 404
            each.wait_end()


def test_trouble_of_the_upstream_ends_nothing(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({}, status=500), document({}, status=500), document({"n": 2}))
    nearside = serve(board(stale_if_error="1h"), "cache: {refresh_retry: 50ms}")
    with open_stream(nearside, "/views/7") as stream:
        stream.next("snapshot")
        assert stream.next().name in ("snapshot", "patch")


def test_a_stream_ends_with_its_token(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(board(fresh="1h"), upstreams=guarded(upstream))
    lasts = f"Bearer {token(time.time() + 1.5)}"
    with open_stream(nearside, "/views/7", authorization=lasts) as stream:
        with open_stream(nearside, "/stream?view=/views/7", authorization=lasts) as many:
            for each in (stream, many):
                each.next("snapshot")
                assert each.wait_end() == []
                assert each.parser.retry
    refused = nearside.get("/views/7", authorization=f"Bearer {token(time.time() - 1)}", accept="text/event-stream")
    assert refused.status == 401
    assert refused.problem_name == "token_expired"


def test_a_token_that_no_upstream_is_sent_ends_nothing(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(board(fresh="1h"))
    with open_stream(nearside, "/views/7", authorization=f"Bearer {token(1)}") as stream:
        stream.next("snapshot")


def test_what_may_not_be_stored_cannot_be_followed(serve, upstream):
    upstream.on("/a", document({"n": 1}, cache_control="no-store"))
    nearside = serve(board())
    refused = nearside.get("/views/7", accept="text/event-stream")
    assert refused.status == 406
    assert refused.problem_name == "not_streamable"
    with open_stream(nearside, "/stream?view=/views/7") as stream:
        assert stream.next("problem").json()["status"] == 406
        stream.wait_end()


def test_what_may_not_be_stored_any_more_is_followed_no_longer(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({"n": 2}, cache_control="no-store"))
    nearside = serve(board())
    with open_stream(nearside, "/views/7") as stream:
        stream.next("snapshot")
        assert stream.next("problem").json()["status"] == 406
        stream.wait_end()
