"""Everything that can run in parallel does, as soon as its own inputs are there: no step waits for a slow stranger."""

from answers import document, held
from configuration import view
from deadlines import in_background
from gate import Gate


def test_steps_without_references_start_together(serve, upstream, gate):
    names = ["a", "b", "c", "d", "e"]
    for name in names:
        upstream.on(f"/{name}", held(gate, document({})))
    nearside = serve(view("\n".join(f'{name}: {{get: "/{name}"}}' for name in names)))
    waiting = in_background(nearside.get, "/views/7")
    gate.wait_arrived(5)
    gate.open()
    assert waiting.result().status == 200


def test_a_step_starts_when_its_own_inputs_are_there(serve, upstream, gate):
    """c needs a; b, in a's wave, is still being waited for."""
    c_asked = Gate()
    c_asked.open()
    upstream.on("/a", document({"id": 1}))
    upstream.on("/b", held(gate, document({"id": 2})))
    upstream.on("/c/1", held(c_asked, document({"id": 3})))
    upstream.on("/d/3", document({}))
    steps = """
        d: {get: "/d/{c.id}"}
        c: {get: "/c/{a.id}"}
        b: {get: "/b"}
        a: {get: "/a"}
    """
    nearside = serve(view(steps))
    waiting = in_background(nearside.get, "/views/7")
    gate.wait_arrived()
    upstream.wait_for("/d/3")
    assert not waiting.done
    gate.open()
    assert waiting.result().status == 200


def test_a_step_with_two_inputs_waits_for_both(serve, upstream, gate):
    upstream.on("/a", document({"id": 1}))
    upstream.on("/b", held(gate, document({"id": 2})))
    upstream.on("/c/1/2", document({}))
    nearside = serve(view('a: {get: "/a"}\nb: {get: "/b"}\nc: {get: "/c/{a.id}/{b.id}"}'))
    waiting = in_background(nearside.get, "/views/7")
    gate.wait_arrived()
    upstream.wait_for("/a")
    assert upstream.count("/c/1/2") == 0
    gate.open()
    assert waiting.result().status == 200
    assert upstream.count("/c/1/2") == 1


def test_each_starts_while_an_unrelated_step_is_slow(serve, upstream, gate):
    upstream.on("/slow", held(gate, document({})))
    upstream.on("/jobs", document([{"id": 1}, {"id": 2}]))
    steps = """
        slow: {get: "/slow"}
        jobs: {get: "/jobs"}
        metrics: {each: "jobs[*]", as: job, get: "/metrics/{job.id}"}
    """
    upstream.on("/metrics/1", document({}))
    upstream.on("/metrics/2", document({}))
    waiting = in_background(serve(view(steps)).get, "/views/7")
    upstream.wait_for("/metrics/1")
    upstream.wait_for("/metrics/2")
    gate.open()
    assert waiting.result().status == 200


def test_a_diamond_fetches_its_shared_step_once(serve, upstream):
    upstream.on("/a", document({"id": 1}))
    upstream.on("/b/1", document({"id": 2}))
    upstream.on("/c/1", document({"id": 3}))
    upstream.on("/d/2/3", document({"n": 4}))
    steps = """
        d: {get: "/d/{b.id}/{c.id}"}
        b: {get: "/b/{a.id}"}
        c: {get: "/c/{a.id}"}
        a: {get: "/a"}
    """
    assert serve(view(steps, out="n: d.n")).get("/views/7").json() == {"n": 4}
    assert sorted(upstream.targets()) == ["/a", "/b/1", "/c/1", "/d/2/3"]


def test_equal_urls_of_different_steps_are_fetched_once(serve, upstream):
    upstream.on("/project", document({"owner": 3, "author": 3}))
    upstream.on("/users/3", document({"name": "Saskia"}))
    steps = """
        project: {get: "/project"}
        owner: {get: "/users/{project.owner}"}
        author: {get: "/users/{project.author}"}
    """
    nearside = serve(view(steps, out="owner: owner.name\nauthor: author.name"))
    assert nearside.get("/views/7").json() == {"owner": "Saskia", "author": "Saskia"}
    assert upstream.count("/users/3") == 1


def test_a_chain_of_eight_steps(serve, upstream):
    steps = ['s0: {get: "/s0"}'] + [f's{at}: {{get: "/s{at}/{{s{at - 1}.next}}"}}' for at in range(1, 8)]
    upstream.on("/s0", document({"next": "x0"}))
    for at in range(1, 8):
        upstream.on(f"/s{at}/x{at - 1}", document({"next": f"x{at}"}))
    nearside = serve(view("\n".join(reversed(steps)), out="last: s7.next"))
    assert nearside.get("/views/7").json() == {"last": "x7"}
