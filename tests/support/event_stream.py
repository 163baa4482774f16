"""Reads text/event-stream as the HTML standard says (9.2.6), and JSON Patch (RFC 6902) as far as nearside sends it."""

import copy
import json
import select
import socket
import time

from deadlines import PATIENCE


class Event:
    def __init__(self, name, data, identity):
        self.name = name
        self.data = data
        self.id = identity

    def json(self):
        return json.loads(self.data)

    def __repr__(self):
        return f"<{self.name} {self.id} {self.data[:200]}>"


class Parser:
    """Fed with text in any pieces; gives events and comments."""

    def __init__(self):
        self._rest = ""
        self._name, self._data = "", []
        self.last_id = ""
        self.retry = None
        self.comments = 0
        self.events = []

    def feed(self, text):
        self._rest += text
        while "\n" in self._rest:
            line, self._rest = self._rest.split("\n", 1)
            assert "\r" not in line, "nearside ends its lines with LF"
            self._line(line)

    def _line(self, line):
        if not line:
            if self._data:
                self.events.append(Event(self._name or "message", "\n".join(self._data), self.last_id))
            self._name, self._data = "", []
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "":
            self.comments += 1
        elif name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
        elif name == "id":
            self.last_id = value
        elif name == "retry":
            self.retry = int(value)


class EventStream:
    """A stream on a connection of its own, read by whoever waits for something in it."""

    def __init__(self, connection, target, version="HTTP/1.1", **fields):
        self.connection = connection
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        connection.ask(target, fields={"Accept": "text/event-stream", **named}, version=version)
        self.version, self.status, _, self.fields = connection.read_head()
        self.parser = Parser()
        self.ended = False
        self._chunked = self.fields.get("transfer-encoding") == "chunked"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def close(self):
        self.connection.close()

    @property
    def last_id(self):
        return self.parser.last_id

    def _read_some(self, until):
        self.connection.socket.settimeout(max(0.001, until - time.monotonic()))
        try:
            piece = self._read_piece()
        except TimeoutError:
            return False
        finally:
            self.connection.socket.settimeout(PATIENCE)
        if piece:
            self.parser.feed(piece.decode())
        else:
            self.ended = True
        return True

    def has_more(self, patience):
        """Something has come that read_more() takes."""
        return bool(self.connection._reader._bytes or select.select([self.connection.socket], [], [], patience)[0])

    def read_more(self):
        """A whole piece, which has begun to come."""
        assert self._read_some(time.monotonic() + PATIENCE), "a piece that doesn't end"

    def _read_piece(self):
        reader = self.connection._reader
        if not self._chunked:
            if not reader._bytes:
                return self.connection.socket.recv(65536)
            return reader.exactly(len(reader._bytes))
        size = int(reader.line(), 16)
        piece = reader.exactly(size) if size else b""
        assert reader.line() == b""
        return piece

    def wait(self, question, what, patience=PATIENCE):
        until = time.monotonic() + patience
        while not question():
            assert not self.ended, f"the stream has ended before: {what}"
            assert time.monotonic() < until, f"not within {patience} s: {what}; events: {self.parser.events}"
            self._read_some(until)
        return question()

    def next(self, name=None, patience=PATIENCE):
        """The next event, which has to be of that name."""
        self.wait(lambda: self.parser.events, f"the next event, {name}", patience)
        event = self.parser.events.pop(0)
        assert name is None or event.name == name, event
        return event

    def wait_comment(self):
        before = self.parser.comments
        self.wait(lambda: self.parser.comments > before, "a comment")

    def wait_end(self):
        until = time.monotonic() + PATIENCE
        while not self.ended:
            assert time.monotonic() < until, f"the stream goes on: {self.parser.events}"
            self._read_some(until)
        return self.parser.events


class Follower:
    """What a client makes of the events of one stream: the value of each view, checked against its version."""

    def __init__(self):
        self.values, self.tags, self.versions = {}, {}, {}

    def take(self, event):
        told = event.json()
        view = told["view"]
        if event.name == "snapshot":
            self.values[view] = told["data"]
        elif event.name == "patch":
            assert told["base"] == self.tags[view], f"{event} doesn't fit to {self.tags[view]}"
            self.values[view] = patched(self.values[view], told["ops"])
        else:
            return None
        self.tags[view] = told["etag"]
        self.versions.setdefault(view, []).append(copy.deepcopy(self.values[view]))
        return self.values[view]


def patched(document, operations):
    document = copy.deepcopy(document)
    for each in operations:
        document = _apply(document, each)
    return document


def _parts(pointer):
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _within(document, parts):
    for part in parts:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def _apply(document, operation):
    name, parts = operation["op"], _parts(operation["path"])
    if name == "test":
        assert _within(document, parts) == operation["value"]
        return document
    if name in ("move", "copy"):
        value = copy.deepcopy(_within(document, _parts(operation["from"])))
        if name == "move":
            document = _apply(document, {"op": "remove", "path": operation["from"]})
        return _apply(document, {"op": "add", "path": operation["path"], "value": value})
    if not parts:
        return operation["value"]
    parent, last = _within(document, parts[:-1]), parts[-1]
    if isinstance(parent, list):
        at = len(parent) if last == "-" else int(last)
        if name == "remove":
            del parent[at]
        elif name == "add":
            parent.insert(at, operation["value"])
        else:
            parent[at] = operation["value"]
    elif name == "remove":
        del parent[last]
    else:
        assert name == "add" or last in parent
        parent[last] = operation["value"]
    return document


def open_stream(nearside, target, receive_buffer=None, **fields):
    return EventStream(nearside.connect(receive_buffer=receive_buffer), target, **fields)


def reset(connection):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
