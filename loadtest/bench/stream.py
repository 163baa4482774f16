#!/usr/bin/python3 -B
"""Memory while a 200 MB body goes through a route, stored or not, and while 1,000 slow clients read it."""

import argparse
import contextlib
import os
import resource
import selectors
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from measure.built import NEARSIDE
from measure.client import Connection
from measure.processes import Processes, StartFailed, free_port, wait_for_line
from measure.region import Node
from measure.report import Claims, table

HERE = os.path.dirname(os.path.abspath(__file__))
UPSTREAM = os.path.join(HERE, "peers", "upstream.py")
MB = 1_000_000
PIECE = 65536  # of the upstream's bodies, which are whole pieces
MOST_GROWTH = 16 * MB  # beyond what is stored
RECEIVE_BUFFER = 16 * 1024  # of a slow reader: what it doesn't read waits in the node or before it
PATIENCE_SECONDS = 120


class WentWrong(Exception):
    pass


class Memory:
    """What the process holds, told from its own accounting (/proc/PID/status)."""

    def __init__(self, pid):
        self._pid = pid

    def _read(self, name):
        with open(f"/proc/{self._pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name + ":"))

    def now(self):
        return self._read("VmRSS")

    def forget_peak(self):
        with open(f"/proc/{self._pid}/clear_refs", "w", encoding="ascii") as out:
            out.write("5")

    def peak(self):
        return self._read("VmHWM")


class Reader:
    """A client that asks for one body and counts it, at whatever pace it is told to."""

    def __init__(self, port, slow):
        self.socket = socket.socket()
        if slow:  # before connecting: it bounds the window
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.connect(("127.0.0.1", port))
        self._head = b""
        self._left = None

    def ask(self, target):
        self._head, self._left = b"", None
        self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: node\r\n\r\n".encode())

    def read_some(self, most=1 << 20):
        """False once the body is complete."""
        piece = self.socket.recv(most)
        if not piece:
            raise WentWrong(f"the body ended {self._left} bytes early")
        if self._left is None:
            self._head += piece
            head, found, piece = self._head.partition(b"\r\n\r\n")
            if not found:
                return True
            if not head.startswith(b"HTTP/1.1 200"):
                raise WentWrong(head.decode("latin-1"))
            self._left = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                              if line.startswith(b"content-length:"))
        self._left -= len(piece)
        return self._left > 0

    def read_all(self):
        started = time.monotonic()
        while self.read_some():
            pass
        return time.monotonic() - started

    def close(self):
        self.socket.close()


@contextlib.contextmanager
def many(port, count):
    """So many slow readers, connected and known to the node."""
    readers = []
    try:
        for _ in range(count):
            readers.append(Reader(port, slow=True))
        for reader in readers:
            reader.ask("/stored/0")
        for reader in readers:
            reader.read_all()
        yield readers
    finally:
        for reader in readers:
            reader.close()


def begin_all(readers, target):
    """All ask, and read the first of it; then they stop."""
    for reader in readers:
        reader.ask(target)
    with selectors.DefaultSelector() as waiting:
        for reader in readers:
            waiting.register(reader.socket, selectors.EVENT_READ, reader)
        until = time.monotonic() + PATIENCE_SECONDS
        while waiting.get_map():
            events = waiting.select(1)
            for key, _ in events:
                key.data.read_some(PIECE)
                waiting.unregister(key.fileobj)
            if not events and time.monotonic() > until:
                raise WentWrong(f"{len(waiting.get_map())} readers got nothing")


def let_settle(memory, seconds=1.0):
    """Until the process stops growing: what the node reads ahead for stopped clients is in."""
    before = -1
    while memory.now() > before:
        before = memory.now()
        time.sleep(seconds)


def arguments():
    parser = argparse.ArgumentParser(prog="bench stream", description=__doc__)
    parser.add_argument("--size", type=int, default=200, help="of the body, MB (default 200)")
    parser.add_argument("--readers", type=int, default=1000, help="slow ones (default 1000)")
    return parser.parse_args()


class Scenario:
    def __init__(self, options, processes):
        upstream = processes.start("upstream", [sys.executable, UPSTREAM])
        self._upstream_port = int(wait_for_line(upstream, "upstream on port "))
        self._processes, self._size, self._readers = processes, options.size, options.readers
        self._body = options.size * MB // PIECE * PIECE
        self._rows, self.claims = [["Scenario", "Bodies asked of upstream", "Fast reader", "Stored", "Growth beyond it"]], []

    def _fresh_node(self):
        url = f"http://127.0.0.1:{self._upstream_port}"
        node = Node(self._processes, NEARSIDE, os.path.join(HERE, "stream.yaml"), free_port(), free_port(),
                    {"UPSTREAM_URL": url})
        return node, Memory(node.process.pid)

    def _asked(self):
        with contextlib.closing(Connection("127.0.0.1", self._upstream_port)) as control:
            return int(control.get("/asked").body)

    def run(self, what, kind, slow_readers):
        node, memory = self._fresh_node()
        target = f"/{kind}/{self._size}"
        stored = self._body if kind == "stored" else 0
        with many(node.port, slow_readers) as readers, contextlib.closing(Reader(node.port, slow=False)) as fast:
            fast.ask("/stored/0")  # the node's first request of all is no part of what is measured
            fast.read_all()
            before, asked = memory.now(), self._asked()
            memory.forget_peak()
            begin_all(readers, target)
            fast.ask(target)
            took = fast.read_all()
            if kind == "stored":  # it is there, and reading it again takes no more memory
                fast.ask(target)
                fast.read_all()
            let_settle(memory)
            growth, bodies = memory.peak() - before - stored, self._asked() - asked
            self._rows.append([what, bodies, f"{took:.2f} s", f"{stored / MB:.0f} MB", f"{growth / MB:.1f} MB"])
            self.claims.append((growth < MOST_GROWTH,
                                f"{what}: {growth / MB:.1f} MB beyond what is stored, under {MOST_GROWTH // MB}"))
            if kind == "stored":
                self.claims.append((bodies == 1, f"{what}: the upstream is asked once, for all of them: {bodies}"))
        self._processes.stop(node.process)

    def all(self):
        self.run("one reader, not stored", "passed", 0)
        self.run("one reader, stored", "stored", 0)
        self.run(f"{self._readers:,} slow readers, stored", "stored", self._readers)
        self.run(f"{self._readers:,} slow readers, not stored", "passed", self._readers)
        print(table(self._rows))
        print(f"{self._size} MB; slow readers have begun and then read no more, until the fast one has all\n")
        claims = Claims()
        for holds, text in self.claims:
            claims.check(holds, text)
        return 1 if claims.failed else 0


def main():
    options = arguments()
    wanted = 4 * options.readers + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard >= 0 else wanted, hard))
    with tempfile.TemporaryDirectory(prefix="nearside-bench-") as logs, Processes(logs) as processes:
        try:
            return Scenario(options, processes).all()
        except (StartFailed, WentWrong, OSError) as failure:
            print(f"bench stream: {failure}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main())
