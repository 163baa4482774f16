#!/usr/bin/python3 -B
"""CPU per cached hit: nearside against the bare responder and nginx proxy_cache, in one run."""

import argparse
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from measure.client import median
from measure.processes import Processes, StartFailed
from measure.region import FarRegion
from measure.report import Claims, ms, table
from peers import load, servers

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.normpath(os.path.join(HERE, "../../build"))
TOOLS = os.environ.get("NEARSIDE_TOOLS", os.path.join(BUILD, "bin"))
NEARSIDE = os.environ.get("NEARSIDE_BINARY", os.path.join(BUILD, "nearside"))

# Points of a metrics document, by what its size comes to.
DOCUMENTS = {"1 kB": 20, "16 kB": 316, "256 kB": 5135}
CLAIMED = ("1 kB", "16 kB")
MOST_OF_BARE, MOST_OF_NGINX = 1.7, 0.5


def arguments():
    parser = argparse.ArgumentParser(prog="bench hits", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each server and size; medians count (default 5)")
    parser.add_argument("--seconds", type=int, default=3, help="of load a round (default 3)")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--only", help="servers, e.g. nginx,bare; no claims are checked then")
    return parser.parse_args()


def start(options, processes, folder, region, wanted, server_core):
    """By document: the servers that hold it."""
    serving = []
    if "nearside" in wanted:
        serving.append(servers.start_nearside(processes, NEARSIDE, region.url, server_core))
    if "nginx" in wanted:
        serving.append(servers.start_nginx(processes, folder, region.url, server_core))
    of_document = {}
    for name, points in DOCUMENTS.items():
        size = len(region.connect().get(f"/api/jobs/10003/metrics/?points={points}").body)
        of_document[name] = [serve(points) for serve in serving]
        if "bare" in wanted:
            of_document[name].append(servers.start_bare(processes, TOOLS, size, server_core))
    return of_document


def measure(options, of_document, region, load_core):
    """Rounds by (document, server). The servers take turns, so that a busy minute strikes all of them."""
    rounds = {}
    for name, serving in of_document.items():
        for server in serving:
            load.run(server, options.connections, 1, load_core)
        region.reset_counts()
        for _ in range(options.rounds):
            for server in serving:
                outcome = load.run(server, options.connections, options.seconds, load_core)
                rounds.setdefault((name, server.name), []).append(outcome)
        asked = region.counts()["requests"]
        if asked != 0:
            raise load.WentWrong(f"{name}: {asked} requests went upstream; these were no hits")
    return rounds


def medians(rounds):
    return {key: load.Round(*(median([getattr(one, part) for one in taken])
                              for part in ("cpu_a_request", "p50", "p99", "requests_a_second")))
            for key, taken in rounds.items()}


def print_table(results):
    head = ["Document", "Server", "CPU a hit", "of bare", "of nginx", "p50", "p99", "Hits a second"]
    rows = []
    for (name, server), one in results.items():
        def ratio(peer):
            other = results.get((name, peer))
            return f"{one.cpu_a_request / other.cpu_a_request:.2f}" if other else "-"
        rows.append([name, server, f"{one.cpu_a_request * 1e6:.1f} us", ratio("bare"), ratio("nginx"), ms(one.p50),
                     ms(one.p99), f"{one.requests_a_second:,.0f}"])
    print(table([head, *rows]))
    print()


def check(results):
    claims = Claims()
    for name in CLAIMED:
        own = results[name, "nearside"].cpu_a_request
        for peer, most in (("bare", MOST_OF_BARE), ("nginx", MOST_OF_NGINX)):
            ratio = own / results[name, peer].cpu_a_request
            claims.check(ratio <= most, f"{name}: CPU a hit {ratio:.2f} x {peer}, at most {most}")
    return claims.failed


def run(options, processes, folder):
    cores = sorted(os.sched_getaffinity(0))
    server_core, load_core = cores[0], cores[-1]
    if server_core == load_core:
        print("one core only: servers and load share it, latencies mean little")
    wanted = options.only.split(",") if options.only else ["nearside", "bare", "nginx"]
    region = FarRegion(processes, TOOLS, rtt=None, api_options=["--frozen", "--no-auth", "--no-gzip"])
    of_document = start(options, processes, folder, region, wanted, server_core)
    print(f"{options.connections} kept connections, {options.rounds} rounds of {options.seconds} s each, medians; "
          f"server on core {server_core}, wrk on core {load_core}\n", flush=True)
    results = medians(measure(options, of_document, region, load_core))
    print_table(results)
    return 1 if not options.only and check(results) else 0


def main():
    options = arguments()
    # nginx's entries live there, too: memory, not disk.
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="nearside-bench-", dir=memory) as folder, Processes(folder) as processes:
        os.chmod(folder, 0o755)  # nginx's worker is another user when run as root
        try:
            return run(options, processes, folder)
        except (StartFailed, load.WentWrong) as failure:
            print(f"bench hits: {failure}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main())
