#!/usr/bin/python3 -B
"""A list of 137 pages over the distance: with `count` known after the first page, also with several calls on a
connection (`pipeline`), and by `next` alone."""

import argparse
import math
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from measure.built import NEARSIDE, TOOLS
from measure.client import Connection
from measure.processes import Processes, StartFailed, free_port
from measure.region import STAFF, FarRegion, Node
from measure.report import Claims, ms, table

HERE = os.path.dirname(os.path.abspath(__file__))

PROJECTS = range(101, 141)
PAGES = 137
SLACK = 0.25  # round trips
# By view: its `parallel`, and the `pipeline` of its upstream.
PARALLEL = {"counted": (64, 1), "counted-pipelined": (64, 3), "counted-at-once": (PAGES - 1, 1), "followed": (1, 1)}
TRIED = 80  # pages, more than `parallel`: one call goes behind another to see whether it may


def arguments():
    parser = argparse.ArgumentParser(prog="bench pages", description=__doc__)
    parser.add_argument("--rtt", default="260ms")
    return parser.parse_args()


def choose(direct):
    """A project, how many jobs it has, and how many of them a page, so that they come to PAGES pages."""
    for project in PROJECTS:
        count = direct.get(f"/api/jobs/?project={project}&page_size=1").json()["count"]
        for size in range(1, count + 1):
            if math.ceil(count / size) == PAGES:
                return project, count, size
    raise StartFailed(f"no project's jobs come to {PAGES} pages")


def trips_of(view):
    parallel, pipeline = PARALLEL[view]
    return 1 + math.ceil((PAGES - 1) / (parallel * pipeline))


def run(options, processes):
    region = FarRegion(processes, TOOLS, rtt=options.rtt, api_options=["--frozen", "--jobs", "60000"])
    direct = region.connect(STAFF)
    direct.get("/api/users/1/")
    rtt = min(direct.get("/api/users/1/").seconds for _ in range(3))
    project, count, size = choose(direct)
    print(f"{count} jobs, {size} a page: {PAGES} pages; {ms(rtt)} away ({region.explained})\n", flush=True)
    server = Node(processes, NEARSIDE, os.path.join(HERE, "pages.yaml"), free_port(), free_port(),
                  {"FARAPI_URL": region.url})
    rows = [["Pages", "`parallel`", "`pipeline`", "Calls", "Most in flight", "Time", "In round trips", "Of them needed"]]
    measured = {}
    client = Connection("127.0.0.1", server.port, STAFF, timeout=120)
    client.get(f"/views/counted-pipelined/{project}?size={math.ceil(count / TRIED)}")
    for view in PARALLEL:
        region.reset_counts()
        answer = client.get(f"/views/{view}/{project}?size={size}")
        counts = region.reset_counts()
        if answer.status != 200 or len(answer.json()["jobs"]) != count:
            raise StartFailed(f"{view}: status {answer.status}\n{answer.body[:1000].decode(errors='replace')}")
        measured[view] = (answer, counts)
        rows.append([view, *PARALLEL[view], counts["requests"], counts["most_in_flight"], ms(answer.seconds),
                     f"{answer.seconds / rtt:.2f}", trips_of(view)])
    print(table(rows), end="\n\n")
    checks = Claims()
    for view, (answer, counts) in measured.items():
        checks.check(counts["requests"] == PAGES, f"{view}: each page once: {counts['requests']} calls")
        checks.check(answer.seconds <= (trips_of(view) * (1 + SLACK)) * rtt,
                     f"{view}: {trips_of(view)} round trips and a quarter of them for the transfer: {answer.seconds / rtt:.2f}")
    return 1 if checks.failed else 0


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="nearside-bench-") as logs, Processes(logs) as processes:
        try:
            return run(options, processes)
        except StartFailed as failure:
            print(f"bench pages: {failure}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main())
