"""What a view may be that was read all at once: nothing below a refused parent ever, and a child that was read before
its parent changed is proven behind the published view, or before it where the view is strict."""

from threading import Event

import pytest

from answers import document, noting
from chains import after, anew, chain, link, script_chain
from deadlines import eventually

SECRET = "of a project that is not this user's any more"


def race(upstream, parent, *children):
    """The child's answer is on its way before the parent's: the child was read first."""
    child_is_read = Event()
    upstream.on("/b/2", noting(child_is_read, children[0]), *children[1:])
    upstream.on("/a/7", after(child_is_read, parent))


def test_a_changed_parent_is_published_at_once_and_its_children_are_proven_behind(serve, upstream):
    script_chain(upstream)
    nearside = serve(chain())
    nearside.get("/views/7")
    race(upstream, link(2, version=2), link(3, version="before"), link(3, version="after"))
    at_once = anew(nearside)
    assert at_once.json()["a"]["version"] == 2
    assert at_once.json()["b"]["version"] == "before"
    eventually(lambda: nearside.get("/views/7").json()["b"]["version"] == "after", "the repair is published")
    repaired = nearside.get("/views/7")
    assert repaired.is_hit
    assert repaired["etag"] != at_once["etag"]
    # /a is read once for both.
    assert upstream.count("/a/7") == 2
    assert upstream.count("/b/2") == 3


def test_a_repair_that_finds_nothing_else_publishes_nothing(serve, upstream):
    script_chain(upstream)
    nearside = serve(chain())
    nearside.get("/views/7")
    race(upstream, link(2, version=2), link(3))
    at_once = anew(nearside)
    name = 'nearside_view_repairs_total{view="board",outcome="unchanged"}'
    eventually(lambda: nearside.metrics().get(name) == 1, "a repair that changes nothing")
    assert nearside.get("/views/7")["etag"] == at_once["etag"]


def test_an_unchanged_parent_needs_no_proof(serve, upstream):
    script_chain(upstream)
    nearside = serve(chain())
    nearside.get("/views/7")
    upstream.forget()
    race(upstream, link(2), link(3, version="new"))
    assert anew(nearside).json()["b"]["version"] == "new"
    # The changed b makes c and d unproven, but it is itself read once.
    assert upstream.count("/b/2") == 1


def test_a_strict_view_waits_for_the_proof(serve, upstream):
    script_chain(upstream)
    nearside = serve(chain(consistency="strict"))
    nearside.get("/views/7")
    race(upstream, link(2, version=2), link(3, version="before"), link(3, version="after"))
    answer = anew(nearside)
    assert answer.json()["a"]["version"] == 2
    assert answer.json()["b"]["version"] == "after"
    assert upstream.count("/a/7") == 2


@pytest.mark.parametrize("status", [401, 403, 404, 410])
@pytest.mark.parametrize("consistency", ["repaired", "strict"])
def test_a_refused_parent_discards_what_was_read_below_it(serve, upstream, status, consistency):
    script_chain(upstream)
    nearside = serve(chain(consistency=consistency, stale_if_error="1h"))
    nearside.get("/views/7")
    race(upstream, document({"detail": "no"}, status=status), link(3, secret=SECRET))
    answer = anew(nearside)
    assert answer.status == status
    assert SECRET not in answer.text
    assert nearside.get("/views/7", cache_control="only-if-cached").status == 504

    # Nor is anything known of it any more: the chain is asked for one after the other again.
    script_chain(upstream)
    anew_again = nearside.get("/views/7")
    assert anew_again.status == 200
    assert "speculated" not in anew_again["server-timing"]


@pytest.mark.parametrize("consistency", ["repaired", "strict"])
def test_what_stands_in_for_a_refused_parent_takes_no_child_read_before_the_refusal(serve, upstream, consistency):
    script_chain(upstream)
    nearside = serve(
        chain(
            """
            a: {get: "/a/{id}", optional: true, else: {next: 2}}
            b: {get: "/b/{a.next}"}
            """,
            consistency=consistency,
        )
    )
    nearside.get("/views/7")
    race(upstream, document({}, status=403), link(3, version="before"), link(3, version="after"))
    answer = anew(nearside)
    assert answer["nearside-partial"] == "a"
    assert answer.json()["b"]["version"] == "after"


def test_consistency_is_one_of_two_words(start, upstream, tmp_path):
    from configuration import configuration
    from nearside import command

    file = tmp_path / "bad.yaml"
    file.write_text(configuration(upstream.url, chain(consistency="eventual")))
    checked = command("check", str(file))
    assert checked.returncode != 0
    assert "consistency" in checked.stdout + checked.stderr
