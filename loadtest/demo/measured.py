"""The demo's measurements: the same screen, asked for in each way that matters."""

import time
from dataclasses import dataclass, field

from measure.client import at_once, median, percentile
from measure.report import ms

TOKEN, VIEW = "minji-token", "/views/home/1"
BOARD = "/views/projects/101"
OTHER_TOKEN, OTHER_VIEW = "joris-token", "/views/home/2"
WAVES = 4          # dependent calls of the view; one call each
CACHED_REQUESTS = 500
BURST = 200
FRESH_SECONDS = 3  # as in config/demo.yaml
REFRESH_TIMEOUT_SECONDS = 10


@dataclass
class Row:
    what: str
    time: str
    trips: str
    calls: object


@dataclass
class Results:
    rtt: float
    waves: int = WAVES
    rows: list = field(default_factory=list)


class Unexpected(Exception):
    """An answer that no measurement can go on from."""


def good(answer, what):
    if answer.status != 200:
        raise Unexpected(f"{what}: status {answer.status}\n{answer.body[:2000].decode(errors='replace')}")
    return answer


def measure_one_call(region):
    connection = region.connect(TOKEN)
    connection.get("/api/users/1/")
    return min(connection.get("/api/users/1/").seconds for _ in range(3))


def call_directly(region):
    """As a browser would: one connection opened, then the four calls one after the other on it. Also the last document."""
    started = time.perf_counter()
    connection = region.connect(TOKEN)
    user = good(connection.get("/api/users/1/"), "user").json()
    projects = good(connection.get(f"/api/projects/?owner={user['id']}"), "projects").json()
    jobs = good(connection.get(f"/api/jobs/?project={projects['results'][0]['id']}&page_size=10"), "jobs").json()
    good(connection.get(f"/api/jobs/{jobs['results'][0]['id']}/metrics/"), "metrics")
    took = time.perf_counter() - started
    return took, took - connection.connect_seconds


def calls_since_reset(region):
    return region.reset_counts()["requests"]


def settle(region):
    """Until nothing is under way at the upstream: a document that changed has what depends on it asked for once more."""
    while region.counts()["in_flight"] > 0:
        pass


def age(answer):
    return int(answer.headers.get("age", 0))


def measure_stale(region, connection, results):
    """Past its fresh window: the answer comes from the cache at once, and one refresh runs behind it."""
    region.reset_counts()
    old = good(connection.get(VIEW), "stale view")
    results.stale_first = old.seconds
    times = []
    end = time.perf_counter() + results.rtt  # well inside the refresh
    while time.perf_counter() < end:
        during = good(connection.get(VIEW), "view while refreshing")
        times.append(during.seconds)
        if age(during) < age(old):
            break
        time.sleep(0.002)
    results.stale_p50, results.stale_p99 = median(times), percentile(times, 0.99)
    results.stale_age = age(old)
    end = time.perf_counter() + REFRESH_TIMEOUT_SECONDS
    results.refreshed = False
    while time.perf_counter() < end and not results.refreshed:
        results.refreshed = age(connection.get(VIEW)) < FRESH_SECONDS <= results.stale_age
        time.sleep(0.02)
    settle(region)
    results.stale_calls = calls_since_reset(region)


def measure_burst(region, node, results):
    connections = [node.connect(OTHER_TOKEN) for _ in range(BURST)]
    region.reset_counts()
    started = time.perf_counter()
    answers = at_once(connections, OTHER_VIEW)
    results.burst = time.perf_counter() - started
    results.burst_good = all(answer.status == 200 for answer in answers) and len({answer.body for answer in answers}) == 1
    results.burst_calls = calls_since_reset(region)
    for connection in connections:
        connection.close()


def run(region, node, rtt):
    """`rtt`: seconds that the link is set to; what is claimed is claimed against it."""
    results = Results(rtt=rtt)

    def add(what, seconds, calls, text=None):
        results.rows.append(Row(what, text or ms(seconds), f"{seconds / rtt:.2f}" if seconds > rtt / 10 else "0", calls))

    add("one call on a kept connection, for scale", measure_one_call(region), 1)
    whole, results.direct = call_directly(region)
    add("four calls in a chain, made directly", results.direct, WAVES)
    add("the same with opening the connection", whole, WAVES)

    connection = node.connect(TOKEN)
    region.reset_counts()
    first = good(connection.get(VIEW), "view, first ever")
    stored = time.perf_counter()
    results.first = first.seconds
    add("the view of the four, first ever", results.first, calls_since_reset(region))

    times = [good(connection.get(VIEW), "cached view").seconds for _ in range(CACHED_REQUESTS)]
    results.cached_calls = calls_since_reset(region)
    results.cached_p50, results.cached_p99 = median(times), percentile(times, 0.99)
    add(f"from cache ({CACHED_REQUESTS} requests)", results.cached_p50, results.cached_calls,
        f"p50 {ms(results.cached_p50)}, p99 {ms(results.cached_p99)}")

    refreshed = good(connection.get(VIEW, [("Cache-Control", "no-cache")]), "view, no-cache")
    stored = time.perf_counter()
    results.insisted = refreshed.seconds
    settle(region)
    add("refreshed while the user waits (no-cache)", results.insisted, calls_since_reset(region))

    time.sleep(max(0.0, stored + FRESH_SECONDS + 1.1 - time.perf_counter()))  # Age counts whole seconds
    measure_stale(region, connection, results)
    add("stale, one refresh behind it", results.stale_p50, results.stale_calls,
        f"first {ms(results.stale_first)}, p50 {ms(results.stale_p50)}, p99 {ms(results.stale_p99)}")

    measure_burst(region, node, results)
    add(f"{BURST} first requests at once, the last one", results.burst, results.burst_calls)

    region.reset_counts()
    board = good(node.connect(TOKEN).get(BOARD), "project board")
    add("a project's board (2 waves), first ever", board.seconds, calls_since_reset(region))
    return results
