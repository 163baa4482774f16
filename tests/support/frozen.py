"""A process that hangs: all of its threads stand still, and its connections stay open."""

import contextlib
import os
import signal

from deadlines import eventually


def freeze(process):
    """Returns once the last thread stands: a signal that was only sent may find one still at work."""
    process.send_signal(signal.SIGSTOP)
    eventually(lambda: all(state == "T" for state in _states(process.pid)), "all threads stopped")


def thaw(process):
    process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def frozen(process):
    freeze(process)
    try:
        yield
    finally:
        thaw(process)


def _states(pid):
    folder = f"/proc/{pid}/task"
    for thread in os.listdir(folder):
        with open(f"{folder}/{thread}/stat", encoding="ascii", errors="replace") as stat:
            # The name before it may hold anything but ends with the last bracket.
            yield stat.read().rpartition(")")[2].split()[0]
