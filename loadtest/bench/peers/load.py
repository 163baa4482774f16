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


def run(server, connections, duration_seconds, core):
    wrk = shutil.which("wrk")
    if wrk is None:
        raise StartFailed("wrk is not installed (Debian package wrk)")
    command = ["taskset", "-c", str(core), wrk, "-t1", f"-c{connections}", f"-d{duration_seconds}s", "--latency", server.url]
    before = cpu_seconds(server.pid)
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cpu = cpu_seconds(server.pid) - before
    if "Non-2xx" in output or "Socket errors" in output or "99%" not in output:
        raise WentWrong(f"{server.name} {server.url}:\n{output}")
    requests, took = re.search(r"(\d+) requests in ([0-9.]+\w+),", output).groups()
    return Round(cpu / int(requests), latency(output, 50), latency(output, 99), int(requests) / seconds(took))
