"""The servers that are compared: each serves the same documents from its cache, on one core."""

import os
from dataclasses import dataclass

from measure import peers
from measure.processes import children_of, free_port, wait_for, wait_for_line
from measure.region import Node

CONFIG = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "hits.yaml")

# As fast as each is set up in practice: entries in memory, connections kept, no request logged (nearside logs none
# unless it is told to; Varnish writes its log into shared memory whether anybody reads it or not, which is its way).
NGINX_HTTP = """
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    proxy_cache_path {folder}/cache levels=1:2 keys_zone=hits:10m max_size=512m inactive=1h use_temp_path=off;
"""
NGINX_LOCATION = """
            proxy_pass {upstream};
            proxy_cache hits;
            proxy_cache_valid 200 1h;
"""

VARNISH = """
vcl 4.1;
backend origin {{ .host = "{host}"; .port = "{port}"; }}
sub vcl_backend_response {{ set beresp.ttl = 1h; }}
"""


@dataclass
class Server:
    name: str
    pid: int      # whose CPU is counted
    url: str      # of the document


def document(points):
    """The upstream's document of so many points, at the upstream and at every cache of it."""
    return f"/api/jobs/10003/metrics/?points={points}"


def start_nearside(processes, nearside, upstream, core, threads=1):
    """Its route and its view, of one process."""
    environment = {"FARAPI_URL": upstream, "NEARSIDE_THREADS": str(threads)}
    node = Node(processes, nearside, CONFIG, free_port(), free_port(), environment, core=core)
    base, pid = f"http://127.0.0.1:{node.port}", node.process.pid
    return (lambda points: Server("nearside", pid, base + document(points)),
            lambda points: Server("nearside view", pid, f"{base}/views/documents/{points}"))


def start_nginx(processes, folder, upstream, core):
    port = free_port()
    master = peers.start_nginx(processes, folder, port, NGINX_HTTP, NGINX_LOCATION.format(upstream=upstream), core)
    worker = wait_for(master, lambda: next(filter(is_nginx_worker, children_of(master.pid)), None), "a worker")
    return lambda points: Server("nginx", worker, f"http://127.0.0.1:{port}{document(points)}")


def is_nginx_worker(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as line:
        return b"worker process" in line.read()


def start_varnish(processes, folder, upstream, core):
    port = free_port()
    host, upstream_port = upstream.removeprefix("http://").split(":")
    configuration = os.path.join(folder, "varnish.vcl")
    with open(configuration, "w", encoding="utf-8") as out:
        out.write(VARNISH.format(host=host, port=upstream_port))
    master = peers.start_varnish(processes, folder, port, ["-f", configuration, "-s", "malloc,512m"], core)
    (child,) = wait_for(master, lambda: children_of(master.pid), "a child")
    return lambda points: Server("varnish", child, f"http://127.0.0.1:{port}{document(points)}")


def start_bare(processes, tools, size, core):
    responder = processes.start(f"bare-{size}", [os.path.join(tools, "bare_responder"), "--size", size], core=core)
    url = wait_for_line(responder, "bare responder listening on ")
    return Server("bare", responder.pid, url + "/")
