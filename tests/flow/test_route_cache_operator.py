"""The operator's word on a route: how long, for which statuses, by which parts of a request. The upstream's vetoes
stand unless the route says otherwise."""

import gzip

import pytest

from answers import by, document, drop, held, paused_within, truncated
from deadlines import in_background
from routes import HOUR, route


def echo(**fields):
    return by(lambda request: document(request.target, **fields))


def test_fresh_where_the_upstream_says_nothing(serve, upstream):
    upstream.otherwise(document("{}"))
    nearside = serve(route(fresh="1h"))
    nearside.get("/a")
    hit = nearside.get("/a")
    assert hit.is_hit
    assert 3500 < hit.cache_status["ttl"] <= 3600


@pytest.mark.parametrize("says", ["max-age=0", "max-age=5", "s-maxage=0", "public"])
def test_fresh_stands_for_the_upstreams_lifetime(serve, upstream, says):
    upstream.otherwise(document("{}", cache_control=says, age="100"))
    nearside = serve(route(fresh="1h"))
    nearside.get("/a")
    assert nearside.get("/a").is_hit


VETOES = ["no-store", "private", "no-cache"]


@pytest.mark.parametrize("veto", VETOES)
def test_a_veto_stands(serve, upstream, veto):
    upstream.otherwise(document("{}", cache_control=veto))
    nearside = serve(route(fresh="1h"))
    nearside.get("/a")
    assert not nearside.get("/a").is_hit


@pytest.mark.parametrize("veto", VETOES)
def test_unless_it_is_overridden(serve, upstream, veto):
    upstream.otherwise(document("{}", cache_control=veto))
    nearside = serve(route(fresh="1h", override_origin="true"))
    nearside.get("/a")
    assert nearside.get("/a").is_hit


def test_what_a_request_says_stands_even_then(serve, upstream):
    upstream.on("/a", document("1"), document("2"))
    nearside = serve(route(fresh="1h", override_origin="true"))
    nearside.get("/a")
    assert nearside.get("/a", cache_control="no-cache").text == "2"


# --- errors


NEGATIVE = route(fresh="1h", negative="{404: 1h, 5xx: 1h, 503: 1ms}")


KEPT = [(404, True), (500, True), (502, True), (503, False), (403, False), (400, False)]


@pytest.mark.parametrize(("status", "kept"), KEPT)
def test_errors_are_kept_as_the_operator_says(serve, upstream, status, kept):
    upstream.otherwise(document("{}", status=status))
    nearside = serve(NEGATIVE)
    assert nearside.get("/a").status == status
    again = nearside.get("/a")
    assert again.status == status
    if kept:
        assert again.is_hit
        assert again.cache_status["ttl"] > 3500
    elif again.is_hit:  # the narrower of two windows counts: within a millisecond of it
        assert again.cache_status["ttl"] <= 0


def test_fresh_is_for_what_succeeded(serve, upstream):
    upstream.on("/a", document("{}", status=404), document("{}"))
    nearside = serve(route(fresh="1h"))
    assert nearside.get("/a").status == 404
    assert nearside.get("/a").status == 200


# --- the key


def hits(nearside, one, other):
    nearside.get(one)
    return nearside.get(other).is_hit


QUERIES = [
    ("sorted", "/a?x=1&y=2", "/a?y=2&x=1", True),
    ("sorted", "/a?x=1&y=2", "/a?x=1&y=3", False),
    ("{only: [page]}", "/a?page=1&utm=z", "/a?page=1", True),
    ("{only: [page]}", "/a?page=1", "/a?page=2", False),
    ('{except: ["utm_*"]}', "/a?page=1&utm_source=z", "/a?utm_medium=y&page=1", True),
    ('{except: ["utm_*"]}', "/a?page=1&utm_source=z", "/a?page=2&utm_source=z", False),
    ("none", "/a?page=1", "/a", True),
]


@pytest.mark.parametrize(("query", "one", "other", "same"), QUERIES)
def test_parts_of_the_query_that_count(serve, upstream, query, one, other, same):
    upstream.otherwise(echo(cache_control=HOUR))
    assert hits(serve(route(key=f"{{query: {query}}}")), one, other) == same


def test_a_parameter_that_does_not_count_shapes_nothing(serve, upstream):
    """It is not sent on either: else the first to ask would choose what all others get."""
    upstream.otherwise(echo(cache_control=HOUR))
    assert serve(route(key="{query: {only: [page]}}")).get("/a?utm=z&page=1&x=2").text == "/a?page=1"


@pytest.mark.parametrize(("one", "other"), [("/%7Ea", "/~a"), ("/%c3%a9", "/%C3%A9"), ("/a?x=%7e", "/a?x=~")])
def test_two_spellings_of_one_url_are_one_entry(serve, upstream, one, other):
    upstream.otherwise(document("{}", cache_control=HOUR))
    assert hits(serve(route()), one, other)


@pytest.mark.parametrize("name", ["authorization", "cookie", "x_api_key"])
def test_each_user_has_a_copy_where_the_operator_says_how_long(serve, upstream, name):
    upstream.otherwise(by(lambda request: document(request.fields.get(name.replace("_", "-"), "nobody"))))
    nearside = serve(route(fresh="1h"))
    for value in ("user=a", "user=b"):
        nearside.get("/a", **{name: value})
    for value in ("user=a", "user=b"):
        hit = nearside.get("/a", **{name: value})
        assert hit.is_hit
        assert hit.text == value
    assert nearside.get("/a").text == "nobody"


