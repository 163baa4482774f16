"""Waiting with an end: every wait of the flow tests is bounded by PATIENCE, and none is a bare sleep."""

import os
import threading
import time

# Seconds. Far more than any wait needs: sanitizer builds and busy machines are slow, and only a hang should reach it.
PATIENCE = float(os.environ.get("NEARSIDE_TEST_PATIENCE", "30"))


def eventually(question, what, patience=PATIENCE):
    """Asks until the answer is truthy, and returns it. For states that nothing announces, such as a counter."""
    until = time.monotonic() + patience
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"not within {patience} s: {what}")
        time.sleep(0.002)


class Background:
    """A call on a thread of its own; result() waits for it and raises what it raised."""

    def __init__(self, call, *arguments, **named):
        self._done = threading.Event()
        self._result = None
        self._failure = None

        def run():
            try:
                self._result = call(*arguments, **named)
            except BaseException as failure:  # handed over to the waiting test
                self._failure = failure
            finally:
                self._done.set()

        threading.Thread(target=run, daemon=True).start()

    @property
    def done(self):
        return self._done.is_set()

    def result(self, patience=PATIENCE):
        if not self._done.wait(patience):
            raise AssertionError(f"still running after {patience} s")
        if self._failure is not None:
            raise self._failure
        return self._result


def in_background(call, *arguments, **named):
    return Background(call, *arguments, **named)
