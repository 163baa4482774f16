"""Many clients of one stream (stream_listeners), and what serving them takes."""

import http.client
import os

from measure.processes import wait_for

PATIENCE_SECONDS = 60


class WentWrong(Exception):
    pass


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


class Crowd:
    """So many clients of one stream."""

    def __init__(self, processes, tools, name, port, target, count, rounds, core, silent_start=False):
        command = [os.path.join(tools, "stream_listeners"), "--port", port, "--target", target, "--count", count,
                   "--rounds", rounds] + (["--silent-start"] if silent_start else [])
        self._process = processes.start(name, command, core=core)
        self._wait("connected ")

    def _wait(self, beginning):
        return wait_for(self._process, lambda: self._line(beginning), f"'{beginning}'", PATIENCE_SECONDS)

    def _line(self, beginning):
        with open(self._process.log_path, encoding="utf-8") as log:
            return next((line for line in log if line.startswith(beginning) and line.endswith("\n")), None)

    def had(self, number):
        """When the last of them had it, by the monotonic clock."""
        return int(self._wait(f"round {number} ").split()[2]) / 1e9

    def bytes(self, number):
        """What all of them had read by then."""
        return int(self._wait(f"round {number} ").split()[3])


def post(port, target, body, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("POST", target, body, fields)
    status = connection.getresponse().status
    connection.close()
    if status not in (200, 201, 202):
        raise WentWrong(f"{target} answers {status}")
