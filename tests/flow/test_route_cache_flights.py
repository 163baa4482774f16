"""One call however many ask; what can't be shared never queues; a slow client slows nobody else."""

import pytest

from answers import by, chunked, cut_chunks, document, drop, held, in_parts, stall, truncated
from configuration import upstream_yaml
from deadlines import eventually, in_background
from http_message import Broken
from routes import HOUR, ROUTE

MANY = 20


def all_ask(nearside, target="/a", **fields):
    return [in_background(nearside.get, target, **fields) for _ in range(MANY)]


def test_many_who_ask_at_once_share_one_call(serve, upstream, gate):
    upstream.otherwise(held(gate, document("1", cache_control=HOUR)))
    nearside = serve(ROUTE)
    asking = all_ask(nearside)
    gate.wait_arrived()
    eventually(lambda: nearside.metrics()["nearside_client_connections"] >= MANY, "all are there")
    gate.open()
    answers = [each.result() for each in asking]
    assert {answer.text for answer in answers} == {"1"}
    assert upstream.count("/a") == 1
    assert sum("collapsed" in answer.cache_status or answer.is_hit for answer in answers) == MANY - 1


def test_other_variants_are_other_flights(serve, upstream, gate):
    first = by(lambda request: document(request["foo"], cache_control=HOUR, vary="Foo"))
    upstream.otherwise(first)
    nearside = serve(ROUTE)
    nearside.get("/a", foo="0")
    upstream.otherwise(held(gate, first))
    asking = [(value, in_background(nearside.get, "/a", foo=value)) for value in "1122"]
    gate.wait_arrived(2)
    gate.open()
    for value, each in asking:
        assert each.result().text == value
    assert upstream.count("/a") == 3


def test_who_was_waiting_for_another_variant_gets_its_own(serve, upstream, gate):
    """That the answer varies is known only once it is there."""
    upstream.otherwise(held(gate, by(lambda request: document(request["foo"], cache_control=HOUR, vary="Foo"))))
    nearside = serve(ROUTE)
    asking = [(str(number), in_background(nearside.get, "/a", foo=str(number))) for number in range(5)]
    gate.wait_arrived()
    gate.open()
    for value, each in asking:
        assert each.result().text == value


@pytest.mark.parametrize("directive", ["no-store", "private"])
def test_what_cannot_be_shared_lets_everyone_go_at_once(serve, upstream, gate, directive):
    count = iter(range(1000))
    upstream.otherwise(held(gate, by(lambda _: document(str(next(count)), cache_control=directive))))
    nearside = serve(ROUTE)
    asking = all_ask(nearside)
    gate.wait_arrived()
    gate.let(1)
    gate.wait_arrived(MANY)  # all others are under way together, not one after the other
    gate.open()
    assert len({each.result().text for each in asking}) == MANY


def test_and_is_remembered(serve, upstream, gate):
    upstream.otherwise(document("1", cache_control="no-store"))
    nearside = serve(ROUTE)
    nearside.get("/a")
    upstream.otherwise(held(gate, document("2", cache_control="no-store")))
    asking = all_ask(nearside)
    gate.wait_arrived(MANY)
    gate.open()
    for each in asking:
        each.result()


def test_a_leader_that_leaves_leaves_its_call_to_the_others(serve, upstream, gate):
    upstream.otherwise(held(gate, document("1", cache_control=HOUR)))
    nearside = serve(ROUTE)
    leader = nearside.connect()
    leader.ask("/a")
    gate.wait_arrived()
    asking = all_ask(nearside)
    leader.close()
    gate.open()
    assert {each.result().text for each in asking} == {"1"}
    assert upstream.count("/a") == 1


def test_a_call_that_nobody_waits_for_still_fills_the_cache(serve, upstream, gate):
    upstream.otherwise(held(gate, document("1", cache_control=HOUR)))
    nearside = serve(ROUTE)
    client = nearside.connect()
    client.ask("/a")
    gate.wait_arrived()
    client.close()
    gate.open()
    eventually(lambda: nearside.get("/a").is_hit, "the copy that nobody waited for")
    assert upstream.count("/a") == 1


