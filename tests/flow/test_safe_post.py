"""A `post` step that is declared safe asks with a body, for APIs whose search is a POST: made of references, made
again with a refresh, and never launched before what it needs is there."""

import json

import pytest

from answers import by, document, held
from configuration import configuration, upstream_yaml, view
from deadlines import in_background
from nearside import command

SEARCH = 'found: {post: /search, safe: true, body: {text: q, project: id, page: 1}}'


def echoed(request):
    return document({"asked": json.loads(request.body)}, cache_control="max-age=60")


def bodies(upstream):
    return [json.loads(each.body) for each in upstream.to("/search")]


def test_the_body_is_made_of_parameters_and_constants(serve, upstream):
    upstream.on("POST /search", by(echoed))
    nearside = serve(view(SEARCH, out="asked: found.asked", query="{q: null}"))
    told = nearside.get('/views/7?q=a%22b%20%EA%B9%80')
    assert told.json() == {"asked": {"text": 'a"b 김', "project": "7", "page": 1}}
    (call,) = upstream.requests
    assert call.method == "POST"
    assert call["content-type"] == "application/json"
    assert call["content-length"] == str(len(call.body))


def test_the_body_is_made_of_what_other_steps_got_in_their_own_bytes(serve, upstream):
    upstream.on("/jobs", document('{"results": [{"id": 1.0, "n": {"a": 12345678901234567890}}, {"id": "x"}]}'))
    upstream.on("POST /search", by(echoed))
    steps = """
        jobs: {get: "/jobs"}
        found: {post: /search, safe: true, body: {ids: "jobs.results[*].id", first: "jobs.results[0].n", gone: jobs.nothing, kind: {literal: job}}}
    """
    assert serve(view(steps)).get("/views/7").status == 200
    (call,) = upstream.to("/search")
    assert call.body == b'{"ids":[1.0,"x"],"first":{"a": 12345678901234567890},"gone":null,"kind":"job"}'


def test_each_item_asks_with_its_own_body_and_equal_ones_ask_once(serve, upstream):
    upstream.on("/jobs", document([{"id": 1}, {"id": 2}, {"id": 1}])).on("POST /search", by(echoed))
    steps = """
        jobs: {get: "/jobs"}
        found: {each: "jobs[*]", as: job, post: /search, safe: true, body: {job: "{job.id}"}}
    """
    told = serve(view(steps, out='found: "found[*].asked.job"')).get("/views/7").json()
    assert told == {"found": [1, 2, 1]}
    assert sorted(each["job"] for each in bodies(upstream)) == [1, 2]


def test_its_body_is_part_of_what_it_is_and_only_gets_are_kept_for_others(serve, upstream):
    upstream.on("POST /search", by(echoed))
    other = view(SEARCH, name="other", path="/other/{id}", query="{q: null}").replace("views:\n", "")
    nearside = serve(view(SEARCH, query="{q: null}") + other)
    first = nearside.get("/views/7?q=a").json()
    assert nearside.get("/views/7?q=a").is_hit
    assert nearside.get("/views/7?q=b").json() != first
    assert nearside.get("/other/7?q=a").json() == first
    assert [each["text"] for each in bodies(upstream)] == ["a", "b", "a"]


def test_it_is_asked_again_by_who_insists(serve, upstream):
    upstream.on("POST /search", by(echoed))
    nearside = serve(view(SEARCH, query="{q: null}"))
    nearside.get("/views/7?q=a")
    nearside.get("/views/7?q=a", cache_control="no-cache")
    assert bodies(upstream) == [{"text": "a", "project": "7", "page": 1}] * 2


def test_a_refresh_never_speculates_it(serve, upstream, gate):
    upstream.on("/jobs", document({"id": 1})).on("POST /search", by(echoed))
    steps = 'jobs: {get: "/jobs"}\nfound: {post: /search, safe: true, body: {job: jobs.id}}'
    nearside = serve(view(steps))
    nearside.get("/views/7")
    upstream.forget()
    upstream.on("/jobs", held(gate, document({"id": 2})))
    waiting = in_background(nearside.get, "/views/7", cache_control="no-cache")
    gate.wait_arrived()
    assert upstream.count("/search") == 0
    gate.open()
    assert waiting.result().json()["found"] == {"asked": {"job": 2}}
    assert bodies(upstream) == [{"job": 2}]


def test_its_failure_is_told_as_what_it_is(serve, upstream):
    upstream.on("POST /search", document({}, status=503))
    failed = serve(view(SEARCH, query="{q: null}")).get("/views/7?q=secret")
    assert failed.status == 502
    assert failed.problem()["detail"] == "step `found`: upstream answered 503 to POST /search"
    assert failed.problem()["step"] == "found"


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("{post: /search, body: {}}", "say so with `safe: true`; writes belong to a route"),
        ("{post: /search, safe: false}", "say so with `safe: true`; writes belong to a route"),
        ("{post: /search, get: /search, safe: true}", "`get` and `post` exclude each other; keep one"),
        ("{get: /search, body: {}}", "`body` has no use without `post`; add `post`, or remove it"),
        ("{post: /search, safe: true, body: {x: nobody}}", "nothing is called 'nobody' here"),
        ("{post: /search, safe: true, pages: {items: a, next: b}}", "`pages` follows URLs, and a `post` asks with its body"),
    ],
)
def test_what_would_not_be_safe_is_refused(tmp_path, upstream, step, told):
    file = tmp_path / "nearside.yaml"
    file.write_text(configuration(upstream_yaml(upstream.url), view(f"found: {step}")))
    checked = command("check", file)
    assert checked.returncode == 1
    assert told in checked.stderr
