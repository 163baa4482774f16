"""What tests of routes' caches share: routes as YAML, and dates relative to now, by which an upstream can make its
answers as old as a test wants them without anybody waiting."""

import email.utils
import time

# No `fresh`, no `stale`: the upstream's own word alone.
ROUTE = 'routes: [{path: "/**", upstream: api}]\n'
HOUR = "max-age=3600"


def route(**keys):
    """One route over everything; values are YAML text: fresh="1h", negative="{404: 10s}"."""
    keys = {"path": '"/**"', "upstream": "api", **keys}
    lines = [f"{key}: {value}" for key, value in keys.items()]
    return "routes:\n  - " + "\n    ".join(lines) + "\n"


class Moment:
    """So many seconds from when it is written into a message. Two of the same distance look the same in a test's name."""

    def __init__(self, seconds=0):
        self._seconds = seconds

    def __str__(self):
        return email.utils.formatdate(time.time() + self._seconds, usegmt=True)

    def __repr__(self):
        return f"now {self._seconds:+} s"


DAY = 86_400
