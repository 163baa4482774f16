"""Many clients that follow views in streams, read by few threads: each goes its own way through a world (stream_world),
and whatever it is told is checked at once against what the upstream said.

A client's value of a view is always exactly the document of one version, so the version's number stands for it. What an
event makes of which version is worked out once, and known by its bytes from then on: many clients are told the same."""

import hashlib
import selectors
import socket
import threading
import time
import traceback
from urllib.parse import quote

from deadlines import PATIENCE
from event_stream import Parser, patched
from http_message import Chunks

_TICK = 0.01
_AGAIN = 0.02  # seconds, until a node that wasn't there is tried again
_TOLD = 60  # lines of the story of a failure


class Meanings:
    """What events say, each checked when it comes first."""

    def __init__(self, views):
        self._views = {view.url: view for view in views}
        self._known = {}
        self._numbers = {}  # (view, tag) -> number

    def of(self, event):
        """(view, number before or None, number)"""
        key = (event.name, hashlib.sha256(event.data.encode()).digest())
        if key not in self._known:
            self._known[key] = self._read(event)
        return self._known[key]

    def _read(self, event):
        told = event.json()
        view, base = self._views[told["view"]], None
        if event.name == "snapshot":
            value = told["data"]
        else:
            assert event.name == "patch", f"{event}"
            base = self._numbers[view, told["base"]]
            value = patched(view.version(base), told["ops"])
        number = value["version"]
        assert value == view.version(number), f"this never was: {str(value)[:500]}"
        known = self._numbers.setdefault((view, told["etag"]), number)
        assert known == number, f"versions {known} and {number} have the same tag {told['etag']}"
        return view, base, number


