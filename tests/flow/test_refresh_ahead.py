"""`refresh: {while_used_within}`: a view that somebody uses is renewed before it goes stale, without a request."""

from answers import document
from configuration import upstream_yaml, view
from deadlines import eventually


def hot(**keys):
    return view('a: {get: "/a"}', out="n: a.n", fresh="300ms", refresh="{while_used_within: 1h}", **keys)


def test_a_used_view_is_renewed_again_and_again_without_a_request(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({"n": 2}))
    nearside = serve(hot())
    nearside.get("/views/7")
    upstream.wait_for("/a", 5)
    renewed = nearside.get("/views/7", cache_control="only-if-cached")
    assert renewed.json() == {"n": 2}


def test_it_is_renewed_for_the_user_who_used_it(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(hot(), upstreams=upstream_yaml(upstream.url, forward="[authorization]"))
    nearside.get("/views/7", authorization="Bearer A")
    assert {each["authorization"] for each in upstream.wait_for("/a", 3)} == {"Bearer A"}


def runs(nearside):
    told = nearside.metrics()
    return sum(told.get(f'nearside_plan_runs_total{{view="board",outcome="{how}"}}', 0) for how in ("changed", "unchanged"))


def test_each_renewal_asks_for_every_part_although_the_last_copy_of_it_would_do(serve, upstream):
    upstream.on("/a", document({"n": 1}, cache_control="max-age=60"))
    nearside = serve(hot())
    nearside.get("/views/7")
    eventually(lambda: runs(nearside) >= 6, "it was renewed five times")
    made = runs(nearside)
    assert upstream.count("/a") >= made


def test_what_is_not_used_any_more_is_left_alone(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(view('a: {get: "/a"}', out="n: a.n", fresh="200ms", refresh="{while_used_within: 1ms}"))
    nearside.get("/views/7")
    other = "/views/8"
    # Four renewals' time, told by a view of the same kind that is used all the while.
    eventually(lambda: nearside.get(other) and upstream.count("/a") >= 6, "the other view is made again and again")
    assert nearside.get("/views/7", cache_control="only-if-cached").status == 504


def test_a_process_with_hot_views_stops_at_once(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(hot())
    nearside.get("/views/7")
    upstream.wait_for("/a", 2)
    nearside.stop()
