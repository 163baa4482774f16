"""A view is made once and then served from memory: the upstream hears nothing of later requests."""

from answers import document
from configuration import view

BOARD = view(
    """
    project: {get: "/api/projects/{id}/"}
    owner: {get: "/api/users/{project.owner_id}/"}
    """,
    out="""
    name: project.name
    owner: {from: owner, pick: [name]}
    """,
)


def project_and_owner(upstream):
    upstream.on("/api/projects/7/", document({"id": 7, "name": "Lark", "owner_id": 3}))
    upstream.on("/api/users/3/", document({"id": 3, "name": "Saskia", "email": "s@example.nl"}))


def test_the_first_request_runs_the_plan_and_composes_the_view(serve, upstream):
    project_and_owner(upstream)
    response = serve(BOARD).get("/views/7")
    assert response.status == 200
    assert response["content-type"].startswith("application/json")
    assert response.json() == {"name": "Lark", "owner": {"name": "Saskia"}}
    assert upstream.targets() == ["/api/projects/7/", "/api/users/3/"]


def test_the_second_request_is_served_without_an_upstream_call(serve, upstream):
    project_and_owner(upstream)
    nearside = serve(BOARD)
    first = nearside.get("/views/7")
    upstream.forget()
    second = nearside.get("/views/7")
    assert second.body == first.body
    assert second.is_hit
    assert upstream.requests == []


def test_a_cached_view_is_served_while_the_upstream_is_gone(serve, upstream):
    project_and_owner(upstream)
    nearside = serve(BOARD)
    first = nearside.get("/views/7")
    upstream.kill()
    for _ in range(3):
        assert nearside.get("/views/7").body == first.body


def test_many_requests_on_one_connection_are_served_in_order(serve, upstream):
    for number in range(5):
        upstream.on(f"/api/projects/{number}/", document({"owner_id": number, "name": f"project {number}"}))
        upstream.on(f"/api/users/{number}/", document({"name": f"user {number}"}))
    with serve(BOARD).connect() as connection:
        for _ in range(2):
            for number in range(5):
                assert connection.get(f"/views/{number}").json()["name"] == f"project {number}"
    assert upstream.count() == 10


def test_each_input_has_its_own_entry(serve, upstream):
    project_and_owner(upstream)
    upstream.on("/api/projects/8/", document({"name": "Wren", "owner_id": 3}))
    nearside = serve(BOARD)
    assert nearside.get("/views/7").json()["name"] == "Lark"
    assert nearside.get("/views/8").json()["name"] == "Wren"
    assert nearside.get("/views/7").json()["name"] == "Lark"


def test_without_out_a_view_has_one_member_a_step_in_the_files_order(serve, upstream):
    project_and_owner(upstream)
    nearside = serve(
        view(
            """
            owner: {get: "/api/users/{project.owner_id}/"}
            project: {get: "/api/projects/{id}/"}
            """
        )
    )
    response = nearside.get("/views/7")
    assert list(response.json()) == ["owner", "project"]
    assert response.json()["project"]["name"] == "Lark"


def test_a_view_without_windows_lives_as_long_as_its_steps_allow(serve, upstream):
    upstream.on("/long", document({"n": 1}, cache_control="max-age=3600"))
    upstream.on("/short", document({"n": 2}, cache_control="max-age=60"))
    nearside = serve(view('long: {get: "/long"}\nshort: {get: "/short"}', fresh=None))
    nearside.get("/views/7")
    hit = nearside.get("/views/7")
    assert hit.is_hit and 0 < hit.cache_status["ttl"] <= 60


def test_a_view_that_the_upstream_forbids_to_store_is_made_for_each_request(serve, upstream):
    upstream.on("/a", document({"n": 1}, cache_control="no-store"), document({"n": 2}, cache_control="no-store"))
    nearside = serve(view('a: {get: "/a"}', out="n: a.n", fresh="1h"))
    first, second = nearside.get("/views/7"), nearside.get("/views/7")
    assert (first.json(), second.json()) == ({"n": 1}, {"n": 2})
    assert "stored" not in first.cache_status
    assert "no-store" in second["cache-control"]
