#!/usr/bin/python3 -B
"""The demo: a far region, nearside before it, and a table of what a user waits for, measured now."""

import argparse
import os
import signal
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import measured
from web import Web
from measure.processes import Processes, StartFailed, free_port
from measure.region import FarRegion, Node
from measure.report import Claims, ms, table

HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN = "Token staff-token"  # the screen shows everybody's
CONFIG = os.path.normpath(os.path.join(HERE, "../../config/demo.yaml"))


def arguments():
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--screen", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--no-table", action="store_true", help="the screen alone, at once")
    parser.add_argument("--once", action="store_true", help="exit after the table; 1 if a claim fails")
    parser.add_argument("--rtt", type=int, default=260, help="round trip to the far region in ms (default 260)")
    parser.add_argument("--relay", action="store_true", help="a TCP relay for the distance, also as root")
    parser.add_argument("--port", type=int, default=8080, help="of nearside, if it is free (default 8080)")
    return parser.parse_args()


def ports(wanted):
    asked_for = range(wanted, wanted + 3)
    chosen = [free_port(port) for port in asked_for]
    for asked, port in zip(asked_for, chosen):
        if asked != port:
            print(f"port {asked} is busy; using {port}")
    return chosen


def print_table(results):
    print(table([
        ["What a user waits for", "Time", "In round trips", "Upstream calls"],
        *[[row.what, row.time, row.trips, row.calls] for row in results.rows],
    ]))
    print()


def check_claims(results):
    claims = Claims()
    rtt = results.rtt
    claims.check(results.direct >= 4 * rtt, f"four calls made directly take at least 4 round trips: {ms(results.direct)}")
    limit = results.waves * rtt + 0.060
    claims.check(results.first <= limit, f"the view, first ever, takes {results.waves} round trips + 60 ms at most: {ms(results.first)}")
    claims.check(results.insisted <= rtt + 0.060, f"refreshed, it takes one round trip + 60 ms at most: {ms(results.insisted)}")
    claims.check(results.cached_p50 < 0.002, f"from cache, p50 under 2 ms: {ms(results.cached_p50)}")
    claims.check(results.cached_calls == 0, f"from cache, no upstream call: {results.cached_calls}")
    claims.check(results.stale_p50 < 0.002 and results.stale_first < 0.002,
                 f"stale, under 2 ms: the one that starts the refresh {ms(results.stale_first)}, during it p50 {ms(results.stale_p50)}")
    # What depends on a document that has changed meanwhile is asked for a second time, to prove it.
    claims.check(results.waves <= results.stale_calls < 2 * results.waves,
                 f"one refresh behind, in {results.waves} upstream calls and what proves them: {results.stale_calls}")
    claims.check(results.refreshed, "the refresh was published")
    claims.check(results.burst_calls == results.waves and results.burst_good,
                 f"200 first requests at once, one plan run: {results.burst_calls} upstream calls")
    return claims.failed


def print_hints(node):
    base = f"http://127.0.0.1:{node.port}"
    print(f"""
Still running; Ctrl-C ends it. To try:

  curl -i -H 'Authorization: Token minji-token' {base}/views/home/1
  curl -i -H 'Authorization: Token minji-token' {base}/views/projects/101
  curl -i -H 'Authorization: Token minji-token' -H 'Cache-Control: no-cache' {base}/views/projects/101
  curl -i -H 'Authorization: Token daan-token'  {base}/views/projects/101      # not theirs: 404 from upstream
  curl -i -H 'Authorization: Token minji-token' -X POST {base}/api/jobs/ \\
       -H 'Content-Type: application/json' -d '{{"project": 101, "name": "from-seoul"}}'
  curl -i http://127.0.0.1:{node.admin_port}/readyz""", flush=True)


def run(options, processes):
    tools = os.path.join(options.build, "bin")
    region = FarRegion(processes, tools, rtt=f"{options.rtt}ms", relay=options.relay)
    port, admin_port, screen_port = ports(options.port)
    screen = f"http://127.0.0.1:{screen_port}"
    nearside = os.path.join(options.build, "nearside")
    node = Node(processes, nearside, CONFIG, port, admin_port, {"FARAPI_URL": region.url, "NEARSIDE_SCREEN": screen})
    print(f"nearside on 127.0.0.1:{port}, the API {options.rtt} ms away ({region.explained})\n", flush=True)
    failed = False
    if not options.no_table:
        results = measured.run(region, node, options.rtt / 1000)
        print_table(results)
        failed = check_claims(results)
    if not options.once:
        if options.screen:
            # Not before: who looks at it has calls made that the table would count.
            Web(screen_port, options.screen, region, node, options.rtt, TOKEN)
            print(f"\nThe screen: {screen}", flush=True)
        print_hints(node)
        signal.pause()
    return 1 if failed else 0


def main():
    options = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="nearside-demo-") as logs, Processes(logs) as processes:
        try:
            return run(options, processes)
        except (StartFailed, measured.Unexpected) as failure:
            print(f"demo: {failure}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print()
            return 0


if __name__ == "__main__":
    sys.exit(main())
