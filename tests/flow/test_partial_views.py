"""An optional step that fails becomes its `else`, and the view says so."""

import pytest

from answers import document, drop, stall
from configuration import upstream_yaml, view
from deadlines import PATIENCE

OWNER_OPTIONAL = view(
    """
    project: {get: "/projects/{id}"}
    owner: {get: "/users/{project.owner_id}", optional: true, timeout: 300ms, else: {name: nobody, rank: 1.50}}
    """,
    out="""
    project: project
    owner: owner
    """,
)

FAILURES = {
    "status 404": document({}, status=404),
    "status 500": document({}, status=500),
    "dropped connection": drop,
    "longer than the step's timeout": stall,
    "malformed JSON": document("{"),
    "no document": document("", status=200),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_a_failed_optional_step_becomes_its_default_and_the_view_is_partial(serve, upstream, failure):
    upstream.on("/projects/7", document({"owner_id": 3}))
    upstream.on("/users/3", failure)
    response = serve(OWNER_OPTIONAL).get("/views/7")
    assert response.status == 200
    assert response.json() == {"project": {"owner_id": 3}, "owner": {"name": "nobody", "rank": 1.5}}
    assert response["nearside-partial"] == "owner"


def test_a_default_goes_out_as_it_was_written(serve, upstream):
    upstream.on("/projects/7", document({"owner_id": 3}))
    upstream.on("/users/3", document({}, status=404))
    assert b'"rank":1.50' in serve(OWNER_OPTIONAL).get("/views/7").body.replace(b" ", b"")


def test_without_else_the_default_is_null(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    upstream.on("/b", document({}, status=500))
    nearside = serve(view('a: {get: "/a"}\nb: {get: "/b", optional: true}'))
    assert nearside.get("/views/7").json() == {"a": {"n": 1}, "b": None}


def test_every_failed_optional_step_is_named(serve, upstream):
    upstream.on("/a", document({}))
    steps = 'a: {get: "/a"}\nb: {get: "/b", optional: true}\nc: {get: "/c", optional: true}'
    response = serve(view(steps)).get("/views/7")
    assert response.fields.members("nearside-partial") == ["b", "c"]


def test_browsers_are_told_not_to_keep_a_partial_view(serve, upstream):
    upstream.on("/projects/7", document({"owner_id": 3}))
    upstream.on("/users/3", document({}, status=404))
    control = serve(OWNER_OPTIONAL).get("/views/7").fields.members("cache-control")
    assert "no-cache" in control or "no-store" in control or "max-age=0" in control or "max-age=1" in control


def test_a_whole_view_is_not_called_partial(serve, upstream):
    upstream.on("/projects/7", document({"owner_id": 3}))
    upstream.on("/users/3", document({"name": "Saskia"}))
    nearside = serve(OWNER_OPTIONAL)
    assert "nearside-partial" not in nearside.get("/views/7")
    assert "nearside-partial" not in nearside.get("/views/7")


def test_what_needs_a_failed_optional_step_reads_its_default(serve, upstream):
    upstream.on("/user", document({}, status=500))
    upstream.on("/teams/0", document({"name": "guests"}))
    steps = """
        user: {get: "/user", optional: true, else: {team: 0}}
        team: {get: "/teams/{user.team}"}
    """
    response = serve(view(steps, out="team: team.name")).get("/views/7")
    assert response.json() == {"team": "guests"}
    assert response["nearside-partial"] == "user"


def test_what_needs_a_null_default_is_skipped(serve, upstream):
    upstream.on("/user", document({}, status=500))
    steps = 'user: {get: "/user", optional: true}\nteam: {get: "/teams/{user.team}"}'
    response = serve(view(steps)).get("/views/7")
    assert response.json() == {"user": None, "team": None}
    assert upstream.targets() == ["/user"]


def test_an_optional_step_may_fail_in_some_items_of_each(serve, upstream):
    upstream.on("/jobs", document([{"id": 1}, {"id": 2}, {"id": 3}]))
    for number in (1, 3):
        upstream.on(f"/jobs/{number}/metrics", document({"loss": number}))
    upstream.on("/jobs/2/metrics", document({}, status=500))
    steps = """
        jobs: {get: "/jobs"}
        metrics: {each: "jobs[*]", as: job, get: "/jobs/{job.id}/metrics", optional: true, else: {loss: null}}
    """
    response = serve(view(steps, out="metrics: metrics")).get("/views/7")
    assert response.json() == {"metrics": [{"loss": 1}, {"loss": None}, {"loss": 3}]}
    assert response["nearside-partial"] == "metrics"


def test_a_step_slower_than_its_timeout_does_not_hold_up_the_view(serve, upstream):
    upstream.on("/projects/7", document({"owner_id": 3}))
    upstream.on("/users/3", stall)
    upstreams = upstream_yaml(upstream.url, timeout="{connect: 30s, first_byte: 60s, total: 60s}")
    response = serve(OWNER_OPTIONAL, upstreams=upstreams).get("/views/7")
    assert response["nearside-partial"] == "owner"
    assert upstream.to("/users/3")[0].gone.wait(PATIENCE)
