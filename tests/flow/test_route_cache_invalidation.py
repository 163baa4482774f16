"""Writes make what is stored invalid (RFC 9111 4.4), groups too (RFC 9875), and what the operator says."""

import pytest

from answers import document, drop, held, reset, stall, validated
from configuration import upstream_yaml
from deadlines import PATIENCE, eventually, in_background
from fake_upstream import FakeUpstream
from routes import HOUR, ROUTE, route

UNSAFE = ["POST", "PUT", "PATCH", "DELETE", "M-SEARCH"]


def counting(upstream, target):
    """Answers 1, 2, 3, .. so that a test sees which copy it has."""
    upstream.on(f"GET {target}", *(document(str(number), cache_control=HOUR) for number in range(1, 5)))


def stored(serve, upstream, *targets, routes=ROUTE):
    for target in targets:
        counting(upstream, target)
    nearside = serve(routes)
    for target in targets:
        assert nearside.get(target).text == "1"
        assert nearside.get(target).is_hit
    return nearside


@pytest.mark.parametrize("method", UNSAFE)
def test_a_write_that_succeeds_invalidates_its_target(serve, upstream, method):
    nearside = stored(serve, upstream, "/a", "/b")
    upstream.on(f"{method} /a", document("{}"))
    assert nearside.request("/a", method).status == 200
    assert nearside.get("/a").text == "2"
    assert nearside.get("/a").is_hit
    assert nearside.get("/b").is_hit


@pytest.mark.parametrize("status", [201, 204, 302, 303])
def test_any_answer_but_an_error_is_a_success(serve, upstream, status):
    nearside = stored(serve, upstream, "/a")
    upstream.on("POST /a", document("", status=status))
    nearside.request("/a", "POST")
    assert nearside.get("/a").text == "2"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500, 503])
def test_a_write_that_fails_changes_nothing(serve, upstream, status):
    nearside = stored(serve, upstream, "/a")
    upstream.on("POST /a", document("", status=status))
    assert nearside.request("/a", "POST").status == status
    assert nearside.get("/a").is_hit


def test_a_write_that_nobody_got_changes_nothing(serve, upstream):
    nearside = stored(serve, upstream, "/a")
    upstream.kill()
    upstream.wait_no_connections()
    for _ in range(10):  # refused by the system first, and by nearside itself when it has given the upstream up
        assert nearside.request("/a", "POST").status in (502, 503)
    assert nearside.get("/a").is_hit


@pytest.mark.parametrize("lost", [drop, reset], ids=["closed", "reset"])
def test_a_write_whose_answer_is_lost_may_have_succeeded(serve, upstream, lost):
    nearside = stored(serve, upstream, "/a", "/b")
    upstream.on("POST /a", lost)
    assert nearside.request("/a", "POST").status == 502
    assert nearside.get("/a").text == "2"
    assert nearside.get("/b").is_hit


def test_a_write_whose_client_left_may_have_succeeded(serve, upstream):
    nearside = stored(serve, upstream, "/a")
    upstream.on("POST /a", stall)
    with nearside.connect() as connection:
        connection.ask("/a", "POST")
        upstream.wait_for("/a", 2)
    assert upstream.to("/a")[1].gone.wait(PATIENCE)
    eventually(lambda: nearside.get("/a").text == "2", "the write's target is asked for anew")


@pytest.mark.parametrize("field", ["location", "content_location"])
def test_what_a_write_names_is_invalid_too(serve, upstream, field):
    nearside = stored(serve, upstream, "/a", "/b", "/c")
    upstream.on("POST /a", document("", status=201, **{field: "/b"}))
    nearside.request("/a", "POST")
    assert nearside.get("/b").text == "2"
    assert nearside.get("/c").is_hit


@pytest.mark.parametrize("field", ["location", "content_location"])
def test_but_not_on_another_origin(serve, upstream, field):
    nearside = stored(serve, upstream, "/a", "/b")
    upstream.on("POST /a", document("", status=201, **{field: "http://elsewhere.example/b"}))
    nearside.request("/a", "POST")
    assert nearside.get("/b").is_hit


OTHER_RULES = """\
routes:
  - {path: "/jobs/**", upstream: api}
  - {path: "/lists/**", upstream: api, key: {query: sorted}}
"""


@pytest.mark.parametrize("field", ["location", "content_location"])
def test_by_the_rules_of_the_route_that_serves_it(serve, upstream, field):
    """What is stored of /lists/1?a=1&b=2 is known by its sorted query, whoever names it and how."""
    for path in ("/lists/1", "/lists/2"):
        counting(upstream, path)
    nearside = serve(OTHER_RULES)
    for target in ("/lists/1?b=2&a=1", "/lists/2"):
        assert nearside.get(target).text == "1"
    assert nearside.get("/lists/1?a=1&b=2").is_hit
    upstream.on("POST /jobs/7", document("", status=201, **{field: "/lists/1?b=2&a=1"}))
    nearside.request("/jobs/7", "POST")
    assert nearside.get("/lists/1?a=1&b=2").text == "2"
    assert nearside.get("/lists/2").is_hit


def test_and_at_the_upstream_that_serves_it(serve, upstream):
    with FakeUpstream() as other:
        counting(other, "/lists/1")
        nearside = serve(
            'routes: [{path: "/jobs/**", upstream: api}, {path: "/lists/**", upstream: other}]\n',
            upstreams=upstream_yaml(upstream.url) + upstream_yaml(other.url, name="other").partition("\n")[2],
        )
        assert nearside.get("/lists/1").text == "1"
        upstream.on("POST /jobs/7", document("", status=201, location="/lists/1"))
        nearside.request("/jobs/7", "POST")
        assert nearside.get("/lists/1").text == "2"


