"""The main job on a real server that nobody here wrote: Debian's `prometheus` scrapes itself, and a view chains its
HTTP API (targets, then label values, then several range queries). It must say what the same calls say directly."""

import json
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

from configuration import configuration, view
from deadlines import PATIENCE, eventually

METRICS = ["go_goroutines", "process_resident_memory_bytes", "go_memstats_alloc_bytes", "up"]

pytestmark = pytest.mark.skipif(not shutil.which("prometheus"), reason="needs Debian's package prometheus")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url):
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory):
    """Its URL, once it has scraped itself a few times."""
    folder = tmp_path_factory.mktemp("prometheus")
    port = free_port()
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 200ms}\n"
        f"scrape_configs: [{{job_name: itself, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"
    )
    process = subprocess.Popen(
        [
            shutil.which("prometheus"),
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("w"),
    )
    url = f"http://127.0.0.1:{port}"

    def has_samples():
        try:
            found = ask(f"{url}/api/v1/query?query=count_over_time(up[1m])")
        except OSError:
            return False
        return found["data"]["result"] and float(found["data"]["result"][0]["value"][1]) >= 12  # two seconds and more

    try:
        eventually(has_samples, f"prometheus scrapes itself: {(folder / 'log').read_text()}")
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


BOARD = view(
    """
    targets: {get: "/api/v1/targets?state=active"}
    names: {get: "/api/v1/label/__name__/values?match%%5B%%5D=%s&start={start}&end={end}"}
    series:
      get: "/api/v1/series?match%%5B%%5D=up&start={start}&end={end}&job={targets.data.activeTargets[0].labels.job}"
    ranges:
      each: "names.data[*]"
      as: metric
      get: "/api/v1/query_range?query={metric}&start={start}&end={end}&step=1"
    """
    % "&match%5B%5D=".join(METRICS),
    out="""
    targets: {each: "targets.data.activeTargets[*]", as: target, pick: [labels, scrapeUrl]}
    names: names.data
    series: series.data
    metrics: "ranges[*].data.result"
    """,
    path="/views/{start}/{end}",
)


def test_a_chain_of_its_api_says_what_the_calls_say_directly(start, prometheus):
    end = int(time.time())
    begin = end - 60
    nearside = start(configuration(prometheus, BOARD))
    response = nearside.get(f"/views/{begin}/{end}")
    assert response.status == 200, response
    seen = response.json()

    targets = ask(f"{prometheus}/api/v1/targets?state=active")["data"]["activeTargets"]
    shown = ("labels", "scrapeUrl")
    assert seen["targets"] == [{name: each[name] for name in each if name in shown} for each in targets]
    assert sorted(seen["names"]) == sorted(METRICS)
    assert len(seen["metrics"]) == len(METRICS)
    for name, metric in zip(seen["names"], seen["metrics"]):
        query = urllib.parse.urlencode({"query": name, "start": begin, "end": end, "step": 1})
        direct = ask(f"{prometheus}/api/v1/query_range?{query}")["data"]["result"]
        assert metric[0]["metric"] == direct[0]["metric"]
        # Samples of the last second may still arrive between the two calls.
        shared = min(len(metric[0]["values"]), len(direct[0]["values"]))
        assert shared >= 1
        assert metric[0]["values"][:shared] == direct[0]["values"][:shared]


def test_the_second_time_it_comes_from_memory(start, prometheus):
    end = int(time.time())
    nearside = start(configuration(prometheus, BOARD))
    first = nearside.get(f"/views/{end - 60}/{end}")
    second = nearside.get(f"/views/{end - 60}/{end}")
    assert second.is_hit
    assert second.body == first.body


def test_its_errors_are_told(start, prometheus):
    broken = view('a: {get: "/api/v1/query?query=)("}')
    failed = start(configuration(prometheus, broken)).get("/views/7")
    assert failed.status == 502
    assert failed.problem()["upstream_status"] == 400


def test_a_route_to_it_is_transparent(start, prometheus):
    nearside = start(configuration(prometheus, 'routes: [{path: "/api/**", upstream: api}]'))
    through = nearside.get("/api/v1/status/buildinfo", accept_encoding="identity")
    assert through.json() == ask(f"{prometheus}/api/v1/status/buildinfo")
