"""A failover by Sentinel under load: what was invalidated before or during it is not shown after it."""

import time

import pytest

from mixed_load import MixedLoad, node_configuration, report_and_check, wait_in_step
from redis_groups import Sentinel
from redis_server import RedisServer


@pytest.fixture
def sentinel():
    primary = RedisServer()
    made = Sentinel(primary)
    yield made
    made.end()
    primary.end()


def test_a_failover_loses_no_invalidation(start, upstream, sentinel):
    nodes = [start(node_configuration(upstream.url, sentinel.url)) for _ in range(3)]
    wait_in_step(nodes)
    load = MixedLoad(nodes, upstream)
    phases = []
    try:
        began = time.monotonic()
        load.run_for(1.5)
        phases.append(("calm", began, time.monotonic(), None))
        began = time.monotonic()
        load.prepare()
        sentinel.primary.kill()
        load.strike_prepared()
        sentinel.wait_failed_over()
        print(f"\nfailed over after {time.monotonic() - began:.1f} s")
        held = load.wait_held()
        load.run_for(1.5)
        phases.append(("failover", began, time.monotonic(), held))
        # The old primary comes back with nothing, and is made a replica.
        began = time.monotonic()
        sentinel.primary.start()
        load.run_for(2)
        held = load.wait_held()
        load.run_for(0.7)
        phases.append(("return", began, time.monotonic(), held))
    finally:
        load.end()
    report_and_check(load, phases)
    assert load.answers[202] > 0
