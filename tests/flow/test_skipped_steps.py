"""A reference that comes to nothing (null or missing) skips its step, and what needs it; never is there a `null` in a
URL."""

import pytest

from answers import document
from configuration import view


NOTHING = ['{"owner_id": null}', "{}", '{"owner_id": null, "x": 1}', '{"other": {"owner_id": 3}}']


@pytest.mark.parametrize("project", NOTHING)
def test_null_or_missing_skips_the_step(serve, upstream, project):
    upstream.on("/project", document(project))
    nearside = serve(view('project: {get: "/project"}\nowner: {get: "/users/{project.owner_id}"}'))
    response = nearside.get("/views/7")
    assert response.status == 200
    assert response.json()["owner"] is None
    assert upstream.targets() == ["/project"]


def test_what_needs_a_skipped_step_is_skipped_too(serve, upstream):
    upstream.on("/project", document({"owner_id": None}))
    steps = """
        project: {get: "/project"}
        owner: {get: "/users/{project.owner_id}"}
        team: {get: "/teams/{owner.team_id}"}
        badge: {get: "/badges/{team.badge}"}
    """
    assert serve(view(steps)).get("/views/7").json() == {
        "project": {"owner_id": None},
        "owner": None,
        "team": None,
        "badge": None,
    }
    assert upstream.targets() == ["/project"]


def test_a_skipped_step_is_no_failure(serve, upstream):
    upstream.on("/project", document({"owner_id": None}))
    nearside = serve(view('project: {get: "/project"}\nowner: {get: "/users/{project.owner_id}", optional: true}'))
    response = nearside.get("/views/7")
    assert "nearside-partial" not in response
    assert nearside.get("/views/7").is_hit


def test_a_missing_index_skips(serve, upstream):
    upstream.on("/jobs", document([]))
    nearside = serve(view('jobs: {get: "/jobs"}\nfirst: {get: "/jobs/{jobs[0].id}"}'))
    assert nearside.get("/views/7").json() == {"jobs": [], "first": None}


def test_a_name_looked_up_in_a_list_skips(serve, upstream):
    upstream.on("/jobs", document([{"id": 1}]))
    nearside = serve(view('jobs: {get: "/jobs"}\nfirst: {get: "/jobs/{jobs.id}"}'))
    assert nearside.get("/views/7").json()["first"] is None
    assert upstream.targets() == ["/jobs"]


def test_each_over_null_is_null_and_over_nothing_is_empty(serve, upstream):
    upstream.on("/a", document({"none": None, "empty": []}))
    steps = """
        a: {get: "/a"}
        none: {each: "a.none[*]", as: item, get: "/items/{item.id}"}
        empty: {each: "a.empty[*]", as: item, get: "/items/{item.id}"}
    """
    assert serve(view(steps, out="none: none\nempty: empty")).get("/views/7").json() == {"none": None, "empty": []}
    assert upstream.targets() == ["/a"]


def test_an_item_without_its_value_is_null_in_its_place(serve, upstream):
    upstream.on("/jobs", document([{"id": 1}, {"id": None}, {}, {"id": 4}]))
    upstream.on("/jobs/1", document({"n": 1}))
    upstream.on("/jobs/4", document({"n": 4}))
    steps = 'jobs: {get: "/jobs"}\ndetail: {each: "jobs[*]", as: job, get: "/jobs/{job.id}"}'
    response = serve(view(steps, out="detail: detail")).get("/views/7")
    assert response.json() == {"detail": [{"n": 1}, None, None, {"n": 4}]}
    assert sorted(upstream.targets()) == ["/jobs", "/jobs/1", "/jobs/4"]
