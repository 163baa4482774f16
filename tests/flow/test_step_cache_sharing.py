"""Steps are cached like routes, in one cache for all views: fresh by the upstream's word, validated else."""

import gzip
import json

import pytest

from answers import by, document, drop, not_modified, validated
from configuration import upstream_yaml
from routes import HOUR, ROUTE

INSIST = {"cache_control": "no-cache"}


def views(**views_by_name):
    """Views of one step each, and the windows that a test wants of them: name={"get": .., "fresh": ..}."""
    lines = ["views:"]
    for name, keys in views_by_name.items():
        lines += [f"  {name}:", f"    path: /views/{name}"]
        lines += [f"    {key}: {value}" for key, value in keys.items() if key != "get"]
        lines += ["    steps:", f'      step: {{get: "{keys["get"]}"}}', "    out: step"]
    return "\n".join(lines) + "\n"


TWO = views(one={"get": "/a"}, two={"get": "/a"})


def test_two_views_share_a_step_while_its_upstream_calls_it_fresh(serve, upstream):
    upstream.on("/a", document({"n": 1}, cache_control=HOUR), document({"n": 2}))
    nearside = serve(TWO)
    assert nearside.get("/views/one").json() == {"n": 1}
    assert nearside.get("/views/two").json() == {"n": 1}
    assert upstream.count("/a") == 1


def test_a_fresh_step_of_several_waves_costs_nothing(serve, upstream):
    upstream.on("/projects/1", document({"owner": 3}))
    upstream.on("/projects/2", document({"owner": 3}))
    upstream.on("/users/3", document({"name": "Saskia"}, cache_control=HOUR))
    nearside = serve(
        """
        views:
          board:
            path: /views/{id}
            fresh: 1h
            steps: {project: {get: "/projects/{id}"}, owner: {get: "/users/{project.owner}"}}
            out: {owner: owner.name}
        """
    )
    for number in (1, 2):
        assert nearside.get(f"/views/{number}").json() == {"owner": "Saskia"}
    assert upstream.count("/users/3") == 1


def test_without_a_lifetime_each_view_asks_and_is_told_that_nothing_changed(serve, upstream):
    upstream.on("/a", validated({"n": 1}))
    nearside = serve(TWO)
    assert nearside.get("/views/one").json() == {"n": 1}
    assert nearside.get("/views/two").json() == {"n": 1}
    first, second = upstream.to("/a")
    assert "if-none-match" not in first
    assert second["if-none-match"] == '"1"'


def test_a_refresh_of_unchanged_steps_costs_no_body(serve, upstream):
    large = {"items": ["x" * 100] * 1000}
    upstream.on("/a", validated(large))
    nearside = serve(views(one={"get": "/a", "fresh": "1h"}))
    first = nearside.get("/views/one")
    for _ in range(2):
        again = nearside.get("/views/one", **INSIST)
        assert again.body == first.body
        assert again["etag"] == first["etag"]
    assert [each.get("if-none-match") for each in (request.fields for request in upstream.to("/a"))] == [
        None,
        '"1"',
        '"1"',
    ]


def test_a_step_is_validated_by_when_it_was_modified_too(serve, upstream):
    modified = "Sun, 06 Nov 1994 08:49:37 GMT"
    upstream.on("/a", document({"n": 1}, last_modified=modified), not_modified())
    nearside = serve(TWO)
    nearside.get("/views/one")
    assert nearside.get("/views/two").json() == {"n": 1}
    assert upstream.to("/a")[1]["if-modified-since"] == modified


def test_nothing_is_fresh_by_a_guess(serve, upstream):
    upstream.on("/a", document({"n": 1}, last_modified="Sun, 06 Nov 1994 08:49:37 GMT"), document({"n": 2}))
    nearside = serve(TWO)
    nearside.get("/views/one")
    assert nearside.get("/views/two").json() == {"n": 2}


def test_who_insists_gets_what_the_upstream_says_now(serve, upstream):
    upstream.on("/a", document({"n": 1}, etag='"1"', cache_control=HOUR), document({"n": 2}, cache_control=HOUR))
    nearside = serve(TWO)
    nearside.get("/views/one")
    assert nearside.get("/views/two", **INSIST).json() == {"n": 2}
    assert upstream.to("/a")[1]["if-none-match"] == '"1"'


def test_the_operators_window_counts_for_the_parts_of_a_view(serve, upstream):
    old = {"cache_control": HOUR, "age": "60"}
    upstream.on("/a", document({"n": 1}, **old), document({"n": 2}, **old))
    nearside = serve(views(one={"get": "/a"}, two={"get": "/a", "fresh": "2m"}, three={"get": "/a", "fresh": "30s"}))
    assert nearside.get("/views/one").json() == {"n": 1}
    assert nearside.get("/views/two").json() == {"n": 1}
    assert nearside.get("/views/three").json() == {"n": 2}


def test_a_304_renews_the_freshness_of_the_step(serve, upstream):
    stale = {"cache_control": "max-age=1", "age": "60"}
    upstream.on("/a", document({"n": 1}, etag='"1"', **stale), not_modified(etag='"1"', cache_control=HOUR))
    nearside = serve(views(one={"get": "/a"}, two={"get": "/a"}, three={"get": "/a"}))
    for name in ("one", "two", "three"):
        assert nearside.get(f"/views/{name}").json() == {"n": 1}
    assert upstream.count("/a") == 2


