"""An HTTP/1.1 client that costs little enough to measure tenths of a millisecond."""

import json
import selectors
import socket
import time


class Broken(Exception):
    """The connection ended before the answer did."""


class Answer:
    def __init__(self, status, headers, body, seconds):
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    def json(self):
        return json.loads(self.body)


class Connection:
    """One kept-alive connection. `connect_seconds` tells what opening it took."""

    def __init__(self, host, port, token=None, timeout=30):
        started = time.perf_counter()
        self._socket = socket.create_connection((host, port), timeout)
        self.connect_seconds = time.perf_counter() - started
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._common = f"Host: {host}:{port}\r\n" + (f"Authorization: Token {token}\r\n" if token else "")
        self._received = b""

    def close(self):
        self._socket.close()

    def fileno(self):
        return self._socket.fileno()

    def send(self, target, method="GET", headers=(), body=b""):
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        if body:
            lines += f"Content-Length: {len(body)}\r\n"
        self._started = time.perf_counter()
        self._socket.sendall(f"{method} {target} HTTP/1.1\r\n{self._common}{lines}\r\n".encode() + body)

    def get(self, target, headers=()):
        self.send(target, headers=headers)
        return self.receive()

    def receive(self):
        while b"\r\n\r\n" not in self._received:
            self._more()
        head, self._received = self._received.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        status = int(lines[0].split(" ", 2)[1])
        if headers.get("transfer-encoding") == "chunked":
            body = self._chunks()
        else:
            body = self._take(0 if status in (204, 304) else int(headers.get("content-length", 0)))
        return Answer(status, headers, body, time.perf_counter() - self._started)

    def _more(self):
        piece = self._socket.recv(262144)
        if not piece:
            raise Broken("the connection ended")
        self._received += piece

    def _take(self, size):
        while len(self._received) < size:
            self._more()
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def _chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self._received:
                self._more()
            line, self._received = self._received.split(b"\r\n", 1)
            size = int(line.split(b";")[0], 16)
            body += self._take(size)
            self._take(2)
            if size == 0:
                return body


def at_once(connections, target):
    """Sends one request on each connection, then gathers the answers as they come; each knows its own time."""
    with selectors.DefaultSelector() as waiting:
        for connection in connections:
            connection.send(target)
            waiting.register(connection, selectors.EVENT_READ, connection)
        answers = []
        while len(answers) < len(connections):
            for key, _ in waiting.select():
                answers.append(key.data.receive())
                waiting.unregister(key.fileobj)
        return answers


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values):
    return percentile(values, 0.5)
