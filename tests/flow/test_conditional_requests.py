"""ETags are strong and name one content; who has it already gets 304 (RFC 9110 13). HEAD is GET without the body."""

import re

import pytest

from answers import document
from configuration import view

BOARD = view('a: {get: "/a"}', out="n: a.n")


@pytest.fixture
def nearside(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({"n": 2}), document({"n": 1}))
    return serve(BOARD)


def test_an_etag_is_strong_and_stays_with_its_content(nearside):
    first, second = nearside.get("/views/7"), nearside.get("/views/7")
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', first["etag"])
    assert first["etag"] == second["etag"]


def test_equal_content_has_equal_etags_and_different_content_different_ones(nearside):
    one = nearside.get("/views/7")
    two = nearside.get("/views/7", cache_control="no-cache")
    one_again = nearside.get("/views/7", cache_control="no-cache")
    assert one["etag"] == one_again["etag"] != two["etag"]


MATCHING = ["{tag}", "W/{tag}", '"other", {tag}', '{tag}, "other"', '"a,b" , {tag}', "*", ' {tag} ,"x"']


@pytest.mark.parametrize("form", MATCHING)
def test_a_known_etag_gets_304_without_a_body(nearside, form):
    full = nearside.get("/views/7")
    with nearside.connect() as connection:
        same = connection.get("/views/7", if_none_match=form.replace("{tag}", full["etag"]))
        assert same.status == 304
        assert same.body == b""
        assert connection.get("/views/7").body == full.body  # the connection is still in step


def test_a_304_carries_what_a_200_would_tell_a_cache(nearside):
    full = nearside.get("/views/7")
    same = nearside.get("/views/7", if_none_match=full["etag"])
    for name in ("etag", "cache-control"):
        assert same[name] == full[name]
    assert "age" in same or "date" in same
    assert same.is_hit


@pytest.mark.parametrize("tag", ['"other"', 'W/"other"', '"a", "b"', "", '"', "unquoted", '"unclosed'])
def test_any_other_etag_gets_the_whole_view(nearside, tag):
    full = nearside.get("/views/7")
    answer = nearside.get("/views/7", if_none_match=tag)
    assert answer.status == 200
    assert answer.body == full.body


def test_if_none_match_over_several_field_lines(nearside):
    full = nearside.get("/views/7")
    with nearside.connect() as connection:
        fields = [("If-None-Match", '"x"'), ("If-None-Match", full["etag"])]
        assert connection.request("/views/7", fields=fields).status == 304


def test_a_first_ever_request_may_be_conditional(nearside, upstream):
    tag = nearside.get("/views/7")["etag"]
    assert nearside.get("/views/8", if_none_match=tag).status in (200, 304)
    assert nearside.get("/views/9", if_none_match='"other"').status == 200


def test_a_fresh_copy_that_is_the_same_is_304(nearside):
    nearside.get("/views/7")
    two = nearside.get("/views/7", cache_control="no-cache")
    one = nearside.get("/views/7", cache_control="no-cache", if_none_match=two["etag"])
    assert one.status == 200
    same = nearside.get("/views/7", cache_control="no-cache", if_none_match=one["etag"])
    assert same.status == 304


def test_head_has_the_fields_of_get_and_no_body(nearside):
    full = nearside.get("/views/7")
    with nearside.connect() as connection:
        head = connection.request("/views/7", method="HEAD")
        assert head.status == 200
        for name in ("etag", "content-type", "content-length", "cache-control"):
            assert head[name] == full[name]
        assert connection.get("/views/7").body == full.body


def test_head_of_a_view_not_stored_yet(nearside, upstream):
    with nearside.connect() as connection:
        head = connection.request("/views/7", method="HEAD")
        assert head.status == 200
        assert connection.get("/views/7")["etag"] == head["etag"]
    assert upstream.count("/a") == 1


def test_head_may_be_conditional(nearside):
    full = nearside.get("/views/7")
    assert nearside.request("/views/7", method="HEAD", fields={"If-None-Match": full["etag"]}).status == 304
