"""Parts of what is stored (RFC 9110 14, RFC 9111 3.3): served from whole copies, forwarded otherwise."""

import email
import email.policy

import pytest

from answers import by, document
from routes import HOUR, ROUTE

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.fixture
def stored(serve, upstream):
    upstream.otherwise(
        document(ALPHABET, etag='"x"', last_modified=MODIFIED, cache_control=HOUR, content_type="text/plain")
    )
    nearside = serve(ROUTE)
    nearside.get("/a")
    return nearside


ONE = [
    ("bytes=0-0", "a", "0-0"),
    ("bytes=0-4", "abcde", "0-4"),
    ("bytes=20-", "uvwxyz", "20-25"),
    ("bytes=-3", "xyz", "23-25"),
    ("bytes=-100", ALPHABET, "0-25"),
    ("bytes=24-1000", "yz", "24-25"),
    ("bytes= 1-2", "bc", "1-2"),
    ("BYTES=1-2", "bc", "1-2"),
    ("bytes=0-2,1-4", "abcde", "0-4"),
    ("bytes=100-200,1-2", "bc", "1-2"),
]


@pytest.mark.parametrize(("asked", "part", "told"), ONE)
def test_one_range(stored, upstream, asked, part, told):
    answer = stored.get("/a", range=asked)
    assert (answer.status, answer.text) == (206, part)
    assert answer["content-range"] == f"bytes {told}/26"
    assert answer["content-length"] == str(len(part))
    assert answer["content-type"] == "text/plain"
    assert answer["etag"] == '"x"'
    assert answer.is_hit
    assert upstream.count("/a") == 1


@pytest.mark.parametrize("asked", ["bytes=26-", "bytes=100-200", "bytes=-0"])
def test_nothing_there(stored, asked):
    answer = stored.get("/a", range=asked)
    assert answer.status == 416
    assert answer["content-range"] == "bytes */26"


@pytest.mark.parametrize("asked", ["lines=1-2", "bytes=5-2", "bytes=a-b", "bytes", "bytes=", "bytes=1-2;3-4"])
def test_what_cannot_be_understood_is_ignored(stored, asked):
    answer = stored.get("/a", range=asked)
    assert (answer.status, answer.text) == (200, ALPHABET)


def test_several_ranges(stored):
    answer = stored.get("/a", range="bytes=0-2, 10-12, -2")
    assert answer.status == 206
    assert answer["content-type"].startswith("multipart/byteranges; boundary=")
    assert "content-range" not in answer
    message = email.message_from_bytes(
        b"Content-Type: " + answer["content-type"].encode() + b"\r\n\r\n" + answer.body, policy=email.policy.HTTP
    )
    parts = [(part["content-range"], part.get_payload().strip("\r\n")) for part in message.iter_parts()]
    assert parts == [("bytes 0-2/26", "abc"), ("bytes 10-12/26", "klm"), ("bytes 24-25/26", "yz")]


def test_a_great_many_ranges_cost_no_more_than_the_whole(stored):
    answer = stored.get("/a", range="bytes=" + ",".join("0-0,2-2" for _ in range(500)))
    assert answer.status in (200, 206, 416)
    assert len(answer.body) < 4096


def test_if_range_with_the_tag(stored):
    assert stored.get("/a", range="bytes=0-2", if_range='"x"').status == 206
    assert stored.get("/a", range="bytes=0-2", if_range='"y"').status == 200
    assert stored.get("/a", range="bytes=0-2", if_range='W/"x"').status == 200


def test_if_range_with_a_date(stored):
    assert stored.get("/a", range="bytes=0-2", if_range=MODIFIED).status == 206
    assert stored.get("/a", range="bytes=0-2", if_range="Sun, 06 Nov 1994 08:49:38 GMT").status == 200


def test_a_condition_comes_before_the_range(stored):
    assert stored.get("/a", range="bytes=0-2", if_none_match='"x"').status == 304


def test_a_range_of_a_head_is_ignored(stored):
    head = stored.request("/a", "HEAD", {"Range": "bytes=0-2"})
    assert head.status == 200
    assert head["content-length"] == "26"


def test_a_range_of_what_is_not_stored_is_forwarded(serve, upstream):
    def choose(request):
        if "range" not in request:
            return document(ALPHABET, cache_control=HOUR)
        return document("abc", status=206, content_range="bytes 0-2/26", cache_control=HOUR)

    upstream.otherwise(by(choose))
    nearside = serve(ROUTE)
    answer = nearside.get("/a", range="bytes=0-2")
    assert (answer.status, answer.text) == (206, "abc")
    assert nearside.get("/a").text == ALPHABET
