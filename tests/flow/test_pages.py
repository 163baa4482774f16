"""`pages` gathers a list that the upstream gives page by page: the rest at once where the first page tells how many there
are, else one after the other."""

import json

import pytest

from answers import by, document, held, truncated, validated
from configuration import upstream_yaml, view
from deadlines import in_background

COUNTED = 'jobs: {get: "/jobs?page_size=2", pages: {items: results, next: next, count: count%s}}'
SERIAL = 'jobs: {get: "/jobs?page_size=2", pages: {items: results, next: next%s}}'


def page_of(number, pages, count=None, where="", size=2):
    """Page `number` of `pages`, as Django REST framework writes it."""
    first = (number - 1) * size
    following = f"{where}/jobs?page={number + 1}&page_size={size}" if number < pages else None
    told = {"results": [{"id": first + 1 + each} for each in range(size)], "next": following}
    return told if count is None else {"count": count, **told}


def script(upstream, pages, count=None, where="", **answers):
    """Answers all pages; `p3=..` is another answer for page 3."""
    for number in range(1, pages + 1):
        target = "/jobs?page_size=2" if number == 1 else f"/jobs?page={number}&page_size=2"
        upstream.on(target, answers.get(f"p{number}", document(page_of(number, pages, count, where))))


def ids(response):
    assert response.status == 200, response
    return [each["id"] for each in response.json()["jobs"]]


def all_ids(pages):
    return list(range(1, 2 * pages + 1))


def test_with_a_count_the_first_page_tells_all_others_which_are_asked_at_once(serve, upstream, gate):
    script(upstream, 5, count=10)
    for number in range(2, 6):
        upstream.on(f"/jobs?page={number}&page_size=2", held(gate, document(page_of(number, 5, 10))))
    nearside = serve(view(COUNTED % ""))
    waiting = in_background(nearside.get, "/views/7")
    gate.wait_arrived(4)
    gate.open()
    assert ids(waiting.result()) == all_ids(5)
    assert upstream.count() == 5


def test_no_more_than_parallel_at_once(serve, upstream, gate):
    script(upstream, 5, count=10)
    for number in range(2, 6):
        upstream.on(f"/jobs?page={number}&page_size=2", held(gate, document(page_of(number, 5, 10))))
    nearside = serve(view(COUNTED % ", parallel: 3"))
    waiting = in_background(nearside.get, "/views/7")
    gate.wait_arrived(3)
    gate.let(1)
    gate.wait_arrived(4)
    assert gate.arrived == 4
    gate.open()
    assert ids(waiting.result()) == all_ids(5)


def test_with_next_alone_each_page_tells_the_next(serve, upstream):
    script(upstream, 4)
    assert ids(serve(view(SERIAL % "")).get("/views/7")) == all_ids(4)
    assert upstream.targets() == ["/jobs?page_size=2", *(f"/jobs?page={n}&page_size=2" for n in (2, 3, 4))]


def test_a_cursor_is_followed_one_by_one_even_with_a_count(serve, upstream):
    upstream.on("/jobs?page_size=2", document({"count": 4, "results": [{"id": 1}, {"id": 2}], "next": "/jobs?cursor=xyz"}))
    upstream.on("/jobs?cursor=xyz", document({"count": 4, "results": [{"id": 3}, {"id": 4}], "next": None}))
    assert ids(serve(view(COUNTED % "")).get("/views/7")) == [1, 2, 3, 4]


@pytest.mark.parametrize("relative", ["/jobs?page=2&page_size=2", "?page=2&page_size=2", "jobs?page=2&page_size=2"])
def test_a_relative_next(serve, upstream, relative):
    upstream.on("/jobs?page_size=2", document({"results": [{"id": 1}], "next": relative}))
    upstream.on("/jobs?page=2&page_size=2", document({"results": [{"id": 2}], "next": None}))
    assert ids(serve(view(SERIAL % "")).get("/views/7")) == [1, 2]


