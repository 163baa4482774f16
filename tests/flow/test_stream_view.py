"""A view as a stream: what is told at the start, of each change, and when nothing changes."""

import json

import pytest

from answers import document, held
from configuration import configuration, upstream_yaml, view
from deadlines import eventually, in_background
from event_stream import Follower, open_stream

BOARD = view('a: {get: "/a"}', out="{n: a.n}", fresh="200ms", path="/views/{id}")
STILL = view('a: {get: "/a"}', out="{n: a.n}", fresh="1h", stale="1h", path="/views/{id}", tags='["a:{id}"]')
QUICK = "streams: {heartbeat: 200ms, retry: 250ms}"


def invalidate(nearside, how, **what):
    answer = nearside.admin("/invalidate", method="POST", body=json.dumps({**what, "mode": how}).encode())
    assert answer.status == 200, answer.text


def test_a_stream_begins_with_the_view_as_a_plain_request_gets_it(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(STILL)
    plain = nearside.get("/views/7")
    with open_stream(nearside, "/views/7") as stream:
        assert stream.status == 200
        assert stream.fields["content-type"] == "text/event-stream"
        assert stream.fields["cache-control"] == "no-store, no-transform"
        assert stream.fields["x-accel-buffering"] == "no"
        assert "accept" in stream.fields.members("vary")
        first = stream.next("snapshot")
        assert first.json() == {"view": "/views/7", "etag": plain["etag"], "data": {"n": 1}}
        assert first.id
        assert stream.parser.retry == 1000
    assert upstream.count("/a") == 1


def test_a_view_that_was_never_asked_for_is_made_for_its_first_stream(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(STILL)
    with open_stream(nearside, "/views/7") as stream:
        assert stream.next("snapshot").json()["data"] == {"n": 1}


def test_each_change_of_the_upstream_is_told_without_a_request(serve, upstream):
    upstream.on("/a", *(document({"n": n}) for n in range(1, 6)))
    nearside = serve(BOARD)
    with open_stream(nearside, "/views/7") as stream:
        follower = Follower()
        while follower.values.get("/views/7") != {"n": 5}:
            follower.take(stream.next())
        assert follower.versions["/views/7"] == [{"n": n} for n in range(1, 6)]
        assert nearside.get("/views/7")["etag"] == follower.tags["/views/7"]


def test_a_change_of_little_is_told_as_a_patch_and_only_then(serve, upstream):
    long = {"n": 1, "text": "x" * 500}
    upstream.on("/a", document(long), document({**long, "n": 2}), document({"n": 3, "text": "y" * 500}))
    nearside = serve(view('a: {get: "/a"}', out="{n: a.n, text: a.text}", fresh="200ms"))
    with open_stream(nearside, "/views/7") as stream:
        first = stream.next("snapshot").json()
        patch = stream.next("patch").json()
        assert patch["base"] == first["etag"]
        assert patch["ops"] == [{"op": "replace", "path": "/n", "value": 2}]
        last = stream.next("snapshot").json()
        assert last["data"]["n"] == 3


def test_items_are_told_apart_by_the_member_that_the_view_names(serve, upstream):
    items = [{"key": name, "text": "t" * 50} for name in "abcdefgh"]
    upstream.on("/a", document({"items": items}), document({"items": [items[7], *items[:7]]}))
    nearside = serve(view('a: {get: "/a"}', out="a.items", fresh="200ms", item_id="key"))
    with open_stream(nearside, "/views/7") as stream:
        stream.next("snapshot")
        assert stream.next("patch").json()["ops"] == [{"op": "move", "from": "/7", "path": "/0"}]


def test_a_view_that_stays_the_same_is_only_a_heartbeat(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(BOARD, QUICK)
    with open_stream(nearside, "/views/7") as stream:
        stream.next("snapshot")
        asked = upstream.count("/a")
        stream.wait_comment()
        stream.wait_comment()
        upstream.wait_for("/a", asked + 2)
        assert stream.parser.events == []


@pytest.mark.parametrize("how", ["soft", "hard"])
def test_an_invalidation_is_on_the_stream_at_once(serve, upstream, how):
    upstream.on("/a", document({"n": 1}), document({"n": 2}))
    nearside = serve(STILL)
    with open_stream(nearside, "/views/7") as stream:
        follower = Follower()
        follower.take(stream.next("snapshot"))
        invalidate(nearside, how, tags=["a:7"])
        assert follower.take(stream.next()) == {"n": 2}


@pytest.mark.parametrize("how", ["soft", "hard"])
def test_what_is_struck_while_it_is_made_since_it_was_struck_is_made_once_more(serve, upstream, gate, how):
    upstream.on("/a", document({"n": 1}), held(gate, document({"n": 2})), document({"n": 3}))
    nearside = serve(STILL)
    with open_stream(nearside, "/views/7") as stream:
        follower = Follower()
        assert follower.take(stream.next("snapshot")) == {"n": 1}
        invalidate(nearside, how, tags=["a:7"])
        gate.wait_arrived()
        invalidate(nearside, how, tags=["a:7"])
        gate.open()
        while follower.take(stream.next()) != {"n": 3}:
            pass
        assert how == "soft" or {"n": 2} not in follower.versions["/views/7"]


@pytest.mark.parametrize("how", ["soft", "hard"])
@pytest.mark.parametrize("target", ["/views/7", "/stream?view=/views/7"])
def test_what_is_struck_while_it_is_made_for_its_first_stream_is_made_once_more(serve, upstream, gate, target, how):
    upstream.on("/a", held(gate, document({"n": 1})), document({"n": 2}))
    nearside = serve(STILL)
    opening = in_background(open_stream, nearside, target)
    gate.wait_arrived()
    invalidate(nearside, how, tags=["a:7"])
    gate.open()
    with opening.result() as stream:
        follower = Follower()
        while follower.take(stream.next()) != {"n": 2}:
            pass
        assert how == "soft" or {"n": 1} not in follower.versions["/views/7"]


def test_a_write_through_a_route_is_on_the_stream_at_once(start, upstream):
    upstream.on("GET /a", document({"n": 1}), document({"n": 2}))
    upstream.on("PATCH /a", document({}))
    nearside = start(configuration(upstream_yaml(upstream.url), STILL, "routes: [{path: /a}]"))
    with open_stream(nearside, "/views/7") as stream:
        follower = Follower()
        follower.take(stream.next("snapshot"))
        assert nearside.request("/a", "PATCH", body=b"{}").status == 200
        assert follower.take(stream.next()) == {"n": 2}


def test_line_breaks_of_the_upstream_break_no_event(serve, upstream):
    upstream.on("/a", document('{"n":\r\n [1,\n\n2,\r 3]\n}'))
    nearside = serve(STILL)
    with open_stream(nearside, "/views/7") as stream:
        event = stream.next("snapshot")
        assert "\n" not in event.data
        assert event.json()["data"] == {"n": [1, 2, 3]}


def test_a_large_view_is_announced_and_fetched_apart(serve, upstream):
    upstream.on("/a", document({"n": "x" * 5000}), document({"n": "y" * 5000}))
    nearside = serve(BOARD, "streams: {snapshot_limit: 4KiB}")
    with open_stream(nearside, "/views/7") as stream:
        first = stream.next("changed").json()
        assert set(first) == {"view", "etag"}
        second = stream.next("changed").json()
        plain = nearside.get("/views/7", if_none_match=first["etag"])
        assert plain.status == 200
        assert plain["etag"] == second["etag"]
        assert nearside.get("/views/7", if_none_match=second["etag"]).status == 304


def test_all_streams_of_a_view_share_its_renewals(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({"n": 2}))
    nearside = serve(STILL)
    streams = [open_stream(nearside, "/views/7") for _ in range(20)]
    for each in streams:
        each.next("snapshot")
    invalidate(nearside, "soft", tags=["a:7"])
    for each in streams:
        assert each.next().json()["etag"] != ""
        each.close()
    assert upstream.count("/a") == 2


def test_nobody_renews_what_nobody_follows_any_more(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(BOARD)
    with open_stream(nearside, "/views/7") as stream:
        stream.next("snapshot")
        eventually(lambda: nearside.metrics()["nearside_streams"] == 1, "the stream is counted")
    eventually(lambda: nearside.metrics()["nearside_streams"] == 0, "the stream is gone")
    assert nearside.metrics()["nearside_stream_topics"] == 1, "it lingers, for who comes back"


def test_head_and_http_1_0(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(STILL)
    head = nearside.request("/views/7", "HEAD", {"Accept": "text/event-stream"})
    assert head.status == 200
    assert head["content-type"] == "text/event-stream"
    with open_stream(nearside, "/views/7", version="HTTP/1.0") as stream:
        assert "transfer-encoding" not in stream.fields
        assert stream.fields["connection"] == "close"
        assert stream.next("snapshot").json()["data"] == {"n": 1}


def test_json_is_still_what_others_get(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(STILL)
    for accept in ("application/json", "*/*", "application/json, text/event-stream;q=0.5", "text/event-stream;q=0, */*"):
        assert nearside.get("/views/7", accept=accept).json() == {"n": 1}


def test_streams_can_be_turned_off(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(STILL, "streams: {max: 0}")
    assert nearside.get("/views/7", accept="text/event-stream").json() == {"n": 1}
    assert nearside.get("/stream?view=/views/7").status == 404


def test_a_page_of_another_origin_may_read_a_stream(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(STILL, server="cors: {origins: ['https://app.example']}")
    with open_stream(nearside, "/views/7", origin="https://app.example") as stream:
        assert stream.fields["access-control-allow-origin"] == "https://app.example"
        stream.next("snapshot")
    with open_stream(nearside, "/stream?view=/views/7", origin="https://app.example") as stream:
        assert stream.fields["access-control-allow-origin"] == "https://app.example"
