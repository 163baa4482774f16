#!/usr/bin/python3 -B
"""A view of 20 MB, 0.1 % of whose values change at a time, followed by 100 clients: as patches, and sent whole."""

import argparse
import json
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from measure.built import NEARSIDE, TOOLS
from measure.changing import serve_changing
from measure.client import median
from measure.crowd import Crowd, WentWrong, post, resident
from measure.processes import cpu_seconds, free_port, run_with_processes
from measure.region import Node
from measure.report import Claims, ms, table

HERE = os.path.dirname(os.path.abspath(__file__))
ADMIN_TOKEN = "bench"
MEMBERS = ("loss", "accuracy", "step", "seconds", "memory")
WAYS = {"patches": {"NEARSIDE_PATCH_SHARE": "0.5", "NEARSIDE_SNAPSHOT_LIMIT": "1MiB"},
        "whole": {"NEARSIDE_PATCH_SHARE": "0", "NEARSIDE_SNAPSHOT_LIMIT": "64MiB"}}
VERSIONS = 3     # served in turn
LEAST_SAVED = {"bytes": 50, "cpu": 2}  # times less than sent whole, at least
MOST_COPIES = 4  # of the view, that following it may take of memory, whoever many follow


class Versions:
    """Documents of so many bytes, each with one value in a thousand different from the one before."""

    def __init__(self, size):
        numbers = random.Random(7)
        jobs = [self._job(number, numbers) for number in range(size // 105)]
        self.documents = []
        for _ in range(VERSIONS):
            for number in numbers.sample(range(len(jobs)), len(jobs) * len(MEMBERS) // 1000):
                jobs[number][numbers.choice(MEMBERS)] = round(numbers.random(), 6)
            self.documents.append(json.dumps({"jobs": jobs}, separators=(",", ":")).encode())
        self.asked = 0

    @staticmethod
    def _job(number, numbers):
        return {"id": number, "name": f"job-{number}", **{member: round(numbers.random(), 6) for member in MEMBERS}}

    def next(self):
        self.asked += 1
        return self.documents[self.asked % VERSIONS]


class Followed:
    """What one change takes, of the medians of all: bytes out, seconds of CPU, and to the last byte; and memory."""

    def __init__(self, processes, url, told_by, options):
        node = Node(processes, NEARSIDE, os.path.join(HERE, "large.yaml"), free_port(), free_port(),
                    {"UPSTREAM_URL": url, "NEARSIDE_ADMIN_TOKEN": ADMIN_TOKEN, **told_by})
        pid = node.process.pid
        before = resident(pid)
        clients = Crowd(processes, TOOLS, "clients", node.port, "/views/jobs", options.clients,
                        options.rounds, None)
        self.memory = resident(pid) - before
        read, used, took = [], [], []
        for number in range(1, options.rounds + 1):
            cpu, began = cpu_seconds(pid), time.monotonic()
            post(node.admin_port, "/invalidate", json.dumps({"tags": ["jobs"]}), Authorization=f"Bearer {ADMIN_TOKEN}")
            took.append(clients.had(number) - began)
            read.append(clients.bytes(number))
            self.memory = max(self.memory, resident(pid) - before)
            time.sleep(0.5)
            used.append(cpu_seconds(pid) - cpu)
        # The first round's bytes hold those of the first snapshots.
        self.bytes = median([later - earlier for earlier, later in zip(read, read[1:])])
        self.cpu, self.took = median(used), median(took)
        processes.stop(node.process)


def arguments():
    parser = argparse.ArgumentParser(prog="bench large", description=__doc__)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=8, help="changes (default 8)")
    parser.add_argument("--bytes", type=int, default=20_000_000, help="of the view (default 20000000)")
    return parser.parse_args()


def run(processes, options):
    versions = Versions(options.bytes)
    size = len(versions.documents[0])
    url = serve_changing(versions.next)
    ways = {name: Followed(processes, url, told_by, options) for name, told_by in WAYS.items()}
    rows = [["Told by", "Bytes out a change", "CPU a change", "To the last byte", "Memory at most"]]
    for name, each in ways.items():
        rows.append([name, f"{each.bytes / 1e6:,.1f} MB", ms(each.cpu), ms(each.took), f"{each.memory / 1e6:,.0f} MB"])
    print(table(rows))
    print(f"a view of {size / 1e6:.1f} MB, {options.clients} clients, 0.1 % of the values a change\n")
    patches, whole = ways["patches"], ways["whole"]
    claims = Claims()
    saved = whole.bytes / patches.bytes
    claims.check(saved >= LEAST_SAVED["bytes"], f"{saved:.0f} times less bytes, at least {LEAST_SAVED['bytes']}")
    saved = whole.cpu / patches.cpu
    claims.check(saved >= LEAST_SAVED["cpu"], f"{saved:.1f} times less CPU, at least {LEAST_SAVED['cpu']}")
    copies = patches.memory / size
    claims.check(copies <= MOST_COPIES, f"memory {copies:.1f} x the view, at most {MOST_COPIES}")
    return 1 if claims.failed else 0


def main():
    options = arguments()
    return run_with_processes("bench large", lambda processes, folder: run(processes, options), (WentWrong, OSError))


if __name__ == "__main__":
    sys.exit(main())
