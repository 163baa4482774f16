#!/usr/bin/python3 -B
"""Memory of 10,000 idle streams, and one change to all of them: time to the last byte, and CPU beside nchan's."""

import argparse
import itertools
import json
import os
import resource
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from measure import peers
from measure.built import NEARSIDE, TOOLS
from measure.changing import serve_changing
from measure.client import median
from measure.crowd import Crowd, WentWrong, post, resident
from measure.processes import (StartFailed, accepts, children_of, cpu_seconds, free_port, run_with_processes,
                               wait_for)
from measure.region import Node
from measure.report import Claims, ms, table
from peers import servers

HERE = os.path.dirname(os.path.abspath(__file__))
NCHAN = "/usr/lib/nginx/modules/ngx_nchan_module.so"

MOST_BYTES = 12_000      # of resident memory a stream
MOST_SECONDS = 0.250     # to the last byte
MOST_OF_NCHAN = 0.7      # CPU of an event
CHANGE = 2_000           # bytes
ADMIN_TOKEN = "bench"

NGINX = """
load_module {module};
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_rlimit_nofile 65536;
events {{ worker_connections 32768; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /sub {{ nchan_subscriber eventsource; nchan_channel_id all; nchan_subscriber_timeout 0; }}
        location = /pub {{ nchan_publisher; nchan_channel_id all; nchan_message_buffer_length 10; }}
    }}
}}
"""


def document(version):
    return {"rest": "r" * 6000, "changed": f"{version:06}" + "c" * (CHANGE - 150)}


def measure(pid, before, crowd, change, options):
    """Bytes a stream, and of the rounds: seconds to the last byte, CPU seconds an event."""
    time.sleep(1)
    held = (resident(pid) - before) / options.streams
    took, used = [], []
    for number in range(1, options.rounds + 1):
        cpu, began = cpu_seconds(pid), time.monotonic()
        change(number)
        took.append(crowd.had(number) - began)
        time.sleep(0.3)
        used.append((cpu_seconds(pid) - cpu) / options.streams)
    # The system counts CPU in ticks: the mean is finer than any round.
    return held, median(took), sum(used) / len(used)


def of_nearside(processes, options, cores):
    versions = itertools.count(1)
    url = serve_changing(lambda: json.dumps(document(next(versions))).encode())
    node = Node(processes, NEARSIDE, os.path.join(HERE, "streams.yaml"), free_port(), free_port(),
                {"UPSTREAM_URL": url,
                 "NEARSIDE_ADMIN_TOKEN": ADMIN_TOKEN}, core=cores[0])
    pid = node.process.pid
    warm = Crowd(processes, TOOLS, "first", node.port, "/views/followed", 10, 1, cores[1], False)
    before = resident(pid)
    crowd = Crowd(processes, TOOLS, "nearside-clients", node.port, "/views/followed", options.streams, options.rounds,
                  cores[1], False)
    del warm

    def change(_):
        post(node.admin_port, "/invalidate", json.dumps({"tags": ["followed"]}), Authorization=f"Bearer {ADMIN_TOKEN}")

    return measure(pid, before, crowd, change, options)


def of_nchan(processes, folder, options, cores):
    if not os.path.exists(NCHAN):
        raise StartFailed("nchan is not installed (Debian package libnginx-mod-nchan)")
    port = free_port()
    configuration = os.path.join(folder, "nchan.conf")
    with open(configuration, "w", encoding="utf-8") as out:
        out.write(NGINX.format(module=NCHAN, folder=folder, port=port))
    command = [peers.program("nginx", "nginx-light"), "-p", folder, "-e", f"{folder}/error.log", "-c", configuration]
    master = processes.start("nchan", command, core=cores[0])
    wait_for(master, lambda: accepts("127.0.0.1", port), "listening")
    worker = wait_for(master, lambda: next(filter(servers.is_nginx_worker, children_of(master.pid)), None), "a worker")
    before = resident(worker)
    crowd = Crowd(processes, TOOLS, "nchan-clients", port, "/sub", options.streams, options.rounds, cores[1], True)
    return measure(worker, before, crowd, lambda number: post(port, "/pub", f"{number:06}" + "c" * CHANGE), options)


def arguments():
    parser = argparse.ArgumentParser(prog="bench streams", description=__doc__)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=10, help="changes; the median time counts (default 10)")
    parser.add_argument("--only", choices=("nearside", "nchan"), help="no claims are checked then")
    return parser.parse_args()


def run(processes, folder, options):
    cores = sorted(os.sched_getaffinity(0))
    cores = (cores[0], cores[-1])
    results = {}
    if options.only != "nchan":
        results["nearside"] = of_nearside(processes, options, cores)
    if options.only != "nearside":
        results["nchan"] = of_nchan(processes, folder, options, cores)
    rows = [["Server", "Memory a stream", "To the last byte", "CPU an event"]]
    for name, (held, took, used) in results.items():
        rows.append([name, f"{held / 1000:.1f} kB", ms(took), f"{used * 1e6:.1f} us"])
    print(table(rows))
    print(f"{options.streams:,} streams, a change of {CHANGE:,} bytes to all of them, on one core\n")
    if options.only:
        return 0
    claims = Claims()
    held, took, used = results["nearside"]
    claims.check(held <= MOST_BYTES, f"an idle stream: {held / 1000:.1f} kB, at most {MOST_BYTES / 1000:.0f}")
    claims.check(took <= MOST_SECONDS, f"the last byte: {ms(took)}, at most {ms(MOST_SECONDS)}")
    share = used / results["nchan"][2]
    claims.check(share <= MOST_OF_NCHAN, f"CPU an event: {share:.2f} times nchan's, at most {MOST_OF_NCHAN}")
    return 1 if claims.failed else 0


def main():
    options = arguments()
    wanted = 2 * options.streams + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard >= 0 else wanted, hard))
    return run_with_processes("bench streams", lambda processes, folder: run(processes, folder, options),
                              (WentWrong, OSError))


if __name__ == "__main__":
    sys.exit(main())
