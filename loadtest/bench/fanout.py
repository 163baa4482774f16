#!/usr/bin/python3 -B
"""A wide view over the distance: four dependent steps, the last of them 200 calls, 64 at a time; also with several calls
on a connection (`pipeline`)."""

import argparse
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from measure.built import NEARSIDE, TOOLS
from measure.processes import StartFailed, free_port, run_with_processes
from measure.region import FarRegion, Node
from measure.report import Claims, ms, table

HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN = "minji-token"
VIEW = "/views/wide/1"
WIDE, PARALLEL = 200, 64
STEPS_BEFORE = 3
CALLS = STEPS_BEFORE + WIDE
# Warm connections, and `pipeline`; with few connections, the rest are opened while the user waits.
SET_UPS = ((64, 1), (64, 4), (4, 1))


def arguments():
    parser = argparse.ArgumentParser(prog="bench fanout", description=__doc__)
    parser.add_argument("--rtt", default="260ms")
    return parser.parse_args()


def measure_rtt(region):
    connection = region.connect(TOKEN)
    connection.get("/api/users/1/")
    return min(connection.get("/api/users/1/").seconds for _ in range(3))


def let_connections_arrive(region):
    """A connection stands here before the far side has counted it; goes on once that count no longer moves."""
    before = None
    while before != (now := region.counts()["connections"]["open"]):
        before = now


def ask(region, connection, headers=()):
    """The answer, and what it cost the upstream."""
    let_connections_arrive(region)
    region.reset_counts()
    answer = connection.get(VIEW, headers)
    if answer.status != 200:
        raise StartFailed(f"the view: status {answer.status}\n{answer.body[:2000].decode(errors='replace')}")
    if len(answer.json()["jobs"]) != WIDE:
        raise StartFailed(f"the view has {len(answer.json()['jobs'])} jobs, not {WIDE}")
    return answer, region.reset_counts()


def trips_of(what, pipeline):
    """A refresh asks for all at once, as far as the connections take it."""
    at_once = PARALLEL * pipeline
    if what != "first ever":
        return math.ceil(CALLS / at_once)
    tried = 1 if pipeline > 1 else 0  # a first call behind another, and then all
    return STEPS_BEFORE + tried + math.ceil(WIDE / at_once)


def row(what, answer, counts, rtt):
    links = counts["connections"]
    return [what, ms(answer.seconds), f"{answer.seconds / rtt:.2f}", counts["requests"], counts["most_in_flight"],
            links["used"], links["accepted"]]


def run(options, processes):
    # Frozen: a reload finds what the first request found.
    region = FarRegion(processes, TOOLS, rtt=options.rtt, api_options=["--frozen", "--jobs", "20000"])
    rtt = measure_rtt(region)
    print(f"{CALLS} calls, {PARALLEL} at a time; {ms(rtt)} away ({region.explained})\n", flush=True)
    rows = [["Request", "Time", "In round trips", "Calls", "At once", "Connections used", "Opened meanwhile"]]
    claims = []
    for warm, pipeline in SET_UPS:
        node = Node(processes, NEARSIDE, os.path.join(HERE, "fanout.yaml"), free_port(), free_port(),
                    {"FARAPI_URL": region.url, "WARM": str(warm), "PIPELINE": str(pipeline)})
        connection = node.connect(TOKEN)
        for what, headers in (("first ever", ()), ("no-cache", [("Cache-Control", "no-cache")])):
            answer, counts = ask(region, connection, headers)
            rows.append(row(f"{what}, {warm} warm, {pipeline} on each", answer, counts, rtt))
            if warm >= PARALLEL:
                claims.append((what, pipeline, answer, counts))
        processes.stop(node.process)
    print(table(rows))
    print()
    checks = Claims()
    for what, pipeline, answer, counts in claims:
        opened, trips = counts["connections"]["accepted"], trips_of(what, pipeline)
        what = f"{what}, {PARALLEL} warm, {pipeline} on each"
        checks.check(opened == 0, f"{what}: no connection opened while the user waits: {opened}")
        checks.check(counts["requests"] == CALLS, f"{what}: {CALLS} calls, each once: {counts['requests']}")
        checks.check(answer.seconds < (trips + 0.5) * rtt,
                     f"{what}: {trips} round trips and under half of another: {answer.seconds / rtt:.2f}")
    return 1 if checks.failed else 0


def main():
    options = arguments()
    return run_with_processes("bench fanout", lambda processes, _: run(options, processes))


if __name__ == "__main__":
    sys.exit(main())