class Client:
    """Follows views in one stream of a node, and comes back wherever it was cut off, with the id that it had. All but
    the wishes is for the pool's thread."""

    def __init__(self, name, views, node, meanings, receive_buffer=None):
        self.name, self.views = name, views
        # Wishes, of any thread. One that sleeps doesn't read.
        self.node = node
        self.is_asleep = False
        self.leaves = None  # or how: "ends", "resets"
        # What it has, and what it may not fall behind.
        self.numbers, self.floors = {}, {}
        self.wrong = None
        self.lines = []
        self._meanings, self._receive_buffer = meanings, receive_buffer
        if len(views) == 1:
            self._target = views[0].url
        else:
            self._target = "/stream?" + "&".join("view=" + quote(each.url) for each in views)
        self._last_id = ""
        self._known_at = None  # the node that it was told by, and which start of that
        self._promised = {}
        self._again = 0.0
        self._is_waited_for = False
        self._head, self._chunks, self._parser = b"", None, None
        self.socket = None

    def note(self, text):
        self.lines.append((time.monotonic(), f"{self.name}: {text}"))

    def attend(self, selector):
        """Goes about what it wishes."""
        leaves, self.leaves = self.leaves, None
        if self.socket and (leaves or self.wrong):
            self._close(selector, leaves)
        if not self.socket and not self.wrong and time.monotonic() >= self._again:
            self._open()
        reads = self.socket is not None and not self.is_asleep
        if reads and not self._is_waited_for:
            selector.register(self.socket, selectors.EVENT_READ, self)
        elif self._is_waited_for and not reads and self.socket:
            selector.unregister(self.socket)
        self._is_waited_for = reads

    def read(self, selector):
        try:
            piece = self.socket.recv(262144)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        try:
            if piece and self._take(piece):
                return
            self.note("is cut off")
        except Exception:  # told in the end, by check()
            self.wrong = traceback.format_exc()
        self._close(selector, None)

    def end(self):
        if self.socket:
            self.socket.close()

    # --- its connection

    def _open(self):
        node = self.node
        # What was invalidated softly is stale, and may be told until there is another version. So a node that was just
        # started, or is another one, may begin with an older version than it had, but not with one that is gone.
        known_at = (node, node.starts)
        if self._known_at != known_at:
            self.floors = dict.fromkeys(self.views, 0)
        self._known_at = known_at
        self._promised = {view: view.promised for view in self.views}
        self._head, self._chunks, self._parser = b"", None, Parser()
        self._parser.last_id = self._last_id
        try:
            self.socket = self._connect(node.port)
        except OSError:
            self._again = time.monotonic() + _AGAIN
            return
        self.note(f"connects to node {node.at}, with {self._last_id or 'nothing'}")

    def _connect(self, port):
        if port is None:
            raise ConnectionRefusedError
        made = socket.socket()
        try:
            if self._receive_buffer:  # before connecting: it bounds the TCP window
                made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
            made.settimeout(PATIENCE)
            made.connect(("127.0.0.1", port))
            fields = {"Host": "x", "Accept": "text/event-stream"}
            if self._last_id:
                fields["Last-Event-ID"] = self._last_id
            lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
            made.sendall(f"GET {self._target} HTTP/1.1\r\n{lines}\r\n".encode())
            made.setblocking(False)
        except BaseException:
            made.close()
            raise
        return made

    def _close(self, selector, how):
        if self._is_waited_for:
            selector.unregister(self.socket)
        self._is_waited_for = False
        if how:
            self.note(how)
        if how == "resets":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()
        self.socket = None
        self._again = time.monotonic() + (0 if how else _AGAIN)

    # --- what it is told

    def _take(self, piece):
        """False: the stream has ended."""
        if self._chunks is None:
            head, end, piece = (self._head + piece).partition(b"\r\n\r\n")
            if not end:
                self._head = head
                return True
            assert head.startswith(b"HTTP/1.1 200 ") and b"chunked" in head, head + piece
            self._chunks = Chunks()
        self._parser.feed(self._chunks.feed(piece).decode())
        while self._parser.events:
            self._learn(self._parser.events.pop(0))
        return not self._chunks.ended

    def _learn(self, event):
        view, base, number = self._meanings.of(event)
        self.note(f"{event.name} of {view.name}: {number}, {event.id}")
        assert base is None or self.numbers.get(view) == base, f"a patch of {base}, and it has {self.numbers.get(view)}"
        assert number <= view.number, f"{number} is from the future, {view.number} is the latest"
        assert number >= self._promised[view], f"{number} was gone on all nodes when it connected"
        had = self.floors[view]
        assert number >= had or view.may_follow(had, number), f"{number} is older than {had}, which it had"
        self.numbers[view], self.floors[view] = number, max(number, had)
        self._last_id = event.id  # of an event that has come whole


class Pool:
    def __init__(self, clients, threads=2):
        self.clients = clients
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(clients[at::threads],)) for at in range(threads)]
        for each in self._threads:
            each.start()

    def _run(self, clients):
        with selectors.DefaultSelector() as selector:
            while not self._over.is_set():
                for each in clients:
                    each.attend(selector)
                for key, _ in selector.select(_TICK):
                    key.data.read(selector)
        for each in clients:
            each.end()

    def first_wrong(self):
        return next((each for each in self.clients if each.wrong), None)

    def late(self):
        """(client, view) where it isn't the latest version."""
        return [(each, view) for each in self.clients for view in each.views if each.numbers.get(view) != view.number]

    def tell_late(self):
        return "".join(f"\n{each.name} has {each.numbers.get(view)} of {view.name}, which is {view.number}"
                       for each, view in self.late()[:8])

    def end(self):
        self._over.set()
        for each in self._threads:
            each.join(PATIENCE)


def story(world, client):
    """What that client went through, and the world with it."""
    lines = list(client.lines) + [(at, f"-- {text}") for at, text in world.log.lines]
    lines += [(at, f"   {view.name} {text}") for view in client.views for at, text in view.log.lines]
    began = world.log.lines[0][0]
    return "\n".join(f"{at - began:9.4f} {text}" for at, text in sorted(lines)[-_TOLD:])
