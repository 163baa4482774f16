"""A refresh asks at once for all that the last run called, whatever the depth of the chain. Nothing here is timed: the
upstream holds its answers back until the calls are there."""

import pytest

from answers import by, document, held, not_modified, noting
from chains import TARGETS, after, anew, chain, counted, link, script_chain
from deadlines import eventually, in_background
from threading import Event


def all_at_once(upstream, gate):
    """From now on every call waits at the gate."""
    for number, target in enumerate(TARGETS):
        upstream.on(target, held(gate, link(number + 2)))
    upstream.forget()


def asked_for_all(nearside, upstream, gate, ask):
    waiting = in_background(ask)
    gate.wait_arrived(len(TARGETS))
    gate.open()
    answer = waiting.result()
    assert answer.status == 200
    assert sorted(upstream.targets()) == TARGETS
    return answer


def test_no_cache_asks_for_the_whole_chain_at_once(serve, upstream, gate):
    script_chain(upstream)
    nearside = serve(chain())
    first = nearside.get("/views/7")
    all_at_once(upstream, gate)
    again = asked_for_all(nearside, upstream, gate, lambda: anew(nearside))
    assert again.body == first.body
    assert again["etag"] == first["etag"]
    assert again["server-timing"].count('desc="speculated"') == 3
    eventually(lambda: counted(nearside, "hit") == 3, "three calls that were speculated")
    assert counted(nearside, "waste") == 0
    assert counted(nearside, "second_wave") == 0


def test_so_does_an_expired_view(serve, upstream, gate):
    script_chain(upstream)
    nearside = serve(chain(fresh="0s"))
    nearside.get("/views/7")
    all_at_once(upstream, gate)
    asked_for_all(nearside, upstream, gate, lambda: nearside.get("/views/7"))


def test_so_does_a_refresh_behind(serve, upstream, gate):
    script_chain(upstream)
    nearside = serve(chain(fresh="0s", stale="1h"))
    nearside.get("/views/7")
    all_at_once(upstream, gate)
    assert nearside.get("/views/7").is_stale_hit
    gate.wait_arrived(len(TARGETS))


def test_so_does_a_view_whose_body_was_evicted(serve, upstream, gate):
    script_chain(upstream)
    upstream.otherwise(by(lambda request: link(int(request.path.split("/")[-1]) + 1000, padding="x" * 20_000)))
    nearside = serve(chain(), "cache: {memory: 1MiB, max_entry: 512KiB}")
    nearside.get("/views/7")
    for other in range(100, 150):
        nearside.get(f"/views/{other}")
    all_at_once(upstream, gate)
    answer = asked_for_all(nearside, upstream, gate, lambda: nearside.get("/views/7"))
    assert not answer.is_hit


def test_the_first_run_ever_asks_one_after_the_other(serve, upstream):
    script_chain(upstream)
    nearside = serve(chain())
    nearside.get("/views/7")
    assert upstream.targets() == TARGETS
    assert counted(nearside, "second_wave") == 0


def test_without_memory_for_recipes_there_is_no_speculation(serve, upstream):
    script_chain(upstream)
    nearside = serve(chain(), "cache: {recipes: 0}")
    nearside.get("/views/7")
    upstream.forget()
    anew(nearside)
    assert upstream.targets() == TARGETS
    assert counted(nearside, "hit") == 0


def test_everything_unchanged_leaves_the_view_as_it_is(serve, upstream):
    for number, target in enumerate(TARGETS):
        upstream.on(target, document({"next": number + 2}, etag=f'"{number}"'), not_modified(etag=f'"{number}"'))
    nearside = serve(chain())
    first = nearside.get("/views/7")
    again = anew(nearside)
    assert (again.body, again["etag"]) == (first.body, first["etag"])
    assert again.cache_status["stored"] is True
    for number, target in enumerate(TARGETS):
        assert upstream.to(target)[1]["if-none-match"] == f'"{number}"'


def test_a_new_id_is_asked_for_in_a_second_wave_and_the_old_ones_answer_is_dropped(serve, upstream):
    script_chain(upstream)
    nearside = serve(chain())
    nearside.get("/views/7")
    old_is_asked = Event()
    upstream.on("/b/2", noting(old_is_asked, link(3, of="the old id")))
    upstream.on("/a/7", after(old_is_asked, link(9)))
    upstream.on("/b/9", link(3, of="the new id"))
    answer = anew(nearside)
    assert answer.json()["b"] == {"next": 3, "of": "the new id"}
    assert answer.json()["d"] == {"next": 5}
    eventually(lambda: counted(nearside, "waste") >= 1, "the old id's call was in vain")
    assert counted(nearside, "second_wave") >= 1


def test_the_recipe_follows_what_the_view_asks_for(serve, upstream, gate):
    script_chain(upstream)
    nearside = serve(chain())
    nearside.get("/views/7")
    upstream.on("/a/7", link(9))
    upstream.on("/b/9", link(3))
    anew(nearside)
    anew(nearside)  # what the one before may have asked for in vain has arrived by then
    upstream.forget()
    for target in ["/a/7", "/b/9", "/c/3", "/d/4"]:
        upstream.on(target, held(gate, link({"/a/7": 9, "/b/9": 3, "/c/3": 4, "/d/4": 5}[target])))
    waiting = in_background(anew, nearside)
    gate.wait_arrived(4)
    gate.open()
    assert waiting.result().status == 200
    assert "/b/2" not in upstream.targets()


@pytest.mark.parametrize("trouble", [document({}, status=503), document({}, status=404)], ids=["503", "404"])
def test_a_speculated_call_that_went_wrong_is_made_again_when_the_plan_asks(serve, upstream, trouble):
    """A chain whose parents changed: what was answered before they did is no answer."""
    script_chain(upstream)
    nearside = serve(chain())
    nearside.get("/views/7")
    is_asked = Event()
    upstream.on("/b/2", noting(is_asked, trouble), link(3, of="the second call"))
    upstream.on("/a/7", after(is_asked, link(2, changed=True)))
    assert anew(nearside).json()["b"]["of"] == "the second call"


def test_only_what_is_the_same_users_is_speculated(serve, upstream):
    def of_whom(request):
        who = request.fields.get("authorization", "nobody")
        return link({"A": 2, "B": 8}.get(who, 0), who=who)

    upstream.on("/a/7", by(of_whom))
    upstream.otherwise(by(of_whom))
    from configuration import upstream_yaml

    nearside = serve(chain(scope="user"), upstreams=upstream_yaml(upstream.url, forward="[authorization]"))
    for who in ("A", "B"):
        nearside.get("/views/7", authorization=who)
    upstream.forget()
    waiting = [in_background(anew, nearside, authorization=who) for who in ("A", "B") * 4]
    for answer, who in zip([each.result() for each in waiting], ("A", "B") * 4, strict=True):
        assert {part["who"] for part in answer.json().values()} == {who}
    for request in upstream.requests:
        if request.path != "/a/7":
            assert request.path.endswith({"A": "2", "B": "8"}[request["authorization"]])
