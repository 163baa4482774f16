"""What an upstream's Cache-Control forbids and allows (RFC 9111 5.2.2, 3.5): a route obeys, and names its reason."""

import pytest

from answers import document, validated
from routes import HOUR, ROUTE, Moment, route

REFUSED = [
    ("no-store", {"cache_control": "no-store"}),
    ("no-store", {"cache_control": "max-age=60, no-store"}),
    ("private", {"cache_control": "private, max-age=60"}),
    ("private", {"cache_control": 'max-age=60, private="content-type"'}),
    ("vary-everything", {"cache_control": HOUR, "vary": "Accept, *"}),
    ("no-lifetime", {}),
    ("no-cache", {"cache_control": "no-cache"}),
    ("set-cookie", {"set_cookie": "a=1", "last_modified": Moment(-86_400)}),
]


@pytest.mark.parametrize(("reason", "fields"), REFUSED)
def test_a_response_that_is_not_stored_says_why(serve, upstream, reason, fields):
    upstream.otherwise(document("{}", **fields))
    nearside = serve(ROUTE)
    for _ in range(2):
        status = nearside.get("/a").cache_status
        assert status["fwd"] == "uri-miss"
        assert status.get("stored") is not True
        assert status["detail"] == reason
    assert upstream.count("/a") == 2


def test_no_store_is_a_veto_against_the_operator(serve, upstream):
    upstream.otherwise(document("{}", cache_control="no-store"))
    nearside = serve(route(fresh="1h"))
    for _ in range(2):
        assert nearside.get("/a").cache_status["detail"] == "no-store"


def test_no_cache_is_validated_before_each_use(serve, upstream):
    upstream.otherwise(validated("{}", cache_control="no-cache"))
    nearside = serve(ROUTE)
    for _ in range(3):
        answer = nearside.get("/a")
        assert answer.status == 200
        assert answer.text == "{}"
    assert [request.fields.get("if-none-match") for request in upstream.to("/a")] == [None, '"1"', '"1"']


def test_no_cache_with_fields_withholds_only_these(serve, upstream):
    says = 'max-age=60, no-cache="x-user, set-cookie"'
    upstream.otherwise(document("{}", cache_control=says, x_user="minji", x_all="1"))
    nearside = serve(ROUTE)
    assert nearside.get("/a")["x-user"] == "minji"
    hit = nearside.get("/a")
    assert hit.is_hit
    assert "x-user" not in hit
    assert hit["x-all"] == "1"


def test_private_with_fields_withholds_only_these(serve, upstream):
    upstream.otherwise(document("{}", cache_control='max-age=60, private="x-user"', x_user="minji", x_all="1"))
    nearside = serve(ROUTE)
    assert nearside.get("/a")["x-user"] == "minji"
    hit = nearside.get("/a")
    assert hit.is_hit
    assert "x-user" not in hit
    assert hit["x-all"] == "1"


@pytest.mark.parametrize("veto", ["must-revalidate", "proxy-revalidate", "s-maxage=1"])
def test_a_veto_against_stale_answers_stands_against_the_operator(serve, upstream, veto):
    upstream.on("/a", document("1", cache_control=f"max-age=1, {veto}", age="60"), document("2", cache_control=HOUR))
    nearside = serve(route(stale="1h", stale_if_error="1h"))
    nearside.get("/a")
    assert nearside.get("/a").text == "2"


@pytest.mark.parametrize("veto", ["must-revalidate", "proxy-revalidate"])
def test_must_revalidate_and_the_upstream_is_gone_is_an_error(serve, upstream, veto):
    upstream.otherwise(document("1", cache_control=f"max-age=1, {veto}, stale-if-error=60", age="60", etag='"1"'))
    nearside = serve(ROUTE)
    nearside.get("/a")
    upstream.kill()
    assert nearside.get("/a").status in (502, 504)


def test_must_understand_stores_what_is_understood_and_nothing_else(serve, upstream):
    upstream.on("/known", document("{}", cache_control="max-age=60, no-store, must-understand"))
    upstream.on("/new", document("{}", status=299, cache_control="max-age=60, must-understand"))
    nearside = serve(ROUTE)
    for target in ("/known", "/new"):
        nearside.get(target)
    assert nearside.get("/known").is_hit
    assert nearside.get("/new").cache_status["detail"] == "not-understood"


def test_a_repeated_directive_counts_once_and_the_strict_one_wins(serve, upstream):
    upstream.otherwise(document("{}", cache_control="max-age=60, no-store, max-age=3600"))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert not nearside.get("/a").is_hit


# --- who asks


def test_an_answer_to_credentials_is_nobody_elses(serve, upstream):
    upstream.otherwise(document("{}", cache_control="max-age=60"))
    nearside = serve(ROUTE)
    assert nearside.get("/a", authorization="Token a").cache_status["detail"] == "authorization"
    assert not nearside.get("/a", authorization="Token a").is_hit
    assert not nearside.get("/a").is_hit


@pytest.mark.parametrize("allowed", ["public, max-age=60", "s-maxage=60", "max-age=60, must-revalidate"])
def test_unless_the_upstream_allows_it(serve, upstream, allowed):
    upstream.otherwise(document("{}", cache_control=allowed))
    nearside = serve(ROUTE)
    nearside.get("/a", authorization="Token a")
    assert nearside.get("/a", authorization="Token b").is_hit
    assert nearside.get("/a").is_hit


def test_what_was_stored_without_credentials_answers_requests_with_them(serve, upstream):
    upstream.otherwise(document("{}", cache_control="max-age=60"))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.get("/a", authorization="Token a").is_hit


def test_a_cookie_is_stored_only_where_the_upstream_says_how_long(serve, upstream):
    upstream.on("/said", document("{}", cache_control="max-age=60", set_cookie="a=1"))
    upstream.on("/guessed", document("{}", last_modified=Moment(-864_000), set_cookie="a=1"))
    nearside = serve(ROUTE)
    for target in ("/said", "/guessed"):
        nearside.get(target)
    assert nearside.get("/said").is_hit
    assert not nearside.get("/guessed").is_hit


def test_what_a_cookie_asked_for_is_not_stored_on_a_guess(serve, upstream):
    upstream.otherwise(document("{}", last_modified=Moment(-864_000)))
    nearside = serve(ROUTE)
    nearside.get("/a", cookie="session=1")
    assert not nearside.get("/a", cookie="session=2").is_hit


# --- what is no whole answer


def test_a_partial_answer_is_not_stored_as_the_whole(serve, upstream):
    upstream.otherwise(document("par", status=206, cache_control=HOUR, content_range="bytes 0-2/7"))
    nearside = serve(ROUTE)
    for _ in range(2):
        assert nearside.get("/a", range="bytes=0-2").status == 206
    assert upstream.count("/a") == 2


def test_a_304_that_the_client_asked_for_is_not_stored(serve, upstream):
    upstream.on("/a", document("", status=304, etag='"1"', cache_control=HOUR), document("{}", cache_control=HOUR))
    nearside = serve(ROUTE)
    assert nearside.get("/a", if_none_match='"1"').status == 304
    answer = nearside.get("/a")
    assert answer.status == 200
    assert answer.text == "{}"
