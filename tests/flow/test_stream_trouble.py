"""What a stream tells of a view that can't be made any more, and of its return."""

import json
from urllib.parse import quote

from answers import document
from configuration import view
from event_stream import open_stream

TEXT = "t" * 400
SOON = "cache: {refresh_retry: 20ms}"


def board(stale_if_error):
    return view('a: {get: "/a/{id}"}', out="{n: a.n, text: a.text}", fresh="100ms", stale="0s",
                stale_if_error=stale_if_error, tags='["a:{id}"]')


def answers(upstream, number, status=200):
    upstream.on("/a/1", document({"n": number, "text": TEXT}, status=status))


def invalidate(nearside, how):
    answer = nearside.admin("/invalidate", method="POST", body=json.dumps({"tags": ["a:1"], "mode": how}).encode())
    assert answer.status == 200


def many(nearside, *urls):
    return open_stream(nearside, "/stream?" + "&".join("view=" + quote(each) for each in urls))


def test_past_its_windows_a_view_is_told_to_be_in_trouble_and_whole_once_it_can_be_made(serve, upstream):
    answers(upstream, 1)
    nearside = serve(board("0s"), SOON)
    with open_stream(nearside, "/views/1") as own, many(nearside, "/views/1") as one_of_many:
        for stream in (own, one_of_many):
            assert stream.next("snapshot").json()["data"]["n"] == 1
        answers(upstream, 1, status=503)
        for stream in (own, one_of_many):
            told = stream.next("problem").json()
            assert (told["view"], told["status"], told["upstream_status"]) == ("/views/1", 502, 503)
        # Whoever comes now isn't shown what is too old either.
        assert nearside.get("/views/1").status == 502
        with many(nearside, "/views/1") as late:
            assert late.next("problem").json()["status"] == 502
            answers(upstream, 1)
            for stream in (own, one_of_many, late):
                told = stream.next()
                assert (told.name, told.json()["data"]["n"]) == ("snapshot", 1)
            answers(upstream, 2)
            for stream in (own, one_of_many, late):
                told = stream.next()
                assert (told.name, told.json()["ops"]) == ("patch", [{"op": "replace", "path": "/n", "value": 2}])


def test_while_an_older_copy_may_stand_in_nothing_is_told_of_trouble(serve, upstream):
    answers(upstream, 1)
    nearside = serve(board("1h"), SOON)
    with open_stream(nearside, "/views/1") as stream:
        stream.next("snapshot")
        answers(upstream, 1, status=503)
        upstream.wait_for("/a/1", upstream.count("/a/1") + 1)
        answers(upstream, 2)
        assert stream.next().name == "patch"


def test_what_is_invalidated_while_it_cannot_be_made_is_in_trouble_at_once(serve, upstream):
    answers(upstream, 1)
    nearside = serve(board("1h"), SOON)
    with open_stream(nearside, "/views/1") as stream:
        stream.next("snapshot")
        answers(upstream, 1, status=503)
        invalidate(nearside, "hard")
        assert stream.next().name == "problem"
        answers(upstream, 1)
        assert stream.next().name == "snapshot"


def test_who_waits_for_a_change_is_answered_when_there_is_nothing_to_wait_for(serve, upstream):
    answers(upstream, 1)
    nearside = serve(board("0s"), SOON)
    with open_stream(nearside, "/views/1") as stream:
        etag = stream.next("snapshot").json()["etag"]
        answers(upstream, 1, status=503)
        answer = nearside.get("/views/1", **{"If-None-Match": etag, "Prefer": "wait=60"})
        assert answer.status == 502
