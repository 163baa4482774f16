"""Every fault of Redis, one after the other, under one steady load on three nodes: no client hears of it, nobody waits
for it, and nothing that was invalidated before or during it is shown after it."""

import os
import time

import pytest

from history import History, Read
from mixed_load import MixedLoad, node_configuration, report_and_check, wait_in_step

# The whole length of each fault, with NEARSIDE_FAULTS=full: docs/operations.md.
IS_FULL = os.environ.get("NEARSIDE_FAULTS") == "full"
FAULT_SECONDS = 10.0 if IS_FULL else 1.5
PAUSE_SECONDS = 20.0 if IS_FULL else 4.0
CALM_SECONDS = 10.0 if IS_FULL else 2.0
AFTER_SECONDS = 3.0 if IS_FULL else 0.7


# --- the checker can fail


def read(version, began, node=0, client=0):
    return Read(client, node, "k", "k", began, began + 1, version)


def test_a_read_of_what_every_node_had_struck_is_found():
    history = History()
    history.invalidated(0, {"k": 2}, at=10, everywhere=True)
    history.reads = [read(1, began=9), read(2, began=11, node=1), read(1, began=12, node=1)]
    assert [(broken.began, least) for broken, least in history.broken()] == [(12, 2)]


def test_what_not_all_have_confirmed_binds_one_node_until_it_holds():
    history = History()
    history.invalidated(0, {"k": 2}, at=10, everywhere=False)
    history.held(history.take_pending(), at=20)
    history.reads = [read(1, began=11, node=1), read(1, began=12, node=0), read(1, began=21, node=1)]
    assert [broken.began for broken, _ in history.broken()] == [12, 21]


def test_a_client_that_is_shown_something_older_is_found():
    history = History()
    history.reads = [read(2, began=1), read(1, began=2, node=1), read(1, began=3)]
    assert [broken.began for broken, _ in history.gone_back()] == [3]


def test_what_the_upstream_took_is_not_counted_twice():
    history = History()
    history.calls["k"] = [(10, 10.5), (10.25, 10.75), (20, 21)]
    assert history.beside_upstream(read(1, began=10)) == pytest.approx(0.25)


def test_that_the_machine_stood_still_is_not_counted():
    history = History()
    history.calls["k"] = [(10, 10.5)]
    history.stalls = [(9, 10.25), (10.5, 10.75)]
    assert history.beside_upstream(read(1, began=10)) == pytest.approx(0.25)


# --- the run


class Faults:
    """Each begins with its name's method and ends with what that returns."""

    def __init__(self, redis, link):
        self.redis = redis
        self.link = link

    def kill(self):
        self.redis.kill()
        return self.redis.start

    def stop(self):
        self.redis.pause()
        return self.redis.go_on

    def flushall(self):
        self.redis.say("FLUSHALL")
        return lambda: None

    def maxmemory(self):
        self.redis.say("CONFIG", "SET", "maxmemory", "1")
        return lambda: self.redis.say("CONFIG", "SET", "maxmemory", "0")

    def resets(self):
        for _ in range(5):
            self.link.reset()
        return self.link.reset

    def garbage(self):
        self.link.garble = lambda piece: bytes(each ^ 0x55 for each in piece)

        def over():
            self.link.garble = None
            self.link.reset()

        return over

    def slow(self):
        self.link.delay = 0.5

        def over():
            self.link.delay = 0.0

        return over


FAULTS = ["kill", "stop", "flushall", "maxmemory", "resets", "garbage", "slow"]


@pytest.mark.parametrize("count", [3] if not IS_FULL else [2, 3])
def test_all_faults_one_after_the_other(start, upstream, redis, link, count):
    nodes = [start(node_configuration(upstream.url, link.url)) for _ in range(count)]
    wait_in_step(nodes)
    load = MixedLoad(nodes, upstream)
    faults = Faults(redis, link)
    phases = []
    try:
        began = time.monotonic()
        load.run_for(CALM_SECONDS)
        phases.append(("calm", began, time.monotonic(), None))
        for name in FAULTS:
            began = time.monotonic()
            load.prepare()
            over = getattr(faults, name)()
            load.strike_prepared()
            load.run_for(PAUSE_SECONDS if name == "stop" else FAULT_SECONDS)
            over()
            held = load.wait_held()
            load.run_for(AFTER_SECONDS)
            phases.append((name, began, time.monotonic(), held))
    finally:
        load.end()
    report_and_check(load, phases)
    assert load.answers[200] > 50 and load.answers[202] > 5
