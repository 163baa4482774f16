"""What comes before and after an answer: interim responses are passed on and never stored, trailers go along."""

from answers import after_interim, chunked, document
from routes import HOUR, ROUTE

HINTS = {"Link": "</style.css>; rel=preload; as=style"}


def test_early_hints_are_passed_on(serve, upstream):
    upstream.otherwise(after_interim((103, HINTS), answer=document("{}", cache_control=HOUR)))
    answer = serve(ROUTE).get("/a")
    assert answer.status == 200
    assert [(status, fields["link"]) for status, fields in answer.interim] == [(103, HINTS["Link"])]


def test_all_of_them_in_their_order(serve, upstream):
    interim = (102, {}), (103, {"Link": "</1>"}), (103, {"Link": "</2>"})
    upstream.otherwise(after_interim(*interim, answer=document("{}", cache_control=HOUR)))
    answer = serve(ROUTE).get("/a")
    assert [status for status, _ in answer.interim] == [102, 103, 103]


def test_they_are_not_stored(serve, upstream):
    upstream.otherwise(after_interim((103, HINTS), answer=document("{}", cache_control=HOUR)))
    nearside = serve(ROUTE)
    nearside.get("/a")
    hit = nearside.get("/a")
    assert hit.is_hit
    assert hit.interim == []
    assert "link" not in hit


def test_a_client_of_http_1_0_gets_none(serve, upstream):
    upstream.otherwise(after_interim((103, HINTS), answer=document("{}", cache_control=HOUR)))
    with serve(ROUTE).connect() as client:
        answer = client.request("/a", version="HTTP/1.0")
    assert answer.status == 200
    assert answer.interim == []


def test_those_of_an_uncacheable_answer(serve, upstream):
    upstream.otherwise(after_interim((103, HINTS), answer=document("{}", cache_control="no-store")))
    nearside = serve(ROUTE)
    for _ in range(2):
        assert [status for status, _ in nearside.get("/a").interim] == [103]


def test_fields_of_the_connection_are_not_in_them(serve, upstream):
    upstream.otherwise(
        after_interim((103, {**HINTS, "Connection": "X-Hop", "X-Hop": "1"}), answer=document("{}", cache_control=HOUR))
    )
    ((_, fields),) = serve(ROUTE).get("/a").interim
    assert "x-hop" not in fields
    assert "link" in fields


def test_a_chunked_body_is_stored_and_has_a_length_then(serve, upstream):
    upstream.otherwise(chunked("one,", "two", cache_control=HOUR))
    nearside = serve(ROUTE)
    assert nearside.get("/a").text == "one,two"
    hit = nearside.get("/a")
    assert hit.is_hit
    assert hit.text == "one,two"


def test_trailers_go_along_with_the_body(serve, upstream):
    upstream.otherwise(chunked("one", trailers=[("X-Checksum", "7")], cache_control=HOUR, trailer="X-Checksum"))
    answer = serve(ROUTE).request("/a", fields={"TE": "trailers"})
    assert answer.trailers is not None
    assert answer.trailers["x-checksum"] == "7"


def test_trailers_never_become_header_fields(serve, upstream):
    upstream.otherwise(chunked("one", trailers=[("Cache-Control", "no-store"), ("X-Late", "1")], cache_control=HOUR))
    nearside = serve(ROUTE)
    nearside.get("/a")
    hit = nearside.get("/a")
    assert hit.is_hit
    assert hit["cache-control"] == HOUR
    assert "x-late" not in hit
