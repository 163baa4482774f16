"""Upstream services invalidate by signed calls to the public listener."""

import hashlib
import hmac
import json
import time

import pytest

from answers import document
from configuration import view

SECRET = "a-secret-of-the-tests"
HOOKS = f"webhooks: [{{path: /hooks/api, secret: {SECRET}, tolerance: 1m, body: 1KiB}}]"
BOARD = view(
    'project: {get: "/projects/{id}"}',
    out="{name: project.name}",
    path="/views/projects/{id}",
    stale="1h",
    tags='["project:{id}"]',
)


@pytest.fixture
def nearside(serve, upstream):
    upstream.on("/projects/7", *(document({"name": str(number)}) for number in range(1, 9)))
    return serve(HOOKS, BOARD)


def signed(body, secret=SECRET, at=None):
    at = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return {"nearside-signature": f"t={at},v1={digest}"}


def send(nearside, body, fields, method="POST"):
    return nearside.request(
        "/hooks/api", method, {**fields, "Content-Length": str(len(body))}, body.encode()
    )


def shown(nearside):
    return nearside.get("/views/projects/7").json()["name"]


HARD = json.dumps({"tags": ["project:7"], "mode": "hard"})


def test_what_a_signed_call_names_is_invalidated(nearside):
    assert shown(nearside) == "1"
    answer = send(nearside, HARD, signed(HARD))
    assert answer.status == 204, answer.text
    assert shown(nearside) == "2"
    assert nearside.wait_event("webhook", path="/hooks/api")["confirmed"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"nearside-signature": "nonsense"},
        signed(HARD, "another-secret-of-them"),
        signed("{}"),
        signed(HARD, at=time.time() - 7_200),
        signed(HARD, at=time.time() + 7_200),
    ],
    ids=["none", "nonsense", "another secret", "another body", "old", "early"],
)
def test_without_a_good_signature_nothing_happens(nearside, fields):
    assert shown(nearside) == "1"
    answer = send(nearside, HARD, fields)
    assert answer.status == 401
    assert SECRET not in answer.text
    assert shown(nearside) == "1"


def test_the_same_call_is_carried_out_once(nearside):
    fields = signed(HARD)
    assert send(nearside, HARD, fields).status == 204
    assert shown(nearside) == "1"
    assert send(nearside, HARD, fields).status == 409
    assert nearside.get("/views/projects/7").is_hit


def test_what_is_signed_and_not_understood_is_refused_with_why(nearside):
    body = json.dumps({"tag": ["a"]})
    answer = send(nearside, body, signed(body))
    assert answer.status == 400
    assert "did you mean `tags`" in answer.text


def test_a_long_body_is_refused(nearside):
    body = json.dumps({"tags": ["x" * 2_000]})
    assert send(nearside, body, signed(body)).status == 413


def test_other_methods_and_paths_are_no_webhooks(nearside):
    assert nearside.get("/hooks/api").status == 404
    assert nearside.request("/hooks/other", "POST", {"Content-Length": "0"}).status == 404
