"""Past `fresh` a view is served at once from what is stored, while exactly one refresh runs behind."""

import time

from answers import by, document, drop, held
from configuration import view
from deadlines import eventually

ALWAYS_STALE = view('a: {get: "/a"}', out="n: a.n", fresh="0s", stale="1h")


def test_a_stale_view_is_served_at_once_while_the_upstream_still_thinks(serve, upstream, gate):
    upstream.on("/a", document({"n": 1}), held(gate, document({"n": 2})))
    nearside = serve(ALWAYS_STALE)
    assert nearside.get("/views/7").json() == {"n": 1}
    stale = nearside.get("/views/7")
    assert stale.json() == {"n": 1}
    assert stale.is_hit
    assert stale.cache_status["ttl"] <= 0
    assert stale.cache_status["detail"] == "stale-while-revalidate"
    gate.wait_arrived()
    assert upstream.count("/a") == 2


def test_however_many_ask_meanwhile_one_refresh_runs(serve, upstream, gate):
    upstream.on("/a", document({"n": 1}), held(gate, document({"n": 2})))
    nearside = serve(ALWAYS_STALE)
    nearside.get("/views/7")
    nearside.get("/views/7")
    gate.wait_arrived()
    for _ in range(50):
        assert nearside.get("/views/7").json() == {"n": 1}
    assert upstream.count("/a") == 2


def test_the_refreshed_view_replaces_the_stale_one(serve, upstream, gate):
    upstream.on("/a", document({"n": 1}), held(gate, document({"n": 2})))
    nearside = serve(ALWAYS_STALE)
    first = nearside.get("/views/7")
    nearside.get("/views/7")
    gate.wait_arrived()
    gate.open()
    eventually(lambda: nearside.get("/views/7").json() == {"n": 2}, "n is 2")
    assert nearside.get("/views/7")["etag"] != first["etag"]


def test_the_refresh_outlives_the_client_that_caused_it(serve, upstream, gate):
    upstream.on("/a", document({"n": 1}), held(gate, document({"n": 2})))
    nearside = serve(ALWAYS_STALE)
    nearside.get("/views/7")
    with nearside.connect() as leaving:
        assert leaving.get("/views/7").json() == {"n": 1}
        gate.wait_arrived()
        leaving.reset()
    gate.open()
    eventually(lambda: nearside.get("/views/7").json() == {"n": 2}, "the refresh is published without its client")


def test_a_first_run_outlives_the_client_that_began_it(serve, upstream, gate):
    upstream.on("/a", held(gate, document({"n": 1})), document({"n": "asked again"}))
    nearside = serve(view('a: {get: "/a"}', out="n: a.n", fresh="1h"))
    with nearside.connect() as leaving:
        leaving.ask("/views/7")
        gate.wait_arrived()
        leaving.reset()
    gate.open()
    assert nearside.get("/views/7").json() == {"n": 1}
    assert nearside.get("/views/7").is_hit
    assert upstream.count("/a") == 1


def test_a_failed_refresh_leaves_the_stale_view_and_is_not_tried_for_each_request(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({}, status=500))
    nearside = serve(ALWAYS_STALE, "cache: {refresh_retry: 1h}")
    nearside.get("/views/7")
    nearside.get("/views/7")
    upstream.wait_for("/a", 2)
    nearside.wait_event("view refresh failed")
    for _ in range(20):
        assert nearside.get("/views/7").json() == {"n": 1}
    assert upstream.count("/a") == 2


def test_a_refresh_is_tried_again_after_refresh_retry(serve, upstream):
    upstream.on("/a", document({"n": 1}), drop, drop, document({}, status=500), document({"n": 2}))
    nearside = serve(ALWAYS_STALE, "cache: {refresh_retry: 1ms}")
    nearside.get("/views/7")
    eventually(lambda: nearside.get("/views/7").json() == {"n": 2}, "a later refresh succeeds")


def test_unchanged_content_keeps_its_etag_through_refreshes(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(ALWAYS_STALE)
    first = nearside.get("/views/7")
    eventually(lambda: nearside.get("/views/7") and upstream.count("/a") >= 4, "three refreshes ran")
    assert nearside.get("/views/7")["etag"] == first["etag"]
    assert nearside.get("/views/7", if_none_match=first["etag"]).status == 304


def test_must_revalidate_of_the_upstream_forbids_stale(serve, upstream):
    upstream.on(
        "/a",
        document({"n": 1}, cache_control="max-age=0, must-revalidate"),
        document({"n": 2}, cache_control="max-age=0, must-revalidate"),
    )
    nearside = serve(ALWAYS_STALE)
    assert nearside.get("/views/7").json() == {"n": 1}
    assert nearside.get("/views/7").json() == {"n": 2}


def test_a_window_begins_when_what_is_shown_was_read_were_it_for_another_view(serve, upstream):
    upstream.on("/s", by(lambda request: document({"n": request.number}, cache_control="max-age=60")))
    nearside = serve("""\
views:
  first: {path: /first, fresh: 1h, steps: {s: {get: /s}}}
  second: {path: /second, fresh: 2s, steps: {s: {get: /s}}}
""")
    read = time.monotonic()
    nearside.get("/first")
    eventually(lambda: time.monotonic() - read >= 1, "a second has passed")
    second = nearside.get("/second")
    assert upstream.count("/s") == 1
    assert second.cache_status["ttl"] <= 1
