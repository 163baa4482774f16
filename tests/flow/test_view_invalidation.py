"""Views are invalidated by their tags, by name, key and path, by what their upstreams call their parts, and by writes to
what they show."""

import json

import pytest

from answers import document, held
from configuration import configuration, upstream_yaml, view
from deadlines import in_background

HOUR = "max-age=3600"
BOARD = view(
    """
    project: {get: "/projects/{id}"}
    jobs: {get: "/jobs?project={id}"}
    """,
    out="{project: project.name, jobs: {each: 'jobs[*]', pick: [id]}}",
    name="board",
    path="/views/projects/{id}",
    fresh="1h",
    stale="1h",
    tags='["project:{id}", "job:{jobs[*].id}"]',
)


def invalidate(nearside, how="hard", **what):
    answer = nearside.admin("/invalidate", method="POST", body=json.dumps({**what, "mode": how}).encode())
    assert answer.status == 200, answer.text
    return answer


def started(serve, upstream, **fields):
    """A board of project 7 that is stored, and says `1`; each further call of the upstream counts on."""
    upstream.on("/projects/7", *(document({"name": str(number)}, **fields) for number in range(1, 9)))
    upstream.on("/jobs?project=7", document([{"id": 1}, {"id": "two"}], **fields))
    nearside = serve(BOARD)
    assert shown(nearside) == "1"
    assert nearside.get("/views/projects/7").is_hit
    return nearside


def shown(nearside):
    answer = nearside.get("/views/projects/7")
    assert answer.status == 200, answer.text
    return answer.json()["project"]


@pytest.mark.parametrize(
    "what",
    [
        {"tags": ["project:7"]},
        {"tags": ["job:1"]},
        {"tags": ["job:two", "nobody"]},
        {"views": ["board"]},
        {"paths": ["/views/projects/7"]},
        {"paths": ["/views/projects/*"]},
        {"paths": ["/views/**"]},
    ],
    ids=str,
)
def test_the_next_read_after_a_hard_invalidation_is_of_data_read_after_it(serve, upstream, what):
    # Its parts are fresh by their origin's word: they must not come out of the store either.
    nearside = started(serve, upstream, cache_control=HOUR)
    invalidate(nearside, **what)
    again = nearside.get("/views/projects/7")
    assert again.json()["project"] == "2"
    assert "fwd=uri-miss" in again["cache-status"]
    assert nearside.get("/views/projects/7").is_hit


@pytest.mark.parametrize(
    "what",
    [
        {"tags": ["project:8", "job:3", "board"]},
        {"views": ["other"]},
        {"paths": ["/views/*"]},
        {"paths": ["/views/projects/77"]},
        {"keys": ["nothing"]},
    ],
    ids=str,
)
def test_what_is_not_named_stays(serve, upstream, what):
    nearside = started(serve, upstream)
    invalidate(nearside, **what)
    assert nearside.get("/views/projects/7").is_hit


def test_a_soft_invalidation_is_served_stale_while_it_is_refreshed(serve, upstream, gate):
    nearside = started(serve, upstream, cache_control=HOUR)
    upstream.on("/projects/7", held(gate, document({"name": "new"})))
    invalidate(nearside, "soft", tags=["project:7"])
    stale = nearside.get("/views/projects/7")
    assert stale.json()["project"] == "1"
    assert stale.is_hit
    assert "detail=stale-while-revalidate" in stale["cache-status"]
    told = stale.fields.members("cache-control")
    assert "no-cache" in told, "a browser is not to keep it for as long as it was meant to be fresh"
    gate.wait_arrived()
    gate.open()
    upstream.wait_for("/projects/7", 2)
    waited = nearside.get("/views/projects/7", cache_control="max-age=60")
    assert waited.json()["project"] == "new"


def test_soft_is_what_is_meant_where_nothing_is_said(serve, upstream):
    nearside = started(serve, upstream)
    answer = nearside.admin("/invalidate", method="POST", body=b'{"tags": ["project:7"]}')
    assert answer.status == 200
    assert shown(nearside) == "1"


def test_a_write_through_a_route_strikes_the_views_that_show_what_it_changed(start, upstream):
    upstream.on("GET /projects/7", document({"name": "old"}, cache_control=HOUR), document({"name": "new"}))
    upstream.on("/jobs?project=7", document([]))
    upstream.on("PATCH /projects/7", document({}))
    nearside = start(configuration(upstream_yaml(upstream.url), BOARD, "routes: [{path: '/projects/*'}]"))
    assert shown(nearside) == "old"
    assert nearside.get("/views/projects/7").is_hit
    assert nearside.request("/projects/7", "PATCH", body=b"{}").status == 200
    after = nearside.get("/views/projects/7")
    assert after.json()["project"] == "new"
    assert "fwd=stale" in after["cache-status"]


