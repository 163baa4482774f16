#!/usr/bin/python3 -B
"""What invalidating a tag costs on one node, with no entry and with a million under 100,000 tags; and what reading does."""

import argparse
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from measure.built import NEARSIDE, TOOLS
from measure.client import Connection, percentile
from measure.fill import fill, held_entries, invalidate_tag
from measure.processes import cpu_seconds, free_port, run_with_processes, wait_for_line
from measure.region import Node
from measure.report import Claims, ms, table

HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN = (("Authorization", "Bearer bench-of-invalidation"),)
COSTS = 0.001  # seconds of the server, p99 as a client sees it
GROWTH = 1.5   # CPU time of an order with all entries, at most so many times that with none
READ = 1.5     # the same of a hit, when many tags have been invalidated


def arguments():
    parser = argparse.ArgumentParser(prog="bench invalidate", description=__doc__)
    parser.add_argument("--orders", type=int, default=5000, help="invalidations a round (default 5000)")
    parser.add_argument("--entries", type=int, default=1_000_000, help="default 1000000")
    parser.add_argument("--tags", type=int, default=100_000, help="default 100000")
    return parser.parse_args()


def sample(of, count):
    """So many, spread over all, always the same."""
    return random.Random(7).sample(of, min(count, len(of)))


class Measured:
    def __init__(self, entries, took, cpu):
        self.entries = entries
        # The system counts in ticks.
        self.cpu = max(cpu, 1 / os.sysconf("SC_CLK_TCK")) / len(took)
        self.p50, self.p99 = percentile(took, 0.5), percentile(took, 0.99)


def measure(node, admin, calls):
    entries = held_entries(admin, TOKEN)
    before = cpu_seconds(node.process.pid)
    took = [call() for call in calls]
    return Measured(entries, took, cpu_seconds(node.process.pid) - before)


def read(client, entry, tags):
    answer = client.get(f"/items/{entry % tags}/{entry}")
    status = answer.headers.get("cache-status", "")
    return answer.seconds, "hit" in status


def hit(client, entry, tags):
    seconds, was_hit = read(client, entry, tags)
    if not was_hit:
        raise RuntimeError(f"entry {entry} is not held")
    return seconds


def run(options, processes, folder):
    bare = processes.start("bare", [os.path.join(TOOLS, "bare_responder"), "--size", 1000])
    url = wait_for_line(bare, "bare responder listening on ")
    node = Node(processes, NEARSIDE, os.path.join(HERE, "invalidate.yaml"), free_port(), free_port(),
                {"BARE_URL": url})
    admin = Connection("127.0.0.1", node.admin_port)
    # Half of the tags is never invalidated, and entries under those are what is read.
    ordered = range(options.tags // 2)
    orders = [lambda tag=tag: invalidate_tag(admin, TOKEN, tag).seconds for tag in sample(ordered, options.orders)]
    rounds = {"order, nothing stored": measure(node, admin, orders)}
    fill(processes, node.port, folder, options.entries, options.tags, lambda: held_entries(admin, TOKEN))
    client = Connection("127.0.0.1", node.port)
    kept = [entry for entry in range(1, options.entries + 1) if entry % options.tags >= len(ordered)]
    reads = [lambda entry=entry: hit(client, entry, options.tags) for entry in sample(kept, 2 * options.orders)]
    rounds["hit, all stored"] = measure(node, admin, reads)
    rounds["order, all stored"] = measure(node, admin, orders)
    rounds["hit, after these orders"] = measure(node, admin, reads)
    struck = [read(client, tag or options.tags, options.tags)[1] for tag in sample(ordered, options.orders)[:500]]
    rows = [["What", "Entries", "p50", "p99", "CPU"]]
    rows += [[name, f"{each.entries:,}", ms(each.p50), ms(each.p99), f"{each.cpu * 1e6:.0f} us"]
             for name, each in rounds.items()]
    print(table(rows) + "\n")
    return check(rounds, struck)


def check(rounds, struck):
    claims = Claims()
    none, full = rounds["order, nothing stored"], rounds["order, all stored"]
    claims.check(full.p99 < COSTS, f"a tag is invalidated in p99 {ms(full.p99)}, at most {ms(COSTS)}")
    claims.check(full.cpu <= GROWTH * none.cpu,
                 f"CPU of an order with {full.entries:,} entries {full.cpu / none.cpu:.2f} x that with none, "
                 f"at most {GROWTH}")
    before, after = rounds["hit, all stored"], rounds["hit, after these orders"]
    claims.check(after.cpu <= READ * before.cpu,
                 f"CPU of a hit after the orders {after.cpu / before.cpu:.2f} x that before, at most {READ}")
    claims.check(not any(struck), f"{sum(struck)} of {len(struck)} entries under an invalidated tag were still hits")
    return 1 if claims.failed else 0


def main():
    options = arguments()
    return run_with_processes("bench invalidate", lambda processes, folder: run(options, processes, folder),
                              [RuntimeError])


if __name__ == "__main__":
    sys.exit(main())
