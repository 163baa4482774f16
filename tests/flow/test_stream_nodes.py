"""Streams on several nodes with one Redis: a change is told on each, and nothing that happens to nodes, Redis or clients
makes a follower miss the latest version, see what never was, or go back.

A schedule is one view's own: a random sequence of changes, told to random nodes, and of what its clients do, who leave,
move, stop reading and read on. Many go on at once in one world, whose nodes and Redis have troubles meanwhile.
NEARSIDE_SCHEDULES tells how many worlds are walked, NEARSIDE_SCHEDULE the seed of the first."""

import concurrent.futures
import os
import random
import time

import pytest

from deadlines import eventually
from event_stream import Follower, open_stream
from nearside import is_sanitized
from stream_pool import Client, Meanings, Pool, story
from stream_world import World

WORLDS = int(os.environ.get("NEARSIDE_SCHEDULES", "1" if is_sanitized() else "2"))
FIRST = int(os.environ.get("NEARSIDE_SCHEDULE", "1"))
KINDS = ["small"] * 24 + ["wide"] * 4 + ["large"] * 6 + ["polled"] * 6  # a schedule each
STEPS = 30
CLIENTS = 4  # of one view each
OF_MANY = 6  # of several views each
WIDTH = 10  # views of these


@pytest.fixture
def build(tmp_path, upstream, redis):
    """build(nodes) -> a World."""
    made = []

    def build_one(nodes):
        made.append(World(tmp_path, upstream, redis, nodes))
        return made[-1]

    yield build_one
    for each in made:
        each.end()


def test_a_change_that_one_node_hears_of_is_told_on_all(build):
    world = build(2)
    view = world.add("a", "small")
    streams = [open_stream(node, view.url) for node in world.nodes]
    followers = [Follower() for _ in streams]
    for node in [*world.nodes, *world.nodes]:
        for stream, follower in zip(streams, followers):
            assert follower.take(stream.next()) == view.version(view.number)
        view.change(node, "soft")
    for stream, follower in zip(streams, followers):
        assert follower.take(stream.next()) == view.version(view.number)
        stream.close()


def test_what_is_changed_while_a_node_is_cut_off_is_told_there_when_it_is_back(build):
    world = build(2)
    view = world.add("a", "small")
    first, second = world.nodes
    with open_stream(second, view.url) as stream:
        follower = Follower()
        assert follower.take(stream.next("snapshot")) == view.version(1)
        world.cut(second, "reset")
        view.change(first, "soft")
        view.wait_told()
        world.heal(second)
        assert follower.take(stream.next()) == view.version(2)


def populate(world, chance):
    """The world's clients, spread over its nodes."""
    views = []
    for at, kind in enumerate(KINDS):
        views.append(world.add(f"{kind}-{at}", kind, lag=chance.choice([0.0, 0.0, 0.0, 0.005, 0.02])))
    meanings = Meanings(views)
    clients = []
    for view in views:
        for at in range(CLIENTS):
            buffer = chance.choice([None, 16384]) if view.kind in ("wide", "large") else None
            clients.append(Client(f"{view.name}/{at}", [view], world.nodes[at % len(world.nodes)], meanings, buffer))
    for at in range(OF_MANY):
        several = chance.sample(views, WIDTH)
        buffer = chance.choice([None, 16384])
        clients.append(Client(f"many/{at}", several, world.nodes[at % len(world.nodes)], meanings, buffer))
    chance.shuffle(clients)
    return views, Pool(clients)


def walk(world, view, pool, chance):
    """One schedule."""
    clients = [each for each in pool.clients if view in each.views]
    for _ in range(STEPS):
        if pool.first_wrong():
            break
        what = chance.choices(["change", "drop", "move", "sleep", "pause"], [12, 3, 1, 4, 4])[0]
        client = chance.choice(clients)
        if what == "change":
            view.change(chance.choice(world.nodes), chance.choice(["soft", "soft", "hard"]))
        elif what == "drop":
            client.leaves = chance.choice(["ends", "resets"])
        elif what == "move":
            client.node = chance.choice(world.nodes)
            client.leaves = "ends"
        elif what == "sleep":
            client.is_asleep = not client.is_asleep
            client.note("stops reading" if client.is_asleep else "reads on")
        elif what == "pause":
            time.sleep(chance.uniform(0.0, 0.1))


def trouble(world, chance):
    """One thing that happens to all views."""
    node = chance.choice(world.nodes)
    what = chance.choices(["cut", "heal", "kill", "forget", "stop", "pause"], [4, 8, 4, 2, 1, 6])[0]
    is_whole = not any(each.in_gap for each in world.nodes)
    if what == "cut":
        world.cut(node, chance.choice(["hang", "reset"]))
    elif what == "heal":
        world.heal(node)
    elif what == "kill" and (is_whole or not world.has_forgotten):
        # What Redis has forgotten is founded again out of what nodes remember: they must have done so before one goes.
        if world.has_forgotten:
            world.wait_in_step()
        world.kill(node)
    elif what == "forget":
        world.forget(chance.choice(["flush", "kill"]), chance.uniform(0.0, 0.1))
    elif what == "stop":
        world.stop_redis(chance.uniform(0.0, 0.5))
    time.sleep(chance.uniform(0.0, 0.2))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WORLDS))
def test_every_follower_ends_at_the_latest_version_and_has_seen_only_what_was_and_in_order(build, seed):
    chance = random.Random(seed)
    world = build(2 + seed % 2)
    world.log.note(f"seed {seed}, {len(world.nodes)} nodes")
    views, pool = populate(world, chance)
    try:
        with concurrent.futures.ThreadPoolExecutor(len(views)) as walkers:
            walks = [walkers.submit(walk, world, view, pool, random.Random(f"{seed} {view.name}")) for view in views]
            while not all(each.done() for each in walks):
                trouble(world, chance)
        for each in walks:
            each.result()
        for node in world.nodes:
            world.heal(node)
        for view in views:
            view.wait_told()
        for client in pool.clients:
            client.is_asleep = False
        world.log.note("all is well")
        eventually(lambda: pool.first_wrong() or not pool.late(), "everybody has the latest version")
        client = pool.first_wrong()
        assert client is None, client.wrong
    except AssertionError as failure:
        client = pool.first_wrong() or next((each for each, _ in pool.late()), None)
        told = story(world, client) if client else ""
        raise AssertionError(f"seed {seed}, {failure}\n{pool.tell_late()}\n{told}") from failure
    finally:
        pool.end()