@pytest.mark.parametrize("steps", [COUNTED % "", SERIAL % ""])
def test_an_absolute_next(serve, upstream, steps):
    script(upstream, 3, count=6, where=upstream.url)
    assert ids(serve(view(steps)).get("/views/7")) == all_ids(3)


def test_an_absolute_next_below_the_base_path_of_the_upstream(serve, upstream):
    upstream.on("/v2/jobs?page_size=2", document({"results": [{"id": 1}], "next": f"{upstream.url}/v2/jobs?page=2"}))
    upstream.on("/v2/jobs?page=2", document({"results": [{"id": 2}], "next": None}))
    nearside = serve(view(SERIAL % ""), upstreams=upstream_yaml(upstream.url + "/v2"))
    assert ids(nearside.get("/views/7")) == [1, 2]


@pytest.mark.parametrize(
    "foreign",
    [
        "http://other.example/jobs?page=2",
        "//other.example/jobs?page=2",
        "https://127.0.0.1/jobs?page=2",
        "http://127.0.0.1:1/jobs?page=2",
        "file:///etc/passwd",
        "/jobs?page_size=2",  # back to the first
    ],
)
def test_a_next_that_leads_away_or_back_is_refused(serve, upstream, foreign):
    upstream.on("/jobs?page_size=2", document({"results": [{"id": 1}], "next": foreign}))
    refused = serve(view(SERIAL % "")).get("/views/7")
    assert refused.status == 502
    assert refused.problem_name == "next_refused"
    assert refused.problem()["step"] == "jobs"
    assert upstream.targets() == ["/jobs?page_size=2"]


@pytest.mark.parametrize("steps", [COUNTED, SERIAL])
def test_a_list_longer_than_max_is_cut_and_the_view_says_so(serve, upstream, steps):
    script(upstream, 5, count=10)
    cut = serve(view(steps % ", max: 2")).get("/views/7")
    assert ids(cut) == all_ids(2)
    assert cut["nearside-partial"] == "jobs"
    assert cut["cache-control"] == "public, no-cache"
    assert upstream.count() == 2


def test_a_list_of_just_max_pages_is_whole(serve, upstream):
    script(upstream, 3, count=6)
    assert "nearside-partial" not in serve(view(COUNTED % ", max: 3")).get("/views/7")


def test_a_page_that_fails_fails_the_step(serve, upstream):
    script(upstream, 3, count=6, p2=document({}, status=500))
    failed = serve(view(COUNTED % "")).get("/views/7")
    assert failed.status == 502
    assert failed.problem()["step"] == "jobs"
    assert failed.problem()["upstream_status"] == 500


def test_a_page_that_fails_makes_an_optional_list_its_else(serve, upstream):
    script(upstream, 3, count=6, p3=document({}, status=500))
    nearside = serve(view((COUNTED % "").replace("}}", "}, optional: true, else: []}")))
    partial = nearside.get("/views/7")
    assert partial.json() == {"jobs": []}
    assert partial["nearside-partial"] == "jobs"


def test_a_page_that_breaks_off_fails_the_step(serve, upstream):
    cut_short = truncated(page_of(2, 3, 6))
    script(upstream, 3, count=6, p2=cut_short)
    failed = serve(view(COUNTED % "")).get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "closed_early"
    assert failed.problem()["step"] == "jobs"


@pytest.mark.parametrize("text", ['{"count": 6, "results": [{"id": 3}', '{"count": 6, "results": [1,,2]}', "<html>"])
def test_a_page_that_is_no_json_fails_the_step(serve, upstream, text):
    script(upstream, 3, count=6, p2=document(text))
    failed = serve(view(COUNTED % "")).get("/views/7")
    assert failed.problem_name == "invalid_json"
    assert "GET /jobs" in failed.problem()["detail"]


def test_pages_that_are_gone_meanwhile_end_the_list(serve, upstream):
    script(upstream, 4, count=8, p4=document({"detail": "Invalid page."}, status=404))
    whole = serve(view(COUNTED % "")).get("/views/7")
    assert ids(whole) == all_ids(3)
    assert "nearside-partial" not in whole


