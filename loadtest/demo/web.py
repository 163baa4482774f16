"""The demo's web server, on loopback: the built screen (clients/demo), what it is told of the demo, and /api/** passed on
to the far region over warm connections, which is how the screen is without nearside."""

import http.client
import json
import os
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}
WARM = 8  # connections to the far region, opened before anybody waits for them
TIMEOUT_SECONDS = 30
PASSED_ON = ("authorization", "accept")


class FarConnections:
    """Idle connections; the one that was used last is used first."""

    def __init__(self, host, port):
        self._host, self._port = host, port
        self._idle = queue.LifoQueue()
        for _ in range(WARM):
            connection = self._new()
            connection.connect()
            self._idle.put(connection)

    def _new(self):
        return http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)

    def get(self, target, fields):
        """Status, content type and body. What an idle connection was closed for meanwhile is asked for once more."""
        while True:
            try:
                connection, idle = self._idle.get_nowait(), True
            except queue.Empty:
                connection, idle = self._new(), False
            try:
                connection.request("GET", target, headers=fields)
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                if not idle:
                    raise
                continue
            self._idle.put(connection)
            return answer.status, answer.getheader("Content-Type", "application/json"), body


def handler_of(folder, configuration, far):
    files = {}
    for path, _, names in os.walk(folder):
        for name in names:
            file = os.path.join(path, name)
            with open(file, "rb") as opened:
                files["/" + os.path.relpath(file, folder)] = (TYPES.get(os.path.splitext(name)[1]), opened.read())
    files["/"] = files["/index.html"]
    files["/configuration.json"] = ("application/json", json.dumps(configuration).encode())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = TIMEOUT_SECONDS
        disable_nagle_algorithm = True

        def do_GET(self):
            path = urlsplit(self.path).path
            if path.startswith("/api/"):
                self._pass_on()
            elif path in files:
                kind, content = files[path]
                self._answer(200, kind or "application/octet-stream", content)
            else:
                self._answer(404, "text/plain", b"not found\n")

        def _pass_on(self):
            fields = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
            try:
                self._answer(*far.get(self.path, fields))
            except (OSError, http.client.HTTPException):
                self._answer(502, "text/plain", b"the far region does not answer\n")

        def _answer(self, status, kind, content):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler


class Web:
    """Serves until the process ends."""

    def __init__(self, port, folder, region, node, rtt, token):
        configuration = {"nearside": f"http://127.0.0.1:{node.port}", "rtt": rtt, "token": token}
        far = FarConnections(region.host, region.port)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler_of(folder, configuration, far))
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
