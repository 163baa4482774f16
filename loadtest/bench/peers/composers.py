"""Starts what a team would build instead of nearside, on free ports of loopback."""

import os
import shutil

from measure.processes import StartFailed, accepts, free_port, wait_for

HERE = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../peers"))
MODULES = "/usr/lib/nginx/modules"


class Peer:
    def __init__(self, name, port):
        self.name, self.port = name, port


def start_nginx_lua(processes, folder, region, fresh):
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.access(nginx, os.X_OK) or not os.path.exists(f"{MODULES}/ngx_http_lua_module.so"):
        raise StartFailed("nginx with Lua is not installed (Debian packages nginx-light, libnginx-mod-http-lua, lua-cjson)")
    port = free_port()
    with open(os.path.join(HERE, "nginx-lua", "nginx.conf"), encoding="utf-8") as template:
        text = template.read()
    for name, value in (("FOLDER", folder), ("PORT", port), ("UPSTREAM", f"{region.host}:{region.port}"),
                        ("MODULES", MODULES), ("LUA", os.path.join(HERE, "nginx-lua")), ("FRESH", fresh)):
        text = text.replace(name, str(value))
    configuration = os.path.join(folder, "nginx-lua.conf")
    with open(configuration, "w", encoding="utf-8") as out:
        out.write(text)
    master = processes.start("nginx-lua", [nginx, "-p", folder, "-e", f"{folder}/error.log", "-c", configuration])
    wait_for(master, lambda: accepts("127.0.0.1", port), "listening")
    return Peer("nginx + Lua", port)


def start_node_bff(processes, region, fresh, stale):
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        raise StartFailed("node is not installed (Debian package nodejs)")
    port = free_port()
    environment = {"PORT": str(port), "UPSTREAM": region.url, "FRESH": str(fresh), "STALE": str(stale)}
    process = processes.start("node-bff", [node, os.path.join(HERE, "node-bff", "bff.mjs")], env=environment)
    wait_for(process, lambda: accepts("127.0.0.1", port), "listening")
    return Peer("Node BFF", port)
