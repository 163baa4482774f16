"""The image that ./dev image built: started as its own configuration says, ready, healthy, and stopped cleanly.

There is no engine here, so the test does what one would: it takes user, entrypoint and command from the image's
configuration and starts them in the image's file system, with this machine's network.
"""

import http.client
import json
import signal
import socket
import stat
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build/image"
STORE = ["buildah", "--root", WORK / "storage", "--runroot", WORK / "run", "--storage-driver", "vfs"]
READY_WITHIN = 30  # seconds
STOPPED_WITHIN = 20  # seconds; over the configuration's drain_timeout
SIZE_LIMIT = 300 * 1024 * 1024  # bytes, uncompressed; the base alone is about half of it


def buildah(*arguments):
    return subprocess.run([*STORE, *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def image():
    """The image's own configuration."""
    return json.loads(buildah("inspect", "--type", "image", "nearside:latest"))["Docker"]["config"]


@pytest.fixture(scope="module")
def filesystem():
    container = buildah("from", "--pull-never", "nearside:latest")
    try:
        yield Path(buildah("mount", container))
    finally:
        buildah("rm", container)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status_of(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def run_in(filesystem, image, command, **more):
    return subprocess.Popen(["chroot", f"--userspec={image['User']}", filesystem, *command],
                            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, **more)


class Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        answer = b'{"id": 7}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def upstream_port():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_it_runs_as_nobody_in_particular(image):
    user = image["User"].split(":")[0]
    assert user.isdigit() and int(user) != 0  # a number: Kubernetes' runAsNonRoot cannot judge a name


def test_it_has_a_healthcheck_and_stops_by_sigterm(image):
    assert image["Healthcheck"]["Test"] == ["CMD", "/usr/bin/nearside", "health"]
    assert image.get("StopSignal", "SIGTERM") == "SIGTERM"


def test_it_is_small_and_holds_no_compiler(filesystem):
    size = sum(entry.lstat().st_size for entry in filesystem.rglob("*") if not entry.is_symlink() and entry.is_file())
    assert size < SIZE_LIMIT
    assert not list(filesystem.glob("usr/bin/clang*")) and not (filesystem / "src").exists()


def test_nothing_in_it_gives_rights_to_its_user(filesystem):
    binary = (filesystem / "usr/bin/nearside").stat()
    assert binary.st_uid == 0 and not binary.st_mode & (stat.S_ISUID | stat.S_IWGRP | stat.S_IWOTH)
    assert not list((filesystem / "etc/apt/apt.conf.d").glob("99host*")) or not (
        filesystem / "etc/apt/apt.conf.d/99host").read_text()


def test_it_starts_answers_and_stops(filesystem, image, upstream_port, tmp_path):
    port, admin = free_port(), free_port()
    configuration = filesystem / "etc/nearside/nearside.yaml"
    configuration.write_text(f"""
server: {{listen: "127.0.0.1:{port}", drain_timeout: 5s}}
admin: {{listen: "127.0.0.1:{admin}"}}
upstreams:
  api: {{url: "http://127.0.0.1:{upstream_port}", connections: {{warm: 1}}}}
views:
  thing:
    path: /views/thing
    fresh: 1m
    steps:
      thing: {{get: /thing}}
""")
    configuration.chmod(0o644)
    with open(tmp_path / "log", "wb") as log:
        process = run_in(filesystem, image, [*image["Entrypoint"], *image["Cmd"]], stderr=log)
    try:
        deadline = time.monotonic() + READY_WITHIN
        while status_of(admin, "/readyz") != 200:
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.05)
        assert status_of(port, "/views/thing") == 200

        health = [*image["Healthcheck"]["Test"][1:], "--url"]
        assert run_in(filesystem, image, [*health, f"http://127.0.0.1:{admin}/readyz"]).wait(10) == 0
        assert run_in(filesystem, image, [*health, f"http://127.0.0.1:{free_port()}/readyz"]).wait(10) != 0

        process.send_signal(signal.SIGTERM)
        assert process.wait(STOPPED_WITHIN) == 0, (tmp_path / "log").read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        configuration.unlink()


def test_it_says_so_when_there_is_no_configuration(filesystem, image):
    process = run_in(filesystem, image, [*image["Entrypoint"], *image["Cmd"]], stderr=subprocess.PIPE, text=True)
    told = process.communicate(timeout=10)[1]
    assert process.returncode not in (0, None)
    assert "/etc/nearside/nearside.yaml" in told