def test_a_count_that_is_too_high_costs_no_calls_once_a_page_says_it_is_the_last(serve, upstream):
    script(upstream, 3, count=2000)
    upstream.otherwise(document({"detail": "Invalid page."}, status=404))
    whole = serve(view(COUNTED % ", parallel: 1, max: 50")).get("/views/7")
    assert ids(whole) == all_ids(3)
    assert upstream.count() == 3
    assert "nearside-partial" not in whole


def test_one_page_is_a_list_and_so_is_an_empty_one(serve, upstream):
    upstream.on("/jobs", document({"count": 0, "results": [], "next": None}))
    assert serve(view(COUNTED % "")).get("/views/7").text == '{"jobs":[]}'


def test_items_arrive_as_the_upstream_wrote_them(serve, upstream):
    upstream.on("/jobs?page_size=2", document('{"count": 2, "next": "/jobs?page=2&page_size=2", "results": [ {"n": 1.10, "n":2} ]}'))
    upstream.on("/jobs?page=2&page_size=2", document('{"count": 2, "next": null, "results": [\n12345678901234567890 , "\\u00e9"]}'))
    nearside = serve(view((COUNTED % ", size: 1")))
    assert nearside.get("/views/7").text == '{"jobs":[{"n": 1.10, "n":2},12345678901234567890 , "\\u00e9"]}'


def test_the_gathered_list_is_a_list_to_each_and_to_paths(serve, upstream):
    script(upstream, 2, count=4)
    upstream.otherwise(by(lambda request: document({"of": request.path})))
    steps = COUNTED % "" + '\nlogs: {each: "jobs[*]", as: job, get: "/logs/{job.id}"}\nlast: {get: "/last/{jobs[-1].id}"}'
    told = serve(view(steps, out='ids: "jobs[*].id"\nlogs: "logs[*].of"\nlast: last.of')).get("/views/7").json()
    assert told == {"ids": [1, 2, 3, 4], "logs": [f"/logs/{n}" for n in (1, 2, 3, 4)], "last": "/last/4"}


def test_each_item_has_a_list_of_its_own_and_equal_lists_are_gathered_once(serve, upstream):
    upstream.on("/projects", document([{"id": 1}, {"id": 2}, {"id": 1}]))

    def answer(request):
        project, page = request.path.rsplit("/", 1)[-1], request.query
        following = None if page else f"{request.path}?page=2"
        return document({"results": [f"{project}{page}"], "next": following})

    upstream.otherwise(by(answer))
    steps = """
        projects: {get: "/projects"}
        jobs: {each: "projects[*]", as: project, get: "/of/{project.id}", pages: {items: results, next: next}}
    """
    told = serve(view(steps, out="jobs: jobs")).get("/views/7").json()
    assert told == {"jobs": [["1", "1page=2"], ["2", "2page=2"], ["1", "1page=2"]]}
    assert upstream.count() == 5


def test_a_refresh_of_unchanged_pages_asks_for_all_at_once_and_moves_no_body(serve, upstream, gate):
    script(upstream, 3)
    for number in (1, 2, 3):
        target = "/jobs?page_size=2" if number == 1 else f"/jobs?page={number}&page_size=2"
        upstream.on(target, validated(page_of(number, 3), etag=f'"{number}"'))
    nearside = serve(view(SERIAL % ""))
    first = nearside.get("/views/7")
    upstream.forget()
    for number in (1, 2, 3):
        target = "/jobs?page_size=2" if number == 1 else f"/jobs?page={number}&page_size=2"
        upstream.on(target, held(gate, validated(page_of(number, 3), etag=f'"{number}"')))
    waiting = in_background(nearside.get, "/views/7", cache_control="no-cache")
    gate.wait_arrived(3)
    gate.open()
    assert waiting.result()["etag"] == first["etag"]
    assert all("if-none-match" in each for each in upstream.requests)
    assert json.loads(first.body) == waiting.result().json()
