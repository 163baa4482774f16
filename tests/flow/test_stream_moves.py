"""Streams are moved politely: a drain, a stop, and a reload that changes their view. Any other reload they don't notice."""

import json

from answers import document
from configuration import configuration, view
from deadlines import eventually
from event_stream import Follower, open_stream

TEXT = "t" * 400


def board(name="board", **keys):
    return view('a: {get: "/a"}', out="{n: a.n, text: a.text}", name=name, path="/views/{id}",
                **{"fresh": "1h", "stale": "1h", "tags": '["a"]', **keys})


def change(nearside):
    answer = nearside.admin("/invalidate", method="POST", body=json.dumps({"tags": ["a"]}).encode())
    assert answer.status == 200


def versions(upstream):
    upstream.on("/a", *(document({"n": n, "text": TEXT}) for n in range(1, 20)))


def test_a_drain_ends_streams_and_tells_when_to_come_back(serve, upstream):
    versions(upstream)
    nearside = serve(board())
    with open_stream(nearside, "/views/7") as one, open_stream(nearside, "/stream?view=/views/7") as many:
        for each in (one, many):
            each.next("snapshot")
        assert nearside.admin("/drain", method="POST").status in (200, 202)
        for each in (one, many):
            assert each.wait_end() == []
            assert 1000 <= each.parser.retry <= 3000
            assert each.connection.wait_closed() == b""
    refused = nearside.get("/views/7", accept="text/event-stream")
    assert refused.status == 503
    assert refused.problem_name == "shutting_down"
    assert nearside.get("/views/7").status == 200


def test_a_stop_ends_streams_at_once(serve, upstream):
    versions(upstream)
    nearside = serve(board(), server="drain_timeout: 20s")
    with open_stream(nearside, "/views/7") as stream:
        stream.next("snapshot")
        nearside.terminate()
        assert stream.wait_end() == []
        assert stream.parser.retry
    nearside.wait_ended()


def test_waiting_requests_are_answered_when_it_stops(serve, upstream):
    versions(upstream)
    nearside = serve(board())
    etag = nearside.get("/views/7")["etag"]
    with nearside.connect() as connection:
        connection.ask("/views/7", fields={"If-None-Match": etag, "Prefer": "wait=30"})
        eventually(lambda: nearside.metrics()["nearside_streams"] == 1, "it waits")
        nearside.terminate()
        assert connection.read().status == 304
    nearside.wait_ended()


def reload(nearside, file, text):
    file.write_text(text)
    answer = nearside.admin("/reload", method="POST")
    assert answer.status == 200, answer.text


def test_a_reload_that_leaves_the_view_alone_is_not_noticed(start, upstream, tmp_path):
    versions(upstream)
    nearside = start(configuration(upstream.url, board()))
    with open_stream(nearside, "/views/7") as stream:
        follower = Follower()
        follower.take(stream.next("snapshot"))
        for number in range(2, 5):
            reload(nearside, tmp_path / "nearside-0.yaml",
                   configuration(upstream.url, board(refresh=f"{{while_used_within: {number}m}}")))
            change(nearside)
            assert follower.take(stream.next("patch"))["n"] == number
        eventually(lambda: nearside.metrics()["nearside_generations"] == 1, "no stream holds an old configuration")


def test_a_reload_that_changes_the_view_lets_clients_come_back_to_the_new_one(start, upstream, tmp_path):
    versions(upstream)
    nearside = start(configuration(upstream.url, board()))
    with open_stream(nearside, "/views/7") as stream:
        stream.next("snapshot")
        seen = stream.last_id
        other = view('a: {get: "/a"}', out="{m: a.n}", path="/views/{id}", tags='["a"]')
        reload(nearside, tmp_path / "nearside-0.yaml", configuration(upstream.url, other))
        assert stream.wait_end() == []
    with open_stream(nearside, "/views/7", last_event_id=seen) as again:
        assert set(again.next("snapshot").json()["data"]) == {"m"}


def test_what_is_followed_is_told_as_the_reloaded_file_says(start, upstream, tmp_path):
    versions(upstream)
    nearside = start(configuration(upstream.url, board()))
    with open_stream(nearside, "/views/7") as stream:
        stream.next("snapshot")
        reload(nearside, tmp_path / "nearside-0.yaml",
               configuration(upstream.url, board(), "streams: {patch_share: 0, snapshot_limit: 100}"))
        change(nearside)
        assert stream.next().name == "changed"


def test_a_client_goes_on_at_another_node_with_a_snapshot(start, upstream):
    versions(upstream)
    first, second = (start(configuration(upstream.url, board())) for _ in range(2))
    with open_stream(first, "/views/7") as stream:
        seen = stream.next("snapshot").id
        first.stop()
        stream.wait_end()
    with open_stream(second, "/views/7", last_event_id=seen) as again:
        assert again.next("snapshot").json()["data"]["n"] == 2
