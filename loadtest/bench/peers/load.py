"""Load by wrk, and what it cost the server."""

import re
import shutil
import subprocess
from dataclasses import dataclass

from measure.processes import StartFailed, cpu_seconds

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass
class Round:
    cpu_a_request: float  # seconds
    p50: float
    p99: float
    requests_a_second: float


class WentWrong(Exception):
    """Not every answer was good."""


def seconds(text):
    number, unit = re.fullmatch(r"([0-9.]+)(us|ms|s|m)", text).groups()
    return float(number) * UNITS[unit]


def latency(output, share):
    return seconds(re.search(rf"^\s+{share}%\s+(\S+)$", output, re.M).group(1))


def run(server, connections, duration_seconds, core=None, threads=1, script=None):
    """`core`: the only one that the load may use. `script`: of wrk."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise StartFailed("wrk is not installed (Debian package wrk)")
    pinned = ["taskset", "-c", str(core)] if core is not None else []
    command = [*pinned, wrk, f"-t{threads}", f"-c{connections}", f"-d{duration_seconds}s", "--latency",
               *(["-s", script] if script else []), server.url]
    before = cpu_seconds(server.pid)
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cpu = cpu_seconds(server.pid) - before
    # With a script that makes connections wait, wrk counts each of them as timed out before its first request.
    errors = re.sub(r"Socket errors: connect 0, read 0, write 0, timeout \d+", "", output) if script else output
    if "Non-2xx" in output or "Socket errors" in errors or "99%" not in output:
        raise WentWrong(f"{server.name} {server.url}:\n{output}")
    requests, took = re.search(r"(\d+) requests in ([0-9.]+\w+),", output).groups()
    return Round(cpu / int(requests), latency(output, 50), latency(output, 99), int(requests) / seconds(took))
