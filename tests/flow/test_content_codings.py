"""Bodies of steps are decoded of their content coding; a body that doesn't decode fails its step."""

import gzip
import zlib

import pytest

from answers import chunked, deflated, document, gzipped
from configuration import upstream_yaml, view

ONE_STEP = view('a: {get: "/a"}', out="a: a")
BODY = '{"text":"' + "saskia " * 5000 + '","n":1.0}'
EXPECTED = b'{"a":' + BODY.encode() + b"}"


def test_the_upstream_is_offered_codings(serve, upstream):
    upstream.on("/a", document(BODY))
    serve(ONE_STEP).get("/views/7")
    offered = upstream.requests[0].fields.members("accept-encoding")
    assert {"gzip", "br", "zstd"} <= {each.partition(";")[0] for each in offered}


CODED = {
    "gzip": gzipped(BODY),
    "deflate": deflated(BODY),
    "x-gzip": document(gzip.compress(BODY.encode()), content_encoding="x-gzip"),
    "in capitals": document(gzip.compress(BODY.encode()), content_encoding="GZIP"),
    "identity": document(BODY, content_encoding="identity"),
    "twice": document(gzip.compress(gzip.compress(BODY.encode())), content_encoding="gzip, gzip"),
    "two members": document(
        gzip.compress(BODY[:9].encode()) + gzip.compress(BODY[9:].encode()), content_encoding="gzip"
    ),
}
_PACKED = gzip.compress(BODY.encode())
CODED["in chunks"] = chunked(*(_PACKED[at : at + 7] for at in range(0, len(_PACKED), 7)), content_encoding="gzip")


# One uncompressed block each: Python's library writes neither.
BROTLI = b'\x0b\x03\x80{"n":1}\x03'
ZSTD = b'\x28\xb5\x2f\xfd\x20\x07\x39\x00\x00{"n":1}'


@pytest.mark.parametrize("coding, body", [("br", BROTLI), ("zstd", ZSTD)])
def test_brotli_and_zstandard_are_decoded(serve, upstream, coding, body):
    upstream.on("/a", document(body, content_encoding=coding))
    assert serve(ONE_STEP).get("/views/7").body == b'{"a":{"n":1}}'


@pytest.mark.parametrize("coding, body", [("br", BROTLI[:-3]), ("zstd", ZSTD[:-3])])
def test_cut_brotli_and_zstandard_fail(serve, upstream, coding, body):
    upstream.on("/a", document(body, content_encoding=coding))
    assert serve(ONE_STEP).get("/views/7").problem_name == "bad_content_coding"


@pytest.mark.parametrize("answer", CODED.values(), ids=CODED.keys())
def test_a_coded_body_is_decoded(serve, upstream, answer):
    upstream.on("/a", answer)
    response = serve(ONE_STEP).get("/views/7")
    assert response.status == 200, response
    assert response.body == EXPECTED
    assert response.get("content-encoding", "identity") == "identity"


BROKEN = {
    "cut": document(_PACKED[: len(_PACKED) // 2], content_encoding="gzip"),
    "a wrong sum": document(_PACKED[:-8] + b"\0" * 8, content_encoding="gzip"),
    "a flipped bit": document(_PACKED[:40] + bytes([_PACKED[40] ^ 0x10]) + _PACKED[41:], content_encoding="gzip"),
    "plain JSON said to be gzip": document(BODY, content_encoding="gzip"),
    "plain JSON said to be br": document(BODY, content_encoding="br"),
    "plain JSON said to be zstd": document(BODY, content_encoding="zstd"),
    "an unknown coding": document(BODY, content_encoding="rot13"),
    "bytes after the end": document(_PACKED + b"garbage", content_encoding="gzip"),
    "a cut zlib stream": document(zlib.compress(BODY.encode())[:-5], content_encoding="deflate"),
    "nothing": document(b"", content_encoding="gzip"),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_a_body_that_does_not_decode_fails_its_step(serve, upstream, answer):
    upstream.on("/a", answer)
    failed = serve(ONE_STEP).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name in ("bad_content_coding", "no_content")
    assert failed.problem()["step"] == "a"


def test_a_bomb_is_stopped_at_max_response(serve, upstream):
    bomb = gzip.compress(b'"' + b"0" * 50_000_000 + b'"')
    upstream.on("/a", document(bomb, content_encoding="gzip"))
    nearside = serve(ONE_STEP, upstreams=upstream_yaml(upstream.url, max_response="1MiB"))
    failed = nearside.get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "response_too_large"


def test_many_codings_over_each_other_are_stopped(serve, upstream):
    body = BODY.encode()
    for _ in range(20):
        body = gzip.compress(body)
    upstream.on("/a", document(body, content_encoding=", ".join(["gzip"] * 20)))
    assert serve(ONE_STEP).get("/views/7").status in (200, 502)
