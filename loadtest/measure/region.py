"""The far region and the node before it, as processes; and what the upstream counted."""

import os
import urllib.request

from measure.client import Connection
from measure.processes import StartFailed, log_of, wait_for, wait_for_line

STAFF = "staff-token"


class FarRegion:
    """farapi behind farlink (or on loopback, when `rtt` is None)."""

    def __init__(self, processes, tools, rtt="260ms", relay=False, link_options=(), api_options=()):
        farapi = [os.path.join(tools, "farapi"), *api_options]
        if rtt is None:
            self.process = processes.start("farapi", [*farapi, "--listen", "127.0.0.1:0"])
            reach = wait_for_line(self.process, "farapi listening on http://")
            self.explained = "loopback"
        else:
            link = [os.path.join(tools, "farlink"), "--rtt", rtt, *(["--relay"] if relay else []), *link_options, "--"]
            self.process = processes.start("far-region", [*link, *farapi, "--listen", "{listen}"])
            wait_for_line(self.process, "farapi listening on ")
            reach = wait_for_line(self.process, "farlink reach ")
            self.explained = next(line.removeprefix("farlink ") for line in log_of(self.process).splitlines()
                                  if line.startswith(("farlink tun", "farlink relay")))
        self.host, port = reach.rsplit(":", 1)
        self.port = int(port)
        self.url = f"http://{self.host}:{self.port}"

    def connect(self, token=STAFF):
        return Connection(self.host, self.port, token)

    def counts(self):
        return self._control("GET")

    def reset_counts(self):
        return self._control("DELETE")

    # A connection a call: minutes may pass between two, and farapi closes what is idle.
    def _control(self, method):
        connection = Connection(self.host, self.port)
        try:
            connection.send("/_control/counts", method=method)
            return connection.receive().json()
        finally:
            connection.close()


class Node:
    """`nearside serve CONFIG`, up once its admin listener says ready."""

    def __init__(self, processes, nearside, config, port, admin_port, env, core=None):
        self.port, self.admin_port = port, admin_port
        if not os.access(nearside, os.X_OK):
            raise StartFailed(f"{nearside} is not there; build it first (./dev build)")
        env = {**env, "NEARSIDE_PORT": str(port), "NEARSIDE_ADMIN_PORT": str(admin_port)}
        self.process = processes.start("nearside", [nearside, "serve", config], env=env, core=core)
        wait_for(self.process, self._ready, "readiness (GET /readyz)", 30)

    def _ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/readyz", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    def connect(self, token=STAFF):
        return Connection("127.0.0.1", self.port, token)


def document_size(connection, target):
    return len(connection.get(target).body)