def test_tags_that_an_upstream_gives_a_part_are_the_views_too(serve, upstream):
    upstream.on("/projects/7", document({"name": "1"}, surrogate_key="p7 all"), document({"name": "2"}))
    upstream.on("/jobs?project=7", document([]))
    nearside = serve(BOARD)
    assert shown(nearside) == "1"
    invalidate(nearside, tags=["p7"])
    assert shown(nearside) == "2"


def test_what_is_invalidated_while_it_is_made_is_made_again_for_who_asks_afterwards(serve, upstream, gate):
    upstream.on("/projects/7", held(gate, document({"name": "before"})), document({"name": "after"}))
    upstream.on("/jobs?project=7", document([]))
    nearside = serve(BOARD)
    first = in_background(nearside.get, "/views/projects/7")
    gate.wait_arrived()
    invalidate(nearside, tags=["project:7"])
    second = in_background(nearside.get, "/views/projects/7")
    gate.open()
    first.result()
    assert second.result().json()["project"] == "after"
    assert shown(nearside) == "after"


def test_an_unchanged_view_keeps_its_tags_through_a_refresh(serve, upstream):
    upstream.on("/projects/7", document({"name": "1"}))
    upstream.on("/jobs?project=7", document([{"id": 1}]))
    nearside = serve(BOARD)
    assert shown(nearside) == "1"
    assert nearside.get("/views/projects/7", cache_control="no-cache").status == 200
    upstream.on("/projects/7", document({"name": "2"}))
    assert nearside.get("/views/projects/7").is_hit
    invalidate(nearside, tags=["job:1"])
    assert shown(nearside) == "2"


@pytest.mark.parametrize("again", [{}, {"etag": '"one"'}], ids=["200", "200 of the same tag"])
def test_tags_that_its_upstream_changes_are_an_unchanged_views_too(serve, upstream, again):
    upstream.on("/projects/7", document({"name": "1"}, surrogate_key="k1", **again),
                document({"name": "1"}, surrogate_key="k2", **again), document({"name": "2"}))
    upstream.on("/jobs?project=7", document([{"id": 1}]))
    nearside = serve(BOARD)
    first = nearside.get("/views/projects/7")
    assert nearside.get("/views/projects/7", cache_control="no-cache")["etag"] == first["etag"]
    invalidate(nearside, tags=["nobody", "job:2"])
    assert nearside.get("/views/projects/7").is_hit
    invalidate(nearside, tags=["k2"])
    assert shown(nearside) == "2"


# Which project a badge is of, its upstream alone knows: its tag is known when it is made, not before.
BADGE = view(
    'badge: {get: "/badges/{id}"}',
    out="{shown: badge.name}",
    name="badge",
    path="/views/badges/{id}",
    tags='["project:{badge.project}"]',
)
TITLE = view('badge: {get: "/badges/{id}"}', out="{title: badge.name}", name="title", path="/views/titles/{id}")


def never_made_of_stored_parts(serve, upstream):
    """A badge that nobody asked for yet, though the part it is made of is stored, and then invalidated by its tag."""
    upstream.on(
        "/badges/1",
        *(document({"name": name, "project": 7}, cache_control=HOUR) for name in ("before", "after", "later")),
    )
    nearside = serve(BADGE + TITLE.removeprefix("views:\n"))
    assert nearside.get("/views/titles/1").json() == {"title": "before"}
    invalidate(nearside, tags=["project:7"])
    return nearside


def test_a_view_that_was_never_made_is_not_made_of_parts_from_before_an_invalidation_of_its_tags(serve, upstream):
    nearside = never_made_of_stored_parts(serve, upstream)
    assert nearside.get("/views/badges/1").json() == {"shown": "after"}
    assert nearside.get("/views/badges/1").is_hit
    assert upstream.count("/badges/1") == 2


def test_nor_are_its_lines(serve, upstream):
    nearside = never_made_of_stored_parts(serve, upstream)
    answer = nearside.get("/views/badges/1", accept="application/x-ndjson")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    # A part that was sent is replaced by a later one of the same name.
    parts = {line["part"]: line["data"] for line in lines if "part" in line}
    assert parts == {"shown": "after"}
    assert nearside.get("/views/badges/1").json() == {"shown": "after"}
