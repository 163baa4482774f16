"""Past `fresh` and `stale` a request waits for a new copy; while the upstream fails, `stale_if_error` lets the older
one stand in, and nothing else does."""

import pytest

from answers import document, drop, reset, stall, truncated
from configuration import upstream_yaml, view
from deadlines import eventually

TROUBLE = {
    "status 500": document({"secret": "stack trace"}, status=500),
    "status 503": document({}, status=503),
    "dropped connection": drop,
    "reset connection": reset,
    "stalled": stall,
    "truncated body": truncated('{"n": 2, "more": "............"}'),
    "malformed JSON": document('{"n": 2,'),
}


def expired_at_once(**windows):
    return view('a: {get: "/a"}', out="n: a.n", fresh="0s", **windows)


def impatient(upstream):
    return upstream_yaml(upstream.url, timeout="{connect: 800ms, first_byte: 400ms, total: 800ms}")


def test_an_expired_view_is_made_anew_while_the_request_waits(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({"n": 2}))
    nearside = serve(expired_at_once(stale_if_error="1h"))
    assert nearside.get("/views/7").json() == {"n": 1}
    second = nearside.get("/views/7")
    assert second.json() == {"n": 2}
    assert second.cache_status["fwd"] == "stale"
    assert second.cache_status["stored"] is True


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE.keys())
def test_the_older_copy_stands_in_while_the_upstream_is_in_trouble(serve, upstream, trouble):
    upstream.on("/a", document({"n": 1}), trouble)
    nearside = serve(expired_at_once(stale_if_error="1h"), upstreams=impatient(upstream))
    nearside.get("/views/7")
    older = nearside.get("/views/7")
    assert older.status == 200
    assert older.json() == {"n": 1}
    assert older.cache_status["fwd"] == "stale"
    assert older.cache_status["detail"] == "stale-if-error"


def test_the_upstreams_status_is_told_beside_the_older_copy(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({}, status=502))
    nearside = serve(expired_at_once(stale_if_error="1h"))
    nearside.get("/views/7")
    assert nearside.get("/views/7").cache_status["fwd-status"] == 502


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE.keys())
def test_without_stale_if_error_the_failure_is_told(serve, upstream, trouble):
    upstream.on("/a", document({"n": 1}), trouble)
    nearside = serve(expired_at_once(), upstreams=impatient(upstream))
    nearside.get("/views/7")
    failed = nearside.get("/views/7")
    assert failed.status in (502, 503, 504)
    assert failed.problem()["step"] == "a"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_an_answer_and_no_trouble(serve, upstream, status):
    """The upstream works and says no: an older copy would show what is gone or forbidden by now."""
    upstream.on("/a", document({"n": 1}), document({}, status=status))
    nearside = serve(expired_at_once(stale_if_error="1h"))
    nearside.get("/views/7")
    assert nearside.get("/views/7").status == status


def test_the_view_recovers_with_the_upstream(serve, upstream):
    upstream.on("/a", document({"n": 1}), drop, drop, drop, drop, document({"n": 2}))
    nearside = serve(expired_at_once(stale_if_error="1h"), "cache: {refresh_retry: 1ms}")
    nearside.get("/views/7")
    seen = []

    def recovered():
        seen.append(nearside.get("/views/7").json()["n"])
        return seen[-1] == 2

    eventually(recovered, "a copy of the upstream that works again")
    assert set(seen[:-1]) <= {1}
