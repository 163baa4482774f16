"""A gate holds upstream answers back until the test opens it: the way to stand between two moments without sleeping."""

import threading

from deadlines import PATIENCE


class Gate:
    def __init__(self):
        self._changed = threading.Condition()
        self._arrived = 0
        self._open = False
        self._tickets = 0

    @property
    def arrived(self):
        with self._changed:
            return self._arrived

    def pass_through(self):
        """Called by the upstream: counts an arrival and waits for the gate to open."""
        with self._changed:
            self._arrived += 1
            self._changed.notify_all()
            if not self._changed.wait_for(lambda: self._open or self._tickets, PATIENCE * 2):
                raise AssertionError("a gate was never opened")
            if not self._open:
                self._tickets -= 1

    def wait_arrived(self, count=1):
        with self._changed:
            if not self._changed.wait_for(lambda: self._arrived >= count, PATIENCE):
                raise AssertionError(f"{self._arrived} of {count} arrived at the gate")

    def open(self):
        with self._changed:
            self._open = True
            self._changed.notify_all()

    def let(self, count):
        """Lets so many through, and stays closed for the others."""
        with self._changed:
            self._tickets += count
            self._changed.notify_all()

    def close(self):
        with self._changed:
            self._open = False