def test_a_call_that_fails_fails_for_all(serve, upstream, gate):
    upstream.otherwise(held(gate, drop))
    nearside = serve(ROUTE, upstreams=upstream_yaml(upstream.url, retries="0"))
    asking = all_ask(nearside)
    gate.wait_arrived()
    gate.open()
    for each in asking:
        assert each.result().status == 502
    assert upstream.count("/a") <= MANY


def test_waits_are_bounded(serve, upstream):
    upstream.otherwise(stall)
    nearside = serve(ROUTE, upstreams=upstream_yaml(upstream.url, timeout="{first_byte: 300ms, total: 1s}"))
    for each in all_ask(nearside):
        assert each.result().status == 504


# --- bodies


BODY = "x" * 300_000


def test_a_body_streams_to_all_while_it_is_stored(serve, upstream, gate):
    upstream.otherwise(in_parts(gate, "begin,", "end", cache_control=HOUR))
    nearside = serve(ROUTE)
    with nearside.connect() as one, nearside.connect() as other:
        for client in (one, other):
            client.ask("/a")
            client.read_head()
            assert client.read_exactly(6) == b"begin,"
        gate.open()
        for client in (one, other):
            assert client.read_exactly(3) == b"end"
    assert nearside.get("/a").text == "begin,end"
    assert upstream.count("/a") == 1


def test_a_slow_client_slows_nobody_else(serve, upstream):
    upstream.otherwise(document(BODY * 20, cache_control=HOUR))
    nearside = serve(ROUTE)
    with nearside.connect(receive_buffer=4096) as slow:
        slow.ask("/a")
        slow.read_head()
        assert nearside.get("/a").text == BODY * 20
        assert nearside.get("/a").is_hit
        assert slow.read_exactly(len(BODY) * 20) == (BODY * 20).encode()
    assert upstream.count("/a") == 1


BROKEN = {
    "short of its length": truncated(BODY, cache_control=HOUR),
    "without a last chunk": cut_chunks(BODY, cache_control=HOUR),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_body_that_breaks_off_is_seen_broken_and_not_stored(serve, upstream, how):
    upstream.on("/a", BROKEN[how], document("whole", cache_control=HOUR))
    nearside = serve(ROUTE)
    with nearside.connect() as client, pytest.raises((Broken, ConnectionError)):
        client.get("/a")
    answer = nearside.get("/a")
    assert answer.text == "whole"
    assert not answer.is_hit


def test_a_body_that_breaks_off_breaks_for_all_who_read_along(serve, upstream, gate):
    begun = in_parts(gate, "begin", "", length=100, cache_control=HOUR)
    upstream.on("/a", begun, document("whole", cache_control=HOUR))
    nearside = serve(ROUTE)
    with nearside.connect() as one, nearside.connect() as other:
        for client in (one, other):
            client.ask("/a")
            client.read_head()
            assert client.read_exactly(5) == b"begin"
        gate.open()
        for client in (one, other):
            with pytest.raises((Broken, ConnectionError)):
                client.read_exactly(95)
    assert nearside.get("/a").text == "whole"


def test_a_body_over_max_entry_goes_through_and_is_not_kept(serve, upstream):
    upstream.otherwise(document(BODY, cache_control=HOUR))
    nearside = serve(ROUTE, "cache: {memory: 4MiB, max_entry: 100KiB}")
    for _ in range(2):
        answer = nearside.get("/a")
        assert answer.text == BODY
        assert not answer.is_hit
    assert upstream.count("/a") == 2


def test_so_does_one_that_turns_out_to_be_over_it(serve, upstream):
    pieces = ["y" * 50_000] * 6
    upstream.otherwise(chunked(*pieces, cache_control=HOUR))
    nearside = serve(ROUTE, "cache: {memory: 4MiB, max_entry: 100KiB}")
    for _ in range(2):
        assert nearside.get("/a").text == "".join(pieces)
    assert upstream.count("/a") == 2
