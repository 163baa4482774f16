"""A real redis-server on loopback, with a folder and a port of its own, that can be killed, stopped and started again;
and the few commands that tests say to it."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile

from deadlines import PATIENCE, eventually
from frozen import freeze, thaw


class RedisServer:
    def __init__(self, *arguments):
        """`arguments`: further ones of redis-server, such as "--maxmemory", "4mb"."""
        self._folder = tempfile.mkdtemp(prefix="nearside-redis-")
        self._arguments = list(arguments)
        self._process = None
        self.port = _free_port()
        self.start()

    @property
    def url(self):
        return self.url_of()

    def url_of(self, database=0, user=""):
        """`user`: as `name:password`."""
        return f"redis://{user + '@' if user else ''}127.0.0.1:{self.port}/{database}"

    def start(self):
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self._folder]
            + ["--save", "", "--logfile", os.path.join(self._folder, "log"), *self._arguments],
            stdin=subprocess.DEVNULL,
        )
        eventually(self._answers, "redis-server answers")

    def kill(self):
        """At once; without a disk, what it held is gone."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait(PATIENCE)
        self._process = None

    def pause(self):
        freeze(self._process)

    def go_on(self):
        thaw(self._process)

    def end(self):
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def say(self, *words):
        """One command; its answer as Redis's own type: an int, a str, None, or a list of these."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as sock:
            sock.sendall(_command(words))
            with sock.makefile("rb") as answers:
                return _read(answers)

    def keys(self, pattern="*"):
        return sorted(self.say("KEYS", pattern))

    def _answers(self):
        with contextlib.suppress(OSError):
            return self.say("PING") == "PONG"
        return False


def _free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def _command(words):
    parts = [f"*{len(words)}\r\n".encode()]
    for each in words:
        text = each if isinstance(each, bytes) else str(each).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(text), text))
    return b"".join(parts)


def _read(answers):
    line = answers.readline().rstrip(b"\r\n").decode()
    kind, rest = line[:1], line[1:]
    if kind == "+":
        return rest
    if kind == "-":
        raise AssertionError(rest)
    if kind == ":":
        return int(rest)
    if kind == "$":
        return None if rest == "-1" else answers.read(int(rest) + 2)[:-2].decode(errors="replace")
    if kind == "*":
        return [_read(answers) for _ in range(int(rest))]
    raise AssertionError(f"no answer of Redis: {line!r}")
