"""Fixtures: each test gets its own upstream and its own nearside, and fails when nearside doesn't end cleanly."""

import pathlib

import pytest

import nearside as binary
from configuration import configuration
from fake_upstream import FakeUpstream
from faulty_proxy import FaultyProxy
from gate import Gate
from redis_server import RedisServer
from tls_files import Authority


def pytest_sessionstart(session):
    if not pathlib.Path(binary.BINARY).exists():
        pytest.exit(f"no binary at {binary.BINARY}: ./dev build makes it, NEARSIDE_BINARY names another one", 3)


@pytest.fixture
def upstream():
    with FakeUpstream() as fake:
        yield fake


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.open()


@pytest.fixture
def redis():
    made = RedisServer()
    yield made
    made.end()


@pytest.fixture
def link(redis):
    """The way to that Redis, and what can go wrong on it."""
    made = FaultyProxy(redis.port)
    yield made
    made.end()


@pytest.fixture
def start(tmp_path):
    """start(text) -> a running nearside with that configuration, ready unless ready=False. All end with the test."""
    running = []

    def start_one(text, ready=True, environment=None):
        file = tmp_path / f"nearside-{len(running)}.yaml"
        file.write_text(text)
        server = binary.Nearside(file, environment)
        running.append(server)
        return server.wait_ready() if ready else server

    yield start_one
    failures = []
    for server in running:
        try:
            server.stop()
        except AssertionError as failure:
            failures.append(failure)
        finally:
            server.kill()
    if failures:
        raise failures[0]


@pytest.fixture
def serve(start, upstream):
    """serve(section, ...) -> nearside in front of the fixture `upstream`, with those sections of YAML."""

    def serve_sections(*sections, ready=True, server="", admin="", upstreams=None):
        return start(configuration(upstreams or upstream.url, *sections, server=server, admin=admin), ready)

    return serve_sections


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def localhost_certificate(authority):
    return authority.issue("localhost")
