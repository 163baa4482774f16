#!/usr/bin/python3 -B
"""Chains of dependent calls over the distance: first ever, from cache, refreshed, expired, with something changed;
beside an nginx that composes with Lua and a Node backend-for-frontend."""

import argparse
import json
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from measure.built import NEARSIDE, TOOLS
from measure.client import Connection, median
from measure.processes import Processes, StartFailed, free_port
from measure.region import STAFF, FarRegion, Node
from measure.report import Claims, ms, table
from peers.composers import start_nginx_lua, start_node_bff

HERE = os.path.dirname(os.path.abspath(__file__))

FIRST_ARTIFACT = 500_000_001
LINEAGE = 1_000        # links before a lineage ends
SPARE = 90_000         # artifacts from here on stand in where a link is changed
FRESH, STALE = 2, 1    # seconds
SLACK = 0.040          # seconds beyond the round trips
MOST_REFRESH = 0.02    # bytes of a refresh without change, of those of the first, with LARGE documents
SMALL, LARGE = 40, 4_000  # files of an artifact: about 2 and 200 kB on the wire, 5 and 500 kB without gzip
HITS = 50
NO_CACHE = [("Cache-Control", "no-cache")]


def arguments():
    parser = argparse.ArgumentParser(prog="bench chains", description=__doc__)
    parser.add_argument("--rtt", default="260ms")
    parser.add_argument("--deepest", type=int, default=6, choices=range(1, 7))
    parser.add_argument("--no-peers", action="store_true")
    return parser.parse_args()


class Story:
    """The upstream's data, changed and read from the far side's own door."""

    def __init__(self, region):
        self.region = region
        self._connection = region.connect(STAFF)
        self._spare = FIRST_ARTIFACT + SPARE

    def rtt(self):
        target = "/api/users/1/"
        self._connection.get(target)
        return min(self._connection.get(target).seconds for _ in range(3))

    def change(self, artifact, **fields):
        self._connection.send(f"/api/artifacts/{artifact}/", method="PATCH", body=json.dumps(fields).encode(),
                              headers=[("Content-Type", "application/json")])
        answer = self._connection.receive()
        if answer.status != 200:
            raise StartFailed(f"PATCH of artifact {artifact}: status {answer.status}")

    def artifact(self, number):
        return self._connection.get(f"/api/artifacts/{number}/").json()

    def chain(self, first, depth):
        links, at = [], first
        for _ in range(depth):
            links.append(self.artifact(at))
            at = links[-1]["derived_from"]
        return links

    def replace_link(self, links, level):
        """Another artifact in place of the one below `level`, with the same chain below it."""
        self._spare += 1
        below = links[level + 1]["derived_from"]
        if below is not None:
            self.change(self._spare, derived_from=below)
        self.change(links[level]["id"], derived_from=self._spare)


def expected(links):
    return {f"a{at + 1}": {name: link[name] for name in ("id", "name", "files")} for at, link in enumerate(links)}


def settle(region):
    """Until nothing is under way at the upstream any more."""
    while region.counts()["in_flight"] > 0:
        pass


class Screen:
    """One server's view of one chain."""

    def __init__(self, server, kind, depth, first, files=SMALL):
        self.connection = Connection("127.0.0.1", server.port, STAFF)
        self.url = f"/views/{kind}/{depth}/{first}?files={files}"

    def get(self, headers=()):
        answer = self.connection.get(self.url, headers)
        if answer.status != 200:
            raise StartFailed(f"{self.url}: status {answer.status}\n{answer.body[:1000].decode(errors='replace')}")
        return answer

    def counted(self, region, headers=()):
        settle(region)
        region.reset_counts()
        answer = self.get(headers)
        settle(region)
        return answer, region.reset_counts()

    def let_expire(self):
        time.sleep(FRESH + STALE + 1.1)  # nginx counts whole seconds


def bytes_of_refresh(region, server, depth, first):
    """As part of those of the first."""
    screen = Screen(server, "lineage", depth, first, LARGE)
    _, before = screen.counted(region)
    time.sleep(1.1)  # nginx keeps documents for a second
    _, after = screen.counted(region, NO_CACHE)
    return after["wire_bytes"] / before["wire_bytes"]


def measure(region, server, depth, first):
    """Seconds, by what was asked."""
    screen = Screen(server, "lineage", depth, first)
    took = {}
    answer, _ = screen.counted(region)
    took["first ever"] = answer.seconds
    took["from cache"] = median([screen.get().seconds for _ in range(HITS)])
    time.sleep(1.1)  # nginx keeps documents for a second
    answer, _ = screen.counted(region, NO_CACHE)
    took["no-cache"] = answer.seconds
    screen.let_expire()
    answer, _ = screen.counted(region)
    took["expired"] = answer.seconds
    return took


