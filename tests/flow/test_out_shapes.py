"""`out`: what of the steps a view shows, and how."""

import pytest

from answers import document
from configuration import view

PROJECT = {"id": 7, "name": "Lark", "owner": {"id": 3, "name": "Saskia"}, "tags": ["a", "b"], "note": None}
JOBS = {"results": [{"id": 1, "s": "run", "t": 9}, {"id": 2, "s": "done", "t": 8}]}

SHAPES = {
    "a whole step": ("x: project", {"x": PROJECT}),
    "a path": ("x: project.owner.name", {"x": "Saskia"}),
    "a bracketed name": ("x: \"project['owner']['name']\"", {"x": "Saskia"}),
    "an index": ('x: "project.tags[1]"', {"x": "b"}),
    "an index from the end": ('x: "project.tags[-1]"', {"x": "b"}),
    "a path that selects nothing": ("x: project.nowhere.at.all", {"x": None}),
    "a null": ("x: project.note", {"x": None}),
    "a path that may select several": ('x: "jobs.results[*].id"', {"x": [1, 2]}),
    "a filter": ("x: \"jobs.results[?@.s == 'run'].id\"", {"x": [1]}),
    "a filter that finds nothing": ("x: \"jobs.results[?@.s == 'no'].id\"", {"x": []}),
    "nested objects": ("x: {y: {z: project.id}}", {"x": {"y": {"z": 7}}}),
    "a list": ("x: [project.id, project.name, 3]", {"x": [7, "Lark", 3]}),
    "constants": ("n: 3\nf: 1.50\nt: true\nf2: false\nz: null", {"n": 3, "f": 1.5, "t": True, "f2": False, "z": None}),
    "a literal text": ("x: {literal: project}", {"x": "project"}),
    "a literal list": ("x: {literal: [a, 1, {b: c}]}", {"x": ["a", 1, {"b": "c"}]}),
    "pick": ("x: {from: project, pick: [id, name]}", {"x": {"id": 7, "name": "Lark"}}),
    "pick of what isn't there": ("x: {from: project, pick: [id, ghost]}", {"x": {"id": 7}}),
    "omit": ("x: {from: project, omit: [owner, tags]}", {"x": {"id": 7, "name": "Lark", "note": None}}),
    "from a path": ("x: {from: project.owner, pick: [name]}", {"x": {"name": "Saskia"}}),
    "pick from null": ("x: {from: project.note, pick: [name]}", {"x": None}),
    "with": (
        "x: {from: project, pick: [id], with: {boss: project.owner.name}}",
        {"x": {"id": 7, "boss": "Saskia"}},
    ),
    "with replaces": ("x: {from: project, pick: [id, name], with: {name: 1}}", {"x": {"id": 7, "name": 1}}),
    "each": (
        'x: {each: "jobs.results[*]", as: job, pick: [id, s]}',
        {"x": [{"id": 1, "s": "run"}, {"id": 2, "s": "done"}]},
    ),
    "each with omit": ('x: {each: "jobs.results[*]", as: job, omit: [t, s]}', {"x": [{"id": 1}, {"id": 2}]}),
    "each with": (
        'x: {each: "jobs.results[*]", as: job, pick: [id], with: {p: project.id, state: job.s}}',
        {"x": [{"id": 1, "p": 7, "state": "run"}, {"id": 2, "p": 7, "state": "done"}]},
    ),
    "each without anything keeps the items": ('x: {each: "jobs.results[*]", as: job}', {"x": JOBS["results"]}),
    "each over nothing there": ('x: {each: "jobs.nowhere[*]", as: job, pick: [id]}', {"x": None}),
}
STEPS = 'project: {get: "/project"}\njobs: {get: "/jobs"}'


@pytest.mark.parametrize("out, expected", SHAPES.values(), ids=SHAPES.keys())
def test_shape(serve, upstream, out, expected):
    upstream.on("/project", document(PROJECT))
    upstream.on("/jobs", document(JOBS))
    response = serve(view(STEPS, out=out)).get("/views/7")
    assert response.status == 200, response
    assert response.json() == expected
    assert list(response.json()) == list(expected)


def test_out_may_be_a_single_step(serve, upstream):
    upstream.on("/project", document('{"id": 7.0}'))
    assert serve(view('project: {get: "/project"}', out="project")).get("/views/7").body == b'{"id": 7.0}'


def test_out_may_be_a_list(serve, upstream):
    upstream.on("/project", document(PROJECT))
    nearside = serve(view('project: {get: "/project"}', out="[project.id, project.name]"))
    assert nearside.get("/views/7").json() == [7, "Lark"]


@pytest.mark.parametrize("out", ["x: {from: jobs.results, pick: [id]}", "x: {from: project.name, pick: [id]}"])
def test_pick_from_what_is_no_object_is_an_error(serve, upstream, out):
    upstream.on("/project", document(PROJECT))
    upstream.on("/jobs", document(JOBS))
    failed = serve(view(STEPS, out=out)).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "wrong_type"


def test_the_board_of_the_manual(serve, upstream):
    """The view of the contract, without what later versions bring."""
    upstream.on("/api/projects/7/", document({"id": 7, "name": "Lark", "owner_id": 3, "budget": 1}))
    upstream.on("/api/users/3/", document({"id": 3, "name": "Saskia"}))
    jobs = [{"id": 1, "status": "running", "created_at": "x", "log": "..."}, {"id": 2, "status": "done", "log": "..."}]
    upstream.on("/api/jobs/", document(jobs))
    upstream.on("/api/jobs/1/metrics/", document([0.5]))
    upstream.on("/api/jobs/2/metrics/", document([0.25]))
    board = view(
        """
        project: {get: "/api/projects/{id}/"}
        owner:   {get: "/api/users/{project.owner_id}/", optional: true, timeout: 8s, else: null}
        jobs:    {get: "/api/jobs/?project={id}&page={page}"}
        metrics: {each: "jobs[*]", as: job, get: "/api/jobs/{job.id}/metrics/", parallel: 16, max: 500}
        """,
        out="""
        project: {from: project, pick: [id, name]}
        owner: owner
        jobs: {each: "jobs[*]", as: job, pick: [id, status, created_at], with: {metrics: "metrics[job]"}}
        """,
        query="{page: 1, status: null}",
        path="/views/projects/{id}",
        scope="user",
    )
    assert serve(board).get("/views/projects/7").json() == {
        "project": {"id": 7, "name": "Lark"},
        "owner": {"id": 3, "name": "Saskia"},
        "jobs": [
            {"id": 1, "status": "running", "created_at": "x", "metrics": [0.5]},
            {"id": 2, "status": "done", "metrics": [0.25]},
        ],
    }
