"""Many views in one stream."""

import json
from urllib.parse import quote

from answers import document, held
from configuration import upstream_yaml, view
from event_stream import Follower, open_stream

TEXT = "t" * 400


def boards():
    return view('a: {get: "/a/{id}?page={page}"}', out="{n: a.n, text: a.text}", fresh="1h", stale="1h",
                tags='["a:{id}"]', query="{page: 1}")


def change(nearside, number):
    answer = nearside.admin("/invalidate", method="POST", body=json.dumps({"tags": [f"a:{number}"]}).encode())
    assert answer.status == 200


def versions(upstream, number, count=9):
    upstream.on(f"/a/{number}", *(document({"n": n, "text": TEXT}) for n in range(1, count + 1)))


def stream_of(nearside, *views, **fields):
    return open_stream(nearside, "/stream?" + "&".join("view=" + quote(each) for each in views), **fields)


def test_each_view_is_told_under_the_url_that_it_was_asked_by(serve, upstream):
    versions(upstream, 1)
    versions(upstream, 2)
    nearside = serve(boards())
    whole = f"http://127.0.0.1:{nearside.port}/views/2"
    with stream_of(nearside, "/views/1?page=1", whole) as stream:
        told = [stream.next("snapshot").json() for _ in range(2)]
        assert {each["view"] for each in told} == {"/views/1?page=1", whole}
        change(nearside, 2)
        patch = stream.next("patch").json()
        assert patch["view"] == whole
        assert patch["ops"] == [{"op": "replace", "path": "/n", "value": 2}]


def test_they_are_made_at_the_same_time_and_told_as_they_come(serve, upstream, gate):
    versions(upstream, 1)
    upstream.on("/a/2", held(gate, document({"n": 1, "text": TEXT})))
    nearside = serve(boards())
    with stream_of(nearside, "/views/2", "/views/1") as stream:
        assert stream.next("snapshot").json()["view"] == "/views/1"
        gate.open()
        assert stream.next("snapshot").json()["view"] == "/views/2"


def test_one_id_carries_the_position_in_all_of_them(serve, upstream):
    for number in (1, 2, 3):
        versions(upstream, number)
    nearside = serve(boards())
    other = stream_of(nearside, "/views/1", "/views/2")
    follower = Follower()
    with other:
        for _ in range(2):
            follower.take(other.next("snapshot"))
        with stream_of(nearside, "/views/1", "/views/2") as stream:
            stream.next("snapshot")
            stream.next("snapshot")
            seen = stream.last_id
        change(nearside, 1)
        other.next("patch")
        change(nearside, 2)
        other.next("patch")
        # Another view comes, and one goes.
        with stream_of(nearside, "/views/2", "/views/3", last_event_id=seen) as again:
            told = {}
            for _ in range(2):
                event = again.next()
                told[event.json()["view"]] = event.name
            assert told == {"/views/2": "patch", "/views/3": "snapshot"}


def test_what_is_wrong_with_one_is_told_in_the_stream_of_all(serve, upstream):
    versions(upstream, 1)
    upstream.on("/a/4", document({}, status=403))
    nearside = serve(boards())
    with stream_of(nearside, "/views/1", "/nowhere", "/views/4", "http://other.example/views/1") as stream:
        assert stream.status == 200
        told = {}
        for _ in range(4):
            event = stream.next()
            told[event.json()["view"]] = (event.name, event.json().get("status"))
        assert told == {"/views/1": ("snapshot", None), "/nowhere": ("problem", 404), "/views/4": ("problem", 403),
                        "http://other.example/views/1": ("problem", 400)}
        change(nearside, 1)
        assert stream.next("patch").json()["view"] == "/views/1"


def test_a_view_that_fails_for_now_follows_when_it_can_be_made(serve, upstream):
    upstream.on("/a/1", document({}, status=500), document({"n": 1, "text": TEXT}))
    nearside = serve(boards(), "cache: {refresh_retry: 10ms}")
    with stream_of(nearside, "/views/1") as stream:
        assert stream.next("problem").json()["status"] == 502
        assert stream.next("snapshot").json()["data"]["n"] == 1


def test_a_stream_of_nothing_that_can_be_told_ends(serve, upstream):
    nearside = serve(boards())
    with stream_of(nearside, "/nowhere", "/nothing") as stream:
        assert [each.name for each in stream.wait_end()] == ["problem", "problem"]


def test_a_stream_without_views_or_with_too_many_is_refused(serve, upstream):
    nearside = serve(boards(), "streams: {views: 2}")
    for target in ("/stream", "/stream?view=", "/stream?other=1", "/stream?view=/a&view=/b&view=/c", "/stream?view=%zz"):
        refused = nearside.get(target)
        assert refused.status == 400, target
        assert refused.problem_name == "invalid_parameter"
    assert nearside.request("/stream?view=/views/1", "POST").status == 405


def test_each_user_has_their_own(serve, upstream):
    upstream.otherwise(lambda call: document({"n": call.request["authorization"], "text": TEXT})(call))
    nearside = serve(boards(), upstreams=upstream_yaml(upstream.url, forward="[authorization]"))
    with stream_of(nearside, "/views/1", authorization="Bearer A") as first:
        with stream_of(nearside, "/views/1", authorization="Bearer B") as second:
            assert first.next("snapshot").json()["data"]["n"] == "Bearer A"
            assert second.next("snapshot").json()["data"]["n"] == "Bearer B"
