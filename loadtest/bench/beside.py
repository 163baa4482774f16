#!/usr/bin/python3 -B
"""Cached hits while 32 MB documents are composed all the time: what those who hit wait for."""

import argparse
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from measure.built import NEARSIDE
from measure.client import Broken, Connection
from measure.processes import StartFailed, cpu_seconds, free_port, run_with_processes, wait_for_line
from measure.region import Node
from measure.report import Claims, ms, table
from peers import load

HERE = os.path.dirname(os.path.abspath(__file__))
UPSTREAM = os.path.join(HERE, "peers", "upstream.py")
PAUSING = os.path.join(HERE, "peers", "pausing.lua")
MOST_P99 = 0.005  # seconds
COMPOSERS = 2  # while one's answer is on its way, the other's document is composed


class Server:
    def __init__(self, node):
        self.name, self.pid, self.url = "nearside", node.process.pid, f"http://127.0.0.1:{node.port}/views/small"


class Composing:
    """A context: clients that insist on a fresh copy of a large view, one after the other, without a pause."""

    def __init__(self, node):
        self.composed, self.bytes, self.failures = 0, 0, []
        self._node, self._over = node, threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(COMPOSERS)]

    def _ask(self, number):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)  # in life these are other machines
        connection = Connection("127.0.0.1", self._node.port)
        try:
            while not self._over.is_set():
                answer = connection.get(f"/views/large/{number}", [("Cache-Control", "no-cache")])
                if answer.status != 200:
                    raise Broken(f"status {answer.status}: {answer.body[:500]!r}")
                self.composed += 1
                self.bytes = len(answer.body)
        except (Broken, OSError) as failure:
            self.failures.append(failure)
        finally:
            connection.close()

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()


def arguments():
    parser = argparse.ArgumentParser(prog="bench beside", description=__doc__)
    parser.add_argument("--seconds", type=int, default=15, help="of each of the two measurements (default 15)")
    parser.add_argument("--connections", type=int, default=64)
    return parser.parse_args()


def run(options, processes):
    upstream = processes.start("upstream", [sys.executable, UPSTREAM])
    url = f"http://127.0.0.1:{wait_for_line(upstream, 'upstream on port ')}"
    node = Node(processes, NEARSIDE, os.path.join(HERE, "beside.yaml"), free_port(), free_port(), {"UPSTREAM_URL": url})
    server = Server(node)

    client = node.connect()
    if client.get("/views/small").status != 200:
        raise StartFailed("the small view cannot be had")
    status = client.get("/views/small").headers.get("cache-status", "")
    if "; hit" not in status:
        raise StartFailed(f"the small view is not kept: {status}")

    def hits():
        return load.run(server, options.connections, options.seconds, script=PAUSING)

    hits()
    alone = hits()
    with Composing(node) as composing:
        before, started = composing.composed, cpu_seconds(server.pid)
        beside = hits()
        composed, cpu = composing.composed - before, cpu_seconds(server.pid) - started
    if composing.failures:
        raise StartFailed(f"composing failed: {composing.failures[0]}")
    print(f"{options.connections} clients, each asks again after 0 to 16 ms; {len(os.sched_getaffinity(0))} cores for "
          f"all; {composed / options.seconds:.1f} compositions a second, "
          f"of 32 MB into {composing.bytes / 1e6:.1f} MB\n")
    print(table([["Hits", "p50", "p99", "Hits a second"],
                 *([name, ms(one.p50), ms(one.p99), f"{one.requests_a_second:,.0f}"]
                   for name, one in (("alone", alone), ("beside compositions", beside)))]))
    print()
    claims = Claims()
    claims.check(beside.p99 < MOST_P99, f"p99 of hits beside compositions: {ms(beside.p99)}, under {ms(MOST_P99)}")
    claims.check(composed >= options.seconds, f"compositions meanwhile: {composed}, at least one a second "
                                              f"({cpu / options.seconds:.2f} cores used)")
    return 1 if claims.failed else 0


def main():
    options = arguments()
    return run_with_processes("bench beside", lambda processes, _: run(options, processes), [load.WentWrong])


if __name__ == "__main__":
    sys.exit(main())
