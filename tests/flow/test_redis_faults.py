"""Whatever Redis does, clients are answered, and in time: from memory, else from the upstream."""

import itertools
import os
import time

import pytest

from answers import by, document
from configuration import configuration, view
from deadlines import eventually
from nearside import is_sanitized
from redis_server import RedisServer

# Milliseconds that a request may wait for Redis, as configured by default; and what a busy machine may add.
PATIENCE_MS = 40
SLACK_MS = 2000 if is_sanitized() else 400

VIEW = view('a: {get: "/a/{id}"}', out="a", fresh="1h", stale="1h")
NUMBERS = itertools.count(1)


@pytest.fixture
def nearside(start, upstream, link):
    upstream.otherwise(by(lambda request: document({"path": request.path})))
    running = start(configuration(upstream.url, f"cache: {{redis: '{link.url}'}}\n", VIEW))
    running.wait_event("redis connected")
    return running


def fresh_target():
    return f"/views/{next(NUMBERS)}"


def ask(nearside, count=20):
    """So many views that nobody has asked for; all are answered, and none waits for long."""
    for _ in range(count):
        target = fresh_target()
        began = time.monotonic()
        answer = nearside.get(target)
        took = (time.monotonic() - began) * 1000
        assert answer.status == 200, answer.text
        assert answer.json() == {"path": target.replace("/views/", "/a/")}
        assert took < 3 * PATIENCE_MS + SLACK_MS, took


def total(nearside, name):
    return sum(value for sample, value in nearside.metrics().items() if sample.startswith(name))


def up(nearside):
    return nearside.metrics()["nearside_redis_up"] == 1


def works_again(nearside, redis):
    """What is stored now arrives in Redis."""
    eventually(lambda: up(nearside), "Redis is used again")
    before = redis.say("DBSIZE")

    def stores():
        ask(nearside, 1)
        return redis.say("DBSIZE") > before

    eventually(stores, "what is stored arrives in Redis")


def test_a_node_starts_and_serves_without_redis_and_uses_it_when_it_comes(start, upstream, redis, link):
    upstream.otherwise(by(lambda request: document({"path": request.path})))
    redis.kill()
    nearside = start(configuration(upstream.url, f"cache: {{redis: '{link.url}'}}\n", VIEW))
    ask(nearside)
    assert not up(nearside)
    redis.start()
    works_again(nearside, redis)


def test_a_killed_redis_costs_nothing_but_its_hits(nearside, redis):
    ask(nearside)
    redis.kill()
    ask(nearside)
    redis.start()
    works_again(nearside, redis)


def test_a_redis_that_hangs_is_soon_left_alone(nearside, redis, link):
    ask(nearside)
    link.hold()
    ask(nearside)
    assert not up(nearside)
    asked = total(nearside, 'nearside_redis_reads_total{result="timed-out"')
    ask(nearside)
    assert total(nearside, 'nearside_redis_reads_total{result="timed-out"') <= asked + 1
    link.release()
    works_again(nearside, redis)


def test_a_paused_redis_is_no_different(nearside, redis):
    redis.pause()
    try:
        ask(nearside)
    finally:
        redis.go_on()
    works_again(nearside, redis)


def test_a_slow_redis_costs_a_request_no_more_than_it_may(nearside, redis, link):
    link.delay = 0.5
    ask(nearside)
    link.delay = 0.0
    works_again(nearside, redis)


def test_what_a_request_waits_for_redis_is_bounded_in_all_however_many_steps_it_has(start, upstream, link):
    """Each answer comes in time, and after two of them the time of a request is used up."""
    upstream.otherwise(by(lambda request: document({"next": f"{request.path[3:]}x"})))
    steps = "\n".join(
        [f'{name}: {{get: "/{name}/{{{of}}}"}}' for name, of in [("a", "id"), ("b", "a.next"), ("c", "b.next"), ("d", "c.next")]]
    )
    chain = view(steps, out="d", fresh="1h")
    nearside = start(configuration(upstream.url, f"cache: {{redis: '{link.url}'}}\n", chain))
    nearside.wait_event("redis connected")

    def looks_of_one():
        before = total(nearside, "nearside_redis_reads_total")
        target = fresh_target()
        assert nearside.get(target).json() == {"next": f"{target[7:]}xxxx"}
        return total(nearside, "nearside_redis_reads_total") - before

    assert looks_of_one() >= 5, "the view, and each of its steps"
    link.delay = 0.75 * PATIENCE_MS / 1000
    assert looks_of_one() <= 2


def test_connections_that_are_reset_are_made_again(nearside, redis, link):
    for _ in range(5):
        ask(nearside, 4)
        link.reset()
    ask(nearside)
    works_again(nearside, redis)


@pytest.mark.parametrize(
    "garble",
    [
        lambda piece: bytes(each ^ 0x55 for each in piece),
        lambda piece: piece.replace(b"+", b"$", 1).replace(b"$-1", b"$9999999"),
        lambda piece: b"*1000000000\r\n" + piece,
        lambda piece: piece[: len(piece) // 2],
    ],
    ids=["other bytes", "lengths", "huge list", "halves"],
)
def test_garbage_is_no_answer(nearside, redis, link, garble):
    ask(nearside)
    link.garble = garble
    ask(nearside)
    link.garble = None
    link.reset()
    works_again(nearside, redis)


def test_a_wiped_redis_is_filled_again(nearside, redis):
    ask(nearside)
    redis.say("FLUSHALL")
    ask(nearside)
    works_again(nearside, redis)


def test_a_full_redis_refuses_and_nobody_hears_of_it(start, upstream):
    redis = RedisServer("--maxmemory", "3mb", "--maxmemory-policy", "noeviction")
    try:
        upstream.otherwise(by(lambda request: document({"path": request.path, "fill": os.urandom(100_000).hex()})))
        nearside = start(configuration(upstream.url, f"cache: {{redis: '{redis.url}'}}\n", VIEW))
        nearside.wait_event("redis connected")
        for _ in range(60):
            assert nearside.get(fresh_target()).status == 200
        eventually(lambda: total(nearside, 'nearside_redis_writes_total{result="failed"') > 0, "a refused write")
        for _ in range(10):
            assert nearside.get(fresh_target()).status == 200
    finally:
        redis.end()


def test_what_was_tampered_with_is_fetched_from_the_upstream(start, upstream, redis):
    upstream.otherwise(by(lambda request: document({"path": request.path})))
    text = configuration(upstream.url, f"cache: {{redis: '{redis.url}'}}\n", VIEW)
    first = start(text)
    first.wait_event("redis connected")
    target = fresh_target()
    first.get(target)
    eventually(lambda: [key for key in redis.keys() if ":e:" in key], "written")
    eventually(lambda: first.metrics()["nearside_redis_waiting_writes"] == 0, "nothing waits")
    first.stop()
    for key in redis.keys():
        if ":e:" in key:
            redis.say("SETRANGE", key, 60, "tampered")
    second = start(text)
    upstream.forget()
    answer = second.get(target)
    assert answer.status == 200 and not answer.is_hit
    assert upstream.count() == 1


def test_hits_in_memory_dont_wait_for_redis(nearside, link):
    target = fresh_target()
    nearside.get(target)
    link.hold()
    with nearside.connect() as client:
        for _ in range(200):
            assert client.get(target).is_hit


def test_readiness_is_not_about_redis(nearside, redis):
    redis.kill()
    assert nearside.is_ready()
