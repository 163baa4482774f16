"""`warm`: a view is made and renewed with parameters that nobody has asked for yet, so that a first visit is a hit."""

import pytest

from answers import document, held
from configuration import configuration, upstream_yaml, view
from deadlines import eventually, in_background
from nearside import command


def warm(items, steps='job: {get: "/jobs/{id}"}', out="n: job.n", **keys):
    return view(steps, out=out, warm=items, **keys)


def featured(every="1h", more=""):
    return f'[{{each: "results[*]", as: job, of: {{get: /featured}}, with: {{id: "{{job.id}}"}}, every: {every}{more}}}]'


def listing(*ids, **fields):
    return document({"results": [{"id": each} for each in ids]}, **fields)


def kept(nearside):
    return nearside.metrics().get('nearside_warm_parameters{view="board"}', 0)


def is_stored(nearside, target):
    return nearside.get(target, cache_control="only-if-cached").status == 200


def wait_stored(nearside, *targets):
    for target in targets:
        eventually(lambda target=target: is_stored(nearside, target), f"{target} is stored")


def test_the_first_ever_visit_is_a_hit(serve, upstream):
    upstream.on("/jobs/1", document({"n": 1}))
    nearside = serve(warm("[{id: 1}]"))
    wait_stored(nearside, "/views/1")
    upstream.forget()
    first = nearside.get("/views/1")
    assert first.json() == {"n": 1}
    assert first["cache-status"].startswith("nearside; hit")
    assert upstream.count() == 0


def test_each_item_of_a_list_is_kept_warm(serve, upstream):
    upstream.on("/featured", listing(3, "a b", 5)).otherwise(document({"n": 0}))
    nearside = serve(warm(featured()))
    wait_stored(nearside, "/views/3", "/views/a%20b", "/views/5")
    assert upstream.count("/featured") == 1
    assert kept(nearside) == 3


def test_a_kept_view_is_renewed_although_nobody_visits_it(serve, upstream):
    upstream.on("/jobs/1", document({"n": 1}), document({"n": 2}))
    nearside = serve(warm("[{id: 1}]", fresh="200ms"))
    upstream.wait_for("/jobs/1", 5)
    assert nearside.get("/views/1").json() == {"n": 2}


def test_a_view_that_is_never_fresh_is_renewed_before_it_is_too_stale(serve, upstream):
    upstream.on("/jobs/1", document({"n": 1}))
    nearside = serve(warm("[{id: 1}]", fresh="0s", stale="300ms"))
    upstream.wait_for("/jobs/1", 4)
    nearside.stop()


def test_a_renewed_list_adds_what_is_new_and_drops_what_is_gone(serve, upstream):
    upstream.on("/featured", listing(1, 2), listing(2, 3)).otherwise(document({"n": 0}))
    nearside = serve(warm(featured(every="300ms"), fresh="100ms"))
    wait_stored(nearside, "/views/1", "/views/2")
    upstream.wait_for("/featured", 3)
    upstream.wait_for("/jobs/3")
    upstream.wait_for("/featured", 4)
    assert kept(nearside) == 2
    # What is gone is let cool: told by the renewals of another that go on meanwhile.
    upstream.forget()
    upstream.wait_for("/jobs/2", 6)
    assert upstream.count("/jobs/1") == 0


def test_what_two_items_name_is_kept_until_both_have_dropped_it(serve, upstream):
    upstream.on("/featured", listing(1), listing()).otherwise(document({"n": 0}))
    nearside = serve(warm("[{id: 1}, " + featured(every="100ms")[1:], fresh="100ms"))
    upstream.wait_for("/featured", 4)
    upstream.forget()
    upstream.wait_for("/jobs/1", 3)
    assert kept(nearside) == 1


def test_parameters_that_were_refused_since_too_many_were_kept_are_tried_again(start, upstream, gate):
    everything = document([*range(10_000)])
    upstream.on("/all", everything, held(gate, document([]))).otherwise(document({"n": 0}))
    many = '[{each: "[*]", as: id, of: {get: /all}, with: {id: "{id}"}, max: 10000, every: 100ms}]'
    late = view('job: {upstream: late, get: "/jobs/{id}"}', out="n: job.n", name="late", path="/late/{id}", warm="[{id: 1}]")
    # Its upstream is away: so it begins after the list was read.
    nowhere = upstream_yaml("http://127.0.0.1:1", name="late").removeprefix("upstreams:\n")
    # One call is enough for all that are kept.
    board = warm(many, steps='job: {upstream: api, get: "/job"}')
    board = board.replace("of: {get: /all}", "of: {upstream: api, get: /all}")
    both = board + late.removeprefix("views:\n")
    nearside = start(configuration(upstream_yaml(upstream.url) + nowhere, both), ready=False)
    assert nearside.wait_event("not all is kept warm", view="late")["too_many_watched"] is True
    gate.open()
    kept_late = 'nearside_warm_parameters{view="late"}'
    eventually(lambda: nearside.metrics().get(kept_late) == 1, "it is kept when there is room")


