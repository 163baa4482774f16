"""HTTP/1.1 messages read off a socket (RFC 9112), strictly: header names, order and repetitions stay as they came."""


class Broken(Exception):
    """The message ended before it was complete, or is not HTTP."""


class Fields:
    """A header section. Looking up ignores case."""

    def __init__(self, pairs):
        self.pairs = pairs

    def __contains__(self, name):
        return any(each.lower() == name.lower() for each, _ in self.pairs)

    def __getitem__(self, name):
        values = self.all(name)
        if not values:
            raise KeyError(f"no {name} in {self.pairs}")
        return ", ".join(values)

    def get(self, name, otherwise=None):
        return self[name] if name in self else otherwise

    def all(self, name):
        return [value for each, value in self.pairs if each.lower() == name.lower()]

    def members(self, name):
        """Of a list field, lower case."""
        return [member.strip().lower() for member in self.get(name, "").split(",") if member.strip()]

    def __repr__(self):
        return repr(self.pairs)


class Reader:
    """Bytes of a socket, line by line or by count. A silent peer is a timeout (of the socket), never a hang."""

    def __init__(self, sock):
        self._socket = sock
        self._bytes = b""

    @property
    def has_bytes(self):
        return bool(self._bytes)

    def _more(self):
        piece = self._socket.recv(262144)
        if not piece:
            return False
        self._bytes += piece
        return True

    def at_end(self):
        """Whether the peer has closed and nothing is left. Waits until either is known."""
        return not self._bytes and not self._more()

    def line(self):
        while b"\r\n" not in self._bytes:
            if not self._more():
                raise Broken(f"closed within a line: {self._bytes[:200]!r}")
        line, _, self._bytes = self._bytes.partition(b"\r\n")
        return line

    def exactly(self, count, into=None):
        """`into`: takes the pieces instead of them being kept, for bodies too large to hold."""
        kept = [] if into is None else None
        take = kept.append if into is None else into
        while count > 0:
            if not self._bytes and not self._more():
                raise Broken(f"closed {count} bytes before the end")
            piece, self._bytes = self._bytes[:count], self._bytes[count:]
            count -= len(piece)
            take(piece)
        return b"".join(kept) if into is None else None

    def rest(self):
        while self._more():
            pass
        rest, self._bytes = self._bytes, b""
        return rest

    def fields(self):
        pairs = []
        while line := self.line():
            name, colon, value = line.partition(b":")
            if not colon or name != name.strip() or not name:
                raise Broken(f"not a header line: {line!r}")
            pairs.append((name.decode("latin-1"), value.strip().decode("latin-1")))
        return Fields(pairs)

    def chunked(self, into=None):
        kept = []
        take = kept.append if into is None else into
        while size := int(self.line().split(b";")[0], 16):
            self.exactly(size, take)
            if self.line():
                raise Broken("no line end after a chunk")
        trailers = self.fields()
        return b"".join(kept), trailers


class Chunks:
    """A chunked body, fed with bytes in any pieces."""

    def __init__(self):
        self._rest = b""
        self._left = 0  # of the chunk that has begun, its line end included
        self.ended = False

    def feed(self, piece):
        """What that tells of the body."""
        self._rest += piece
        told = []
        while not self.ended:
            if self._left == 0:
                size, end, rest = self._rest.partition(b"\r\n")
                if not end:
                    break
                self._rest, self._left = rest, int(size.split(b";")[0], 16) + 2
                self.ended = self._left == 2
                continue
            taken, self._rest = self._rest[: self._left], self._rest[self._left :]
            if not taken:
                break
            told.append(taken[: max(0, self._left - 2)])
            self._left -= len(taken)
        return b"".join(told)
