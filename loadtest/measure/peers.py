"""Other caches as child processes: nginx and Varnish in a folder of their own, on a loopback port."""

import os
import shutil

from measure.processes import StartFailed, accepts, wait_for

# `http`: directives of the block; `location`: those of the one location.
NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{http}
    server {{
        listen 127.0.0.1:{port};
        location / {{
{location}
        }}
    }}
}}
"""


def program(name, package):
    found = shutil.which(name) or f"/usr/sbin/{name}"
    if not os.access(found, os.X_OK):
        raise StartFailed(f"{name} is not installed (Debian package {package})")
    return found


def start_nginx(processes, folder, port, http, location, core=None):
    """Its master process. `http` may name {folder}."""
    configuration = os.path.join(folder, "nginx.conf")
    with open(configuration, "w", encoding="utf-8") as out:
        out.write(NGINX.format(folder=folder, port=port, http=http.format(folder=folder), location=location))
    command = [program("nginx", "nginx-light"), "-p", folder, "-e", f"{folder}/error.log", "-c", configuration]
    return _listening(processes.start("nginx", command, core=core), port)


def start_varnish(processes, folder, port, arguments, core=None):
    """Its master process. `arguments`: backend, storage, parameters."""
    # No jail: it would want a user of its own and directories that are that user's.
    command = [program("varnishd", "varnish"), "-F", "-j", "none", "-n", os.path.join(folder, "varnish"),
               "-a", f"127.0.0.1:{port}", *arguments]
    return _listening(processes.start("varnish", command, core=core), port)


def _listening(process, port):
    wait_for(process, lambda: accepts("127.0.0.1", port), "listening")
    return process
