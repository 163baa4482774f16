"""How many streams there may be."""

from answers import document
from configuration import view
from deadlines import eventually
from event_stream import open_stream

STILL = view('a: {get: "/a"}', out="{n: a.n}", fresh="1h")


def test_so_many_in_all(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(STILL, "streams: {max: 2}")
    with open_stream(nearside, "/views/1") as first, open_stream(nearside, "/stream?view=/views/1"):
        refused = nearside.get("/views/1", accept="text/event-stream")
        assert refused.status == 503
        assert refused.problem_name == "too_many_streams"
        assert int(refused["retry-after"]) > 0
        assert nearside.get("/views/1").status == 200
        first.close()
        eventually(lambda: nearside.metrics()["nearside_streams"] == 1, "its place is free")
        with open_stream(nearside, "/views/1") as again:
            again.next("snapshot")
    assert nearside.metrics()['nearside_stream_refusals_total{limit="max"}'] == 1


def test_so_many_of_one_client(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(STILL, "streams: {per_client: 1}")
    with open_stream(nearside, "/views/1") as stream:
        stream.next("snapshot")
        refused = nearside.get("/views/1", accept="text/event-stream")
        assert refused.status == 429
        assert refused.problem_name == "too_many_streams"
        etag = nearside.get("/views/1")["etag"]
        assert nearside.get("/views/1", if_none_match=etag, prefer="wait=1").status == 429


def test_a_stream_that_was_refused_takes_no_place(serve, upstream):
    upstream.on("/a", document({}, status=404))
    nearside = serve(STILL, "streams: {max: 1}")
    for _ in range(3):
        assert nearside.get("/views/1", accept="text/event-stream").status == 404
    assert nearside.metrics()["nearside_streams"] == 0
