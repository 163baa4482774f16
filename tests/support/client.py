"""A client that says exactly what the test wants, over plain sockets or TLS, and reads answers strictly."""

import contextlib
import json
import select
import socket

from deadlines import PATIENCE
from http_message import Broken, Reader
from structured_fields import parse_list


class Response:
    def __init__(self, version, status, reason, fields, body, trailers=None, interim=()):
        self.version = version
        self.status = status
        self.reason = reason
        self.fields = fields
        self.body = body
        self.trailers = trailers
        self.interim = list(interim)

    def __getitem__(self, name):
        return self.fields[name]

    def __contains__(self, name):
        return name in self.fields

    def get(self, name, otherwise=None):
        return self.fields.get(name, otherwise)

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    @property
    def cache_status(self):
        """Parameters of nearside's own member of Cache-Status (RFC 9211)."""
        members = parse_list(self.fields["cache-status"])
        assert len(members) == 1, self.fields["cache-status"]
        name, parameters = members[0]
        assert name == "nearside", self.fields["cache-status"]
        return parameters

    @property
    def is_hit(self):
        return self.cache_status.get("hit") is True

    @property
    def is_stale_hit(self):
        return self.is_hit and self.cache_status["ttl"] <= 0 and "detail" in self.cache_status

    def problem(self):
        """The problem document (RFC 9457), checked for what all of them have."""
        assert self.fields["content-type"] == "application/problem+json", (self.status, self.fields, self.body[:300])
        document = self.json()
        assert document["status"] == self.status
        assert document["type"].startswith("urn:nearside:problem:")
        assert document["title"]
        return document

    @property
    def problem_name(self):
        return self.problem()["type"].removeprefix("urn:nearside:problem:")

    def __repr__(self):
        return f"<{self.status} {self.reason} {self.fields} {self.body[:300]!r}>"


class Connection:
    """One connection to nearside. Use as a context manager, or close() it."""

    def __init__(self, port, tls=None, server_hostname=None, session=None, receive_buffer=None):
        self.port = port
        sock = socket.socket()
        if receive_buffer:  # before connecting: it bounds the TCP window
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(PATIENCE)
        sock.connect(("127.0.0.1", port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            sock = tls.wrap_socket(sock, server_hostname=server_hostname or "localhost", session=session)
        self.socket = sock
        self._reader = Reader(sock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.close()

    def reset(self):
        """Ends the connection with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))

    def ask(self, target, method="GET", fields=None, body=b"", version="HTTP/1.1"):
        """Sends a request; Host and Content-Length are added unless given."""
        pairs = list((fields or {}).items()) if isinstance(fields, dict) or not fields else list(fields)
        names = [name.lower() for name, _ in pairs]
        if "host" not in names:
            pairs.insert(0, ("Host", f"127.0.0.1:{self.port}"))
        if body and "content-length" not in names and "transfer-encoding" not in names:
            pairs.append(("Content-Length", str(len(body))))
        head = f"{method} {target} {version}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n"
        self.send(head.encode("latin-1") + body)

    def read_head(self):
        line = self._reader.line().decode("latin-1")
        version, status, *reason = line.split(" ", 2)
        if not version.startswith("HTTP/1."):
            raise Broken(f"not a status line: {line!r}")
        return version, int(status), "".join(reason), self._reader.fields()

    def read_exactly(self, count):
        """Bytes of a body, for tests that look at it while it comes."""
        return self._reader.exactly(count)

    def read_chunked(self):
        """The rest of a chunked body and its trailers, once its head was read."""
        return self._reader.chunked(None)

    def read(self, method="GET", into=None):
        """The next final response; interim ones (1xx) are kept in its `interim`. `into` takes the body's pieces."""
        interim = []
        while True:
            version, status, reason, fields = self.read_head()
            if status >= 200:
                break
            interim.append((status, fields))
        trailers = None
        if method == "HEAD" or status in (204, 304):
            body = b""
        elif "transfer-encoding" in fields:
            assert fields["transfer-encoding"] == "chunked" and "content-length" not in fields, fields
            body, trailers = self._reader.chunked(into)
        elif "content-length" in fields:
            assert len(fields.all("content-length")) == 1, fields
            body = self._reader.exactly(int(fields["content-length"]), into) or b""
        else:
            body = self._reader.rest()
        return Response(version, status, reason, fields, body, trailers, interim)

    def request(self, target, method="GET", fields=None, body=b"", version="HTTP/1.1"):
        self.ask(target, method, fields, body, version)
        return self.read(method)

    def get(self, target, **fields):
        """Header names as keywords: if_none_match="...", authorization="..."."""
        return self.request(target, fields={name.replace("_", "-"): value for name, value in fields.items()})

    def is_silent(self):
        """Nothing has arrived that wasn't read. A look, not a wait: true may become false a moment later."""
        return not self._reader.has_bytes and not select.select([self.socket], [], [], 0)[0]

    def wait_closed(self):
        """Reads until the server has closed, and returns what it still sent."""
        try:
            return self._reader.rest()
        except ConnectionResetError:
            return b""
