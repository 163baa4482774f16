"""Requests that two programs could read differently are refused and the connection is closed (contract 5.7): nothing of
them reaches the upstream, and no second request is found in what follows."""

import pytest

from answers import document
from configuration import configuration
from fake_upstream import FakeUpstream
from nearside import Nearside

ROUTE = 'routes: [{path: "/api/**", upstream: api}]'
HOST = b"Host: a\r\n"
POST = b"POST /api/x HTTP/1.1\r\n" + HOST
GET = b"GET /api/x HTTP/1.1\r\n"
SMUGGLED = b"GET /api/smuggled HTTP/1.1\r\n" + HOST + b"\r\n"

LIES = {
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "two equal lengths": POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nhello",
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\nhello",
    "a negative length": POST + b"Content-Length: -5\r\n\r\nhello",
    "a length in hex": POST + b"Content-Length: 0x5\r\n\r\nhello",
    "a length with a space in it": POST + b"Content-Length: 5 5\r\n\r\nhello",
    "a length beyond 64 bits": POST + b"Content-Length: 18446744073709551621\r\n\r\nhello",
    "an empty length": POST + b"Content-Length: \r\n\r\nhello",
    "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked in two fields": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "another transfer coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "identity": POST + b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
    "a misspelt coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a vertical tab before the coding": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a quoted coding": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "chunks in HTTP/1.0": b"POST /api/x HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare LF after the request line": b"GET /api/x HTTP/1.1\n" + HOST + b"\r\n",
    "a bare LF after a field": GET + b"Host: a\nX: y\r\n\r\n",
    "a bare LF at the end of the head": GET + HOST + b"\n",
    "a bare CR in a field": GET + HOST + b"X: a\rb\r\n\r\n",
    "a bare CR in the request line": b"GET /api/x\r HTTP/1.1\r\n" + HOST + b"\r\n",
    "a folded field": GET + HOST + b"X: a\r\n b\r\n\r\n",
    "a field that begins with a space": GET + b" " + HOST + b"\r\n",
    "a tab before the first field": GET + b"\tX: y\r\n" + HOST + b"\r\n",
    "a NUL in a value": GET + HOST + b"X: a\0b\r\n\r\n",
    "a NUL in a name": GET + HOST + b"X\0Y: a\r\n\r\n",
    "a NUL in the target": b"GET /api/x\0y HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space before the colon": GET + b"Host : a\r\n\r\n",
    "a tab before the colon": POST + b"Content-Length\t: 5\r\n\r\nhello",
    "a line without a colon": GET + HOST + b"nothing\r\n\r\n",
    "an empty name": GET + HOST + b": value\r\n\r\n",
    "a name with a bracket": GET + HOST + b"X(y): a\r\n\r\n",
    "a name that is not ASCII": GET + HOST + b"X\xe9: a\r\n\r\n",
    "an escape in a value": GET + HOST + b"X: \x1b[31m\r\n\r\n",
    "a DEL in a value": GET + HOST + b"X: a\x7fb\r\n\r\n",
    "no Host": GET + b"\r\n",
    "two Hosts": GET + HOST + HOST + b"\r\n",
    "two different Hosts": GET + b"Host: a\r\nHost: b\r\n\r\n",
    "a Host with a path": GET + b"Host: a/b\r\n\r\n",
    "a Host with a user": GET + b"Host: a@b\r\n\r\n",
    "a Host with a space": GET + b"Host: a b\r\n\r\n",
    "a Host that is a list": GET + b"Host: a, b\r\n\r\n",
    "a foreign absolute target": b"GET http://other/api/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "a fragment": b"GET /api/x#y HTTP/1.1\r\n" + HOST + b"\r\n",
    "a target without a slash": b"GET api/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space in the target": b"GET /api/x y HTTP/1.1\r\n" + HOST + b"\r\n",
    "two spaces": b"GET  /api/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "a target that is not ASCII": b"GET /api/\xc3\xa9 HTTP/1.1\r\n" + HOST + b"\r\n",
    "an asterisk for GET": b"GET * HTTP/1.1\r\n" + HOST + b"\r\n",
    "CONNECT": b"CONNECT a:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "no method": b" /api/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method with a bracket": b"G(T /api/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "no version": b"GET /api/x\r\n" + HOST + b"\r\n",
    "an unknown version": b"GET /api/x HTTP/1.2\r\n" + HOST + b"\r\n",
    "HTTP/2 without its preface": b"GET /api/x HTTP/2.0\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET /api/x HTTP/0.9\r\n" + HOST + b"\r\n",
    "a lower-case version": b"GET /api/x http/1.1\r\n" + HOST + b"\r\n",
    "TLS on the plain port": bytes.fromhex("160301006a0100006603030000") + b"\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One nearside for all the lies: none of them may harm it."""
    with FakeUpstream() as upstream:
        upstream.otherwise(document({}))
        file = tmp_path_factory.mktemp("lies") / "nearside.yaml"
        file.write_text(configuration(upstream.url, ROUTE))
        nearside = Nearside(file).wait_ready()
        yield nearside, upstream
        try:
            nearside.stop()
        finally:
            nearside.kill()


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lie_is_refused_and_the_connection_closed(shared, lie):
    nearside, upstream = shared
    upstream.forget()
    with nearside.connect() as connection:
        connection.send(lie + SMUGGLED)
        answer = connection.read()
        assert answer.status in (400, 413, 501, 505)
        assert answer.problem()
        assert "close" in answer.fields.members("connection")
        assert connection.wait_closed() == b""
    assert upstream.requests == []
    assert nearside.get("/api/fine").status == 200


CHUNKS = {
    "a size that is no number": b"zz\r\nhello\r\n0\r\n\r\n",
    "a negative size": b"-5\r\nhello\r\n0\r\n\r\n",
    "a size in a prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a size beyond 64 bits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "a size that is too small": b"3\r\nhello\r\n0\r\n\r\n",
    "no line end after the data": b"5\r\nhello0\r\n\r\n",
    "a bare LF after the size": b"5\nhello\r\n0\r\n\r\n",
    "a bare LF after the data": b"5\r\nhello\n0\r\n\r\n",
    "a space before the size": b" 5\r\nhello\r\n0\r\n\r\n",
    "a bare CR in an extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "a bare LF in an extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "an endless extension": b"5;" + b"a" * 100_000 + b"\r\nhello\r\n0\r\n\r\n",
    "a folded trailer": b"5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n",
}


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS.keys())
def test_broken_chunks_end_the_connection(shared, chunks):
    nearside, upstream = shared
    upstream.forget()
    with nearside.connect() as connection:
        # Of a path of its own: it may get to the upstream when the next test has begun.
        connection.send(POST.replace(b"/api/x", b"/api/broken") + b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            connection.send(chunks + SMUGGLED)
            answer = connection.read()
            assert answer.status in (400, 413, 502)
            connection.wait_closed()
        except OSError:
            pass  # closed at once
    assert upstream.count("/api/smuggled") == 0
    assert not any(request.body == b"hello" for request in upstream.requests)
    assert nearside.get("/api/fine").status == 200


HARMLESS = {
    "spaces around a value": GET + HOST + b"X: \t a \t \r\n\r\n",
    "no space after the colon": GET + b"Host:a\r\n\r\n",
    "an empty value": GET + HOST + b"X:\r\n\r\n",
    "an empty line first": b"\r\n" + GET + HOST + b"\r\n",
    "its own host in an absolute target": b"GET http://a/api/x HTTP/1.1\r\nHost: a\r\n\r\n",
    "leading zeros of a length": POST + b"Content-Length: 005\r\n\r\nhello",
    "chunked in capitals": POST + b"Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunk sizes with zeros and capitals": POST
    + b"Transfer-Encoding: chunked\r\n\r\n0000A\r\n0123456789\r\n000\r\n\r\n",
    "a chunk extension": POST + b'Transfer-Encoding: chunked\r\n\r\n5;a="b"\r\nhello\r\n0\r\n\r\n',
    "a trailer": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
    "obs-text in a value": GET + HOST + b"X: caf\xe9\r\n\r\n",
    "HTTP/1.0 with a Host": b"GET /api/x HTTP/1.0\r\n" + HOST + b"\r\n",
    "HTTP/1.0 without a Host": b"GET /api/x HTTP/1.0\r\n\r\n",
    "an IPv6 Host": GET + b"Host: [::1]:8080\r\n\r\n",
    "an empty Host": GET + b"Host:\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_is_only_unusual_has_one_reading(shared, request_bytes):
    """Either served or refused, but in one reading: exactly one request arrives, or none."""
    nearside, upstream = shared
    upstream.forget()
    with nearside.connect() as connection:
        connection.send(request_bytes)
        status = connection.read().status
        assert status in (200, 400)
    assert upstream.count("/api/x") == (1 if status == 200 else 0)
    assert upstream.count("/api/smuggled") == 0


COMMON = ["spaces around a value", "no space after the colon", "obs-text in a value", "a trailer"]


@pytest.mark.parametrize("name", COMMON)
def test_what_the_rfc_allows_is_served(shared, name):
    nearside, _ = shared
    with nearside.connect() as connection:
        connection.send(HARMLESS[name])
        assert connection.read().status == 200
