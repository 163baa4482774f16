"""Redis of more than one process on loopback: a primary and its replica under a Sentinel, and a Cluster."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile

from deadlines import PATIENCE, eventually
from redis_server import RedisServer


class Sentinel:
    """Watches a primary (a RedisServer) by the name `main`, and makes its replica the primary when it is gone."""

    def __init__(self, primary):
        self.primary = primary
        self.replica = RedisServer("--replicaof", "127.0.0.1", str(primary.port))
        eventually(lambda: "master_link_status:up" in self.replica.say("INFO", "replication"), "the replica follows")
        self._folder = tempfile.mkdtemp(prefix="nearside-sentinel-")
        file = os.path.join(self._folder, "sentinel.conf")
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        with open(file, "w", encoding="utf-8") as written:
            written.write(
                f"port {self.port}\nbind 127.0.0.1\ndir {self._folder}\nlogfile {self._folder}/log\n"
                f"sentinel monitor main 127.0.0.1 {primary.port} 1\n"
                "sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 3000\n"
            )
        self._process = subprocess.Popen(["redis-server", file, "--sentinel"], stdin=subprocess.DEVNULL)
        eventually(self._knows_the_replica, "the Sentinel knows the replica")

    @property
    def url(self):
        return f"redis+sentinel://127.0.0.1:{self.port}/main/0"

    def say(self, *words):
        return RedisServer.say(self, *words)

    def _knows_the_replica(self):
        with contextlib.suppress(OSError, AssertionError):
            return str(self.replica.port) in str(self.say("SENTINEL", "REPLICAS", "main"))
        return False

    def primary_port(self):
        return int(self.say("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main")[1])

    def wait_failed_over(self):
        eventually(
            lambda: self.primary_port() == self.replica.port and self.replica.say("ROLE")[0] == "master",
            "the replica is the primary",
        )

    def end(self):
        self._process.kill()
        self._process.wait(PATIENCE)
        self.replica.end()
        shutil.rmtree(self._folder, ignore_errors=True)


class Cluster:
    """Three primaries that share the slots."""

    SLOTS = 16384

    def __init__(self, count=3):
        self.servers = []
        for _ in range(count):
            with socket.socket() as sock:
                sock.bind(("127.0.0.1", 0))
                bus = sock.getsockname()[1]
            self.servers.append(
                RedisServer("--cluster-enabled", "yes", "--cluster-port", str(bus), "--cluster-node-timeout", "2000")
            )
            if len(self.servers) > 1:
                self.servers[0].say("CLUSTER", "MEET", "127.0.0.1", self.servers[-1].port, bus)
        for at, each in enumerate(self.servers):
            first, last = at * self.SLOTS // count, (at + 1) * self.SLOTS // count - 1
            each.say("CLUSTER", "ADDSLOTSRANGE", first, last)
        for each in self.servers:
            eventually(lambda each=each: self._is_whole(each), "the Cluster is whole")
        self.ids = [each.say("CLUSTER", "MYID") for each in self.servers]

    def _is_whole(self, server):
        told = server.say("CLUSTER", "INFO")
        return "cluster_state:ok" in told and f"cluster_known_nodes:{len(self.servers)}" in told

    @property
    def url(self):
        return "redis+cluster://" + ",".join(f"127.0.0.1:{each.port}" for each in self.servers)

    def owner(self, slot):
        """Which of the servers has it, by their own telling."""
        for first, last, primary, *_ in self.servers[0].say("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(at for at, each in enumerate(self.servers) if each.port == primary[1])
        raise AssertionError(f"nobody has slot {slot}")

    def used_slots(self):
        return sorted({each.say("CLUSTER", "KEYSLOT", key) for each in self.servers for key in each.keys()})

    def migrate(self, slot, to, meanwhile=lambda: None):
        """Moves a slot key by key, as resharding does; `meanwhile` is called while part of it has gone."""
        source, target = self.servers[self.owner(slot)], self.servers[to]
        if source is target:
            return
        target.say("CLUSTER", "SETSLOT", slot, "IMPORTING", source.say("CLUSTER", "MYID"))
        source.say("CLUSTER", "SETSLOT", slot, "MIGRATING", self.ids[to])
        meanwhile()
        while keys := source.say("CLUSTER", "GETKEYSINSLOT", slot, 10):
            source.say("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "REPLACE", "KEYS", *keys)
        meanwhile()
        for each in (target, source, *self.servers):
            each.say("CLUSTER", "SETSLOT", slot, "NODE", self.ids[to])

    def end(self):
        for each in self.servers:
            each.end()
