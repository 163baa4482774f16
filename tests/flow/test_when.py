"""`when:` skips a step while its condition does not hold: no call, null for its value, and no failure."""

import pytest

from answers import document
from configuration import view

STEPS = """
    project: {get: "/project"}
    owner: {get: "/owner", when: '%s'}
"""


def asked(serve, upstream, condition, project, query=None, target="/views/7"):
    upstream.on("/project", document(project)).on("/owner", document({"name": "minji"}))
    response = serve(view(STEPS % condition, query=query)).get(target)
    assert response.status == 200
    assert "nearside-partial" not in response
    assert (response.json()["owner"] is None) == (upstream.count("/owner") == 0)
    return upstream.count("/owner") == 1


@pytest.mark.parametrize(
    ("condition", "project", "holds"),
    [
        ("project.archived == false", {"archived": False}, True),
        ("project.archived == false", {"archived": True}, False),
        ("project.archived == false", {}, False),
        ("project.archived == null", {}, True),
        ("project.archived != true", {}, True),
        ('project.status == "running"', {"status": "running"}, True),
        ('project.status == "running"', {"status": "Running"}, False),
        ("project.jobs > 3", {"jobs": 4}, True),
        ("project.jobs > 3", {"jobs": 3.0}, False),
        ("project.jobs > 3", {"jobs": "4"}, False),
        ("project.jobs >= project.least", {"jobs": 5, "least": 5}, True),
        ("project.owner", {"owner": 7}, True),
        ("project.owner", {"owner": 0}, False),
        ("project.owner", {"owner": ""}, False),
        ("project.owner", {"owner": []}, True),
        ("project.owner", {"owner": {"id": 1}}, True),
        ("not project.owner", {}, True),
        ("project.a and project.b or project.c", {"a": 1, "c": 1}, True),
        ("project.a and (project.b or project.c)", {"b": 1, "c": 1}, False),
    ],
)
def test_a_condition_on_another_step(serve, upstream, condition, project, holds):
    assert asked(serve, upstream, condition, project) is holds


@pytest.mark.parametrize(
    ("condition", "target", "holds"),
    [
        ("full", "/views/7?full=1", True),
        ("full", "/views/7", False),
        ("page > 1", "/views/7?page=2", True),
        ("page > 1", "/views/7?page=10", True),
        ("page > 1", "/views/7", False),
        ('id == "7"', "/views/7", True),
        ("id == 7", "/views/8", False),
    ],
)
def test_a_condition_on_a_parameter_which_is_compared_as_what_it_is_compared_with(serve, upstream, condition, target, holds):
    assert asked(serve, upstream, condition, {}, query="{full: null, page: 1}", target=target) is holds


def test_a_step_whose_condition_needs_nothing_starts_at_once_and_one_that_is_skipped_skips_what_needs_it(serve, upstream):
    upstream.on("/team/3", document({"id": 3})).on("/owner", document({"team": 3}))
    steps = """
        owner: {get: "/owner", when: full}
        team: {get: "/team/{owner.team}"}
    """
    nearside = serve(view(steps, query="{full: null}"))
    assert nearside.get("/views/7").json() == {"owner": None, "team": None}
    assert upstream.count() == 0
    assert nearside.get("/views/7?full=yes").json() == {"owner": {"team": 3}, "team": {"id": 3}}


def test_a_condition_that_names_the_item_is_asked_for_each_item(serve, upstream):
    upstream.on("/jobs", document([{"id": 1, "status": "running"}, {"id": 2, "status": "done"}, {"id": 3}]))
    upstream.on("/logs/1", document({"lines": 9}))
    steps = """
        jobs: {get: "/jobs"}
        logs: {each: "jobs[*]", as: job, get: "/logs/{job.id}", when: 'job.status == "running"'}
    """
    out = 'jobs: {each: "jobs[*]", as: job, pick: [id], with: {lines: "logs[job].lines"}}\nlogs: logs'
    told = serve(view(steps, out=out)).get("/views/7").json()
    assert told["logs"] == [{"lines": 9}, None, None]
    assert told["jobs"] == [{"id": 1, "lines": 9}, {"id": 2, "lines": None}, {"id": 3, "lines": None}]


def test_a_step_that_is_skipped_needs_no_else(serve, upstream):
    upstream.on("/project", document({}))
    steps = (STEPS % "project.owner").replace("get: \"/owner\"", 'get: "/owner", optional: true, else: {name: unknown}')
    told = serve(view(steps)).get("/views/7")
    assert told.json()["owner"] is None
    assert "nearside-partial" not in told
