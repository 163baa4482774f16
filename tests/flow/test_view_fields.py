"""The header fields of a view: what caches, browsers and people read from them."""

import email.utils
import re
import time

from answers import document, drop, held
from configuration import upstream_yaml, view
from deadlines import eventually
from structured_fields import parse_list

SMALL = view('a: {get: "/a"}', out="n: a.n")


def test_cache_status_of_a_miss_tells_why_and_that_it_was_stored(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    status = serve(SMALL).get("/views/7").cache_status
    assert status["fwd"] == "uri-miss"
    assert status["stored"] is True
    assert "hit" not in status


def test_cache_status_of_a_hit_tells_how_long_it_is_fresh(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(SMALL)
    nearside.get("/views/7")
    status = nearside.get("/views/7").cache_status
    assert status["hit"] is True
    assert 3500 < status["ttl"] <= 3600
    assert "fwd" not in status


def test_age_counts_from_the_reading_at_the_upstream(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(SMALL)
    nearside.get("/views/7")
    hit = nearside.get("/views/7")
    assert re.fullmatch(r"[0-9]+", hit["age"])
    assert int(hit["age"]) <= 1
    eventually(lambda: int(nearside.get("/views/7")["age"]) >= 1, "it is a second old")
    assert nearside.get("/views/7").cache_status["ttl"] < 3600


def test_date_is_an_http_date_in_every_answer(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(SMALL)
    for target in ("/views/7", "/views/7", "/nowhere"):
        date = nearside.get(target)["date"]
        assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", date)
        assert email.utils.parsedate_to_datetime(date)


def test_server_timing_has_one_item_a_step(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    upstream.on("/b/1", document({}))
    upstream.on("/c", document({}, status=500))
    steps = """
        a: {get: "/a"}
        b: {get: "/b/{a.n}"}
        c: {get: "/c", optional: true}
    """
    response = serve(view(steps)).get("/views/7")
    items = parse_list(response["server-timing"])
    assert [name for name, _ in items] == ["a", "b", "c"]
    for _, parameters in items:
        assert parameters["dur"] >= 0
    assert "desc" in items[2][1]


def test_server_timing_tells_what_a_step_cost(serve, upstream, gate):
    upstream.on("/quick", document({"n": 1}))
    upstream.on("/slow", held(gate, document({"n": 1})))
    nearside = serve(view('quick: {get: "/quick"}\nslow: {get: "/slow"}'))
    with nearside.connect() as connection:
        connection.ask("/views/7")
        gate.wait_arrived()
        eventually(lambda: time.monotonic() - upstream.to("/slow")[0].arrived > 0.1, "100 ms passed")
        gate.open()
        response = connection.read()
    timing = dict(parse_list(response["server-timing"]))
    assert timing["slow"]["dur"] >= 100


def test_vary_names_the_request_fields_that_the_view_depends_on(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    upstreams = upstream_yaml(upstream.url, forward="[authorization, accept-language]")
    nearside = serve(SMALL, upstreams=upstreams)
    for _ in range(2):
        members = nearside.get("/views/7", authorization="Token a").fields.members("vary")
        assert {"authorization", "accept-language"} <= set(members)


def test_a_view_of_one_user_is_private_for_caches_on_the_way(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(SMALL, upstreams=upstream_yaml(upstream.url, forward="[authorization]"))
    control = nearside.get("/views/7", authorization="Token a").fields.members("cache-control")
    assert "private" in control
    assert "public" not in control


def test_the_browser_may_keep_a_view_no_longer_than_it_is_fresh(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(view('a: {get: "/a"}', fresh="30s"))
    for answer in (nearside.get("/views/7"), nearside.get("/views/7")):
        control = dict(each.partition("=")[::2] for each in answer.fields.members("cache-control"))
        age = int(answer.get("age", "0"))
        assert "no-cache" in control or 0 <= int(control["max-age"]) - age <= 30


def test_upstream_fields_that_are_about_its_own_message_do_not_come_through(serve, upstream):
    upstream.on("/a", document({"n": 1}, set_cookie="session=secret", etag='"theirs"', server="Django", x_debug="1"))
    response = serve(SMALL).get("/views/7")
    for name in ("set-cookie", "x-debug"):
        assert name not in response
    assert response["etag"] != '"theirs"'


def test_nothing_of_an_earlier_failure_stays_in_the_fields(serve, upstream):
    upstream.on("/a", drop, drop, document({}, status=500), document({"n": 1}))
    nearside = serve(SMALL)
    eventually(lambda: nearside.get("/views/7").status == 200, "it recovers")
    response = nearside.get("/views/7")
    assert "nearside-partial" not in response
    assert "detail" not in response.cache_status
