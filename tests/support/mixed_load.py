"""A steady load of hits, refreshes, misses and invalidations on several nodes, and the history of it."""

import contextlib
import itertools
import json
import os
import random
import threading
import time

from answers import document
from client import Connection
from configuration import configuration
from deadlines import eventually, in_background
from history import History, Read, quantile
from nearside import ADMIN_TOKEN, is_sanitized

ITEMS = 6
READERS = 4
# Seconds between two requests of one client: a load that leaves a small machine room to be in time.
READ_PAUSE = 0.008
CHANGE_PAUSE = 0.03
UPSTREAM_TAKES = 0.015
WATCH_PAUSE = 0.005
STALL = 0.01
# What a request may take beside its upstream's answers; and what a busy machine and the clients' own threads may add.
BESIDE_MS = 50
SLACK_MS = float(os.environ.get("NEARSIDE_FAULTS_SLACK_MS", "2000" if is_sanitized() else "500"))

VIEWS = """
views:
  moving:
    path: /views/moving/{id}
    fresh: 200ms
    stale: 1h
    tags: ["item:{id}"]
    steps:
      item: {get: "/items/{id}"}
    out: {version: item.version}
  still:
    path: /views/still/{id}
    fresh: 1h
    stale: 1h
    tags: ["item:{id}"]
    steps:
      item: {get: "/items/{id}"}
    out: {version: item.version}
routes:
  - {path: /api/**, upstream: api, fresh: 1h}
"""


def node_configuration(upstream_url, redis_url):
    return configuration(upstream_url, f"cache: {{redis: {{url: '{redis_url}'}}}}\n", VIEWS)


def is_in_step(node):
    metrics = node.metrics()
    return metrics.get("nearside_invalidation_in_step") == 1 and metrics.get("nearside_invalidation_waiting") == 0


def wait_in_step(nodes):
    for each in nodes:
        eventually(lambda each=each: is_in_step(each), "in step with the log of invalidations")


class VersionedUpstream:
    """Items with a version each. One that was written or changed never shows an older one again."""

    def __init__(self, fake, history):
        self._versions = {}
        self._lock = threading.Lock()
        self._history = history
        fake.otherwise(self._answer)

    def _answer(self, call):
        began = time.monotonic()
        call.read_body()
        item = call.request.path.rpartition("/")[2]
        if call.request.method == "PUT":
            self.change(item)
        content = {"version": self.now(item)}
        time.sleep(UPSTREAM_TAKES)
        document(content)(call)
        self._history.calls[item].append((began, time.monotonic()))

    def now(self, item):
        with self._lock:
            return self._versions.setdefault(item, 1)

    def change(self, item):
        with self._lock:
            self._versions[item] = self._versions.get(item, 1) + 1


class _Clients:
    """One client's kept connections, one a node."""

    def __init__(self, nodes):
        self._nodes = nodes
        self._open = {}

    def to(self, at):
        if at not in self._open:
            self._open[at] = self._nodes[at].connect()
        return self._open[at]

    def close(self):
        for each in self._open.values():
            with contextlib.suppress(OSError):
                each.__exit__(None, None, None)


