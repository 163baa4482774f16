#!/usr/bin/python3 -B
"""Three nodes with one Redis on loopback: how soon an invalidation holds on all of them, with few and with many entries."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from measure.built import NEARSIDE, TOOLS
from measure.client import Connection, percentile
from measure.fill import fill, held_entries, invalidate_tag
from measure.processes import free_port, run_with_processes, wait_for, wait_for_line
from measure.region import Node
from measure.report import Claims, ms, table

HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN = (("Authorization", "Bearer bench-of-clusters"),)
NODES = 3
HOLDS = 0.020  # seconds, p99
GROWTH = 2.0   # of the median with all entries, at most so many times that with none


def arguments():
    parser = argparse.ArgumentParser(prog="bench cluster", description=__doc__)
    parser.add_argument("--orders", type=int, default=2000, help="invalidations a round (default 2000)")
    parser.add_argument("--entries", type=int, default=1_000_000, help="stored before the second round (default 1000000)")
    parser.add_argument("--tags", type=int, default=100_000, help="of these entries (default 100000)")
    return parser.parse_args()


def is_up(port):
    try:
        Connection("127.0.0.1", port).close()
    except OSError:
        return False
    return True


def order(admins, number):
    """Seconds until the tag's invalidation held on every node; None: not all have confirmed it."""
    admin = admins[number % len(admins)]
    answer = invalidate_tag(admin, TOKEN, number)
    return answer.seconds if answer.status == 200 and answer.json()["confirmed"] == NODES else None


def measure(admins, first, count):
    took = [order(admins, number) for number in range(first, first + count)]
    return [each for each in took if each is not None], took.count(None)


def run(options, processes, folder):
    redis_port = free_port()
    redis = processes.start("redis", ["redis-server", "--port", redis_port, "--bind", "127.0.0.1", "--save", "",
                                      "--dir", folder])
    wait_for(redis, lambda: is_up(redis_port), "Redis", 30)
    bare = processes.start("bare", [os.path.join(TOOLS, "bare_responder"), "--size", 1000])
    url = wait_for_line(bare, "bare responder listening on ")
    env = {"BARE_URL": url, "REDIS_PORT": str(redis_port)}
    nodes = [Node(processes, NEARSIDE, os.path.join(HERE, "cluster.yaml"), free_port(), free_port(), env)
             for _ in range(NODES)]
    admins = [Connection("127.0.0.1", node.admin_port) for node in nodes]
    measure(admins, 0, 100)
    rounds = {0: measure(admins, 100, options.orders)}
    fill(processes, nodes[0].port, folder, options.entries, options.tags, lambda: held_entries(admins[0], TOKEN))
    admins = [Connection("127.0.0.1", node.admin_port) for node in nodes]
    rounds[options.entries] = measure(admins, 100 + options.orders, options.orders)
    rows = [["Entries", "Orders", "Not confirmed by all", "p50", "p99"]]
    for entries, (took, missing) in rounds.items():
        rows.append([f"{entries:,}", len(took), missing, ms(percentile(took, 0.5)), ms(percentile(took, 0.99))])
    print(table(rows) + "\n")
    claims = Claims()
    for entries, (took, missing) in rounds.items():
        claims.check(missing == 0, f"{entries:,} entries: every node has confirmed every order")
        p99 = percentile(took, 0.99)
        claims.check(p99 < HOLDS, f"{entries:,} entries: held on {NODES} nodes p99 {ms(p99)}, at most {ms(HOLDS)}")
    few, many = (percentile(took, 0.5) for took, _ in rounds.values())
    claims.check(many <= GROWTH * few, f"the median with all entries {many / few:.2f} x that with none, at most {GROWTH}")
    return 1 if claims.failed else 0


def main():
    options = arguments()
    return run_with_processes("bench cluster", lambda processes, folder: run(options, processes, folder))


if __name__ == "__main__":
    sys.exit(main())
