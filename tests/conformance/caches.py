"""The caches that the suite can be run against, each one before the suite's origin, on a free loopback port."""

import os
import pathlib

from measure import peers
from measure.processes import free_port
from measure.region import Node

KNOWN = ("nearside", "nginx", "varnish", "none")
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

# What anyone would write: no key that favours the suite. The suite asks one path many times over, some of it slowly.
NEARSIDE = """
server: {{listen: "127.0.0.1:${{NEARSIDE_PORT}}"}}
admin: {{listen: "127.0.0.1:${{NEARSIDE_ADMIN_PORT}}"}}
log: {{level: warning}}
upstreams:
  origin: {{url: {origin}}}
routes:
  - {{path: "/**", upstream: origin}}
"""

# As the suite's own image of peers sets them up, on other ports.
NGINX_HTTP = """
    proxy_cache_path {folder}/cache levels=1:2 keys_zone=suite:8m max_size=1000m inactive=600m;
"""
NGINX_LOCATION = """
            proxy_pass {origin};
            proxy_cache suite;
            proxy_cache_revalidate on;
            proxy_http_version 1.1;
"""
VARNISH_PARAMETERS = ("default_ttl=0", "default_grace=0", "default_keep=3600")


def start(name, processes, folder, origin):
    """Its base URL."""
    if name == "none":
        return origin
    folder = pathlib.Path(folder)
    port = free_port()
    {"nearside": _nearside, "nginx": _nginx, "varnish": _varnish}[name](processes, folder, origin, port)
    return f"http://127.0.0.1:{port}"


def _nearside(processes, folder, origin, port):
    binary = os.environ.get("NEARSIDE_BINARY", str(REPOSITORY / "build" / "nearside"))
    configuration = folder / "nearside.yaml"
    configuration.write_text(NEARSIDE.format(origin=origin))
    Node(processes, binary, configuration, port, free_port(), {})


def _nginx(processes, folder, origin, port):
    peers.start_nginx(processes, folder, port, NGINX_HTTP, NGINX_LOCATION.format(origin=origin))


def _varnish(processes, folder, origin, port):
    parameters = [part for parameter in VARNISH_PARAMETERS for part in ("-p", parameter)]
    backend = ["-b", origin.removeprefix("http://"), "-s", "malloc,64M"]
    peers.start_varnish(processes, folder, port, [*backend, *parameters])
