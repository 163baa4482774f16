"""A scripted upstream on loopback: a real TCP (or TLS) server that answers each path as the test says (answers.py), in
good order or in any bad one, and remembers every request. One thread a connection."""

import contextlib
import socket
import threading
import time

from answers import CloseConnection, document
from deadlines import PATIENCE
from http_message import Broken, Reader


class Request:
    """What arrived, and on which connection."""

    def __init__(self, connection, number, line, fields):
        self.connection = connection  # its id: 1, 2, ..
        self.number = number  # on that connection: 1, 2, ..
        self.method, self.target, self.version = line.split(" ")
        self.path, _, self.query = self.target.partition("?")
        self.line = line
        self.fields = fields
        self.body = b""
        self.trailers = None
        self.arrived = time.monotonic()
        self.gone = threading.Event()  # set when an answer saw nearside leave

    def __getitem__(self, name):
        return self.fields[name]

    def __contains__(self, name):
        return name in self.fields

    def __repr__(self):
        return f"<{self.method} {self.target} on {self.connection}/{self.number}>"


class Call:
    """One request being answered: what an answer (answers.py) works with."""

    def __init__(self, request, sock, reader):
        self.request = request
        self.socket = sock
        self._reader = reader
        self._body_read = False

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError as failure:
            self.request.gone.set()
            raise CloseConnection from failure

    def read_body(self, into=None):
        if self._body_read:
            return
        self._body_read = True
        fields = self.request.fields
        if "transfer-encoding" in fields:
            body, self.request.trailers = self._reader.chunked(into)
        else:
            body = self._reader.exactly(int(fields.get("content-length", "0")), into)
        self.request.body = body or b""

    def wait_gone(self):
        """Until nearside closes the connection."""
        with contextlib.suppress(OSError):
            while self.socket.recv(65536):
                pass
        self.request.gone.set()


class _Connection:
    def __init__(self, number, sock):
        self.number = number
        self.socket = sock
        self.idle = True
        self.open = True


class FakeUpstream:
    def __init__(self, tls=None):
        """`tls`: a server-side ssl.SSLContext."""
        self._tls = tls
        self._changed = threading.Condition()
        self._scripts = {}
        self._otherwise = document({"detail": "Not found."}, status=404)
        self._listener = None
        self.port = 0
        self.requests = []
        self.connections = []
        self.tls_failures = []
        self.sessions_reused = []
        self.revive()

    @property
    def url(self):
        return f"{'https' if self._tls else 'http'}://{'localhost' if self._tls else '127.0.0.1'}:{self.port}"

    # --- what it says

    def on(self, target, *answers):
        """Answers requests for a target (or, where no target matches, a path), one after the other; the last stays."""
        with self._changed:
            self._scripts[target] = list(answers)
        return self

    def otherwise(self, answer):
        """Answers whatever no script is for; without it that is a 404."""
        self._otherwise = answer
        return self

    def _next_answer(self, request):
        with self._changed:
            for known in (f"{request.method} {request.path}", request.target, request.path):
                if answers := self._scripts.get(known):
                    return answers.pop(0) if len(answers) > 1 else answers[0]
        return self._otherwise

    # --- what it heard

    def to(self, target):
        """The requests for a target or path."""
        with self._changed:
            return [each for each in self.requests if target in (each.target, each.path)]

    def count(self, target=None):
        return len(self.requests) if target is None else len(self.to(target))

    def targets(self):
        with self._changed:
            return [each.target for each in self.requests]

    def forget(self):
        with self._changed:
            self.requests.clear()

    def wait_for(self, target, count=1):
        """The requests for a target, once there are so many."""
        self._wait(lambda: self.count(target) >= count, lambda: f"{count} x {target}, got {self.targets()}")
        return self.to(target)

    def wait_connections(self, count):
        """Until so many connections stand open."""
        self._wait(lambda: self.open_connections() >= count, lambda: f"{count} open, got {self.open_connections()}")

    def wait_no_connections(self):
        self._wait(lambda: not self.open_connections(), lambda: f"none open, got {self.open_connections()}")

    def open_connections(self):
        with self._changed:
            return sum(each.open for each in self.connections)

    def _wait(self, question, what):
        with self._changed:
            if not self._changed.wait_for(question, PATIENCE):
                raise AssertionError(f"not within {PATIENCE} s: {what()}")

    # --- its life

    def close_idle(self):
        """Closes all connections, as an upstream does whose keep-alive runs out: each when no request is using it."""
        self._wait(lambda: all(each.idle for each in self.connections if each.open), lambda: "no request under way")
        with self._changed:
            for each in self.connections:
                if each.open:
                    with contextlib.suppress(OSError):
                        each.socket.shutdown(socket.SHUT_RDWR)

    def kill(self):
        """Gone at once: nothing listens, every connection is reset."""
        listener, self._listener = self._listener, None
        if listener:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._changed:
            for each in self.connections:
                with contextlib.suppress(OSError):
                    each.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    each.socket.shutdown(socket.SHUT_RDWR)

    def revive(self):
        """Listens (again) on its port."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(1024)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with self._changed:
                connection = _Connection(len(self.connections) + 1, sock)
                self.connections.append(connection)
                self._changed.notify_all()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                connection.socket = self._tls.wrap_socket(connection.socket, server_side=True)
                self.sessions_reused.append(connection.socket.session_reused)
            self._answer_all(connection)
        except (OSError, Broken, CloseConnection) as failure:
            if self._tls and not any(each.connection == connection.number for each in self.requests):
                self.tls_failures.append(failure)
        finally:
            with contextlib.suppress(OSError):
                connection.socket.close()
            with self._changed:
                connection.open = False
                self._changed.notify_all()

    def _answer_all(self, connection):
        reader = Reader(connection.socket)
        number = 0
        while not reader.at_end():
            with self._changed:
                connection.idle = False
            number += 1
            line = reader.line().decode("latin-1")
            request = Request(connection.number, number, line, reader.fields())
            call = Call(request, connection.socket, reader)
            answer = self._next_answer(request)
            with self._changed:
                self.requests.append(request)
                self._changed.notify_all()
            if not getattr(answer, "before_body", False):
                call.read_body()
            answer(call)
            if "close" in request.fields.members("connection"):
                return
            with self._changed:
                connection.idle = True
                self._changed.notify_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
