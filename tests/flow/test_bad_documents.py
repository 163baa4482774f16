"""What an upstream says that a step cannot use has a defined, named outcome, and never gets out."""

import pytest

from answers import chunked, cut_chunks, document, no_content, raw, redirect, truncated, until_close
from configuration import upstream_yaml, view

ONE_STEP = view('a: {get: "/a"}', out="a: a")
READS_A_PART = view('a: {get: "/a"}', out="n: a.n")

NOT_JSON = {
    "half a document": '{"n": 1, "b": [1, 2',
    "a trailing comma": '{"n": 1,}',
    "two documents": '{"n": 1} {"n": 2}',
    "bytes after the document": '{"n": 1} x',
    "single quotes": "{'n': 1}",
    "a bare word": '{"n": nope}',
    "NaN": '{"n": 1, "x": NaN}',
    "Infinity": '{"n": 1, "x": -Infinity}',
    "a leading zero": '{"n": 1, "x": 01}',
    "a number that ends in a point": '{"n": 1, "x": 1.}',
    "a plus sign": '{"n": 1, "x": +1}',
    "a control character in a string": '{"n": 1, "x": "a\nb"}',
    "an unknown escape": r'{"n": 1, "x": "\q"}',
    "half an escape": r'{"n": 1, "x": "\u12"}',
    "an unclosed string": '{"n": 1, "x": "abc}',
    "invalid UTF-8": b'{"n": 1, "x": "\xff"}',
    "an overlong form": b'{"n": 1, "x": "\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"n": 1, "x": "\xed\xa0\x80"}',
    "a comment": '{"n": 1 /* no */}',
    "a missing colon": '{"n" 1}',
    "a number as key": '{"n": 1, 2: 3}',
    "crossed brackets": '{"n": [1, 2}]',
    "a byte order mark": b'\xef\xbb\xbf{"n": 1}',
    "HTML": "<!doctype html><title>login</title>",
    "only blanks": "   \n",
    "NUL bytes": b'{"n": 1}\0\0',
    "UTF-16": '{"n": 1}'.encode("utf-16"),
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
@pytest.mark.parametrize("section", [ONE_STEP, READS_A_PART], ids=["shown whole", "a part of it shown"])
def test_what_is_not_json_is_refused_and_named(serve, upstream, section, body):
    upstream.on("/a", document(body))
    failed = serve(section).get("/views/7")
    assert failed.status == 502
    problem = failed.problem()
    assert problem["type"] in ("urn:nearside:problem:invalid_json", "urn:nearside:problem:no_content")
    assert problem["step"] == "a"


def test_a_fault_far_inside_a_large_document_is_found(serve, upstream):
    rows = ",".join('{"id":%d}' % at for at in range(200_000))
    upstream.on("/a", document(f'{{"n": 1, "rows": [{rows},{{"id":tru}}]}}'))
    failed = serve(ONE_STEP).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "invalid_json"


def test_nesting_deeper_than_the_limit(serve, upstream):
    upstream.on("/a", document("[" * 200 + "]" * 200))
    failed = serve(ONE_STEP).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "depth_limit"


def test_nesting_of_a_million_does_no_harm(serve, upstream):
    upstream.on("/a", document("[" * 1_000_000), document('{"n": 1}'))
    nearside = serve(ONE_STEP)
    assert nearside.get("/views/7").status == 502
    assert nearside.get("/views/7").status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(serve, upstream, status):
    upstream.on("/a", redirect("/b", status))
    upstream.on("/b", document({"n": 1}))
    failed = serve(ONE_STEP).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "redirect_refused"
    assert failed.problem()["upstream_status"] == status
    assert upstream.targets() == ["/a"]


@pytest.mark.parametrize("status", [201, 202, 203, 226, 299])
def test_any_success_with_a_document_is_a_document(serve, upstream, status):
    upstream.on("/a", document('{"n":1}', status=status))
    assert serve(ONE_STEP).get("/views/7").body == b'{"a":{"n":1}}'


EMPTY = {"204": no_content, "205": document("", status=205), "200 and empty": document("")}


@pytest.mark.parametrize("answer", EMPTY.values(), ids=EMPTY.keys())
def test_no_content_is_no_document(serve, upstream, answer):
    upstream.on("/a", answer)
    failed = serve(ONE_STEP).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "no_content"


def test_partial_content_that_nobody_asked_for(serve, upstream):
    upstream.on("/a", document('{"n":1}', status=206, content_range="bytes 0-6/100"))
    assert serve(ONE_STEP).get("/views/7").status == 502


def test_a_304_that_nobody_asked_for(serve, upstream):
    upstream.on("/a", document("", status=304))
    assert serve(ONE_STEP).get("/views/7").status == 502


@pytest.mark.parametrize("content_type", ["text/html", "application/octet-stream", "text/json; charset=latin1", ""])
def test_the_document_counts_and_not_its_content_type(serve, upstream, content_type):
    upstream.on("/a", document('{"n":1}', content_type=content_type))
    assert serve(ONE_STEP).get("/views/7").body == b'{"a":{"n":1}}'


def test_a_body_shorter_than_its_content_length(serve, upstream):
    upstream.on("/a", truncated('{"n": 1, "more": "................"}'))
    failed = serve(ONE_STEP).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "closed_early"


def test_a_body_cut_where_the_rest_would_still_be_json(serve, upstream):
    """What arrived is a whole document by itself; only the length tells that it isn't all."""
    upstream.on("/a", truncated('{"n": 1}          ', at=8))
    assert serve(ONE_STEP).get("/views/7").problem_name == "closed_early"


def test_chunks_that_end_without_the_last_one(serve, upstream):
    upstream.on("/a", cut_chunks('{"n": 1}'))
    failed = serve(ONE_STEP).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "closed_early"


def test_a_document_in_many_chunks(serve, upstream):
    pieces = [b'{"n":', b"1", b"2", b",", b'"x":"\xc3', b'\xa9"}']
    upstream.on("/a", chunked(*pieces, trailers=[("X-Sum", "1")]))
    assert serve(ONE_STEP).get("/views/7").body == b'{"a":' + b"".join(pieces) + b"}"


def test_a_document_ended_by_the_connection(serve, upstream):
    upstream.on("/a", until_close('{"n":1}'))
    nearside = serve(ONE_STEP)
    assert nearside.get("/views/7").body == b'{"a":{"n":1}}'
    assert nearside.get("/views/7", cache_control="no-cache").body == b'{"a":{"n":1}}'


GARBAGE = {
    "no HTTP at all": b"SSH-2.0-OpenSSH_9.2\r\n",
    "another version": b"HTTP/2.0 200 OK\r\n\r\n",
    "HTTP/0.9": b"<html></html>",
    "a status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\n{}",
    "a broken length": b"HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\n{}",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n"
    b"\r\n2\r\n{}\r\n0\r\n\r\n",
    "a broken chunk size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than its size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    "a huge chunk size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}",
    "a folded line": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    "a name with a space": b"HTTP/1.1 200 OK\r\nContent Length: 2\r\n\r\n{}",
    "a NUL in a field": b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    "an endless head": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
    "an endless line": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000,
    "an unknown transfer coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "switching protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "random bytes": bytes(range(256)) * 8,
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
def test_an_answer_that_is_not_http_is_a_failure_with_a_name(serve, upstream, data):
    upstream.on("/a", raw(data))
    failed = serve(ONE_STEP).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name in ("malformed_response", "closed_early", "response_too_large")
    assert failed.problem()["step"] == "a"


def test_bytes_after_an_answer_are_never_taken_for_the_next_one(serve, upstream):
    def two_answers(call):
        asked_for = b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"n":1}'
        call.send(asked_for + b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"n":666}')

    upstream.on("/a", two_answers)
    upstream.on("/b", document('{"n":2}'))
    nearside = serve(view('a: {get: "/a"}\nb: {get: "/b?{a.n}"}', out="b: b.n", fresh="0s"))
    for _ in range(5):
        assert nearside.get("/views/7").json() == {"b": 2}