def test_a_name_below_the_upstreams_base_path_is_found(serve, upstream):
    upstream.on("GET /base/b", *(document(text, cache_control=HOUR) for text in "12"))
    upstream.on("POST /base/a", document("", status=201, location=f"{upstream.url}/base/b"))
    nearside = serve(ROUTE, upstreams=upstream_yaml(f"{upstream.url}/base"))
    assert nearside.get("/b").text == "1"
    nearside.request("/a", "POST")
    assert nearside.get("/b").text == "2"


def test_every_variant_is_invalid(serve, upstream):
    upstream.on("GET /a", *(document(str(number), cache_control=HOUR, vary="Foo") for number in range(1, 9)))
    upstream.on("POST /a", document("{}"))
    nearside = serve(ROUTE)
    for value in ("1", "2"):
        nearside.get("/a", foo=value)
        assert nearside.get("/a", foo=value).is_hit
    nearside.request("/a", "POST")
    for value in ("1", "2"):
        assert not nearside.get("/a", foo=value).is_hit


def test_safe_methods_invalidate_nothing(serve, upstream):
    nearside = stored(serve, upstream, "/a")
    upstream.otherwise(document(""))
    for method in ("OPTIONS", "HEAD"):
        nearside.request("/a", method)
    assert nearside.get("/a").is_hit


def test_an_invalid_copy_may_still_be_validated(serve, upstream):
    upstream.on("GET /a", validated("1", cache_control=HOUR))
    upstream.on("POST /a", document("{}"))
    nearside = serve(ROUTE)
    nearside.get("/a")
    nearside.request("/a", "POST")
    assert nearside.get("/a").text == "1"
    assert nearside.get("/a").is_hit
    assert [request.fields.get("if-none-match") for request in upstream.to("/a")] == [None, None, '"1"']


def test_but_not_served_instead_of_an_error(serve, upstream):
    upstream.on("GET /a", document("1", cache_control=f"{HOUR}, stale-if-error=600"), document("", status=503))
    upstream.on("POST /a", document("{}"))
    nearside = serve(ROUTE)
    nearside.get("/a")
    nearside.request("/a", "POST")
    assert nearside.get("/a").status == 503


def test_what_was_asked_before_the_write_is_not_kept_after_it(serve, upstream, gate):
    """A GET is under way while a write succeeds: its answer may be from before."""
    upstream.on("GET /a", held(gate, document("before", cache_control=HOUR)), document("after", cache_control=HOUR))
    upstream.on("POST /a", document("{}"))
    nearside = serve(ROUTE)
    reading = in_background(nearside.get, "/a")
    gate.wait_arrived()
    nearside.request("/a", "POST")
    gate.open()
    reading.result()
    assert nearside.get("/a").text == "after"


# --- groups and tags


def test_a_write_may_invalidate_a_group(serve, upstream):
    upstream.on("GET /a", *(document(text, cache_control=HOUR, cache_groups='"jobs", "all"') for text in "12"))
    upstream.on("GET /b", *(document(text, cache_control=HOUR, cache_groups='"users"') for text in "12"))
    upstream.on("POST /c", document("{}", cache_group_invalidation='"jobs"'))
    nearside = serve(ROUTE)
    for target in ("/a", "/b"):
        nearside.get(target)
    nearside.request("/c", "POST")
    assert nearside.get("/a").text == "2"
    assert nearside.get("/b").is_hit


def test_a_group_is_invalidated_by_unsafe_methods_alone(serve, upstream):
    upstream.on("GET /a", *(document(text, cache_control=HOUR, cache_groups='"jobs"') for text in "12"))
    upstream.on("/c", document("{}", cache_group_invalidation='"jobs"'))
    nearside = serve(ROUTE)
    nearside.get("/a")
    nearside.get("/c")
    assert nearside.get("/a").is_hit


ROUTES = """\
routes:
  - {path: "/jobs/{job}", upstream: api, fresh: 1h, tags: ["job:{job}"]}
  - {path: "/jobs/{job}/stop", upstream: api, invalidates: ["job:{job}"]}
  - {path: "/**", upstream: api}
"""


def test_a_write_invalidates_what_the_operator_says(serve, upstream):
    nearside = stored(serve, upstream, "/jobs/7", "/jobs/8", routes=ROUTES)
    upstream.on("POST /jobs/7/stop", document("{}"))
    nearside.request("/jobs/7/stop", "POST")
    assert nearside.get("/jobs/7").text == "2"
    assert nearside.get("/jobs/8").is_hit


@pytest.mark.parametrize("field", ["surrogate_key", "cache_tag"])
def test_the_upstreams_own_tags(serve, upstream, field):
    separator = " " if field == "surrogate_key" else ","
    upstream.on("GET /a", *(document(text, cache_control=HOUR, **{field: f"one{separator}job:7"}) for text in "12"))
    upstream.on("POST /jobs/7/stop", document("{}"))
    nearside = serve(ROUTES)
    nearside.get("/a")
    nearside.request("/jobs/7/stop", "POST")
    assert nearside.get("/a").text == "2"


def test_tags_over_the_limit_are_counted(serve, upstream):
    named = " ".join(f"t{number}" for number in range(130))  # 128 of one answer
    upstream.on("GET /a", document("1", cache_control=HOUR, surrogate_key=named))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.metrics()['nearside_route_tags_ignored_total{route="/**"}'] == 2


def test_bypass_neither_reads_nor_fills(serve, upstream):
    counting(upstream, "/a")
    nearside = serve(route(bypass="{headers: [x-preview]}"))
    assert nearside.get("/a").text == "1"
    answer = nearside.get("/a", x_preview="1")
    assert answer.text == "2"
    assert answer.cache_status["fwd"] == "bypass"
    assert nearside.get("/a").text == "1"
