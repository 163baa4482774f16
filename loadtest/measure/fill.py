"""Fills a node's cache: a route's entries by the hundred thousand, each under one of many tags, to be invalidated."""

import json
import os

from measure.processes import wait_for

# One request for each entry, and the last one again until all are there.
SCRIPT = """
local asked = -1  -- wrk throws its first request away
request = function()
  asked = math.min(asked + 1, {entries})
  return wrk.format("GET", "/items/" .. (asked % {tags}) .. "/" .. asked)
end
"""
LONGEST = 900  # seconds


def fill(processes, port, folder, entries, tags, held):
    """`/items/TAG/NUMBER`, for each number from 1 on, until `held()` says that there are so many."""
    path = os.path.join(folder, "fill.lua")
    with open(path, "w") as script:
        script.write(SCRIPT.format(entries=entries, tags=tags))
    asking = processes.start("wrk", ["wrk", "-t1", "-c32", f"-d{LONGEST}s", "-s", path, f"http://127.0.0.1:{port}/"])
    wait_for(asking, lambda: held() >= entries, f"{entries:,} entries", LONGEST)
    processes.stop(asking)


def held_entries(admin, token):
    """How many entries the node says that it holds."""
    for line in admin.get("/metrics", token).body.decode().splitlines():
        if line.startswith("nearside_cache_entries "):
            return int(float(line.rpartition(" ")[2]))
    return 0


def invalidate_tag(admin, token, number, mode="hard"):
    """The answer to the order; its `seconds` are what the order took."""
    admin.send("/invalidate", "POST", token, json.dumps({"tags": [f"tag-{number}"], "mode": mode}).encode())
    answer = admin.receive()
    if answer.status not in (200, 202):
        raise RuntimeError(f"{answer.status}: {answer.body!r}")
    return answer
