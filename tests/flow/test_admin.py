"""The admin listener: health for everyone, the rest with the token."""

import re

import pytest

from answers import document
from client import Connection
from configuration import configuration, view
from nearside import command

BOARD = view('a: {get: "/a"}')


@pytest.fixture
def nearside(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    return serve(BOARD)


def test_health_and_readiness_need_no_token(nearside):
    for target in ("/healthz", "/readyz"):
        answer = nearside.admin(target, token=None)
        assert answer.status == 200
        assert "no-store" in answer.get("cache-control", "no-store")


def test_metrics_need_the_token(nearside):
    assert nearside.admin("/metrics").status == 200
    for token in (None, "", "wrong", "an-admin-token-of-the-test", "an-admin-token-of-the-testss"):
        refused = nearside.admin("/metrics", token=token)
        assert refused.status == 401
        assert refused.problem_name == "unauthorized"
        assert refused["www-authenticate"].lower().startswith("bearer")
        assert b"nearside_" not in refused.body


OTHERS = ["Basic eDp5", "Bearer", "Bearer  ", "an-admin-token-of-the-tests", "Token x", "Bearer x y"]


@pytest.mark.parametrize("value", OTHERS)
def test_other_credentials_are_refused(nearside, value):
    with Connection(nearside.admin_port) as connection:
        assert connection.get("/metrics", authorization=value).status == 401


def test_without_a_configured_token_only_health_is_answered(start, upstream):
    text = configuration(upstream.url, BOARD)
    nearside = start(re.sub(r", token: [^}]+", "", text))
    assert nearside.admin("/readyz", token=None).status == 200
    for token in (None, "", "x"):
        assert nearside.admin("/metrics", token=token).status in (401, 403, 404)


def test_metrics_are_in_the_prometheus_format(nearside):
    nearside.get("/views/7")
    answer = nearside.admin("/metrics")
    assert answer["content-type"].startswith("text/plain")
    names = set()
    for line in answer.text.splitlines():
        if line.startswith("#"):
            assert re.match(r"# (HELP|TYPE) nearside_[a-z_]+ ", line) or line.startswith("# HELP process_"), line
        else:
            assert re.fullmatch(r'[a-z_]+(\{[^{}]*\})? [-+0-9.eEinfNa]+', line), line
            names.add(re.split(r"[{ ]", line)[0])
    assert all(name.startswith(("nearside_", "process_")) for name in names)
    assert answer.text.endswith("\n")


def test_metrics_count_what_happens(nearside, upstream):
    def hits():
        return sum(value for name, value in nearside.metrics().items() if "hit" in name or "fresh" in name)

    nearside.get("/views/7")
    before = hits()
    for _ in range(5):
        nearside.get("/views/7")
    assert hits() - before == 5


def test_unknown_paths_are_404_with_the_token_and_401_without(nearside):
    assert nearside.admin("/nowhere").status == 404
    assert nearside.admin("/nowhere", token=None).status == 401


def test_health_is_only_read(nearside):
    answer = nearside.admin("/healthz", method="POST", token=None)
    assert answer.status == 405
    assert "get" in answer.fields.members("allow")


def test_the_public_listener_has_nothing_of_it(nearside):
    for target in ("/metrics", "/healthz", "/readyz"):
        assert nearside.get(target).status == 404


def test_the_admin_listener_serves_no_views(nearside, upstream):
    assert nearside.admin("/views/7").status == 404
    assert upstream.count() == 0


def test_the_admin_listener_is_strict_too(nearside):
    with Connection(nearside.admin_port) as connection:
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        assert connection.read().status == 400


def test_the_health_command_asks_readiness(nearside, upstream):
    url = f"http://127.0.0.1:{nearside.admin_port}/readyz"
    assert command("health", "--url", url).returncode == 0
    nearside.stop()
    assert command("health", "--url", url).returncode != 0
