"""Slots of a Redis Cluster that move under load, that of the log of invalidations among them."""

import time

import pytest

from mixed_load import MixedLoad, node_configuration, report_and_check, wait_in_step
from redis_groups import Cluster


@pytest.fixture
def cluster():
    made = Cluster()
    yield made
    made.end()


def test_slots_that_move_lose_no_invalidation(start, upstream, cluster):
    nodes = [start(node_configuration(upstream.url, cluster.url)) for _ in range(3)]
    wait_in_step(nodes)
    load = MixedLoad(nodes, upstream)
    phases = []
    try:
        began = time.monotonic()
        load.run_for(1.5)
        phases.append(("calm", began, time.monotonic(), None))
        log = cluster.servers[0].say("CLUSTER", "KEYSLOT", "{nearside}:invalidations")
        for name, slots in (("log moves", [log]), ("all move", cluster.used_slots()[:40]), ("log back", [log])):
            began = time.monotonic()
            load.prepare()
            for slot in slots:
                to = (cluster.owner(slot) + 1) % len(cluster.servers)
                cluster.migrate(slot, to, lambda: load.run_for(0.5 if len(slots) == 1 else 0.02))
            load.strike_prepared()
            held = load.wait_held()
            load.run_for(0.7)
            phases.append((name, began, time.monotonic(), held))
    finally:
        load.end()
    report_and_check(load, phases)
