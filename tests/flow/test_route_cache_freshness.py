"""How long a route reuses what it stored: the upstream's word, or a tenth of a document's age (RFC 9111 4.2)."""

import pytest

from answers import document
from routes import DAY, HOUR, ROUTE, Moment


def asked_twice(serve, upstream, status=200, **fields):
    """How many of two requests reached the upstream."""
    upstream.otherwise(document("{}", status=status, **fields))
    nearside = serve(ROUTE)
    first, second = nearside.get("/a"), nearside.get("/a")
    assert first.status == second.status == status
    assert first.body == second.body
    return upstream.count("/a")


FRESH = [
    {"cache_control": "max-age=60"},
    {"cache_control": "MAX-AGE=60"},
    {"cache_control": "public, max-age=60, unheard-of=7"},
    {"cache_control": 'max-age="60"'},
    {"cache_control": "max-age=0, s-maxage=60"},
    {"cache_control": "max-age=60", "expires": Moment(-60)},
    {"cache_control": "max-age=60, immutable"},
    {"expires": Moment(60)},
    {"expires": Moment(10 * 365 * DAY)},
    {"cache_control": "max-age=99999999999999999999"},
    {"cache_control": "max-age=60", "age": "30"},
    {"cache_control": "max-age=60", "date": Moment(-30)},
    {"last_modified": Moment(-10 * DAY)},
    {"cdn_cache_control": "max-age=60"},
    {"cdn_cache_control": "max-age=60", "cache_control": "no-store"},
    {"cdn_cache_control": "max-age=60", "cache_control": "max-age=0", "expires": Moment(-60)},
    {"cdn_cache_control": "max-age=(nonsense", "cache_control": "max-age=60"},
]


@pytest.mark.parametrize("fields", FRESH, ids=str)
def test_fresh_is_reused(serve, upstream, fields):
    assert asked_twice(serve, upstream, **fields) == 1


NOT_FRESH = [
    {},
    {"cache_control": "public"},
    {"cache_control": "max-age=0"},
    {"cache_control": "max-age=nonsense"},
    {"cache_control": "max-age=60, s-maxage=0"},
    {"cache_control": "max-age=60", "age": "60"},
    {"cache_control": "max-age=60", "date": Moment(-3600)},
    {"expires": "0"},
    {"expires": Moment(-1)},
    {"expires": Moment(60), "age": "70"},
    {"expires": "next Tuesday"},
    {"expires": Moment(60), "date": Moment(60)},
    {"last_modified": Moment(DAY)},
    {"cdn_cache_control": "max-age=0", "cache_control": "max-age=60"},
    {"cdn_cache_control": "no-store", "cache_control": "max-age=60"},
]


@pytest.mark.parametrize("fields", NOT_FRESH, ids=str)
def test_what_is_not_fresh_is_asked_for_again(serve, upstream, fields):
    assert asked_twice(serve, upstream, **fields) == 2


@pytest.mark.parametrize("status", [200, 203, 204, 301, 302, 307, 308, 404, 410, 500, 503, 599])
def test_any_final_status_is_reused_where_the_upstream_says_how_long(serve, upstream, status):
    assert asked_twice(serve, upstream, status, cache_control="max-age=60") == 1


@pytest.mark.parametrize("status", [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])
def test_statuses_that_allow_it_are_reused_for_a_tenth_of_their_age(serve, upstream, status):
    assert asked_twice(serve, upstream, status, last_modified=Moment(-10 * DAY)) == 1


@pytest.mark.parametrize("status", [201, 302, 307, 403, 500, 503])
def test_other_statuses_are_not(serve, upstream, status):
    assert asked_twice(serve, upstream, status, last_modified=Moment(-10 * DAY)) == 2


def test_public_allows_guessing_for_any_status(serve, upstream):
    assert asked_twice(serve, upstream, 302, cache_control="public", last_modified=Moment(-10 * DAY)) == 1


def test_a_guess_is_never_more_than_a_day(serve, upstream):
    upstream.otherwise(document("{}", last_modified=Moment(-1000 * DAY)))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert DAY - 60 < nearside.get("/a").cache_status["ttl"] <= DAY


def test_age_tells_what_the_upstream_told_and_more(serve, upstream):
    upstream.otherwise(document("{}", cache_control=HOUR, age="100"))
    nearside = serve(ROUTE)
    nearside.get("/a")
    hit = nearside.get("/a")
    assert 100 <= int(hit["age"]) < 160
    assert 3600 - 160 < hit.cache_status["ttl"] <= 3500


@pytest.mark.parametrize("age", ["nonsense", "-7", "7.5", ""])
def test_an_age_that_is_no_number_counts_for_nothing(serve, upstream, age):
    upstream.otherwise(document("{}", cache_control=HOUR, age=age))
    nearside = serve(ROUTE)
    nearside.get("/a")
    hit = nearside.get("/a")
    assert upstream.count("/a") == 1
    assert hit.fields.all("age") == [hit["age"]]
    assert int(hit["age"]) < 60


def test_a_date_in_the_past_counts_as_age(serve, upstream):
    upstream.otherwise(document("{}", cache_control=HOUR, date=Moment(-100)))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert 100 <= int(nearside.get("/a")["age"]) < 160


def test_a_hit_says_so(serve, upstream):
    upstream.otherwise(document("{}", cache_control=HOUR))
    nearside = serve(ROUTE)
    miss, hit = nearside.get("/a"), nearside.get("/a")
    assert miss.cache_status["fwd"] == "uri-miss"
    assert miss.cache_status["stored"] is True
    assert "age" not in miss or miss["age"] == "0"
    assert hit.is_hit
    assert "fwd" not in hit.cache_status
    assert 3500 < hit.cache_status["ttl"] <= 3600
    assert "date" in hit
    assert hit["via"] == "1.1 nearside"


def test_a_hit_has_the_upstreams_fields(serve, upstream):
    upstream.otherwise(
        document("{}", cache_control=HOUR, x_twice="1", content_language="nl", set_cookie="a=1", server="django")
    )
    nearside = serve(ROUTE)
    miss, hit = nearside.get("/a"), nearside.get("/a")
    for name in ("cache-control", "x-twice", "content-language", "content-type", "server", "set-cookie"):
        assert hit[name] == miss[name]


@pytest.mark.parametrize("other", ["/a?", "/a?x=1", "/A", "/a/", "/a%2F", "//a", "/a;x", "/a?X=1"])
def test_another_target_is_another_entry(serve, upstream, other):
    upstream.otherwise(document("{}", cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert not nearside.get(other).is_hit


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_get_is_stored(serve, upstream, method):
    upstream.otherwise(document("{}", cache_control=HOUR))
    nearside = serve(ROUTE)
    for _ in range(2):
        assert nearside.request("/a", method).cache_status["fwd"] == "method"
    assert upstream.count("/a") == 2
    assert not nearside.get("/a").is_hit


def test_another_host_is_another_entry(serve, upstream):
    upstream.otherwise(document("{}", cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a", host="one.example")
    nearside.get("/a", host="ONE.example")
    assert upstream.count("/a") == 1
    nearside.get("/a", host="two.example")
    assert upstream.count("/a") == 2