def test_the_age_of_a_view_is_that_of_its_oldest_step(serve, upstream):
    upstream.on("/a", document({"n": 1}, cache_control=HOUR, age="600"))
    nearside = serve(TWO)
    nearside.get("/views/one")
    hit = nearside.get("/views/two")
    assert upstream.count("/a") == 1
    assert 600 <= int(hit["age"]) <= 605
    assert nearside.get("/views/two").cache_status["ttl"] <= 3000


def test_a_document_of_many_kilobytes_is_shared_byte_for_byte(serve, upstream):
    text = json.dumps({"items": [{"n": number, "t": "x" * 50} for number in range(10_000)]})
    upstream.on("/a", document(text, cache_control=HOUR))
    nearside = serve(TWO)
    for name in ("one", "two"):
        assert nearside.get(f"/views/{name}").text == text
    assert upstream.count("/a") == 1


def test_a_coded_answer_is_kept_decoded_and_its_304_names_the_coding(serve, upstream):
    body = gzip.compress(b'{"n":1}')
    upstream.on(
        "/a",
        document(body, content_encoding="gzip", etag='"1"'),
        not_modified(etag='"1"', content_encoding="gzip"),
    )
    nearside = serve(TWO)
    for name in ("one", "two"):
        assert nearside.get(f"/views/{name}").json() == {"n": 1}


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_what_the_upstream_takes_back_is_kept_no_longer(serve, upstream, status):
    upstream.on("/a", document({"n": 1}, etag='"1"'), document({}, status=status), document({"n": 3}))
    nearside = serve(TWO)
    assert nearside.get("/views/one").status == 200
    assert nearside.get("/views/two").status == status
    nearside.get("/views/two")
    assert "if-none-match" not in upstream.to("/a")[2]


def test_an_upstream_in_trouble_leaves_the_copy_for_later(serve, upstream):
    upstream.on("/a", document({"n": 1}, etag='"1"'), document({}, status=503), not_modified(etag='"1"'))
    nearside = serve(TWO)
    nearside.get("/views/one")
    assert nearside.get("/views/two").status == 502
    assert nearside.get("/views/two").json() == {"n": 1}


@pytest.mark.parametrize("cache_control", ["no-store", "no-store, max-age=3600", "private, max-age=3600"])
def test_what_must_not_be_stored_is_fetched_each_time(serve, upstream, cache_control):
    upstream.on("/a", *(document({"n": number}, etag=f'"{number}"', cache_control=cache_control) for number in (1, 2)))
    nearside = serve(TWO)
    assert nearside.get("/views/one").json() == {"n": 1}
    assert nearside.get("/views/two").json() == {"n": 2}
    assert "if-none-match" not in upstream.to("/a")[1]


class TestPrincipals:
    @pytest.fixture
    def nearside(self, serve, upstream):
        upstream.on(
            "/a",
            by(
                lambda request: document(
                    {"who": request.fields.get("authorization")}, cache_control="private, max-age=3600", etag='"same"'
                )
            ),
        )
        return serve(TWO, ROUTE, upstreams=upstream_yaml(upstream.url, forward="[authorization]"))

    def test_nobody_gets_what_another_was_told(self, nearside, upstream):
        for user in ("Bearer anna", "Bearer ben", None):
            who = {"authorization": user} if user else {}
            for name in ("one", "two"):
                assert nearside.get(f"/views/{name}", **who).json() == {"who": user}
        # Each user's own is kept; what is private and nobody's is not.
        assert upstream.count("/a") == 4
        assert not any("if-none-match" in request for request in upstream.to("/a"))

    def test_a_write_reaches_the_copies_of_all(self, nearside, upstream):
        for user in ("Bearer anna", "Bearer ben"):
            nearside.get("/views/one", authorization=user)
        upstream.on("PUT /a", document({}))
        assert nearside.request("/a", "PUT", {"authorization": "Bearer anna"}).status == 200
        upstream.forget()
        for user in ("Bearer anna", "Bearer ben"):
            nearside.get("/views/two", authorization=user)
        assert [request["if-none-match"] for request in upstream.to("/a")] == ['"same"', '"same"']


def test_a_write_to_something_else_leaves_a_step_fresh(serve, upstream):
    upstream.on("/a", document({"n": 1}, cache_control=HOUR))
    upstream.on("PUT /b", document({}))
    nearside = serve(TWO, ROUTE)
    nearside.get("/views/one")
    nearside.request("/b", "PUT")
    nearside.get("/views/two")
    assert upstream.count("/a") == 1


def test_a_write_that_is_lost_on_its_way_counts(serve, upstream):
    upstream.on("GET /a", document({"n": 1}, cache_control=HOUR), document({"n": 2}, cache_control=HOUR))
    upstream.on("PUT /a", drop)
    nearside = serve(TWO, ROUTE)
    nearside.get("/views/one")
    nearside.request("/a", "PUT")
    assert nearside.get("/views/two").json() == {"n": 2}
