"""`Prefer: wait=N` (RFC 7240): an answer when the view changes, or 304 when the time is over."""

import json
import time

from answers import document
from configuration import view
from deadlines import eventually, in_background
from event_stream import open_stream

STILL = view('a: {get: "/a"}', out="{n: a.n}", fresh="1h", stale="1h", path="/views/{id}", tags='["a:{id}"]')


def change(nearside):
    answer = nearside.admin("/invalidate", method="POST", body=json.dumps({"tags": ["a:7"]}).encode())
    assert answer.status == 200


def started(serve, upstream, *sections):
    upstream.on("/a", document({"n": 1}), document({"n": 2}))
    nearside = serve(STILL, *sections)
    return nearside, nearside.get("/views/7")["etag"]


def test_it_is_answered_when_the_view_changes(serve, upstream):
    nearside, etag = started(serve, upstream)
    waiting = in_background(nearside.get, "/views/7", if_none_match=etag, prefer="wait=30")
    eventually(lambda: nearside.metrics()["nearside_streams"] == 1, "it waits")
    change(nearside)
    answer = waiting.result()
    assert answer.status == 200
    assert answer.json() == {"n": 2}
    assert answer["etag"] != etag
    assert answer["preference-applied"] == "wait=30"
    eventually(lambda: nearside.metrics()["nearside_streams"] == 0, "its place is free")


def test_it_is_304_when_the_time_is_over(serve, upstream):
    nearside, etag = started(serve, upstream)
    before = time.monotonic()
    answer = nearside.get("/views/7", if_none_match=etag, prefer="respond-async, wait=1")
    assert answer.status == 304
    assert answer["etag"] == etag
    assert answer["preference-applied"] == "wait=1"
    assert time.monotonic() - before >= 1


def test_it_is_answered_as_of_when_the_time_is_over(serve, upstream):
    nearside, etag = started(serve, upstream)
    answer = nearside.get("/views/7", if_none_match=etag, prefer="wait=2")
    assert answer.status == 304
    assert int(answer["age"]) >= 2


def test_what_may_not_be_served_any_more_when_the_time_is_over_is_not(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({}, status=500))
    nearside = serve(view('a: {get: "/a"}', out="{n: a.n}", fresh="500ms", stale="500ms", path="/views/{id}"))
    etag = nearside.get("/views/7")["etag"]
    assert nearside.get("/views/7", if_none_match=etag, prefer="wait=2").status == 502


def test_it_waits_no_longer_than_configured(serve, upstream):
    nearside, etag = started(serve, upstream, "streams: {wait_limit: 1s}")
    answer = nearside.get("/views/7", if_none_match=etag, prefer="wait=100")
    assert answer.status == 304
    assert answer["preference-applied"] == "wait=1"


def test_who_has_another_version_is_answered_at_once(serve, upstream):
    nearside, _ = started(serve, upstream)
    answer = nearside.get("/views/7", if_none_match='"another"', prefer="wait=30")
    assert answer.json() == {"n": 1}
    assert nearside.get("/views/7", prefer="wait=30").json() == {"n": 1}


def test_where_nobody_may_wait_any_more_it_is_answered_at_once(serve, upstream):
    nearside, etag = started(serve, upstream, "streams: {max: 1}")
    with open_stream(nearside, "/views/7"):
        assert nearside.get("/views/7", if_none_match='"another"', prefer="wait=30").json() == {"n": 1}
        assert nearside.get("/views/7", if_none_match=etag, prefer="wait=30").status == 503
    assert nearside.admin("/drain", method="POST").status == 200
    assert nearside.get("/views/7", if_none_match=etag, prefer="wait=30").status == 304


def test_what_cannot_be_made_is_told_at_once(serve, upstream):
    upstream.on("/a", document({}, status=404))
    nearside = serve(STILL)
    assert nearside.get("/views/7", if_none_match='"x"', prefer="wait=30").status == 404


def test_a_client_that_leaves_takes_no_place(serve, upstream):
    nearside, etag = started(serve, upstream)
    with nearside.connect() as connection:
        connection.ask("/views/7", fields={"If-None-Match": etag, "Prefer": "wait=30"})
        eventually(lambda: nearside.metrics()["nearside_streams"] == 1, "it waits")
    eventually(lambda: nearside.metrics()["nearside_streams"] == 0, "its place is free")
