"""What a client says about reuse (RFC 9111 5.2.1, 5.4)."""

import pytest

from answers import document, validated
from routes import HOUR, ROUTE, route


@pytest.fixture
def stored(serve, upstream):
    """/a is stored, 100 s old, fresh for an hour."""
    upstream.on("/a", document("1", cache_control=HOUR, age="100", etag='"1"'), document("2", cache_control=HOUR))
    nearside = serve(ROUTE)
    assert nearside.get("/a").text == "1"
    assert nearside.get("/a").is_hit
    return nearside


@pytest.fixture
def stale(serve, upstream):
    """/a is stored and has been stale for about 100 s."""
    upstream.on("/a", document("1", cache_control="max-age=100", age="200"), document("2", cache_control=HOUR))
    nearside = serve(route(stale_if_error="1h"))
    assert nearside.get("/a").text == "1"
    return nearside


WANT_NEWER = ["no-cache", "max-age=0", "max-age=50", "min-fresh=3590", "NO-CACHE", "max-age=9999, max-age=50"]


@pytest.mark.parametrize("wanted", WANT_NEWER)
def test_a_client_may_want_a_newer_copy(stored, wanted):
    answer = stored.get("/a", cache_control=wanted)
    assert answer.text == "2"
    assert answer.cache_status["fwd"] in ("request", "stale")
    assert stored.get("/a").text == "2"  # and all others get it, too


@pytest.mark.parametrize("content", ["max-age=200", "min-fresh=60", "max-stale", "unheard-of", "no-transform", ""])
def test_or_be_content(stored, content):
    assert stored.get("/a", cache_control=content).is_hit


def test_pragma_counts_where_there_is_no_cache_control(stored):
    assert stored.get("/a", pragma="no-cache", cache_control="max-age=3600").is_hit
    assert stored.get("/a", pragma="no-cache").text == "2"


def test_no_store_is_not_stored(serve, upstream):
    upstream.otherwise(document("{}", cache_control=HOUR))
    nearside = serve(ROUTE)
    assert nearside.get("/a", cache_control="no-store").cache_status["detail"] == "request-no-store"
    assert not nearside.get("/a").is_hit


def test_only_if_cached(stored, upstream):
    assert stored.get("/a", cache_control="only-if-cached").is_hit
    refused = stored.get("/b", cache_control="only-if-cached")
    assert refused.status == 504
    assert refused.problem_name == "not-stored" or refused.problem()
    assert upstream.count("/b") == 0


def test_only_if_cached_and_stale(stale, upstream):
    assert stale.get("/a", cache_control="only-if-cached").status == 504
    assert upstream.count("/a") == 1


@pytest.mark.parametrize("content", ["max-stale", "max-stale=1000"])
def test_a_client_may_be_content_with_a_stale_copy(stale, upstream, content):
    answer = stale.get("/a", cache_control=content)
    assert answer.text == "1"
    assert answer.is_hit
    assert answer.cache_status["ttl"] < 0
    assert upstream.count("/a") == 1


def test_but_not_with_one_so_stale(stale):
    assert stale.get("/a", cache_control="max-stale=50").text == "2"


@pytest.mark.parametrize("veto", ["must-revalidate", "proxy-revalidate", "s-maxage=1", "no-cache"])
def test_max_stale_does_not_move_a_veto(serve, upstream, veto):
    upstream.on(
        "/a", document("1", cache_control=f"max-age=1, {veto}", age="60", etag='"1"'), document("2", cache_control=HOUR)
    )
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.get("/a", cache_control="max-stale").text == "2"


def test_no_cache_validates_what_is_stored(serve, upstream):
    upstream.otherwise(validated("{}", cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a")
    answer = nearside.get("/a", cache_control="no-cache")
    assert answer.status == 200
    assert answer.text == "{}"
    assert upstream.to("/a")[1]["if-none-match"] == '"1"'


def test_stale_if_error_of_a_request(stale, upstream):
    upstream.kill()
    assert stale.get("/a", cache_control="stale-if-error=600").text == "1"
