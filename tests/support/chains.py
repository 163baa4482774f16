"""Chains of calls for the tests of speculation: four documents, each naming the next, and upstream answers that wait for
another call instead of for a time."""

from configuration import view
from deadlines import PATIENCE
from answers import document

STEPS = """
    a: {get: "/a/{id}"}
    b: {get: "/b/{a.next}"}
    c: {get: "/c/{b.next}"}
    d: {get: "/d/{c.next}"}
"""
TARGETS = ["/a/7", "/b/2", "/c/3", "/d/4"]


def chain(steps=STEPS, **keys):
    return view(steps, **keys)


def link(following, **more):
    return document({"next": following, **more})


def script_chain(upstream):
    """The four documents, the same for ever."""
    for number, target in enumerate(TARGETS):
        upstream.on(target, link(number + 2))


def after(event, answer):
    """The same answer, once the event has happened."""

    def wait(call):
        assert event.wait(PATIENCE), "what the answer waits for never happened"
        answer(call)

    return wait


def anew(nearside, target="/views/7", **fields):
    return nearside.get(target, cache_control="no-cache", **fields)


def counted(nearside, name, view_name="board"):
    return nearside.metrics().get(f'nearside_speculation_{name}_total{{view="{view_name}"}}', 0)
