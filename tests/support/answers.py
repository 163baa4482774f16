"""What a fake upstream answers: functions that are given the call (fake_upstream.Call) and write to its socket, some of
them properly."""

import gzip
import json
import socket
import zlib


class CloseConnection(Exception):
    """Raised by an answer: the connection is over."""


def _bytes(content):
    if isinstance(content, bytes):
        return content
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


def _head(status, fields, reason="Whatever"):
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 {status} {reason}\r\n{lines}\r\n".encode("latin-1")


def _pairs(fields):
    return [(name.replace("_", "-"), value) for name, value in fields.items()]


def document(content, status=200, **fields):
    """A complete answer with Content-Length. A str or bytes goes out as it is, all else as JSON. Further header fields
    are keywords: cache_control="no-store"."""
    body = _bytes(content)
    more = _pairs(fields)
    if status != 304 and not any(name.lower() == "content-type" for name, _ in more):
        more.insert(0, ("Content-Type", "application/json"))

    def answer(call):
        length = [] if status in (204, 304) else [("Content-Length", str(len(body)))]
        bare = call.request.method == "HEAD" or status in (204, 304)
        call.send(_head(status, more + length) + (b"" if bare else body))

    return answer


def held(gate, answer):
    """The same, once the gate is open."""

    def wait(call):
        gate.pass_through()
        answer(call)

    return wait


def noting(gate_or_event, answer):
    """Sets the event, then answers."""

    def note(call):
        gate_or_event.set()
        answer(call)

    return note


def by(choose):
    """An answer chosen for each request: choose(request) -> answer."""
    return lambda call: choose(call.request)(call)


def redirect(location, status=302):
    return document("", status=status, location=location)


def no_content(call):
    call.send(_head(204, []))


def not_modified(**fields):
    return document("", status=304, **fields)


def validated(content, etag='"1"', then=None, **fields):
    """The content with its tag; a request that knows the tag gets a 304, with the header fields of `then` if given."""
    full, same = document(content, etag=etag, **fields), not_modified(**(then or {"etag": etag, **fields}))
    return by(lambda request: same if etag.lower() in request.fields.members("if-none-match") else full)


def after_interim(*interim, answer):
    """Interim responses first: (status, {field: value}), ..."""

    def in_turn(call):
        for status, fields in interim:
            call.send(_head(status, list(fields.items())))
        answer(call)

    return in_turn


def in_parts(gate, first, rest, length=None, **fields):
    """The head and the first part at once, the rest when the gate opens. `length`: what is announced."""

    def answer(call):
        announced = len(_bytes(first) + _bytes(rest)) if length is None else length
        call.send(_head(200, _pairs({"content_type": "text/plain", **fields, "content_length": announced})))
        call.send(_bytes(first))
        gate.pass_through()
        call.send(_bytes(rest))
        if length is not None:
            raise CloseConnection

    return answer


def chunked(*pieces, trailers=(), **fields):
    """In chunks, one a piece."""

    def answer(call):
        call.send(_head(200, _pairs({"content_type": "application/json", **fields, "transfer_encoding": "chunked"})))
        for piece in map(_bytes, pieces):
            call.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        lines = "".join(f"{name}: {value}\r\n" for name, value in trailers)
        call.send(f"0\r\n{lines}\r\n".encode("latin-1"))

    return answer


def until_close(content):
    """Without a length: the end of the connection is the end of the body."""

    def answer(call):
        call.send(_head(200, [("Content-Type", "application/json"), ("Connection", "close")]) + _bytes(content))
        raise CloseConnection

    return answer


def _coded(content, coding, compressed):
    return document(compressed(_bytes(content)), content_encoding=coding)


def gzipped(content):
    return _coded(content, "gzip", gzip.compress)


def deflated(content):
    return _coded(content, "deflate", zlib.compress)


# --- in bad order


def raw(data):
    """These bytes, then the connection ends."""

    def answer(call):
        call.send(data)
        raise CloseConnection

    return answer


def truncated(content, at=None, **more):
    """Announces all of it, sends the first `at` bytes (half), and closes."""
    body = _bytes(content)
    fields = [("Content-Type", "application/json"), *_pairs(more), ("Content-Length", str(len(body)))]
    return raw(_head(200, fields) + body[: len(body) // 2 if at is None else at])


def cut_chunks(content, **fields):
    """A chunk, and then the end instead of another one."""
    body = _bytes(content)
    head = _head(200, [("Content-Type", "application/json"), *_pairs(fields), ("Transfer-Encoding", "chunked")])
    return raw(head + b"%x\r\n%s\r\n" % (len(body), body))


def drop(_call):
    """Closes before any byte of an answer."""
    raise CloseConnection


def reset(call):
    """RST instead of an answer."""
    call.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    raise CloseConnection


def stall(call):
    """Never answers; notices when nearside gives up."""
    call.wait_gone()
    raise CloseConnection


def stall_after(data):
    """These bytes, and then nothing until nearside gives up."""

    def answer(call):
        call.send(data)
        stall(call)

    return answer


def stall_within(content):
    """A proper head and half of the body, and then nothing."""
    body = _bytes(content)
    fields = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return stall_after(_head(200, fields) + body[: len(body) // 2])


def paused_within(gate, content, **fields):
    """Half of the body, and the rest once the gate is open."""
    body = _bytes(content)
    head = _head(200, [("Content-Type", "application/json"), *_pairs(fields), ("Content-Length", str(len(body)))])

    def answer(call):
        call.send(head + body[: len(body) // 2])
        gate.pass_through()
        call.send(body[len(body) // 2 :])

    return answer


def before_body(answer):
    """Answers at once, without reading the request's body first."""

    def early(call):
        answer(call)

    early.before_body = True
    return early
