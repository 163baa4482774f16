"""Kill, stall, truncate and garble the upstream at each step of a plan of four: the defined outcome each time, never a
hang, and the next request is served as if nothing had been."""

import pytest

from answers import cut_chunks, document, drop, raw, reset, stall, stall_within, truncated
from configuration import upstream_yaml, view

STEPS = ["user", "projects", "jobs", "metrics"]
CHAIN = view(
    """
    user: {get: "/api/users/{id}/"}
    projects: {get: "/api/projects/?owner={user.id}"}
    jobs: {get: "/api/jobs/?project={projects.results[0].id}"}
    metrics: {each: "jobs.results[*]", as: job, get: "/api/jobs/{job.id}/metrics/"}
    """,
    out="""
    user: user.name
    jobs: {each: "jobs.results[*]", as: job, pick: [id], with: {metrics: "metrics[job]"}}
    """,
)
TARGETS = {
    "user": "/api/users/7/",
    "projects": "/api/projects/?owner=7",
    "jobs": "/api/jobs/?project=3",
    "metrics": "/api/jobs/12/metrics/",
}
GOOD = {
    "user": document({"id": 7, "name": "Saskia"}),
    "projects": document({"results": [{"id": 3}]}),
    "jobs": document({"results": [{"id": 11}, {"id": 12}, {"id": 13}]}),
    "metrics": document([0.5]),
}
DOCUMENT = '{"id": 7, "results": [{"id": 3}], "more": "................"}'

# What happens, the status the client gets, and the names it may have.
FAULTS = {
    "dropped": (drop, 502, {"closed_early", "connect_failed"}),
    "reset": (reset, 502, {"closed_early", "connect_failed"}),
    "stalled before the answer": (stall, 504, {"first_byte_timeout", "total_timeout"}),
    "stalled within the body": (stall_within(DOCUMENT), 504, {"total_timeout"}),
    "truncated": (truncated(DOCUMENT), 502, {"closed_early"}),
    "chunks cut": (cut_chunks(DOCUMENT), 502, {"closed_early"}),
    "garbled HTTP": (raw(b"\0\1\2garbage\r\n\r\n"), 502, {"malformed_response"}),
    "garbled JSON": (document(DOCUMENT[:-5]), 502, {"invalid_json"}),
    "status 500": (document({}, status=500), 502, {"upstream_status"}),
    "status 404": (document({}, status=404), 404, {"upstream_status"}),
    "no content": (document("", status=204), 502, {"no_content"}),
    "redirect": (document("", status=302, location="/login"), 502, {"redirect_refused"}),
}


def everything_is_fine(upstream):
    for step, target in TARGETS.items():
        upstream.on(target, GOOD[step])
    upstream.on("/api/jobs/11/metrics/", GOOD["metrics"])
    upstream.on("/api/jobs/13/metrics/", GOOD["metrics"])


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault, status, names", FAULTS.values(), ids=FAULTS.keys())
def test_fault(serve, upstream, step, fault, status, names):
    everything_is_fine(upstream)
    upstream.on(TARGETS[step], fault)
    nearside = serve(
        CHAIN, upstreams=upstream_yaml(upstream.url, timeout="{connect: 600ms, first_byte: 300ms, total: 600ms}")
    )
    failed = nearside.get("/views/7")
    problem = failed.problem()
    assert failed.status == status
    assert failed.problem_name in names
    assert problem["step"] == step
    assert problem["view"] == "board"

    everything_is_fine(upstream)
    recovered = nearside.get("/views/7")
    assert recovered.status == 200
    assert recovered.json()["jobs"] == [{"id": number, "metrics": [0.5]} for number in (11, 12, 13)]


@pytest.mark.parametrize("step", STEPS)
def test_the_upstream_dies_while_a_step_waits(serve, upstream, gate, step):
    def die(call):
        upstream.kill()
        drop(call)

    everything_is_fine(upstream)
    upstream.on(TARGETS[step], die)
    nearside = serve(CHAIN)
    failed = nearside.get("/views/7")
    assert failed.status == 502
    assert failed.problem()["step"] == step
    everything_is_fine(upstream)
    upstream.revive()
    assert nearside.get("/views/7").status == 200


WRONG_TYPES = {
    "projects": (document({"results": [{"id": {"no": "id"}}]}), "jobs"),
    "jobs": (document({"results": "a text"}), "metrics"),
}


@pytest.mark.parametrize("answers, blamed", WRONG_TYPES.values(), ids=WRONG_TYPES.keys())
def test_a_reference_to_a_wrong_type(serve, upstream, answers, blamed):
    everything_is_fine(upstream)
    at = next(step for step, (answer, _) in WRONG_TYPES.items() if answer is answers)
    upstream.on(TARGETS[at], answers)
    failed = serve(CHAIN).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "wrong_type"
    assert failed.problem()["step"] in (at, blamed)
