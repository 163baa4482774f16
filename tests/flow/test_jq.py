"""`jq:` on a step makes its value of its document, on a view the view of what `out` makes. What a program does wrong fails
its step, or the view, and nothing else."""

import pytest

from answers import document
from configuration import configuration, view
from nearside import command

JOBS = [{"id": 1, "status": "running", "loss": 0.5}, {"id": 2, "status": "done", "loss": 0.25}]


def step(program, **more):
    keys = "".join(f", {key}: {value}" for key, value in more.items())
    return f"jobs: {{get: /jobs, jq: '{program}'{keys}}}"


def test_a_steps_value_is_what_its_program_makes(serve, upstream):
    upstream.on("/jobs", document({"results": JOBS})).on("/logs/2", document({"lines": 9}))
    steps = step('.results | map(select(.status == "done"))') + '\nlogs: {each: "jobs[*]", as: job, get: "/logs/{job.id}"}'
    told = serve(view(steps)).get("/views/7").json()
    assert told == {"jobs": [JOBS[1]], "logs": [{"lines": 9}]}


def test_a_view_is_what_its_program_makes_of_out(serve, upstream):
    upstream.on("/jobs", document(JOBS))
    program = "'{best: (.jobs | min_by(.loss) | .id), by_status: (.jobs | group_by(.status) | map({(.[0].status): length}) | add)}'"
    nearside = serve(view('jobs: {get: /jobs}', out="jobs: jobs", jq=program))
    first = nearside.get("/views/7")
    assert first.json() == {"best": 2, "by_status": {"done": 1, "running": 1}}
    assert nearside.get("/views/7", if_none_match=first["etag"]).status == 304


def test_with_each_it_is_run_for_each_document_and_with_pages_for_the_whole_list(serve, upstream):
    upstream.on("/jobs", document({"results": [1, 2], "next": "/jobs?page=2"}))
    upstream.on("/jobs?page=2", document({"results": [3], "next": None}))
    upstream.on("/logs/1", document([1, 1])).on("/logs/2", document([2])).on("/logs/3", document([]))
    steps = """
        jobs: {get: /jobs, pages: {items: results, next: next}, jq: reverse}
        logs: {each: "jobs[*]", as: job, get: "/logs/{job}", jq: length}
    """
    assert serve(view(steps)).get("/views/7").json() == {"jobs": [3, 2, 1], "logs": [0, 1, 2]}


def test_a_program_that_makes_nothing_makes_null(serve, upstream):
    upstream.on("/jobs", document(JOBS))
    assert serve(view(step("empty"))).get("/views/7").text == '{"jobs":null}'


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("error(\"no such thing\")", "step `jobs`: the jq program says: no such thing"),
        (".results", "Cannot index array with"),
        (".[]", "makes several values; write `[...]` around it"),
        ("env.HOME", "a program can"),
        ("input", "there is one input"),
    ],
)
def test_a_program_that_fails_fails_its_step(serve, upstream, program, says):
    upstream.on("/jobs", document(JOBS))
    failed = serve(view(step(program))).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "jq_failed"
    assert failed.problem()["step"] == "jobs"
    assert says in failed.problem()["detail"]


def test_an_optional_step_whose_program_fails_becomes_its_else(serve, upstream):
    upstream.on("/jobs", document(JOBS))
    partial = serve(view(step("error", optional="true", **{"else": "[]"}))).get("/views/7")
    assert partial.json() == {"jobs": []}
    assert partial["nearside-partial"] == "jobs"


def test_an_older_copy_stands_in_for_a_program_that_fails_on_new_data(serve, upstream):
    upstream.on("/jobs", document({"n": 2}), document({"n": "two"}))
    nearside = serve(view(step(".n - 2"), fresh="0s", stale="0s", stale_if_error="1h"))
    assert nearside.get("/views/7").json() == {"jobs": 0}
    again = nearside.get("/views/7")
    assert again.json() == {"jobs": 0}
    assert again.cache_status["detail"] == "stale-if-error"


def test_a_failing_program_of_the_view_is_nobodys_step(serve, upstream):
    upstream.on("/jobs", document(JOBS))
    failed = serve(view("jobs: {get: /jobs}", jq="'.jobs.x'")).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "jq_failed"
    assert "step" not in failed.problem()


@pytest.mark.parametrize(
    "program",
    [
        ".[(.[0].loss - .[0].loss) / (.[1].loss - .[1].loss):]",
        ".[nan:]",
        ".[:nan] = []",
        "del(.[nan:])",
        "[limit(3; repeat(1))] | .[nan:nan]",
        'nan | strftime("%Y")',
        "1e300 | todate",
        '"x" | indices("")',
    ],
)
def test_what_would_end_jq_does_not_end_the_process(serve, upstream, program):
    upstream.on("/jobs", document(JOBS)).on("/other", document(1))
    nearside = serve(view(step(program.replace("'", "''"))) + view("a: {get: /other}", name="other", path="/o").removeprefix("views:\n"))
    for _ in range(3):
        assert nearside.get("/views/7", cache_control="no-cache").status in (200, 502)
    assert nearside.get("/o").status == 200


@pytest.mark.parametrize("program", [". as $x | [range(1e9)]", '[.[] | tojson] | add * 1e9', ".[1e9] = 1", "[repeat(1)]", 'reduce range(1e9) as $i (""; . + "xxxxxxxxxxxxxxxx")'])
def test_a_program_that_takes_more_and_more_memory_is_ended(serve, upstream, program):
    upstream.on("/jobs", document(JOBS))
    nearside = serve(view(step(program)))
    failed = nearside.get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "jq_failed"
    assert nearside.peak_memory() < 2 << 30


@pytest.mark.parametrize(
    ("program", "told"),
    [("map(", "no jq program: syntax error"), ("nosuch", "no jq program: nosuch/0 is not defined"), ('import "x" as x; .', "no jq program")],
)
def test_what_is_no_program_is_refused_at_load(tmp_path, upstream, program, told):
    file = tmp_path / "nearside.yaml"
    file.write_text(configuration(upstream.url, view(step(program))))
    checked = command("check", file)
    assert checked.returncode == 1
    assert told in checked.stderr
    assert "try it with the program `jq`, on a document of the upstream" in checked.stderr
