"""Copies are validated instead of fetched anew (RFC 9111 4.3); clients that have one already get 304 (RFC 9110 13)."""

import pytest

from answers import by, document, not_modified, validated
from routes import DAY, HOUR, ROUTE, Moment

OLD = {"cache_control": "max-age=1", "age": "60"}  # stale from the start
MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"


def test_a_stale_copy_is_validated_by_its_tag(serve, upstream):
    upstream.on("/a", document("1", etag='"x"', **OLD), not_modified(etag='"x"', cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a")
    answer = nearside.get("/a")
    assert answer.status == 200
    assert answer.text == "1"
    assert upstream.to("/a")[1]["if-none-match"] == '"x"'
    assert answer.cache_status["fwd"] == "stale"
    assert answer.cache_status["fwd-status"] == 304
    assert nearside.get("/a").is_hit


def test_or_by_when_it_was_modified(serve, upstream):
    upstream.on("/a", document("1", last_modified=MODIFIED, **OLD), not_modified(cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.get("/a").text == "1"
    request = upstream.to("/a")[1]
    assert request["if-modified-since"] == MODIFIED
    assert "if-none-match" not in request
    assert nearside.get("/a").is_hit


def test_a_copy_without_a_validator_is_fetched_anew(serve, upstream):
    upstream.on("/a", document("1", stale_if_error="60", cache_control="max-age=1, stale-if-error=600", age="60"))
    nearside = serve(ROUTE)
    nearside.get("/a")
    nearside.get("/a")
    assert "if-none-match" not in upstream.to("/a")[1]
    assert "if-modified-since" not in upstream.to("/a")[1]


def test_a_changed_one_replaces_it(serve, upstream):
    upstream.on("/a", document("1", etag='"1"', **OLD), document("2", etag='"2"', cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.get("/a").text == "2"
    hit = nearside.get("/a")
    assert hit.is_hit
    assert (hit.text, hit["etag"]) == ("2", '"2"')


def test_a_304_brings_new_fields_and_keeps_those_of_the_content(serve, upstream):
    changes = {"x_both": "new", "x_new": "1", "content_length": "99", "content_encoding": "br"}
    upstream.on(
        "/a",
        document("1", etag='"x"', x_old="kept", x_both="old", content_type="text/plain", **OLD),
        not_modified(etag='"x"', cache_control=HOUR, **changes),
    )
    nearside = serve(ROUTE)
    nearside.get("/a")
    for answer in (nearside.get("/a"), nearside.get("/a")):
        assert answer.text == "1"
        assert (answer["x-old"], answer["x-both"], answer["x-new"]) == ("kept", "new", "1")
        assert answer["content-type"] == "text/plain"
        assert answer["content-length"] == "1"
        assert "content-encoding" not in answer
        assert answer["cache-control"] == HOUR
    assert upstream.count("/a") == 2


def test_a_304_of_another_content_doesnt_freshen_this_one(serve, upstream):
    upstream.on(
        "/a",
        document("1", etag='"1"', **OLD),
        not_modified(etag='"other"', cache_control=HOUR),
        document("3", cache_control=HOUR),
    )
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.get("/a").status in (200, 502)
    assert nearside.get("/a").text == "3"


def test_age_begins_anew(serve, upstream):
    upstream.on("/a", document("1", etag='"x"', **OLD), not_modified(etag='"x"', cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a")
    nearside.get("/a")
    assert int(nearside.get("/a")["age"]) < 50


# --- the client's own conditions


@pytest.fixture
def stored(serve, upstream):
    upstream.otherwise(document("1", etag='"x"', last_modified=MODIFIED, cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a")
    return nearside


HAS_IT = [
    {"if_none_match": '"x"'},
    {"if_none_match": 'W/"x"'},
    {"if_none_match": '"other", "x"'},
    {"if_none_match": "*"},
    {"if_modified_since": MODIFIED},
    {"if_modified_since": Moment(-DAY)},
    {"if_none_match": '"x"', "if_modified_since": Moment(-40 * 365 * DAY)},
]


@pytest.mark.parametrize("fields", HAS_IT, ids=str)
def test_a_client_that_has_it_gets_304_from_the_store(stored, upstream, fields):
    with stored.connect() as connection:
        same = connection.get("/a", **fields)
        assert (same.status, same.body) == (304, b"")
        assert same.is_hit
        assert same["etag"] == '"x"'
        assert same["cache-control"] == HOUR
        assert connection.get("/a").text == "1"
    assert upstream.count("/a") == 1


HAS_IT_NOT = [
    {"if_none_match": '"y"'},
    {"if_none_match": "x"},
    {"if_modified_since": "Sun, 06 Nov 1994 08:49:36 GMT"},
    {"if_modified_since": "whenever"},
    {"if_none_match": '"y"', "if_modified_since": Moment()},
]


@pytest.mark.parametrize("fields", HAS_IT_NOT, ids=str)
def test_any_other_gets_all_of_it(stored, upstream, fields):
    answer = stored.get("/a", **fields)
    assert (answer.status, answer.text) == (200, "1")
    assert answer.is_hit
    assert upstream.count("/a") == 1


def test_conditions_of_a_first_request_are_the_upstreams(serve, upstream):
    upstream.otherwise(validated("1", etag='"x"', cache_control=HOUR))
    nearside = serve(ROUTE)
    assert nearside.get("/a", if_none_match='"x"').status == 304
    assert upstream.to("/a")[0]["if-none-match"] == '"x"'
    assert nearside.get("/a").text == "1"


def test_a_client_with_the_same_tag_as_a_stale_copy(serve, upstream):
    upstream.on("/a", document("1", etag='"x"', **OLD), not_modified(etag='"x"', cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.get("/a", if_none_match='"x"').status == 304
    assert nearside.get("/a").is_hit


def test_a_client_with_another_tag_than_the_stale_copy(serve, upstream):
    """The upstream says 304 for one of the two; whoever it is for, nobody gets the wrong content."""
    contents = {'"1"': "one", '"2"': "two"}
    current = ['"1"']

    def choose(request):
        tag = current[0]
        if tag in request.fields.members("if-none-match"):
            return not_modified(etag=tag, **OLD)
        return document(contents[tag], etag=tag, **OLD)

    upstream.otherwise(by(choose))
    nearside = serve(ROUTE)
    nearside.get("/a")
    current[0] = '"2"'
    assert nearside.get("/a", if_none_match='"2"').status == 304
    answer = nearside.get("/a")
    assert (answer.text, answer["etag"]) == ("two", '"2"')


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_conditions_of_writes_are_the_upstreams(stored, upstream, method):
    upstream.otherwise(document("{}", status=412))
    assert stored.request("/a", method, {"If-Match": '"x"'}).status == 412
    assert upstream.to("/a")[1]["if-match"] == '"x"'


# --- HEAD


def test_head_is_answered_from_a_stored_get(stored, upstream):
    with stored.connect() as connection:
        head = connection.request("/a", "HEAD")
        assert head.status == 200
        assert head.is_hit
        assert (head["content-length"], head["etag"]) == ("1", '"x"')
        assert connection.request("/a", "HEAD", {"If-None-Match": '"x"'}).status == 304
        assert connection.get("/a").text == "1"
    assert upstream.count("/a") == 1


def test_a_head_that_went_through_is_not_stored(serve, upstream):
    upstream.otherwise(document("1", cache_control=HOUR))
    nearside = serve(ROUTE)
    with nearside.connect() as connection:
        assert connection.request("/a", "HEAD").status == 200
        assert connection.get("/a").text == "1"
    assert [request.method for request in upstream.to("/a")] == ["HEAD", "GET"]


def test_a_head_tells_that_the_stored_copy_is_out_of_date(serve, upstream):
    upstream.on("GET /a", document("1", etag='"1"', cache_control=HOUR), document("22", etag='"2"', cache_control=HOUR))
    upstream.on("HEAD /a", document("22", etag='"2"', cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.request("/a", "HEAD", {"Cache-Control": "no-cache"})["etag"] == '"2"'
    assert nearside.get("/a").text == "22"


def test_a_head_freshens_the_copy_that_it_confirms(serve, upstream):
    upstream.on("GET /a", document("1", etag='"1"', x_both="old", **OLD), document("2", cache_control=HOUR))
    upstream.on("HEAD /a", document("1", etag='"1"', cache_control=HOUR, x_both="new"))
    nearside = serve(ROUTE)
    nearside.get("/a")
    nearside.request("/a", "HEAD")
    answer = nearside.get("/a")
    assert answer.text == "1"
    assert answer.is_hit
    assert answer["x-both"] == "new"