def test_a_list_that_fails_is_told_and_tried_again(serve, upstream):
    upstream.on("/featured", document({}, status=503), listing(1)).otherwise(document({"n": 0}))
    nearside = serve(warm(featured()))
    told = nearside.wait_event("warm list failed", view="board", list="GET /featured", upstream_status=503)
    assert told["error"] == "upstream_status"
    assert 800 <= told["again_ms"] <= 1000
    wait_stored(nearside, "/views/1")
    reads = nearside.metrics()
    assert reads['nearside_warm_list_reads_total{view="board",outcome="failed"}'] == 1
    assert reads['nearside_warm_list_reads_total{view="board",outcome="read"}'] == 1


def test_what_a_list_said_last_stays_while_it_fails(serve, upstream):
    upstream.on("/featured", listing(1), document("nonsense")).otherwise(document({"n": 0}))
    nearside = serve(warm(featured(every="100ms"), fresh="100ms"))
    assert nearside.wait_event("warm list failed")["error"] == "invalid_json"
    upstream.forget()
    upstream.wait_for("/jobs/1", 3)
    assert kept(nearside) == 1


def test_a_document_without_the_list_is_a_failure(serve, upstream):
    upstream.on("/featured", document({"items": []}))
    nearside = serve(warm(featured()))
    assert nearside.wait_event("warm list failed")["error"] == "wrong_type"


def test_of_a_long_list_the_first_are_kept_and_the_log_says_so(serve, upstream):
    upstream.on("/featured", listing(1, 2, 3)).otherwise(document({"n": 0}))
    nearside = serve(warm(featured(more=", max: 2")))
    assert nearside.wait_event("not all is kept warm", view="board")["more_than_max"] is True
    assert kept(nearside) == 2


def test_items_without_the_parameter_or_with_a_bad_one_are_left_out(serve, upstream):
    upstream.on("/featured", document({"results": [{"id": 7, "page": 2}, {"id": None, "page": 1}, {"page": 1},
                                                   {"id": {"x": 1}, "page": 1}, {"id": 8, "page": 99}, {"id": "", "page": 1}]}))
    upstream.otherwise(document({"n": 0}))
    items = '[{each: "results[*]", as: job, of: {get: /featured}, with: {id: "{job.id}", page: "{job.page}"}}]'
    nearside = serve(warm(items, query="{page: {type: integer, max: 10}}"))
    assert nearside.wait_event("not all is kept warm", view="board")["unusable"] == 5
    wait_stored(nearside, "/views/7?page=2")


def test_parameters_of_the_query_and_headers_are_part_of_what_is_kept(serve, upstream):
    upstream.otherwise(document({"n": 0}))
    nearside = serve(
        warm(
            "[{id: 1, page: '007', locale: ko, accept-language: nl}]",
            steps='job: {get: "/jobs/{id}?page={page}&lang={locale}"}',
            query="{page: {type: integer, default: 1}, status: null}",
            headers="{locale: {header: x-locale, default: en}}",
        ),
        upstreams=upstream_yaml(upstream.url, forward="[accept-language]"),
    )
    (call,) = upstream.wait_for("/jobs/1?page=7&lang=ko")
    assert call["accept-language"] == "nl"
    visit = {"cache_control": "only-if-cached", "x_locale": "ko", "accept_language": "nl"}
    eventually(lambda: nearside.get("/views/1?page=7", **visit).status == 200, "that is stored")
    assert nearside.get("/views/1", **visit).status == 504
    assert nearside.get("/views/1?page=7", **{**visit, "accept_language": "ko"}).status == 504


