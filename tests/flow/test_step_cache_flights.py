"""Runs of different views that need one thing at a time make one call for it."""

import time

from answers import document, held, stall
from deadlines import eventually, in_background

HASTY_AND_PATIENT = """
views:
  hasty: {path: /views/hasty, fresh: 1h, steps: {step: {get: "/a", timeout: 500ms}}, out: step}
  patient: {path: /views/patient, fresh: 1h, steps: {step: {get: "/a"}}, out: step}
"""


def both_running(nearside, upstream):
    """Both views, the hasty one first, while the upstream has its call and the other waits for that."""
    first = in_background(nearside.get, "/views/hasty")
    upstream.wait_for("/a")
    second = in_background(nearside.get, "/views/patient")
    eventually(lambda: nearside.metrics()["nearside_step_calls_waiting"] == 1, "the second run waits for the call")
    return first, second


def test_views_that_are_made_at_a_time_share_the_call(serve, upstream, gate):
    upstream.on("/a", held(gate, document({"n": 1})), document({"n": 2}))
    nearside = serve(HASTY_AND_PATIENT.replace("500ms", "30s"))
    first, second = both_running(nearside, upstream)
    gate.open()
    assert first.result().json() == second.result().json() == {"n": 1}
    assert upstream.count("/a") == 1


def test_one_runs_short_patience_is_not_anothers(serve, upstream):
    upstream.on("/a", stall, document({"n": 2}))
    nearside = serve(HASTY_AND_PATIENT)
    first, second = both_running(nearside, upstream)
    assert first.result().status == 504
    assert second.result().json() == {"n": 2}


def test_a_step_with_a_timeout_waits_no_longer_for_anothers_call(serve, upstream, gate):
    upstream.on("/a", held(gate, document({"n": 1})))
    nearside = serve(HASTY_AND_PATIENT)
    patient = in_background(nearside.get, "/views/patient")
    upstream.wait_for("/a")
    assert nearside.get("/views/hasty").status == 504
    gate.open()
    assert patient.result().json() == {"n": 1}


def test_a_view_that_insists_doesnt_take_a_call_from_before(serve, upstream, gate):
    upstream.on("/a", held(gate, document({"n": 1})), document({"n": 2}))
    nearside = serve(HASTY_AND_PATIENT.replace("500ms", "30s"))
    first = in_background(nearside.get, "/views/hasty")
    upstream.wait_for("/a")
    asked = upstream.to("/a")[0].arrived
    eventually(lambda: time.monotonic() - asked > 0.1, "the two are not of the same moment")
    assert nearside.get("/views/patient", cache_control="no-cache").json() == {"n": 2}
    gate.open()
    assert first.result().json() == {"n": 1}
