"""Child processes: started together, ended together, by process id, also when the parent is killed."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

PR_SET_PDEATHSIG = 1
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_libc = ctypes.CDLL(None, use_errno=True)


class StartFailed(Exception):
    """A child did not come up; the message says what it wrote."""


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


class Processes:
    """A context: whatever was started in it has ended when it is left."""

    def __init__(self, log_folder):
        self._log_folder = log_folder
        self._running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self._running):
            self.stop(process)

    def start(self, name, arguments, env=None, core=None):
        """Its output goes to NAME.log in the log folder. `core`: the only one it may run on."""
        if core is not None:
            arguments = ["taskset", "-c", str(core), *arguments]
        path = os.path.join(self._log_folder, name + ".log")
        with open(path, "wb") as log:
            process = subprocess.Popen(
                [str(part) for part in arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})}, preexec_fn=_die_with_parent)
        process.log_path = path
        process.title = name
        self._running.append(process)
        return process

    def stop(self, process, grace_seconds=5):
        """Its exit code."""
        if process in self._running:
            self._running.remove(process)
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(grace_seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return process.returncode


def run_with_processes(title, run, failures=(), beside=None):
    """The exit code of run(processes, folder): what it started has ended, its folder is gone, and that something did
    not come up, or one of `failures`, is told in a line. `beside`: where to make the folder."""
    with tempfile.TemporaryDirectory(prefix="nearside-", dir=beside) as folder, Processes(folder) as processes:
        os.chmod(folder, 0o755)  # a peer's worker is another user when run as root
        try:
            return run(processes, folder)
        except (StartFailed, *failures) as failure:
            print(f"{title}: {failure}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130


def log_of(process):
    with open(process.log_path, encoding="utf-8", errors="replace") as log:
        return log.read()


def wait_for(process, condition, what, timeout_seconds=20):
    """Whatever `condition` returns once it is true; StartFailed when the process ends or time runs out before."""
    end = time.monotonic() + timeout_seconds
    while time.monotonic() < end:
        outcome = condition()
        if outcome:
            return outcome
        if process.poll() is not None:
            raise StartFailed(f"{process.title} ended with {process.returncode} before {what}:\n{log_of(process)}")
        time.sleep(0.02)
    raise StartFailed(f"{process.title}: no {what} within {timeout_seconds} s:\n{log_of(process)}")


def wait_for_line(process, prefix, timeout_seconds=20):
    """What follows `prefix` on the first line of its output that starts so."""

    def look():
        for line in log_of(process).splitlines(keepends=True):
            if line.startswith(prefix) and line.endswith("\n"):
                return line[len(prefix):].strip()
        return None

    return wait_for(process, look, f"line '{prefix}...'", timeout_seconds)


def accepts(host, port):
    try:
        socket.create_connection((host, port), 0.2).close()
        return True
    except OSError:
        return False


def free_port(preferred=0):
    """`preferred` if nobody listens there, else one that the system chooses."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise StartFailed("no free port on loopback")


def cpu_seconds(pid):
    """User and system time of all threads of a process so far (/proc/PID/stat: utime, stime)."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        return [int(child) for child in children.read().split()]
