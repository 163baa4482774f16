"""A TCP proxy on loopback that can do to what passes it what networks do: hold it, delay it, garble it, cut it."""

import contextlib
import socket
import threading
import time

_PIECE = 65536


class FaultyProxy:
    """Listens on `port`, in front of `behind` (a port on loopback). What is set holds for all connections at once."""

    def __init__(self, behind):
        self._behind = behind
        self._changed = threading.Condition()
        self._sockets = []
        self._held = False
        self._refuses = False
        self.delay = 0.0  # seconds, of each piece of an answer
        self.garble = None  # bytes -> bytes, of each piece of an answer
        self.trickle = None  # bytes -> iterable of bytes: a piece of an answer, at whatever pace
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def hold(self):
        """Nothing passes any more, and nobody is told."""
        with self._changed:
            self._held = True

    def release(self):
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def refuse(self, refuses=True):
        """Whoever connects is cut off at once."""
        self._refuses = refuses

    def reset(self):
        """Every connection ends with a reset."""
        with self._changed:
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                each.shutdown(socket.SHUT_RDWR)
                each.close()

    def end(self):
        self.release()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refuses:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._behind))
            except OSError:
                client.close()
                continue
            for each in (client, server):
                # Its own Nagle delays would be taken for Redis's.
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self._sockets += [client, server]
            threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source, sink, is_answer):
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                with self._changed:
                    self._changed.wait_for(lambda: not self._held)
                if is_answer and self.delay:
                    time.sleep(self.delay)
                if is_answer and self.garble:
                    piece = self.garble(piece)
                for part in self.trickle(piece) if is_answer and self.trickle else (piece,):
                    sink.sendall(part)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
