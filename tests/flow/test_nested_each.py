"""`each` over what an `each` step got: the items further up can still be named, and so can what others got for them."""

from answers import by, document
from configuration import view

TREE = """
    projects: {get: "/projects"}
    owners: {each: "projects[*]", as: project, get: "/users/{project.owner}"}
    jobs: {each: "projects[*]", as: project, get: "/projects/{project.id}/jobs"}
    runs: {each: "jobs[*].results[*]", as: job, get: "/runs/{project.id}/{job.id}?by={owners[project].name}"}
"""


def script_tree(upstream):
    upstream.on("/projects", document([{"id": 1, "owner": 7}, {"id": 2, "owner": 8}, {"id": 3, "owner": 7}]))
    upstream.on("/users/7", document({"name": "minji"})).on("/users/8", document({"name": "jan"}))
    upstream.on("/projects/1/jobs", document({"results": [{"id": "a"}, {"id": "b"}]}))
    upstream.on("/projects/2/jobs", document({"results": []}))
    upstream.on("/projects/3/jobs", document({"results": [{"id": "a"}]}))
    upstream.otherwise(by(lambda request: document({"target": request.target})))


def test_a_url_of_the_inner_item_names_the_outer_one_and_what_another_step_got_for_it(serve, upstream):
    script_tree(upstream)
    told = serve(view(TREE, out='targets: "runs[*].target"')).get("/views/7").json()
    assert told["targets"] == ["/runs/1/a?by=minji", "/runs/1/b?by=minji", "/runs/3/a?by=minji"]
    assert upstream.count("/users/7") == 1, "two projects have one owner"


def test_out_shows_the_tree_with_each_level_beside_its_own(serve, upstream):
    script_tree(upstream)
    out = """
        projects:
          each: "projects[*]"
          as: project
          with:
            name: "owners[project].name"
            jobs: {each: "jobs[project].results[*]", as: job, with: {id: job.id, run: "runs[job].target", of: project.id}}
    """
    told = serve(view(TREE, out=out)).get("/views/7").json()["projects"]
    assert [each["name"] for each in told] == ["minji", "jan", "minji"]
    assert told[0]["jobs"] == [
        {"id": "a", "run": "/runs/1/a?by=minji", "of": 1},
        {"id": "b", "run": "/runs/1/b?by=minji", "of": 1},
    ]
    assert told[1]["jobs"] == []
    assert told[2]["jobs"] == [{"id": "a", "run": "/runs/3/a?by=minji", "of": 3}]


def test_three_levels_deep_every_level_can_be_named(serve, upstream):
    upstream.on("/a", document([{"id": 1}, {"id": 2}]))
    upstream.otherwise(by(lambda request: document([{"id": f"{request.path[-1]}x"}, {"id": f"{request.path[-1]}y"}])))
    steps = """
        a: {get: "/a"}
        b: {each: "a[*]", as: one, get: "/b/{one.id}"}
        c: {each: "b[*][*]", as: two, get: "/c/{one.id}/{two.id}"}
        d: {each: "c[*][*]", as: three, get: "/d/{one.id}/{two.id}/{three.id}"}
    """
    assert serve(view(steps, out="d: d")).get("/views/7").status == 200
    asked = [each for each in upstream.targets() if each.startswith("/d/")]
    assert sorted(asked) == sorted(
        f"/d/{one}/{one}{two}/{two}{three}" for one in (1, 2) for two in "xy" for three in "xy"
    )


def test_equal_urls_of_a_run_are_fetched_once_whichever_items_and_steps_ask(serve, upstream):
    upstream.on("/projects", document([{"id": 1, "by": [7, 8]}, {"id": 2, "by": [8, 7, 7]}]))
    upstream.otherwise(by(lambda request: document({"target": request.target})))
    steps = """
        projects: {get: "/projects"}
        authors: {each: "projects[*].by[*]", as: author, get: "/users/{author}"}
        seven: {get: "/users/7"}
        again: {get: "/projects"}
    """
    told = serve(view(steps, out='authors: "authors[*].target"\nseven: seven.target')).get("/views/7").json()
    assert told == {"authors": [f"/users/{n}" for n in (7, 8, 8, 7, 7)], "seven": "/users/7"}
    assert sorted(upstream.targets()) == ["/projects", "/users/7", "/users/8"]


def test_an_inner_item_without_its_value_is_null_in_its_place(serve, upstream):
    upstream.on("/projects", document([{"id": 1, "jobs": [{"id": 5}, {"id": None}]}, {"id": None, "jobs": [{"id": 6}]}]))
    upstream.otherwise(by(lambda request: document({"target": request.target})))
    steps = """
        projects: {get: "/projects"}
        details: {each: "projects[*]", as: project, get: "/projects/{project.id}"}
        jobs: {each: "projects[*].jobs[*]", as: job, get: "/jobs/{job.id}"}
    """
    told = serve(view(steps, out="details: details\njobs: jobs")).get("/views/7").json()
    assert told == {
        "details": [{"target": "/projects/1"}, None],
        "jobs": [{"target": "/jobs/5"}, None, {"target": "/jobs/6"}],
    }
