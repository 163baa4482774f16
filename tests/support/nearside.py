"""The real binary: started with a configuration, asked over real sockets, stopped, and looked over for what sanitizers
and logs say."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import threading

from client import Connection
from deadlines import PATIENCE, eventually

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("NEARSIDE_BINARY", str(REPOSITORY / "build" / "nearside"))
TOOLS = pathlib.Path(os.environ.get("NEARSIDE_TOOLS", str(REPOSITORY / "build" / "bin")))
ADMIN_TOKEN = "an-admin-token-of-the-tests"

_SANITIZER_MARKS = ("Sanitizer", "runtime error:")


def command(*arguments, environment=None):
    """Runs a command of the binary to its end; stdout and stderr as text."""
    ended = subprocess.run(
        [BINARY, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE * 2,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    assert_no_sanitizer_report(ended.stderr)
    return ended


def assert_no_sanitizer_report(stderr):
    lines = stderr.splitlines()
    found = [at for at, line in enumerate(lines) if any(mark in line for mark in _SANITIZER_MARKS)]
    assert not found, "\n".join(lines[found[0] : found[0] + 60])


class Nearside:
    """A running `nearside serve`."""

    def __init__(self, file, environment=None):
        self.events = []
        self.stderr = []
        self._changed = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(
            [BINARY, "serve", str(file)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env={**os.environ, **(environment or {})},
        )
        self._reading = threading.Thread(target=self._read_log, daemon=True)
        self._reading.start()
        try:
            self.port = self.wait_event("listening", **{"for": "public"})["port"]
            self.admin_port = self.wait_event("listening", **{"for": "admin"})["port"]
        except AssertionError:
            self.kill()
            raise

    # --- its log

    def _read_log(self):
        for line in self.process.stderr:
            with self._changed:
                self.stderr.append(line)
                with contextlib.suppress(ValueError):
                    event = json.loads(line)
                    if isinstance(event, dict):
                        self.events.append(event)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_event(self, name, **fields):
        """The first line of the log with that event and those fields."""

        def find():
            for event in self.events:
                if event.get("event") == name and fields.items() <= event.items():
                    return event
            return None

        with self._changed:
            self._changed.wait_for(lambda: find() or self._ended, PATIENCE)
            found = find()
        assert found, f"no event {name} {fields} in the log:\n{''.join(self.stderr)}"
        return found

    # --- asking it

    def connect(self, **how):
        return Connection(self.port, **how)

    def request(self, target, method="GET", fields=None, body=b""):
        """On a connection of its own."""
        with self.connect() as connection:
            return connection.request(target, method, fields, body)

    def get(self, target, **fields):
        with self.connect() as connection:
            return connection.get(target, **fields)

    def admin(self, target, token=ADMIN_TOKEN, method="GET", body=b""):
        with Connection(self.admin_port) as connection:
            fields = {"Authorization": f"Bearer {token}"} if token else {}
            return connection.request(target, method, fields, body)

    def is_ready(self):
        return self.admin("/readyz", token=None).status == 200

    def wait_ready(self):
        eventually(self.is_ready, "GET /readyz answers 200")
        return self

    def metrics(self):
        """{'name{label="x"}': value} of GET /metrics."""
        response = self.admin("/metrics")
        assert response.status == 200, response
        samples = {}
        for line in response.text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                samples[name] = float(value)
        return samples

    def peak_memory(self):
        """Bytes: the most that was ever resident (VmHWM)."""
        return self._memory("VmHWM")

    def memory(self):
        """Bytes resident now."""
        return self._memory("VmRSS")

    def _memory(self, name):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {name}")

    # --- its end

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait_ended(self):
        """Its exit code."""
        code = self.process.wait(PATIENCE)
        self._reading.join(PATIENCE)
        return code

    def stop(self):
        """Asks it to end, and requires that it does, cleanly."""
        if self.process.poll() is None:
            self.terminate()
        try:
            code = self.wait_ended()
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.process.kill()
            raise AssertionError(f"did not end after SIGTERM:\n{''.join(self.stderr)}") from None
        log = "".join(self.stderr)
        assert_no_sanitizer_report(log)
        assert code == 0, f"exit code {code}:\n{log}"

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def is_sanitized():
    """Whether the binary under test is a sanitizer build, whose memory use says nothing."""
    return os.environ.get("NEARSIDE_SANITIZER", "") not in ("", "none") or any(
        name in BINARY for name in ("asan", "tsan", "ubsan")
    )
