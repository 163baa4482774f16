"""A reload: the file is read again, and nothing that it leaves as it was is touched."""

import signal
import ssl
import time

import pytest

from answers import document, held, validated
from client import Connection
from configuration import configuration, ground, upstream_yaml, view
from deadlines import eventually
from fake_upstream import FakeUpstream
from nearside import ADMIN_TOKEN
from reloading import file_of, reload, take, write
from tls_files import Authority

BOARD = view('a: {get: "/a"}')
OTHER = view('a: {get: "/a"}', out="{b: a}")
ROUTE = 'routes: [{path: "/api/**", upstream: api}]'
BROKEN = "nonsense: true\n"


@pytest.fixture
def other_upstream():
    with FakeUpstream() as fake:
        yield fake


def test_a_view_that_changed_is_served_new_at_once(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(BOARD)
    assert nearside.get("/views/7").json() == {"a": {"n": 1}}
    told = take(nearside, configuration(upstream.url, OTHER))
    assert not told.get("complaints") and not told.get("needs_restart")
    answer = nearside.get("/views/7")
    assert answer.json() == {"b": {"n": 1}}
    assert not answer.is_hit


def test_a_view_that_stays_is_a_hit_without_a_call(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(BOARD)
    nearside.get("/views/7")
    more = 'routes: [{path: "/more/**", upstream: api}]\nlimits: {calls: 500}'
    take(nearside, configuration(upstream.url, BOARD, more))
    answer = nearside.get("/views/7")
    assert answer.is_hit
    assert answer.json() == {"a": {"n": 1}}
    assert upstream.count("/a") == 1


def test_what_goes_back_to_what_it_was_finds_its_entries(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(BOARD)
    nearside.get("/views/7")
    take(nearside, configuration(upstream.url, OTHER))
    take(nearside, configuration(upstream.url, BOARD))
    assert nearside.get("/views/7").is_hit


def test_a_speculated_run_of_a_changed_view_makes_the_new_one(serve, upstream):
    upstream.on("/a", validated({"n": 1}, cache_control="no-cache"))
    nearside = serve(BOARD)
    nearside.get("/views/7")
    take(nearside, configuration(upstream.url, OTHER))
    assert nearside.get("/views/7", cache_control="no-cache").json() == {"b": {"n": 1}}
    assert nearside.get("/views/7", cache_control="no-cache").json() == {"b": {"n": 1}}


def test_a_view_or_route_that_is_removed_is_not_found(serve, upstream):
    upstream.on("/a", document({})).on("/api/x", document({}, cache_control="max-age=60"))
    nearside = serve(BOARD, ROUTE)
    assert nearside.get("/views/7").status == 200
    assert nearside.get("/api/x").status == 200
    take(nearside, configuration(upstream.url, 'routes: [{path: "/only/**", upstream: api}]'))
    assert nearside.get("/views/7").status == 404
    assert nearside.get("/api/x").status == 404


def test_an_upstream_with_another_url_is_asked_from_then_on(serve, upstream, other_upstream):
    for each, number in ((upstream, 1), (other_upstream, 2)):
        each.on("/a", document({"n": number}, cache_control="max-age=60"))
        each.on("/api/x", document({"n": number}, cache_control="max-age=60"))
    nearside = serve(BOARD, ROUTE)
    nearside.get("/views/7")
    nearside.get("/api/x")
    take(nearside, configuration(other_upstream.url, BOARD, ROUTE))
    other_upstream.wait_connections(1)
    assert not other_upstream.requests, "it is connected before it is asked"
    assert nearside.get("/views/7").json() == {"a": {"n": 2}}
    assert nearside.get("/api/x").json() == {"n": 2}
    upstream.wait_no_connections()


def test_connections_to_an_upstream_that_stays_are_kept(serve, upstream):
    upstream.on("/a", document({}))
    nearside = serve(BOARD)
    upstream.wait_connections(1)
    before = len(upstream.connections)
    for _ in range(5):
        take(nearside, configuration(upstream.url, OTHER))
        take(nearside, configuration(upstream.url, BOARD))
    nearside.get("/views/7")
    assert len(upstream.connections) == before
    assert nearside.metrics()['nearside_upstream_connection_events_total{upstream="api",event="connected"}'] == before


def test_a_new_upstream_that_is_dead_holds_a_reload_up_for_a_bounded_time_only(serve, upstream, other_upstream):
    upstream.on("/a", document({}))
    nearside = serve(BOARD)
    other_upstream.kill()
    dead = upstream_yaml(other_upstream.url, "late").split("\n", 1)[1]
    take(nearside, ground() + upstream_yaml(upstream.url) + dead + view('a: {get: "/a", upstream: api}', upstream="api"))
    nearside.wait_event("warm connections are not up yet", upstream="late")
    assert nearside.is_ready(), "a node that answers is not taken out of service for it"
    assert nearside.get("/views/7").status == 200


def test_a_bad_file_changes_nothing_and_every_complaint_is_told(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(BOARD)
    nearside.get("/views/7")
    answer = reload(nearside, configuration(upstream.url, OTHER, BROKEN, "colour: blue\n"))
    assert answer.status == 422
    assert "nonsense" in answer.text and "colour" in answer.text
    assert nearside.wait_event("reload refused", complaints=2)
    assert nearside.is_ready()
    answer = nearside.get("/views/7")
    assert answer.is_hit
    assert answer.json() == {"a": {"n": 1}}
    metrics = nearside.metrics()
    assert metrics['nearside_reloads_total{outcome="refused"}'] == 1
    assert metrics['nearside_reloads_total{outcome="taken"}'] == 0


def test_a_file_that_is_gone_is_a_complaint(serve, upstream):
    upstream.on("/a", document({}))
    nearside = serve(BOARD)
    file_of(nearside).unlink()
    assert reload(nearside).status == 422
    assert nearside.get("/views/7").status == 200


def test_sighup_reads_the_file_again(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(BOARD)
    write(nearside, configuration(upstream.url, OTHER))
    nearside.process.send_signal(signal.SIGHUP)
    nearside.wait_event("reloaded")
    assert nearside.get("/views/7").json() == {"b": {"n": 1}}
    write(nearside, BROKEN)
    nearside.process.send_signal(signal.SIGHUP)
    nearside.wait_event("reload refused")
    assert nearside.get("/views/7").json() == {"b": {"n": 1}}


def test_what_takes_a_restart_is_told_and_stays(serve, upstream):
    upstream.on("/a", document({}))
    nearside = serve(BOARD)
    text = configuration(upstream.url, BOARD, "cache: {recipes: 1MiB, refresh_retry: 2s}", server="workers: 3")
    told = take(nearside, text.replace("threads: 2", "threads: 3"))
    assert sorted(told["needs_restart"]) == ["cache.recipes", "server.threads", "server.workers"]
    assert nearside.wait_event("settings need a restart")["keys"] == "server.threads, server.workers, cache.recipes"
    assert sorted(take(nearside, text)["needs_restart"]) == ["cache.recipes", "server.workers"], "against what runs"
    assert nearside.get("/views/7").status == 200


def test_a_client_connection_is_kept_and_its_requests_are_of_the_new_configuration(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    nearside = serve(BOARD)
    with nearside.connect() as kept:
        assert kept.get("/views/7").json() == {"a": {"n": 1}}
        take(nearside, configuration(upstream.url, OTHER))
        assert kept.get("/views/7").json() == {"b": {"n": 1}}


def test_a_request_under_way_ends_as_it_began(serve, upstream, gate):
    upstream.on("/a/7", held(gate, document({"n": 1}))).on("/a/8", document({"n": 2}))
    nearside = serve(view('a: {get: "/a/{id}"}'))
    with nearside.connect() as waiting:
        waiting.ask("/views/7")
        gate.wait_arrived()
        take(nearside, configuration(upstream.url, view('a: {get: "/a/{id}"}', out="{b: a}")))
        assert nearside.metrics()["nearside_generations"] == 2
        assert nearside.get("/views/8").json() == {"b": {"n": 2}}
        gate.open()
        assert waiting.read().json() == {"a": {"n": 1}}
    eventually(lambda: nearside.metrics()["nearside_generations"] == 1, "the older one is gone")


def test_a_route_under_way_ends_though_its_upstream_is_gone_from_the_file(serve, upstream, other_upstream, gate):
    def in_two(call):
        call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
        gate.pass_through()
        call.send(b" last")

    upstream.on("/api/x", in_two)
    other_upstream.on("/api/y", document({"n": 2}))
    nearside = serve(ROUTE)
    with nearside.connect() as waiting:
        waiting.ask("/api/x")
        gate.wait_arrived()
        take(nearside, configuration(other_upstream.url, ROUTE))
        assert nearside.get("/api/y").json() == {"n": 2}
        gate.open()
        assert waiting.read().body == b"first last"
    upstream.wait_no_connections()


def test_a_refresh_behind_goes_on_and_is_stored(serve, upstream, gate):
    upstream.on("/a", document({"n": 1}), held(gate, document({"n": 2})))
    keys = {"fresh": "0s", "stale": "1h"}
    nearside = serve(view('a: {get: "/a"}', **keys))
    nearside.get("/views/7")
    nearside.get("/views/7")
    gate.wait_arrived()
    take(nearside, configuration(upstream.url, view('a: {get: "/a"}', **keys), "limits: {calls: 500}"))
    gate.open()
    eventually(lambda: nearside.get("/views/7").json() == {"a": {"n": 2}}, "what it made is served")


def test_a_view_that_is_renewed_while_used_goes_on_being_renewed(serve, upstream):
    upstream.on("/a", document({"n": 1}), document({"n": 2}))
    hot = view('a: {get: "/a"}', fresh="1s", stale="1h", refresh="{while_used_within: 10m}")
    nearside = serve(hot)
    nearside.get("/views/7")
    nearside.get("/views/7")
    take(nearside, configuration(upstream.url, hot, "limits: {calls: 500}"))
    upstream.wait_for("/a", 2)


def test_what_is_kept_warm_and_fresh_is_not_made_again(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    warm = view('a: {get: "/a"}', warm="[{id: 7}]")
    nearside = serve(warm)
    eventually(lambda: nearside.get("/views/7").is_hit, "it is warm")
    made = upstream.count("/a")
    for calls in (500, 600):
        take(nearside, configuration(upstream.url, warm, f"limits: {{calls: {calls}}}"))
    eventually(lambda: nearside.metrics()['nearside_warm_parameters{view="board"}'] == 1, "it is kept once")
    assert upstream.count("/a") == made


def test_counters_go_on(serve, upstream):
    upstream.on("/a", document({}))
    nearside = serve(BOARD)
    nearside.get("/views/7")
    nearside.get("/views/7")
    take(nearside, configuration(upstream.url, BOARD, "limits: {calls: 500}"))
    nearside.get("/views/7")
    metrics = nearside.metrics()
    assert metrics['nearside_view_requests_total{view="board",result="fresh"}'] == 2
    assert metrics['nearside_reloads_total{outcome="taken"}'] == 1
    assert metrics["nearside_configuration_loaded_seconds"] > 1_000_000_000


def test_learned_schemas_stay(serve, upstream):
    upstream.on("/a", document({"remarkable": 1}))
    nearside = serve(BOARD)
    nearside.get("/views/7")
    eventually(lambda: "remarkable" in nearside.get("/openapi.json").text, "it is learned")
    take(nearside, configuration(upstream.url, BOARD, "limits: {calls: 500}"))
    assert "remarkable" in nearside.get("/openapi.json").text


def test_admin_tokens_are_those_of_the_file(serve, upstream):
    nearside = serve(BOARD)
    text = configuration(upstream.url, BOARD)
    take(nearside, text.replace("an-admin-token-of-the-tests", "another-admin-token-of-the-tests"))
    assert nearside.admin("/metrics").status == 401
    assert nearside.admin("/metrics", token="another-admin-token-of-the-tests").status == 200


def test_a_certificate_that_was_renewed_is_shown(serve, upstream, tmp_path):
    upstream.on("/a", document({}))
    authority = Authority(tmp_path / "ca")
    certificate, key = authority.issue()
    nearside = serve(BOARD, server=f"tls: {{certificate: {certificate}, key: {key}}}")
    trusting = ssl.create_default_context(cafile=str(authority.certificate))

    def shown(connection):
        return connection.socket.getpeercert()["serialNumber"]

    with nearside.connect(tls=trusting) as kept:
        before = shown(kept)
        authority.issue()
        assert reload(nearside).status == 200
        with nearside.connect(tls=trusting) as fresh:
            assert shown(fresh) != before
        assert kept.get("/views/7").status == 200, "connections of the older one go on"
    key.write_text("no key")
    assert reload(nearside).status == 422
    with nearside.connect(tls=trusting) as fresh:
        assert fresh.get("/views/7").status == 200


def test_a_stop_does_not_wait_for_a_reload(serve, upstream, other_upstream):
    upstream.on("/a", document({}))
    nearside = serve(BOARD)
    other_upstream.kill()
    write(nearside, configuration(other_upstream.url, BOARD))
    with Connection(nearside.admin_port) as asking:
        asking.ask("/reload", "POST", {"Authorization": f"Bearer {ADMIN_TOKEN}"})
        nearside.wait_event("upstream connection failed")
        began = time.monotonic()
        nearside.terminate()
        assert nearside.wait_ended() == 0
    assert time.monotonic() - began < 4, "neither for the new upstream nor for the drain to run out"