def test_a_list_may_come_in_pages_be_a_post_or_pass_jq(serve, upstream):
    page = lambda ids, following: document({"results": [{"id": each} for each in ids], "next": following})
    upstream.on("/all", page([1], "/all?page=2")).on("/all?page=2", page([2], None))
    upstream.on("POST /search", document([{"id": 3}])).otherwise(document({"n": 0}))
    nearside = serve(
        warm("""
      - {each: "[*]", as: job, of: {get: /all, pages: {items: results, next: next}}, with: {id: "{job.id}"}}
      - {each: "[*]", as: job, of: {post: /search, safe: true, body: {q: {literal: hot}}, jq: "map(.id + 1)"}, with: {id: "{job}"}}""")
    )
    wait_stored(nearside, "/views/1", "/views/2", "/views/4")
    assert upstream.to("/search")[0].body == b'{"q":"hot"}'


def test_a_visit_meanwhile_waits_for_the_same_run(serve, upstream, gate):
    upstream.on("/jobs/1", held(gate, document({"n": 1})))
    nearside = serve(warm("[{id: 1}]"))
    gate.wait_arrived()
    visit = in_background(nearside.get, "/views/1")
    gate.open()
    assert visit.result().json() == {"n": 1}
    assert upstream.count("/jobs/1") == 1


def test_readiness_does_not_wait_for_it_and_neither_does_the_end(serve, upstream, gate):
    upstream.on("/featured", held(gate, listing(1)))
    nearside = serve(warm(featured()))  # ready, or this would not return
    gate.wait_arrived()
    gate.open()
    nearside.stop()


def test_an_upstream_that_is_away_is_asked_when_it_is_back(start, upstream):
    upstream.otherwise(document({"n": 1}))
    upstream.kill()
    nearside = start(configuration(upstream.url, warm("[{id: 1}]")), ready=False)
    upstream.revive()
    wait_stored(nearside, "/views/1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("warm: [{ident: 1}]", ["`ident` is no input of this view, and no header that is forwarded; known here: `id`, `page`",
                                "this item of `warm` does not say what `id` is; add it, as in `id: 1`"]),
        ("warm: [{id: null}]", ["`id` is a segment of the path and can't be empty; give it a value"]),
        ("warm: [{id: ..}]", ["`id` is a segment of the path and can't be `..`; give it another value"]),
        ("warm: [{id: [1, 2]}]", ["`id` of view `board`, item 1 of `warm` must be a single value, not a list;"]),
        ("warm: [{id: 1, page: x}]", ["`page` must be a whole number; give it a value that a client could send"]),
        ("warm: {id: 1}", ["`warm` of view `board` must be a list, not a mapping;"]),
        ("warm: [{of: {get: /x}}]", ["item 1 of `warm` has no `each`", "has no `as`", "has no `with`"]),
        ('warm: [{each: "a", as: x, of: {get: /x}, with: {id: "{x}"}}]',
         ["`each` goes over many values, and `a` selects one of the document;"]),
        ('warm: [{each: "a[*]", as: x, of: {get: /x}, with: {id: "{y.id}"}}]',
         ["nothing here is called `y`; refer to the item, as in `{x.id}`"]),
        ('warm: [{each: "a[*]", as: x, of: {get: /x}, with: {id: "p-{x.id}"}}]',
         ["`p-{x.id}` is neither a constant nor one reference;"]),
        ('warm: [{each: "a[*]", as: x, of: {get: "/x/{id}"}, with: {id: "{x}"}}]', ["nothing here is called `id`;"]),
        ('warm: [{each: "a[*]", as: x, of: {get: /x, optional: true}, with: {id: "{x}"}}]',
         ["`optional` has no use in the call that brings a list of `warm`;"]),
        ('warm: [{each: "a[*]", as: x, of: {get: /x}, with: {id: "{x}"}, max: 20000}]', ["`max`"]),
    ],
)
def test_what_no_visit_could_be_is_refused(tmp_path, upstream, text, told):
    file = tmp_path / "nearside.yaml"
    file.write_text(configuration(upstream.url, warm(text.removeprefix("warm: "), query="{page: {type: integer}}")))
    checked = command("check", file)
    assert checked.returncode == 1
    for each in told:
        assert each in checked.stderr
    assert all(line.startswith(f"{file}:") for line in checked.stderr.splitlines()[:-1]), checked.stderr


def test_a_view_of_users_is_refused_with_the_mend(tmp_path, upstream):
    file = tmp_path / "nearside.yaml"
    file.write_text(configuration(upstream_yaml(upstream.url, forward="[authorization]"), warm("[{id: 1}]")))
    checked = command("check", file)
    assert checked.returncode == 1
    assert "`warm` renews without a visit, so for no user, and upstream `api` of this view is sent each user's own" in checked.stderr
    assert "write `refresh: {while_used_within: 10m}` instead" in checked.stderr
