"""Stale copies: served while one refresh runs behind, or while the upstream fails (RFC 5861); as long as was said."""

import pytest

from answers import document, drop, held, stall, truncated, validated
from configuration import upstream_yaml
from deadlines import eventually
from routes import HOUR, ROUTE, Moment, route


def a_minute_stale(content, windows="", **fields):
    """Stale by a minute from the start; `windows`: further directives."""
    says = ", ".join(filter(None, ["max-age=1", windows]))
    return document(content, cache_control=says, age="61", **fields)


WHILE_REVALIDATING = "stale-while-revalidate=600"
IF_ERROR = "stale-if-error=600"
NEW = document("2", cache_control=HOUR)


def test_a_stale_copy_is_served_at_once_and_refreshed_behind(serve, upstream, gate):
    upstream.on("/a", a_minute_stale("1", WHILE_REVALIDATING), held(gate, NEW))
    nearside = serve(ROUTE)
    nearside.get("/a")
    for _ in range(3):  # while the refresh is under way
        answer = nearside.get("/a")
        assert answer.text == "1"
        assert answer.is_stale_hit
    gate.wait_arrived()
    gate.open()
    eventually(lambda: nearside.get("/a").text == "2", "the refreshed copy")
    assert upstream.count("/a") == 2


def test_the_refresh_validates(serve, upstream):
    fresh_again = {"cache_control": HOUR, "etag": '"1"'}
    upstream.otherwise(validated("1", then=fresh_again, cache_control=f"max-age=1, {WHILE_REVALIDATING}", age="61"))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.get("/a").is_stale_hit
    assert upstream.wait_for("/a", 2)[1]["if-none-match"] == '"1"'
    eventually(lambda: nearside.get("/a").cache_status["ttl"] > 0, "the copy is fresh again")
    assert upstream.count("/a") == 2


def test_not_past_its_window(serve, upstream):
    upstream.on("/a", a_minute_stale("1", "stale-while-revalidate=30"), NEW)
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.get("/a").text == "2"


def test_the_operators_window_stands_for_the_upstreams(serve, upstream):
    upstream.on("/a", a_minute_stale("1"), NEW)
    nearside = serve(route(stale="10m"))
    nearside.get("/a")
    assert nearside.get("/a").is_stale_hit
    eventually(lambda: nearside.get("/a").text == "2", "the refreshed copy")


VETOES = ["must-revalidate", "proxy-revalidate", "no-cache"]


@pytest.mark.parametrize("veto", VETOES)
def test_never_against_a_veto(serve, upstream, veto):
    upstream.on(
        "/a",
        a_minute_stale("1", f"{WHILE_REVALIDATING}, {IF_ERROR}, {veto}", etag='"1"'),
        NEW,
    )
    nearside = serve(route(stale="1h", stale_if_error="1h"))
    nearside.get("/a")
    assert nearside.get("/a").text == "2"


TROUBLE = {
    "500": document("", status=500),
    "502": document("", status=502),
    "503": document("", status=503),
    "504": document("", status=504),
    "no answer": drop,
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_stale_copy_stands_in_for_an_error(serve, upstream, trouble):
    upstream.on("/a", a_minute_stale("1", IF_ERROR), TROUBLE[trouble])
    nearside = serve(ROUTE)
    nearside.get("/a")
    answer = nearside.get("/a")
    assert (answer.status, answer.text) == (200, "1")
    assert answer.cache_status["detail"] == "stale-if-error"
    assert answer.cache_status["ttl"] < 0
    assert int(answer["age"]) >= 61


def test_or_for_an_upstream_that_takes_too_long(serve, upstream):
    upstream.on("/a", a_minute_stale("1", IF_ERROR), stall)
    nearside = serve(ROUTE, upstreams=upstream_yaml(upstream.url, timeout="{first_byte: 300ms}"))
    nearside.get("/a")
    assert nearside.get("/a").text == "1"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_an_answer_is_not_an_error(serve, upstream, status):
    upstream.on("/a", a_minute_stale("1", IF_ERROR), document("", status=status))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.get("/a").status == status


def test_not_past_the_window_for_errors(serve, upstream):
    upstream.on("/a", a_minute_stale("1", "stale-if-error=30"), document("", status=503))
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.get("/a").status == 503


def test_the_window_for_errors_is_no_window_for_stale_answers(serve, upstream):
    upstream.on("/a", a_minute_stale("1", IF_ERROR), NEW)
    nearside = serve(ROUTE)
    nearside.get("/a")
    assert nearside.get("/a").text == "2"


def test_after_an_error_no_request_waits_for_the_next_try_at_once(serve, upstream):
    upstream.on("/a", a_minute_stale("1", IF_ERROR), document("", status=503))
    nearside = serve(ROUTE, "cache: {refresh_retry: 10s}")
    nearside.get("/a")
    for _ in range(5):
        assert nearside.get("/a").text == "1"
    assert upstream.count("/a") == 2


def test_an_upstream_that_came_back(serve, upstream):
    upstream.on("/a", a_minute_stale("1", IF_ERROR), NEW)
    nearside = serve(ROUTE, "cache: {refresh_retry: 100ms}")
    nearside.get("/a")
    upstream.kill()
    assert nearside.get("/a").text == "1"
    upstream.revive()
    eventually(lambda: nearside.get("/a").text == "2", "the new copy")


@pytest.mark.parametrize(
    ("route_says", "windows", "answers"),
    [
        ("", "", 200),
        ("stale_if_error: 0s", "", 502),
        ("", "stale-if-error=0", 502),
        ("stale_if_error: 1h", "stale-if-error=0", 200),
    ],
)
def test_an_upstream_that_is_away_is_done_without_for_as_long_as_was_said_and_else_for_a_minute(
    serve, upstream, route_says, windows, answers
):
    upstream.otherwise(document("1", cache_control=", ".join(filter(None, ["max-age=1", windows])), age="2"))
    nearside = serve("routes:\n  - {path: /**, upstream: api" + (f", {route_says}" if route_says else "") + "}\n")
    nearside.get("/a")
    upstream.kill()
    answer = nearside.get("/a")
    assert answer.status == answers
    if answers == 200:
        assert answer.text == "1"


def test_age_through_another_cache_is_counted_from_its_birth(serve, upstream):
    """Stale served by the upstream's own cache isn't fresh here (it was born 61 s ago)."""
    upstream.otherwise(document("1", cache_control="max-age=60", date=Moment(-61), age="61"))
    nearside = serve(ROUTE)
    nearside.get("/a")
    nearside.get("/a")
    assert upstream.count("/a") == 2


def test_a_refresh_that_breaks_off_replaces_nothing(serve, upstream):
    upstream.on(
        "/a",
        a_minute_stale("1", WHILE_REVALIDATING),
        truncated("x" * 1000, cache_control=HOUR),
        document("3", cache_control=HOUR),
    )
    nearside = serve(ROUTE, "cache: {refresh_retry: 100ms}")
    nearside.get("/a")
    assert nearside.get("/a").text == "1"
    upstream.wait_for("/a", 2)
    eventually(lambda: nearside.get("/a").text == "3", "a copy from a later refresh")