def changed(region, story, server, kind, depth, first):
    """Times with a link replaced at each level, and with the first document changed alone; the answers checked."""
    screen = Screen(server, kind, depth, first)
    screen.get()
    replaced, wasted = [], 0
    for level in range(depth - 1):
        story.replace_link(story.chain(first, depth), level)
        answer, counts = screen.counted(region, NO_CACHE)
        if answer.json() != expected(story.chain(first, depth)):
            raise StartFailed(f"{screen.url} is not what the upstream says after link {level + 1} was replaced")
        replaced.append(answer.seconds)
        wasted = max(wasted, counts["requests"] - depth)
        screen.counted(region, NO_CACHE)
    story.change(first, name=f"renamed for {kind} {depth}")
    answer, _ = screen.counted(region, NO_CACHE)
    if answer.json() != expected(story.chain(first, depth)):
        raise StartFailed(f"{screen.url} is not what the upstream says after the first document changed")
    return replaced, answer.seconds, wasted


def trips(seconds, rtt):
    return f"{seconds / rtt:.2f}"


def compare(region, server, others, depths, rtt, checks):
    rows = [["Depth", "Server", "First ever", "From cache", "no-cache", "Expired", "In round trips", "Bytes, refresh"]]
    for depth in depths:
        for one in (server, *others):
            first = FIRST_ARTIFACT + depth * LINEAGE + 20 * (one is not server)
            took = measure(region, one, depth, first)
            share = bytes_of_refresh(region, one, depth, first)
            rows.append([depth, one.name, ms(took["first ever"]), ms(took["from cache"]), ms(took["no-cache"]),
                         ms(took["expired"]),
                         " ".join(trips(took[name], rtt) for name in ("first ever", "no-cache", "expired")),
                         f"{share:.1%}"])
            if one is not server:
                continue
            checks.append((took["first ever"] <= depth * rtt + SLACK, f"depth {depth}, first ever: {depth} round trips"))
            for name in ("no-cache", "expired"):
                checks.append((took[name] <= rtt + SLACK, f"depth {depth}, {name}: one round trip"))
            checks.append((took["from cache"] < 0.001, f"depth {depth}, from cache: {ms(took['from cache'])}"))
            checks.append((share <= MOST_REFRESH, f"depth {depth}: a refresh takes {share:.2%} of the first's bytes"))
    return rows


def compare_changes(region, story, server, depths, rtt, checks):
    rows = [["Depth", "Consistency", "A link replaced, at worst", "A parent's body changed", "In round trips", "Calls more"]]
    for depth in depths:
        for kind in ("lineage", "strict"):
            first = FIRST_ARTIFACT + (10 + depth) * LINEAGE + 40 * (kind == "strict")
            replaced, renamed, wasted = changed(region, story, server, kind, depth, first)
            worst = max(replaced, default=0.0)
            word = "strict" if kind == "strict" else "default"
            rows.append([depth, word, ms(worst), ms(renamed), f"{trips(worst, rtt)} {trips(renamed, rtt)}", wasted])
            most = 2 if kind == "strict" and depth > 1 else 1
            # What hangs on a new document was never read after it: strict reads it once more.
            replacing = min(depth, 3) if kind == "strict" else 2
            checks.append((worst <= replacing * rtt + SLACK,
                           f"depth {depth}, {word}: a link replaced: {replacing} round trips at most"))
            checks.append((renamed <= most * rtt + SLACK, f"depth {depth}, {word}: a parent's body changed: {most}"))
    return rows


def run(options, folder, processes):
    region = FarRegion(processes, TOOLS, rtt=options.rtt, api_options=["--frozen", "--keep-alive", "3600"])
    story = Story(region)
    rtt = story.rtt()
    print(f"{ms(rtt)} away ({region.explained}); fresh {FRESH} s, stale {STALE} s\n", flush=True)
    environment = {"FARAPI_URL": region.url, "FRESH": f"{FRESH}s", "STALE": f"{STALE}s"}
    server = Node(processes, NEARSIDE, os.path.join(HERE, "chains.yaml"), free_port(), free_port(), environment)
    server.name = "nearside"
    others = [] if options.no_peers else [start_nginx_lua(processes, folder, region, FRESH),
                                          start_node_bff(processes, region, FRESH, STALE)]
    depths = range(1, options.deepest + 1)
    claims = []
    print(table(compare(region, server, others, depths, rtt, claims)), end="\n\n", flush=True)
    print(table(compare_changes(region, story, server, depths, rtt, claims)), end="\n\n", flush=True)
    checks = Claims()
    for holds, text in claims:
        checks.check(holds, text)
    return 1 if checks.failed else 0


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="nearside-bench-") as folder, Processes(folder) as processes:
        os.chmod(folder, 0o755)  # nginx's workers are another user
        try:
            return run(options, folder, processes)
        except StartFailed as failure:
            print(f"bench chains: {failure}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main())