def test_headers_that_count(serve, upstream):
    upstream.otherwise(document("{}", cache_control=HOUR))
    nearside = serve(route(key="{headers: [x-tenant]}"))
    nearside.get("/a", x_tenant="1")
    assert nearside.get("/a", x_tenant="1").is_hit
    assert not nearside.get("/a", x_tenant="2").is_hit
    assert not nearside.get("/a").is_hit


def test_cookies_that_count(serve, upstream):
    upstream.otherwise(document("{}", cache_control=HOUR))
    nearside = serve(route(key="{cookies: [plan]}"))
    nearside.get("/a", cookie="plan=pro; session=1")
    assert nearside.get("/a", cookie="session=2; plan=pro").is_hit
    assert not nearside.get("/a", cookie="plan=free; session=1").is_hit
    assert not nearside.get("/a").is_hit


# --- past the cache


BYPASSES = [
    ("{headers: [x-preview]}", "/a", {"x_preview": "1"}),
    ("{cookies: [admin]}", "/a", {"cookie": "x=1; admin=1"}),
    ("{query: [preview]}", "/a?preview=1", {}),
]


@pytest.mark.parametrize(("bypass", "target", "fields"), BYPASSES)
def test_bypass(serve, upstream, bypass, target, fields):
    upstream.otherwise(document("{}", cache_control=HOUR))
    nearside = serve(route(bypass=bypass))
    for _ in range(2):
        assert nearside.get(target, **fields).cache_status["fwd"] == "bypass"
    nearside.get("/a")
    assert nearside.get("/a").is_hit


def test_what_goes_past_the_cache_never_queues(serve, upstream, gate):
    upstream.otherwise(held(gate, document("{}", cache_control=HOUR)))
    nearside = serve(route(bypass="{headers: [x-preview]}"))
    asking = [in_background(nearside.get, "/a", x_preview="1") for _ in range(5)]
    gate.wait_arrived(5)
    gate.open()
    for each in asking:
        assert each.result().status == 200


# --- writes that name what they change


ROUTES = """\
routes:
  - {path: "/jobs/{job}", upstream: api, fresh: 1h, tags: ["job:{job}"]}
  - {path: "/jobs", upstream: api, invalidates: ["job:{request.after}", "job:{response.id}"]}
"""


def test_tags_of_a_write_come_from_its_bodies(serve, upstream):
    upstream.otherwise(echo())
    upstream.on("POST /jobs", document({"id": 8}, status=201))
    nearside = serve(ROUTES)
    for job in (7, 8, 9):
        nearside.get(f"/jobs/{job}")
    nearside.request("/jobs", "POST", {"Content-Type": "application/json"}, b'{"after": "7"}')
    assert [nearside.get(f"/jobs/{job}").is_hit for job in (7, 8, 9)] == [False, False, True]


def test_coded_bodies_of_a_write_are_read_too(serve, upstream):
    upstream.otherwise(echo())
    upstream.on("POST /jobs", document({"id": 8}, status=201))
    nearside = serve(ROUTES)
    nearside.get("/jobs/7")
    fields = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    nearside.request("/jobs", "POST", fields, gzip.compress(b'{"after": "7"}'))
    assert not nearside.get("/jobs/7").is_hit


def test_who_hears_of_a_write_finds_invalidated_what_its_answer_names(serve, upstream, gate):
    """Its answer is held back until it is known what that is, however slowly its body comes."""
    upstream.otherwise(echo())
    upstream.on("POST /jobs", paused_within(gate, {"id": 8, "text": "t" * 10_000}))
    nearside = serve(ROUTES)
    nearside.get("/jobs/8")
    with nearside.connect() as writer:
        writer.ask("/jobs", "POST", {"Content-Type": "application/json"}, b"{}")
        gate.wait_arrived()
        assert nearside.get("/jobs/8").is_hit
        gate.open()
        written = writer.read()
    assert written.json()["id"] == 8
    assert not nearside.get("/jobs/8").is_hit


def test_an_answer_that_breaks_off_before_it_is_known_what_it_names_is_a_failure(serve, upstream):
    upstream.on("POST /jobs", truncated({"id": 8, "text": "t" * 10_000}))
    nearside = serve(ROUTES)
    failed = nearside.request("/jobs", "POST", {"Content-Type": "application/json"}, b"{}")
    assert failed.status == 502
    assert failed.problem()["type"].startswith("urn:nearside:problem:")


def test_a_write_that_fails_says_why_it_went_upstream(serve, upstream):
    upstream.on("POST /jobs", drop)
    nearside = serve(ROUTES)
    failed = nearside.request("/jobs", "POST", {"Content-Type": "application/json"}, b"{}")
    assert failed.status == 502
    assert failed["cache-status"] == "nearside; fwd=method"


def test_words_that_are_no_ascii_are_served_however_they_are_encoded(serve, upstream):
    upstream.otherwise(echo())
    nearside = serve("""\
routes:
  - {path: "/%EA%B0%80/**", upstream: api, fresh: 1h}
""")
    assert nearside.get("/%ea%b0%80/1").status == 200
    assert nearside.get("/%EA%B0%80/1").is_hit
