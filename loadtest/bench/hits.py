#!/usr/bin/python3 -B
"""CPU per cached hit: nearside against a bare responder, nginx proxy_cache and Varnish in one run; and its threads."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from measure.built import NEARSIDE, TOOLS
from measure.client import median
from measure.processes import run_with_processes
from measure.region import FarRegion
from measure.report import Claims, ms, table
from peers import load, servers

HERE = os.path.dirname(os.path.abspath(__file__))

# Points of a metrics document, by what its size comes to.
DOCUMENTS = {"1 kB": 20, "16 kB": 316, "256 kB": 5135}
CLAIMED = ("1 kB", "16 kB")  # what a larger one costs is the kernel's copying, the same for all
# CPU a hit, at most so many times the peer's.
MOST = {"nearside": {"bare": 1.5, "nginx": 0.45, "varnish": 0.4}, "nearside view": {"bare": 1.7, "nginx": 0.5}}
PEERS = ("bare", "nginx", "varnish")
KNOWN = ("nearside", *PEERS)
THREADS = (1, 2)
GROWTH = 1.2     # of hits a second from one thread to two, the load taking its share of the same cores
SAME_COST = 1.3  # of CPU a hit with two threads, at most so many times that with one: they don't wait for each other


def arguments():
    parser = argparse.ArgumentParser(prog="bench hits", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each server and size; medians count (default 5)")
    parser.add_argument("--seconds", type=int, default=3, help="of load a round (default 3)")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--only", help="servers, e.g. nginx,bare; no claims are checked then")
    return parser.parse_args()


def start(processes, folder, region, wanted, server_core):
    """By document: the servers that hold it."""
    serving = []
    if "nearside" in wanted:
        serving += servers.start_nearside(processes, NEARSIDE, region.url, server_core)
    if "nginx" in wanted:
        serving.append(servers.start_nginx(processes, folder, region.url, server_core))
    if "varnish" in wanted:
        serving.append(servers.start_varnish(processes, folder, region.url, server_core))
    of_document = {}
    for name, points in DOCUMENTS.items():
        size = len(region.connect().get(servers.document(points)).body)
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
        require_hits(region, name)
    return medians(rounds)


def require_hits(region, what):
    asked = region.counts()["requests"]
    if asked != 0:
        raise load.WentWrong(f"{what}: {asked} requests went upstream; these were no hits")


def measure_threads(options, processes, region):
    """Rounds by number of threads, at 1 kB. Server and load share all cores, and wrk has a thread for each."""
    of_threads = {}
    for threads in THREADS:
        route, _ = servers.start_nearside(processes, NEARSIDE, region.url, None, threads)
        of_threads[threads] = route(DOCUMENTS["1 kB"])
        load.run(of_threads[threads], options.connections, 1, threads=len(os.sched_getaffinity(0)))
    region.reset_counts()
    rounds = {}
    for _ in range(options.rounds):
        for threads, server in of_threads.items():
            outcome = load.run(server, options.connections, options.seconds, threads=len(os.sched_getaffinity(0)))
            rounds.setdefault(threads, []).append(outcome)
    require_hits(region, "threads")
    return medians(rounds)


def medians(rounds):
    return {key: load.Round(*(median([getattr(one, part) for one in taken])
                              for part in ("cpu_a_request", "p50", "p99", "requests_a_second")))
            for key, taken in rounds.items()}


def print_table(results):
    head = ["Document", "Server", "CPU a hit", *(f"of {peer}" for peer in PEERS), "p50", "p99", "Hits a second"]
    rows = []
    for (name, server), one in results.items():
        def ratio(peer):
            other = results.get((name, peer))
            return f"{one.cpu_a_request / other.cpu_a_request:.2f}" if other else "-"
        rows.append([name, server, f"{one.cpu_a_request * 1e6:.1f} us", *map(ratio, PEERS), ms(one.p50), ms(one.p99),
                     f"{one.requests_a_second:,.0f}"])
    print(table([head, *rows]))
    print()


def print_threads(results):
    rows = [[threads, f"{one.requests_a_second:,.0f}", f"{one.cpu_a_request * 1e6:.1f} us",
             f"{one.cpu_a_request * one.requests_a_second:.2f}", ms(one.p99)] for threads, one in results.items()]
    print(table([["Threads", "Hits a second", "CPU a hit", "Cores used", "p99"], *rows]))
    print(f"1 kB; server and load share {len(os.sched_getaffinity(0))} cores, so what is left for the server is less than "
          "a core a thread\n")


def check(results, of_threads):
    claims = Claims()
    for name in CLAIMED:
        for server, limits in MOST.items():
            for peer, most in limits.items():
                ratio = results[name, server].cpu_a_request / results[name, peer].cpu_a_request
                claims.check(ratio <= most, f"{name}, {server}: CPU a hit {ratio:.2f} x {peer}, at most {most}")
    for name in DOCUMENTS:
        for peer in ("nginx", "varnish"):
            own, other = results[name, "nearside"].p99, results[name, peer].p99
            claims.check(own <= other, f"{name}, nearside: p99 {ms(own)}, {peer} {ms(other)}")
    if of_threads:
        one, two = (of_threads[threads] for threads in THREADS)
        growth = two.requests_a_second / one.requests_a_second
        claims.check(growth >= GROWTH, f"two threads: {growth:.2f} x the hits a second of one, at least {GROWTH}")
        ratio = two.cpu_a_request / one.cpu_a_request
        claims.check(ratio <= SAME_COST, f"two threads: CPU a hit {ratio:.2f} x that of one, at most {SAME_COST}")
    return claims.failed


def run(options, processes, folder):
    cores = sorted(os.sched_getaffinity(0))
    server_core, load_core = cores[0], cores[-1]
    if server_core == load_core:
        print("one core only: servers and load share it, latencies and threads mean little")
    wanted = options.only.split(",") if options.only else KNOWN
    region = FarRegion(processes, TOOLS, rtt=None, api_options=["--frozen", "--no-auth", "--no-gzip"])
    of_document = start(processes, folder, region, wanted, server_core)
    print(f"{options.connections} kept connections, {options.rounds} rounds of {options.seconds} s each, medians; "
          f"server on core {server_core}, wrk on core {load_core}\n", flush=True)
    results = measure(options, of_document, region, load_core)
    print_table(results)
    of_threads = {}
    if "nearside" in wanted and len(cores) > 1:
        of_threads = measure_threads(options, processes, region)
        print_threads(of_threads)
    return 1 if not options.only and check(results, of_threads) else 0


def main():
    options = arguments()
    # nginx's entries live there, too: memory, not disk.
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    return run_with_processes("bench hits", lambda processes, folder: run(options, processes, folder),
                              [load.WentWrong], memory)


if __name__ == "__main__":
    sys.exit(main())
