"""The caches that the suite can be run against, each one before the suite's origin, on a free loopback port."""

import os
import pathlib
import shutil

from measure.processes import StartFailed, accepts, free_port, wait_for
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
NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    proxy_cache_path {folder}/cache levels=1:2 keys_zone=suite:8m max_size=1000m inactive=600m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {origin};
            proxy_cache suite;
            proxy_cache_revalidate on;
            proxy_http_version 1.1;
        }}
    }}
}}
"""
VARNISH_PARAMETERS = ("default_ttl=0", "default_grace=0", "default_keep=3600")


def program(name, package):
    found = shutil.which(name) or f"/usr/sbin/{name}"
    if not os.access(found, os.X_OK):
        raise StartFailed(f"{name} is not installed (Debian package {package})")
    return found


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
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port, origin=origin))
    command = [program("nginx", "nginx-light"), "-p", folder, "-e", folder / "error.log", "-c", configuration]
    process = processes.start("nginx", command)
    wait_for(process, lambda: accepts("127.0.0.1", port), "listening")


def _varnish(processes, folder, origin, port):
    command = [program("varnishd", "varnish"), "-F", "-j", "none", "-n", folder / "varnish", "-a", f"127.0.0.1:{port}",
               "-b", origin.removeprefix("http://"), "-s", "malloc,64M"]
    for parameter in VARNISH_PARAMETERS:
        command += ["-p", parameter]
    process = processes.start("varnish", command)
    wait_for(process, lambda: accepts("127.0.0.1", port), "listening")
