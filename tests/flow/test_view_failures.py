"""A view that cannot be made answers with a problem document (RFC 9457) that names the step and the upstream's status,
and tells nothing that is the upstream's business."""

import pytest

from answers import document, drop, stall
from configuration import upstream_yaml, view
from deadlines import PATIENCE

TWO_STEPS = view(
    """
    project: {get: "/api/projects/{id}/"}
    owner: {get: "/api/users/{project.owner_id}/"}
    """
)


@pytest.fixture
def failing_owner(upstream):
    upstream.on("/api/projects/7/", document({"owner_id": 3}))

    def answers(answer):
        upstream.on("/api/users/3/", answer)

    return answers


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429])
def test_the_upstreams_word_about_user_and_thing_is_passed_on(serve, failing_owner, status):
    failing_owner(document({"detail": "no"}, status=status))
    failed = serve(TWO_STEPS).get("/views/7")
    assert failed.status == status
    problem = failed.problem()
    assert problem["type"] == "urn:nearside:problem:upstream_status"
    assert (problem["view"], problem["step"], problem["upstream_status"]) == ("board", "owner", status)


@pytest.mark.parametrize("status", [400, 402, 405, 409, 418, 422, 451, 500, 501, 502, 503, 504, 599])
def test_any_other_status_is_a_bad_gateway(serve, failing_owner, status):
    failing_owner(document({}, status=status))
    failed = serve(TWO_STEPS).get("/views/7")
    assert failed.status == 502
    assert failed.problem()["upstream_status"] == status


def test_an_upstream_that_did_not_answer_has_no_status(serve, failing_owner):
    failing_owner(drop)
    problem = serve(TWO_STEPS).get("/views/7").problem()
    assert "upstream_status" not in problem
    assert problem["step"] == "owner"


def test_what_the_upstream_wrote_into_its_error_stays_there(serve, failing_owner):
    failing_owner(document({"traceback": "SECRET_KEY=hunter2"}, status=500, x_debug="hunter2"))
    failed = serve(TWO_STEPS).get("/views/7")
    assert b"hunter2" not in failed.body
    assert "hunter2" not in repr(failed.fields)


def test_credentials_and_queries_are_not_told(serve, upstream):
    upstream.on("/a", document({}, status=500))
    upstreams = upstream_yaml(upstream.url, forward="[authorization]")
    nearside = serve(view('a: {get: "/a?key={key}"}', query="{key: null}"), upstreams=upstreams)
    failed = nearside.get("/views/7?key=hunter2", authorization="Token hunter2")
    assert failed.status == 502
    assert b"hunter2" not in failed.body
    assert "hunter2" not in "".join(nearside.stderr)


def test_a_problem_is_never_cached(serve, failing_owner, upstream):
    failing_owner(document({}, status=404))
    nearside = serve(TWO_STEPS)
    assert "no-store" in nearside.get("/views/7").fields.members("cache-control")
    nearside.get("/views/7")
    assert upstream.count("/api/users/3/") == 2


def test_head_of_a_failing_view_has_the_status_and_no_body(serve, failing_owner):
    failing_owner(document({}, status=500))
    with serve(TWO_STEPS).connect() as connection:
        assert connection.request("/views/7", method="HEAD").status == 502
        assert connection.request("/views/7", method="HEAD").status == 502


def test_the_rest_of_a_failed_plan_is_given_up(serve, upstream):
    """A required step has failed: nothing that the others still say could change the answer."""
    upstream.on("/bad", document({}, status=500))
    upstream.on("/slow", stall)
    nearside = serve(view('slow: {get: "/slow"}\nbad: {get: "/bad"}'))
    assert nearside.get("/views/7").problem()["step"] == "bad"
    for request in upstream.to("/slow"):
        assert request.gone.wait(PATIENCE)


def test_an_upstream_that_refuses_connections(serve, upstream):
    nearside = serve(TWO_STEPS)
    upstream.kill()
    failed = nearside.get("/views/7")
    assert failed.status == 502
    assert failed.problem_name in ("connect_failed", "closed_early")


def test_an_upstream_whose_name_does_not_resolve(serve):
    upstreams = upstream_yaml("http://no-such-host.invalid:80", connections="{warm: 0}")
    failed = serve(TWO_STEPS, upstreams=upstreams).get("/views/7")
    assert failed.status in (502, 504)
    assert failed.problem_name in ("resolve_failed", "connect_timeout", "total_timeout")


def test_a_text_that_looks_like_an_encoded_parameter_but_is_none(serve):
    failed = serve(TWO_STEPS).get("/views/%ff%fe")
    assert failed.status == 400
    assert failed.problem_name in ("invalid_parameter", "bad_request")