class MixedLoad:
    def __init__(self, nodes, fake):
        self.nodes = nodes
        self.history = History()
        self.upstream = VersionedUpstream(fake, self.history)
        self.failures = []
        self.hits = []  # (began, took) of a copy in memory that nothing invalidates
        self.answers = {200: 0, 202: 0}
        self.invalidation_seconds = []
        self.uncounted = 0  # 200, confirmed by fewer than all
        self._over = threading.Event()
        self._numbers = itertools.count(1)
        self._prepared = []
        self._keys = self._find_keys()
        self._running = [in_background(self._watch_the_machine)]
        self._running += [in_background(self._read, client) for client in range(READERS)]
        self._running += [in_background(self._hit), in_background(self._change, 0), in_background(self._change, 1)]

    def _find_keys(self):
        """What the admin listener calls the copies of the view `still`."""
        keys = {}
        for item in map(str, range(ITEMS)):
            self.nodes[0].get(f"/views/still/{item}")
            for entry in self.nodes[0].admin("/entries?match=/views/still/**").json()["entries"]:
                if entry["key"] not in keys.values():
                    keys[item] = entry["key"]
        assert len(keys) == ITEMS, keys
        return keys

    # --- the load

    def _watch_the_machine(self):
        """Who only sleeps is late where nothing gets to run."""
        while True:
            due = time.monotonic() + WATCH_PAUSE
            if self._over.wait(WATCH_PAUSE):
                return
            woken = time.monotonic()
            if woken > due + STALL:
                self.history.stalls.append((due, woken))

    def _read(self, client):
        draw = random.Random(client)
        connections = _Clients(self.nodes)
        while not self._over.wait(READ_PAUSE):
            at = draw.randrange(len(self.nodes))
            where = draw.choice(["/views/moving/", "/views/still/", "/api/items/"])
            item = f"new-{next(self._numbers)}" if draw.random() < 0.1 else str(draw.randrange(ITEMS))
            began = time.monotonic()
            answer = connections.to(at).get(where + item)
            ended = time.monotonic()
            if answer.status != 200:
                self.failures.append((where + item, answer.status, answer.text))
                continue
            version = answer.json()["version"]
            self.history.reads.append(Read(client, at, where + item, item, began, ended, version))
        connections.close()

    def _hit(self):
        with self.nodes[0].connect() as client:
            client.get("/views/still/hot")
            while not self._over.wait(READ_PAUSE / 2):
                began = time.monotonic()
                answer = client.get("/views/still/hot")
                self.hits.append((began, time.monotonic() - began))
                if answer.status != 200:
                    self.failures.append(("hot", answer.status, answer.text))

    def _change(self, seed):
        draw = random.Random(1000 + seed)
        connections = _Clients(self.nodes)
        while not self._over.wait(CHANGE_PAUSE):
            at, item = draw.randrange(len(self.nodes)), str(draw.randrange(ITEMS))
            kind = draw.random()
            if kind < 0.1:
                self._write(connections, at, item)
                continue
            self.upstream.change(item)
            if kind < 0.65:
                self.invalidate(at, {"tags": [f"item:{item}"]}, [f"/views/moving/{item}", f"/views/still/{item}"])
            elif kind < 0.8:
                self.invalidate(at, {"keys": [self._keys[item]]}, [f"/views/still/{item}"])
            elif kind < 0.9:
                self.invalidate(at, {"views": ["moving"]}, [f"/views/moving/{each}" for each in range(ITEMS)])
            else:
                self.invalidate(at, {"paths": ["/api/items/*"]}, [f"/api/items/{each}" for each in range(ITEMS)])
        connections.close()

    def _write(self, connections, at, item):
        answer = connections.to(at).request(f"/api/items/{item}", "PUT", {"Content-Length": "2"}, b"{}")
        if answer.status != 200:
            self.failures.append(("PUT", answer.status, answer.text))
            return
        # Its answer doesn't say whether all nodes confirmed.
        self.history.invalidated(at, {f"/api/items/{item}": answer.json()["version"]}, time.monotonic(), False)

    def invalidate(self, at, what, resources):
        versions = {each: self.upstream.now(each.rpartition("/")[2]) for each in resources}
        began = time.monotonic()
        with Connection(self.nodes[at].admin_port) as admin:
            answer = admin.request(
                "/invalidate",
                "POST",
                {"Authorization": f"Bearer {ADMIN_TOKEN}"},
                json.dumps({**what, "mode": "hard"}).encode(),
            )
        ended = time.monotonic()
        if answer.status not in self.answers:
            self.failures.append((what, answer.status, answer.text))
            return
        self.answers[answer.status] += 1
        # Also of a node that isn't connected to Redis at the moment, or to another server of a Cluster.
        everywhere = answer.status == 200
        if everywhere and answer.json()["confirmed"] < len(self.nodes):
            self.failures.append(("answered before all have confirmed", answer.text))
        if everywhere:
            self.invalidation_seconds.append(ended - began)
        elif answer.status == 200:
            self.uncounted += 1
        self.history.invalidated(at, versions, ended, everywhere)

    # --- its phases

    def run_for(self, seconds):
        """Lets the load run on; ends early when part of it has failed."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not any(each.done for each in self._running):
            self._over.wait(min(0.1, max(0.0, until - time.monotonic())))

    def wait_held(self):
        """Until all that was invalidated so far holds on every node: each has told what it kept back, and the log is
        applied in order. Returns the seconds."""
        began = time.monotonic()
        taken = self.history.take_pending()
        wait_in_step(self.nodes)
        for at in range(len(self.nodes)):
            self._probe(at)
        took = time.monotonic() - began
        self.history.held(taken, time.monotonic())
        self._read_prepared()
        return took

    def prepare(self):
        """Has all nodes hold items that nothing but strike_prepared() invalidates: what one node misses, no later
        invalidation makes up for."""
        self._prepared = [f"quiet-{next(self._numbers)}" for _ in range(2 * len(self.nodes))]
        self._read_prepared()

    def strike_prepared(self):
        """Changes and invalidates each once, on one node or another."""
        asked = []
        for at, item in enumerate(self._prepared):
            self.upstream.change(item)
            what = {"tags": [f"item:{item}"]}
            asked.append(in_background(self.invalidate, at % len(self.nodes), what, [f"/views/still/{item}"]))
        for each in asked:
            each.result()

    def _read_prepared(self):
        for item in self._prepared:
            for at, node in enumerate(self.nodes):
                began = time.monotonic()
                version = node.get(f"/views/still/{item}").json()["version"]
                read = Read("probe", at, f"/views/still/{item}", item, began, time.monotonic(), version)
                self.history.reads.append(read)

    def _probe(self, at):
        """Until the other nodes have applied what this one invalidates now, and with it all that came before."""
        item = f"probe-{next(self._numbers)}"
        for node in self.nodes:
            node.get(f"/views/still/{item}")
        self.upstream.change(item)
        self.invalidate(at, {"tags": [f"item:{item}"]}, [])
        for node in self.nodes:
            eventually(
                lambda node=node: node.get(f"/views/still/{item}").json()["version"] == self.upstream.now(item),
                "the invalidation holds on all nodes",
            )

    def end(self):
        self._over.set()
        for each in self._running:
            each.result()

    def figures(self, began, ended):
        """Of the part of the run between two times: hits' p99, and what requests took beside their upstream."""
        hits = [took for at, took in self.hits if began <= at < ended]
        beside = [self.history.beside_upstream(read) for read in self.history.reads if began <= read.began < ended]
        return {
            "reads": len(beside),
            "hit p50 ms": 1000 * quantile(hits, 0.5),
            "hit p99 ms": 1000 * quantile(hits, 0.99),
            "beside upstream p99 ms": 1000 * quantile(beside, 0.99),
            "beside upstream max ms": 1000 * max(beside, default=0.0),
        }


def report_and_check(load, phases):
    """`phases`: (name, began, ended, seconds until all held or None). Prints each one's figures."""
    slowest = 0.0
    print()
    for name, began, ended, held in phases:
        figures = load.figures(began, ended)
        slowest = max(slowest, figures["beside upstream max ms"])
        parts = [f"{key} {value:.1f}" if isinstance(value, float) else f"{key} {value}" for key, value in figures.items()]
        if held is not None:
            parts.append(f"held everywhere after {held * 1000:.0f} ms")
        print(f"{name:>10}: " + ", ".join(parts))
    took = load.invalidation_seconds
    print(
        f"{len(load.history.reads)} reads, {len(load.hits)} hits, invalidations {load.answers}, "
        f"{load.uncounted} of 200 by fewer than all, those by all: "
        f"p50 {1000 * quantile(took, 0.5):.1f} ms, p99 {1000 * quantile(took, 0.99):.1f} ms"
    )
    assert not load.failures, load.failures[:5]
    assert not load.history.broken(), load.history.broken()[:5]
    assert not load.history.gone_back(), load.history.gone_back()[:5]
    assert len(load.history.reads) > 300
    assert slowest < BESIDE_MS + SLACK_MS
