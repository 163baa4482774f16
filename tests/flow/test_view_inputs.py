"""What counts as input of a view: its path's parameters and its declared query, with defaults. Nothing else reaches the
plan or the key."""

import pytest

from answers import by, document
from configuration import view

LIST = view(
    'jobs: {get: "/jobs?project={id}&page={page}&status={status}"}',
    out="seen: jobs.target",
    query="{page: 1, status: null}",
)


@pytest.fixture
def nearside(serve, upstream):
    upstream.on("/jobs", by(lambda request: document({"target": request.target})))
    return serve(LIST)


def seen(nearside, target):
    return nearside.get(target).json()["seen"]


def test_defaults_stand_in_for_what_is_not_sent(nearside):
    assert seen(nearside, "/views/7").startswith("/jobs?project=7&page=1")


def test_a_null_parameter_leaves_no_trace_in_the_url(nearside):
    assert seen(nearside, "/views/7") == "/jobs?project=7&page=1"


def test_what_is_sent_replaces_the_default(nearside):
    assert seen(nearside, "/views/7?page=3&status=running") == "/jobs?project=7&page=3&status=running"


def test_the_order_in_the_request_means_nothing(nearside, upstream):
    seen(nearside, "/views/7?page=3&status=running")
    assert nearside.get("/views/7?status=running&page=3").is_hit
    assert upstream.count() == 1


def test_a_default_that_is_sent_is_the_same_input(nearside, upstream):
    seen(nearside, "/views/7")
    assert nearside.get("/views/7?page=1").is_hit
    assert upstream.count() == 1


@pytest.mark.parametrize("extra", ["utm_source=x", "Page=9", "page%00=9", "&&&", "=", "x=%zz", "id=8", "_=1699999999"])
def test_what_is_not_declared_reaches_neither_plan_nor_key(nearside, upstream, extra):
    first = seen(nearside, "/views/7")
    again = nearside.get(f"/views/7?{extra}")
    assert again.is_hit
    assert again.json()["seen"] == first


def test_a_parameter_sent_twice_has_one_value(nearside):
    assert seen(nearside, "/views/7?page=2&page=3") in ("/jobs?project=7&page=2", "/jobs?project=7&page=3")


def test_plus_is_a_space_in_a_query(nearside):
    assert seen(nearside, "/views/7?status=to+do").endswith("status=to%20do")


def test_an_encoded_name_is_that_name(nearside):
    assert "page=4" in seen(nearside, "/views/7?p%61ge=4")


def test_an_empty_value_is_a_value(nearside):
    assert seen(nearside, "/views/7?status=") in ("/jobs?project=7&page=1&status=", "/jobs?project=7&page=1")


@pytest.mark.parametrize("value", ["%", "%f", "%zz", "%ff", "%c3%28", "%ed%a0%80"])
def test_a_value_that_is_not_text_is_refused(nearside, upstream, value):
    refused = nearside.get(f"/views/7?status={value}")
    assert refused.status == 400
    assert refused.problem_name in ("invalid_parameter", "bad_request")
    assert upstream.count() == 0


def test_equal_ways_to_write_one_path_are_one_entry(nearside, upstream):
    seen(nearside, "/views/a-b")
    assert nearside.get("/views/%61%2Db").is_hit
    assert upstream.count() == 1


def test_inputs_can_be_shown_in_the_view(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(view('a: {get: "/a"}', out="project: id\npage: page\nn: a.n", query="{page: 1}"))
    assert nearside.get("/views/x%22y?page=2").json() == {"project": 'x"y', "page": "2", "n": 1}
