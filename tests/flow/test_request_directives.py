"""Cache-Control of a request for a view (RFC 9111 5.2.1): who asks for a fresh copy waits for one."""

import pytest

from answers import document, held
from configuration import view
from deadlines import in_background

COUNTED = view('a: {get: "/a"}', out="n: a.n", fresh="1h", stale="1h", stale_if_error="1h")


def numbered(upstream, count=5):
    upstream.on("/a", *(document({"n": number}) for number in range(1, count + 1)))


@pytest.mark.parametrize("directive", ["no-cache", "max-age=0", "No-Cache", "max-age=0, no-transform"])
def test_a_request_for_a_fresh_copy_waits_for_it(serve, upstream, directive):
    numbered(upstream)
    nearside = serve(COUNTED)
    nearside.get("/views/7")
    fresh = nearside.get("/views/7", cache_control=directive)
    assert fresh.json() == {"n": 2}
    assert fresh.cache_status["fwd"] == "request"
    assert nearside.get("/views/7").json() == {"n": 2}
    assert upstream.count("/a") == 2


def test_others_are_served_from_the_store_meanwhile(serve, upstream, gate):
    upstream.on("/a", document({"n": 1}), held(gate, document({"n": 2})))
    nearside = serve(COUNTED)
    nearside.get("/views/7")
    waiting = in_background(nearside.get, "/views/7", cache_control="no-cache")
    gate.wait_arrived()
    assert nearside.get("/views/7").json() == {"n": 1}
    assert not waiting.done
    gate.open()
    assert waiting.result().json() == {"n": 2}


def test_a_copy_whose_reading_began_before_the_request_is_not_fresh_for_it(serve, upstream, gate):
    """Joining a run that was under way could give what the upstream said before the request was made."""
    upstream.on("/a", document({"n": 1}), held(gate, document({"n": 2})), document({"n": 3}))
    nearside = serve(COUNTED)
    nearside.get("/views/7")
    early = in_background(nearside.get, "/views/7", cache_control="no-cache")
    gate.wait_arrived()
    late = in_background(nearside.get, "/views/7", cache_control="no-cache")
    gate.open()
    assert early.result().json() == {"n": 2}
    assert late.result().json()["n"] in (2, 3)
    assert upstream.count("/a") <= 3


def test_pragma_of_http_1_0_means_no_cache(serve, upstream):
    numbered(upstream)
    nearside = serve(COUNTED)
    nearside.get("/views/7")
    assert nearside.get("/views/7", pragma="no-cache").json()["n"] in (1, 2)


def test_only_if_cached_never_asks_the_upstream(serve, upstream):
    numbered(upstream)
    nearside = serve(COUNTED)
    missing = nearside.get("/views/7", cache_control="only-if-cached")
    assert missing.status == 504
    assert missing.problem()["title"]
    assert upstream.count() == 0
    nearside.get("/views/7")
    assert nearside.get("/views/7", cache_control="only-if-cached").json() == {"n": 1}
    assert upstream.count() == 1


def test_max_age_that_the_entry_satisfies_is_a_hit(serve, upstream):
    numbered(upstream)
    nearside = serve(COUNTED)
    nearside.get("/views/7")
    assert nearside.get("/views/7", cache_control="max-age=3000").is_hit
    assert upstream.count() == 1


def test_min_fresh_beyond_the_window_asks_the_upstream(serve, upstream):
    numbered(upstream)
    nearside = serve(COUNTED)
    nearside.get("/views/7")
    assert nearside.get("/views/7", cache_control="min-fresh=60").is_hit
    assert nearside.get("/views/7", cache_control="min-fresh=7200").json() == {"n": 2}


@pytest.mark.parametrize("directive", ["", ",", "=", "no-such-directive", 'quoted="a, no-such=1"', "max-age", "," * 99])
def test_directives_that_mean_nothing_do_no_harm(serve, upstream, directive):
    numbered(upstream)
    nearside = serve(COUNTED)
    nearside.get("/views/7")
    assert nearside.get("/views/7", cache_control=directive).status == 200


def test_no_cache_of_a_failing_upstream_gets_the_older_copy_or_a_clear_error(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({}, status=500))
    nearside = serve(COUNTED)
    nearside.get("/views/7")
    answer = nearside.get("/views/7", cache_control="no-cache")
    if answer.status == 200:
        assert answer.json() == {"n": 1}
        assert answer.cache_status["detail"] == "stale-if-error"
    else:
        assert answer.problem()["upstream_status"] == 500
