"""A view of 48 MB: in memory, in Redis, after a restart, and renewed without being written again."""

import json
import os
import random
import time

from answers import document, not_modified
from configuration import configuration, view
from deadlines import PATIENCE, eventually

MEGABYTES = 48
VIEW = view('points: {get: "/points"}', out="points", path="/views/points", fresh="1s", stale="1h")


def points():
    """JSON that packs about as well as measurements do."""
    some = random.Random(48)
    rows = []
    size = 0
    while size < MEGABYTES * 1_000_000:
        row = json.dumps({"step": len(rows), "loss": some.random(), "accuracy": some.random(), "run": "baseline"})
        rows.append(row)
        size += len(row) + 1
    return "[" + ",".join(rows) + "]"


def cpu_seconds(nearside):
    with open(f"/proc/{nearside.process.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def count(nearside, name, result):
    return nearside.metrics().get(f'nearside_redis_{name}_total{{result="{result}"}}', 0)


def test_a_large_view_outlives_a_restart_and_is_renewed_by_its_head(start, upstream, redis, record_property):
    content = points()
    upstream.on("/points", document(content, etag='"1"', cache_control="max-age=0"), not_modified(etag='"1"'))
    cache = f"cache: {{redis: {{url: '{redis.url}', timeout: {{request: 20s, command: 5s}}}}}}\n"
    text = configuration(upstream.url, cache, VIEW)
    first = start(text)
    first.wait_event("redis connected")
    made = first.get("/views/points")
    assert made.text == content
    # Its one part, and itself.
    eventually(lambda: len(redis.keys("nearside:e:*")) == 2, "written", PATIENCE * 2)
    first.stop()

    second = start(text)
    second.wait_event("redis connected")
    small = second.connect()
    upstream.forget()
    used = cpu_seconds(second)
    began = time.monotonic()
    answer = second.get("/views/points")
    took = time.monotonic() - began
    used = cpu_seconds(second) - used
    small.close()
    assert answer.cache_status["detail"] == "redis"
    assert answer.body == made.body and answer["etag"] == made["etag"]
    record_property("seconds_from_redis", took)
    print(f"\n{MEGABYTES} MB from Redis: {took * 1000:.0f} ms, {used * 1000:.0f} ms of CPU")
    began = time.monotonic()
    assert second.get("/views/points").body == made.body
    print(f"from memory: {(time.monotonic() - began) * 1000:.0f} ms")
    def is_asked_again():
        assert second.get("/views/points", if_none_match=made["etag"]).status == 304
        return upstream.count("/points") > 0

    # The refresh behind finds the part in Redis, and the upstream says that it is still good.
    eventually(is_asked_again, "stale, and renewed behind")
    assert upstream.to("/points")[0]["if-none-match"] == '"1"'
    eventually(lambda: count(second, "writes", "head-alone") >= 2, "their heads alone are written", PATIENCE * 2)
