"""Who was cut off goes on where it was, or is told anew: never an error, never a change lost or told twice."""

import json

import pytest

from answers import document
from configuration import configuration, view
from event_stream import Follower, open_stream
from nearside import is_sanitized

TEXT = "t" * 400


def version(n):
    return document({"n": n, "text": TEXT})


def board(**keys):
    return view('a: {get: "/a"}', out="{n: a.n, text: a.text}", fresh="1h", stale="1h", tags='["a"]', **keys)


def change(nearside):
    answer = nearside.admin("/invalidate", method="POST", body=json.dumps({"tags": ["a"]}).encode())
    assert answer.status == 200


def followed(stream, follower, count):
    for _ in range(count):
        follower.take(stream.next())
    return follower.values["/views/7"]["n"]


@pytest.fixture
def upstream_that_counts(upstream):
    upstream.on("/a", *(version(n) for n in range(1, 50)))
    return upstream


def test_nothing_was_missed(serve, upstream_that_counts):
    nearside = serve(board())
    with open_stream(nearside, "/views/7") as stream:
        seen = stream.next("snapshot").id
    with open_stream(nearside, "/views/7", last_event_id=seen) as stream:
        change(nearside)
        assert stream.next("patch").json()["ops"] == [{"op": "replace", "path": "/n", "value": 2}]


@pytest.mark.parametrize("how", ["header", "query"])
def test_what_was_missed_is_told_change_by_change(serve, upstream_that_counts, how):
    nearside = serve(board())
    follower = Follower()
    with open_stream(nearside, "/views/7") as other, open_stream(nearside, "/views/7") as stream:
        followed(stream, follower, 1)
        seen = stream.last_id
        stream.close()
        other.next("snapshot")
        for _ in range(3):
            change(nearside)
            other.next("patch")
        if how == "header":
            again = open_stream(nearside, "/views/7", last_event_id=seen)
        else:
            again = open_stream(nearside, f"/views/7?last_event_id={seen}")
        with again:
            events = [again.next("patch").json() for _ in range(3)]
            assert [each["ops"][0]["value"] for each in events] == [2, 3, 4]
            assert {each["view"] for each in events} == {"/views/7"}
            assert events[0]["base"] == follower.tags["/views/7"]


def test_what_isnt_remembered_any_more_is_told_whole(serve, upstream_that_counts):
    nearside = serve(board(), "streams: {history: 2}")
    with open_stream(nearside, "/views/7") as other, open_stream(nearside, "/views/7") as stream:
        seen = stream.next("snapshot").id
        stream.close()
        other.next("snapshot")
        for _ in range(3):
            change(nearside)
            other.next("patch")
        with open_stream(nearside, "/views/7", last_event_id=seen) as again:
            assert again.next("snapshot").json()["data"]["n"] == 4


@pytest.mark.parametrize("identity", ["nonsense", "abcdefgh-1", "-", "1-2-3..", "abcdefgh-99999999999999999999999"])
def test_an_id_of_nowhere_gets_a_snapshot(serve, upstream_that_counts, identity):
    nearside = serve(board())
    with open_stream(nearside, "/views/7", last_event_id=identity) as stream:
        assert stream.next("snapshot").json()["data"]["n"] == 1


def test_a_restarted_node_tells_the_view_anew(start, upstream_that_counts):
    text = configuration(upstream_that_counts.url, board())
    first = start(text)
    with open_stream(first, "/views/7") as stream:
        seen = stream.next("snapshot").id
    first.stop()
    again = start(text)
    with open_stream(again, "/views/7", last_event_id=seen) as stream:
        event = stream.next("snapshot")
        assert event.json()["data"]["n"] == 2
        assert event.id != seen


def test_a_slow_reader_gets_the_latest_state_and_not_a_queue(serve, upstream):
    large = "x" * 300_000
    upstream.on("/a", *(document({"n": n, "text": large[:-3] + f"{n:03}"}) for n in range(1, 50)))
    nearside = serve(board())
    quick, slow = open_stream(nearside, "/views/7"), open_stream(nearside, "/views/7", receive_buffer=4096)
    with quick, slow:
        quick.next("snapshot")
        before = nearside.memory()
        for n in range(2, 50):
            change(nearside)
            while quick.next("snapshot").json()["data"]["n"] < n:
                pass
        if not is_sanitized():
            assert nearside.memory() - before < 20_000_000
        told = [slow.next("snapshot").json()["data"]["n"]]
        while told[-1] != 49:
            told.append(slow.next("snapshot").json()["data"]["n"])
        assert told == sorted(set(told))
        assert len(told) < 10, told
