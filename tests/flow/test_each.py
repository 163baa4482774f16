"""`each` fans out over the items that a reference selects: results in input order, `parallel` at a time, at most
`max`."""

import pytest

from answers import by, document, held
from configuration import view
from deadlines import in_background


def jobs_view(extra="", out="metrics: metrics", each="jobs.results[*]", **keys):
    steps = f"""
        jobs: {{get: "/jobs"}}
        metrics: {{each: "{each}", as: job, get: "/jobs/{{job.id}}/metrics"{extra}}}
    """
    return view(steps, out=out, **keys)


def with_jobs(upstream, numbers, answer=None):
    upstream.on("/jobs", document({"results": [{"id": number} for number in numbers]}))
    for number in set(numbers):
        made = document({"of": number})
        upstream.on(f"/jobs/{number}/metrics", answer(made) if answer else made)


def test_results_come_in_input_order_whatever_the_order_of_answers(serve, upstream, gate):
    with_jobs(upstream, [5, 3, 9, 1])
    upstream.on("/jobs/5/metrics", held(gate, document({"of": 5})))
    waiting = in_background(serve(jobs_view()).get, "/views/7")
    for number in (3, 9, 1):
        upstream.wait_for(f"/jobs/{number}/metrics")
    gate.open()
    assert waiting.result().json() == {"metrics": [{"of": 5}, {"of": 3}, {"of": 9}, {"of": 1}]}


def test_no_more_than_parallel_are_asked_at_once(serve, upstream, gate):
    with_jobs(upstream, range(12), answer=lambda made: held(gate, made))
    waiting = in_background(serve(jobs_view(", parallel: 3")).get, "/views/7")
    gate.wait_arrived(3)
    assert upstream.count() == 1 + 3
    gate.open()
    assert len(waiting.result().json()["metrics"]) == 12


def test_the_bound_holds_to_the_end(serve, upstream, gate):
    with_jobs(upstream, range(20), answer=lambda made: held(gate, made))
    waiting = in_background(serve(jobs_view(", parallel: 4")).get, "/views/7")
    for let_through in range(17):
        gate.wait_arrived(4 + let_through)
        assert upstream.count() <= 1 + 4 + let_through
        gate.let(1)
    gate.open()
    assert len(waiting.result().json()["metrics"]) == 20


def test_all_are_asked_at_once_where_parallel_allows(serve, upstream, gate):
    with_jobs(upstream, range(32), answer=lambda made: held(gate, made))
    waiting = in_background(serve(jobs_view(", parallel: 64")).get, "/views/7")
    gate.wait_arrived(32)
    gate.open()
    assert waiting.result().status == 200


def test_more_items_than_max_is_an_error_and_no_silent_cut(serve, upstream):
    with_jobs(upstream, range(6))
    response = serve(jobs_view(", max: 5")).get("/views/7")
    assert response.status == 502
    assert response.problem_name == "fan_out_limit"
    assert response.problem()["step"] == "metrics"
    assert upstream.targets() == ["/jobs"]


def test_exactly_max_items_are_fine(serve, upstream):
    with_jobs(upstream, range(5))
    assert serve(jobs_view(", max: 5")).get("/views/7").status == 200


def test_equal_urls_are_fetched_once_and_shared(serve, upstream):
    with_jobs(upstream, [4, 4, 2, 4])
    response = serve(jobs_view()).get("/views/7")
    assert [each["of"] for each in response.json()["metrics"]] == [4, 4, 2, 4]
    assert upstream.count("/jobs/4/metrics") == 1


def test_results_are_put_beside_the_item_they_belong_to(serve, upstream):
    with_jobs(upstream, [5, 3])
    out = 'jobs: {each: "jobs.results[*]", as: job, pick: [id], with: {metrics: "metrics[job]"}}'
    assert serve(jobs_view(out=out)).get("/views/7").json() == {
        "jobs": [{"id": 5, "metrics": {"of": 5}}, {"id": 3, "metrics": {"of": 3}}]
    }


def test_equal_items_each_have_their_result(serve, upstream):
    """Two items that are the same byte for byte are still two."""
    with_jobs(upstream, [4, 4])
    out = 'jobs: {each: "jobs.results[*]", as: job, with: {metrics: "metrics[job].of"}}'
    assert serve(jobs_view(out=out)).get("/views/7").json() == {
        "jobs": [{"id": 4, "metrics": 4}, {"id": 4, "metrics": 4}]
    }


def test_a_filter_selects_the_items(serve, upstream):
    rows = [{"id": 1, "status": "running"}, {"id": 2, "status": "done"}, {"id": 3, "status": "running"}]
    upstream.on("/jobs", document({"results": rows}))
    for number in (1, 3):
        upstream.on(f"/jobs/{number}/metrics", document({"of": number}))
    nearside = serve(jobs_view(each="jobs.results[?@.status == 'running']"))
    assert nearside.get("/views/7").json() == {"metrics": [{"of": 1}, {"of": 3}]}


def test_each_over_the_results_of_each(serve, upstream):
    upstream.on("/jobs", document([{"id": 1}, {"id": 2}]))
    for number in (1, 2):
        upstream.on(f"/jobs/{number}", document({"runner": number * 10}))
        upstream.on(f"/runners/{number * 10}", document({"name": f"r{number}"}))
    steps = """
        jobs: {get: "/jobs"}
        details: {each: "jobs[*]", as: job, get: "/jobs/{job.id}"}
        runners: {each: "details[*]", as: detail, get: "/runners/{detail.runner}"}
    """
    nearside = serve(view(steps, out='names: "runners[*].name"'))
    assert nearside.get("/views/7").json() == {"names": ["r1", "r2"]}


def test_items_that_are_plain_values(serve, upstream):
    upstream.on("/ids", document([3, "x y", 5]))
    for target in ("/things/3", "/things/x%20y", "/things/5"):
        upstream.on(target, by(lambda request: document({"target": request.target})))
    steps = 'ids: {get: "/ids"}\nthings: {each: "ids[*]", as: id_, get: "/things/{id_}"}'
    nearside = serve(view(steps, out='targets: "things[*].target"'))
    assert nearside.get("/views/7").json() == {"targets": ["/things/3", "/things/x%20y", "/things/5"]}


def test_one_failed_item_of_a_required_step_fails_the_view(serve, upstream):
    with_jobs(upstream, [1, 2, 3])
    upstream.on("/jobs/2/metrics", document({}, status=500))
    response = serve(jobs_view()).get("/views/7")
    assert response.status == 502
    assert response.problem()["step"] == "metrics"
    assert response.problem()["upstream_status"] == 500


@pytest.mark.parametrize("value", ["3", '"text"', "true"])
def test_each_over_something_that_is_no_list(serve, upstream, value):
    upstream.on("/jobs", document('{"results": %s}' % value))
    response = serve(jobs_view()).get("/views/7")
    assert response.status == 502
    assert response.problem_name == "wrong_type"


def test_200_items_arrive_on_few_connections(serve, upstream):
    with_jobs(upstream, range(200))
    nearside = serve(jobs_view(", parallel: 64"))
    assert len(nearside.get("/views/7").json()["metrics"]) == 200
    assert len(upstream.connections) <= 64 + 2