def test_interim_answers_are_skipped(serve, upstream):
    def hints(call):
        call.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
        document('{"n":1}')(call)

    upstream.on("/a", hints)
    assert serve(ONE_STEP).get("/views/7").body == b'{"a":{"n":1}}'


def test_a_document_larger_than_max_response(serve, upstream):
    upstream.on("/a", document('"' + "x" * 70_000 + '"'), chunked('"', "x" * 70_000, '"'))
    upstreams = upstream_yaml(upstream.url, max_response="64KiB")
    nearside = serve(ONE_STEP, upstreams=upstreams)
    for _ in range(2):
        failed = nearside.get("/views/7")
        assert failed.status == 502
        assert failed.problem_name == "response_too_large"


def test_a_view_larger_than_view_bytes(serve, upstream):
    upstream.on("/a", document('"' + "x" * 50_000 + '"'))
    nearside = serve(view('a: {get: "/a"}', out="x: a\ny: a"), "limits: {view_bytes: 64KiB}")
    failed = nearside.get("/views/7")
    assert failed.status in (500, 502)
    assert failed.problem()


def test_more_calls_than_the_limit(serve, upstream):
    upstream.on("/a", document(list(range(50))))
    upstream.otherwise(document({}))
    steps = 'a: {get: "/a"}\nb: {each: "a[*]", as: it, get: "/b/{it}"}'
    failed = serve(view(steps), "limits: {calls: 20}").get("/views/7")
    assert failed.status == 502
    assert failed.problem()
    assert upstream.count() <= 21


def test_a_huge_array_where_a_field_is_read(serve, upstream):
    upstream.on("/a", document("[" + "0," * 1_000_000 + "0]"))
    assert serve(READS_A_PART).get("/views/7").json() == {"n": None}
