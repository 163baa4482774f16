"""Streams on several nodes with one Redis: a change is told on each, and nothing that happens to nodes, Redis or clients
makes a follower miss the latest version, see what never was, or go back."""

import json
import os
import random
import threading
import time

import pytest

from answers import by, document
from configuration import configuration, view
from deadlines import PATIENCE, eventually
from event_stream import EventStream, Follower, open_stream
from faulty_proxy import FaultyProxy
from http_message import Broken
from nearside import Nearside, is_sanitized

NODES = 2
FOLLOWERS = 6
STEPS = 40
SEEDS = range(int(os.environ.get("NEARSIDE_SCHEDULES", "1" if is_sanitized() else "3")))

BOARD = view('a: {get: "/a"}', out="a", fresh="1h", stale="1h", tags='["a"]')


def version(number):
    """What the upstream says then: numbers change, and an item goes for each that comes."""
    items = [{"id": each, "name": f"job {each}", "points": [each, 2 * each]} for each in range(number, number + 8)]
    return {"version": number, "text": "t" * 300, "items": items}


class Node:
    """One that is started again with the configuration that it had, and reaches Redis by a link of its own."""

    def __init__(self, file, upstream, redis):
        self.link = FaultyProxy(redis.port)
        self._file = file
        self._file.write_text(configuration(upstream.url, f"cache: {{redis: '{self.link.url}'}}\n", BOARD))
        self.in_gap = False
        self.running = Nearside(self._file).wait_ready()
        self.running.wait_event("redis connected")

    def restart(self):
        self.running.kill()
        self.running = Nearside(self._file).wait_ready()

    def end(self):
        self.heal()
        try:
            self.running.stop()
        finally:
            self.running.kill()
            self.link.end()

    def cut(self, how):
        self.in_gap = True
        if how == "hang":
            self.link.hold()
        else:
            self.link.refuse()
            self.link.reset()

    def heal(self):
        self.link.refuse(False)
        self.link.release()
        self.in_gap = False

    def change(self):
        body = json.dumps({"tags": ["a"]}).encode()
        answer = self.running.admin("/invalidate", method="POST", body=body)
        assert answer.status in (200, 202), answer.text


class World:
    def __init__(self, folder, upstream, redis):
        self.version = 1
        upstream.otherwise(by(lambda request: document(version(self.version))))
        self.nodes = [Node(folder / f"node-{number}.yaml", upstream, redis) for number in range(NODES)]


class Reader(threading.Thread):
    """Follows the view on one node, and connects again wherever it was cut off, with the id that it had."""

    def __init__(self, world, node):
        super().__init__(daemon=True)
        self.world, self.node = world, node
        self.seen = []  # versions, in order
        self.wrong = None
        self.leaves = threading.Event()
        self.ends = threading.Event()

    def run(self):
        follower, last_id = Follower(), ""
        while not self.ends.is_set() and self.wrong is None:
            self.leaves.clear()
            try:
                fields = {"last_event_id": last_id} if last_id else {}
                with open_stream(self.node.running, "/views/7", **fields) as stream:
                    self._read(stream, follower)
                    last_id = stream.last_id or last_id
            except (OSError, Broken):
                time.sleep(0.02)  # the node is starting
            except AssertionError as failure:
                self.wrong = failure

    def _read(self, stream: EventStream, follower):
        if stream.status != 200:
            return
        while not (stream.ended or self.leaves.is_set() or self.ends.is_set()):
            if stream.has_more(0.05):
                stream.read_more()
            while stream.parser.events:
                event = stream.parser.events.pop(0)
                if event.name != "problem":
                    self._take(follower.take(event))

    def _take(self, value):
        assert value == version(value["version"]), f"this never was: {value}"
        assert value["version"] <= self.world.version, "from the future"
        assert not self.seen or self.seen[-1] <= value["version"], f"{self.seen[-5:]}, then {value['version']}"
        self.seen.append(value["version"])


@pytest.fixture
def world(tmp_path, upstream, redis):
    made = World(tmp_path, upstream, redis)
    yield made
    for node in made.nodes:
        node.end()


def test_a_change_that_one_node_hears_of_is_told_on_all(world):
    streams = [open_stream(node.running, "/views/7") for node in world.nodes]
    followers = [Follower() for _ in streams]
    for node in [*world.nodes, *world.nodes]:
        for stream, follower in zip(streams, followers):
            assert follower.take(stream.next()) == version(world.version)
        world.version += 1
        node.change()
    for stream, follower in zip(streams, followers):
        assert follower.take(stream.next()) == version(world.version)
        stream.close()


def test_what_is_changed_while_a_node_is_cut_off_is_told_there_when_it_is_back(world):
    first, second = world.nodes
    with open_stream(second.running, "/views/7") as stream:
        follower = Follower()
        assert follower.take(stream.next("snapshot")) == version(1)
        second.cut("reset")
        world.version += 1
        first.change()
        second.heal()
        assert follower.take(stream.next()) == version(2)


def act(world, readers, chance):
    """One thing that happens."""
    node = chance.choice(world.nodes)
    what = chance.choices(["change", "drop", "cut", "heal", "restart", "pause"], [10, 3, 2, 4, 1, 3])[0]
    if what == "change":
        world.version += 1
        node.change()
    elif what == "drop":
        chance.choice(readers).leaves.set()
    elif what == "cut":
        node.cut(chance.choice(["hang", "reset"]))
    elif what == "heal":
        node.heal()
    elif what == "restart" and not any(each.in_gap for each in world.nodes):
        # What it was told while it was cut off would be lost with it, as its answers (202) said.
        eventually(lambda: all(each.running.metrics()["nearside_redis_up"] == 1 for each in world.nodes), "linked")
        node.restart()
    elif what == "pause":
        time.sleep(chance.uniform(0.0, 0.2))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_follower_ends_at_the_latest_version_and_has_seen_only_what_was_and_in_order(world, seed):
    chance = random.Random(seed)
    readers = [Reader(world, world.nodes[each % NODES]) for each in range(FOLLOWERS)]
    for reader in readers:
        reader.start()
    for _ in range(STEPS):
        act(world, readers, chance)
    for node in world.nodes:
        node.heal()
    try:
        def settled():
            for reader in readers:
                if reader.wrong:
                    raise reader.wrong
            return all(reader.seen and reader.seen[-1] == world.version for reader in readers)
        eventually(settled, "everybody has the latest version", PATIENCE)
    except AssertionError as failure:
        raise AssertionError(f"{failure}; latest {world.version}, seen {[each.seen[-3:] for each in readers]}") from failure
    finally:
        for reader in readers:
            reader.ends.set()
        for reader in readers:
            reader.join(PATIENCE)
