"""One stored copy for every content coding (RFC 9110 12.5.3): each client gets one that it takes."""

import gzip

import pytest

from answers import by, document, gzipped
from deadlines import eventually
from routes import HOUR, ROUTE

TEXT = "the same sentence, over and over. " * 300


def coded(content, **fields):
    return document(gzip.compress(content.encode()), content_encoding="gzip", vary="Accept-Encoding", **fields)


def test_a_coded_copy_is_for_clients_that_take_it(serve, upstream):
    upstream.otherwise(coded(TEXT, cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a", accept_encoding="gzip")
    hit = nearside.get("/a", accept_encoding="br, gzip")
    assert hit["content-encoding"] in ("gzip", "br")
    if hit["content-encoding"] == "gzip":
        assert gzip.decompress(hit.body).decode() == TEXT


@pytest.mark.parametrize("takes", ["identity", "gzip;q=0", "*;q=0, identity", ""])
def test_and_never_for_others(serve, upstream, takes):
    upstream.otherwise(
        by(lambda request: coded(TEXT, cache_control=HOUR)
           if "gzip" in request.fields.members("accept-encoding")
           else document(TEXT, cache_control=HOUR, vary="Accept-Encoding"))
    )
    nearside = serve(ROUTE)
    nearside.get("/a", accept_encoding="gzip")
    answer = nearside.get("/a", accept_encoding=takes)
    assert "content-encoding" not in answer
    assert answer.text == TEXT


def test_a_plain_copy_is_compressed_for_those_who_like_it(serve, upstream):
    upstream.otherwise(document(TEXT, cache_control=HOUR, content_type="text/plain"))
    nearside = serve(ROUTE)
    nearside.get("/a")

    def compressed():
        answer = nearside.get("/a", accept_encoding="gzip")
        return answer if answer.get("content-encoding") == "gzip" else None

    answer = eventually(compressed, "a compressed copy")
    assert answer.is_hit
    assert len(answer.body) < len(TEXT)
    assert gzip.decompress(answer.body).decode() == TEXT
    assert "accept-encoding" in answer.fields.members("vary")
    assert nearside.get("/a").text == TEXT
    assert upstream.count("/a") == 1


def test_a_client_that_says_nothing_gets_what_anybody_can_read(serve, upstream):
    upstream.otherwise(document(TEXT, cache_control=HOUR, content_type="text/plain"))
    nearside = serve(ROUTE)
    for _ in range(3):
        assert nearside.get("/a").text == TEXT


def test_no_transform_is_left_alone(serve, upstream):
    upstream.otherwise(document(TEXT, cache_control=f"{HOUR}, no-transform", content_type="text/plain"))
    nearside = serve(ROUTE)
    for _ in range(5):
        answer = nearside.get("/a", accept_encoding="gzip, br, zstd")
        assert "content-encoding" not in answer
        assert answer.text == TEXT


def test_an_entity_tag_names_one_representation(serve, upstream):
    upstream.otherwise(document(TEXT, cache_control=HOUR, content_type="text/plain", etag='"x"'))
    nearside = serve(ROUTE)
    nearside.get("/a")
    plain = nearside.get("/a", accept_encoding="identity")

    def compressed():
        answer = nearside.get("/a", accept_encoding="gzip")
        return answer if "content-encoding" in answer else None

    answer = eventually(compressed, "a compressed copy")
    assert plain["etag"] == '"x"'
    assert answer["etag"] != '"x"'
    assert nearside.get("/a", accept_encoding="gzip", if_none_match=answer["etag"]).status == 304


def test_an_answer_that_is_coded_already_goes_through_as_it_is(serve, upstream):
    upstream.otherwise(gzipped("hello"))
    answer = serve(ROUTE).get("/a", accept_encoding="gzip")
    assert gzip.decompress(answer.body) == b"hello"
