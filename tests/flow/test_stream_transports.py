"""Small changes go out at once, to whoever takes them at once: over TLS too, and to readers that take a part."""

import itertools
import json
import ssl

import pytest

from answers import document
from configuration import view
from event_stream import EventStream, Follower

BOARD = view('a: {get: "/a"}', out="{n: a.n, text: a.text}", fresh="200ms", stale="1h", tags='["a"]')
QUICK = "calls_a_second: 10000"  # a change is told within the 10 ms that a hundred calls a second leave
LARGEST = 10_000  # an event of that many bytes is shared by all streams, and written without a copy


def change(nearside):
    told = json.dumps({"tags": ["a"], "mode": "hard"}).encode()
    answer = nearside.admin("/invalidate", method="POST", body=told)
    assert answer.status == 200, answer.text


def counting(upstream):
    numbers = itertools.count(1)

    def answer(call):
        number = next(numbers)
        document({"n": number, "text": chr(ord("a") + number % 26) * LARGEST})(call)

    upstream.otherwise(answer)


def follow_until(stream, number):
    """All that it is told, in order, until it has been told of that number or of a later one."""
    follower = Follower()
    while follower.values.get("/views/7", {"n": 0})["n"] < number:
        follower.take(stream.next())
    numbers = [version["n"] for version in follower.versions["/views/7"]]
    assert numbers == sorted(set(numbers)), "in order, none twice"
    return numbers


@pytest.fixture
def secure(serve, upstream, localhost_certificate, authority):
    counting(upstream)
    certificate, key = localhost_certificate
    nearside = serve(BOARD, admin=QUICK, server=f"tls: {{certificate: {certificate}, key: {key}}}")
    context = ssl.create_default_context(cafile=str(authority.certificate))
    return nearside, lambda **how: EventStream(nearside.connect(tls=context, **how), "/views/7")


@pytest.fixture
def plain(serve, upstream):
    counting(upstream)
    nearside = serve(BOARD, admin=QUICK)
    return nearside, lambda **how: EventStream(nearside.connect(**how), "/views/7")


@pytest.mark.parametrize("kind", ["plain", "secure"])
def test_each_change_arrives_whole_at_quick_and_slow_readers(kind, request):
    nearside, open_one = request.getfixturevalue(kind)
    quick, slow = open_one(), open_one(receive_buffer=4096)
    with quick, slow:
        told = follow_until(quick, 1)
        for _ in range(400):  # more than the system holds for the one that reads nothing
            change(nearside)
            told = follow_until(quick, told[-1] + 1)
        numbers = follow_until(slow, told[-1])
        assert numbers == sorted(set(numbers))
        assert len(numbers) < 400, "the latest state, and not a queue"


def test_http_1_0_gets_the_same_without_chunks(serve, upstream):
    counting(upstream)
    nearside = serve(BOARD)
    with EventStream(nearside.connect(), "/views/7", version="HTTP/1.0") as stream:
        assert "transfer-encoding" not in stream.fields
        follow_until(stream, 5)
