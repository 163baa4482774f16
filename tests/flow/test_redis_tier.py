"""Redis behind the memory: a node that was just started answers from it, honestly, without asking the upstream."""

import os
import threading

import pytest

from answers import by, document, held, not_modified
from configuration import configuration, upstream_yaml, view
from deadlines import eventually, in_background
from faulty_proxy import FaultyProxy
from nearside import is_sanitized

BOARD = view(
    """
    project: {get: "/projects/{id}"}
    jobs: {get: "/jobs?owner={project.owner}"}
    """,
    out="{name: project.name, jobs: 'jobs'}",
    fresh="1h",
    stale="1h",
)
# Stored answers are of one host; the port that nearside listens on is another one after each start.
HOST = "nearside.example"
LARGE = view('large: {get: "/large"}', out="large", path="/views/large", fresh="1h")
ROUTES = "routes:\n  - {path: /api/**}\n"


@pytest.fixture
def node(start, upstream):
    """node(section, ..., redis=url) -> a nearside with that second tier, connected to it."""

    def start_node(*sections, redis, timeout="5s", connected=True):
        cache = f"cache: {{redis: {{url: '{redis.url}', timeout: {{request: {timeout}}}}}}}\n"
        nearside = start(configuration(upstream.url, cache, *sections))
        if connected:
            nearside.wait_event("redis connected")
        return nearside

    return start_node


def settled(nearside):
    """Until all is written that waits."""
    eventually(lambda: nearside.metrics()["nearside_redis_waiting_writes"] == 0, "nothing waits to be written")
    return nearside


def reads(nearside, result="hit"):
    return nearside.metrics().get(f'nearside_redis_reads_total{{result="{result}"}}', 0)


def writes(nearside, result="whole"):
    return nearside.metrics().get(f'nearside_redis_writes_total{{result="{result}"}}', 0)


def script_board(upstream, **fields):
    upstream.on("/projects/7", document({"name": "one", "owner": 3}, **fields))
    upstream.on("/jobs?owner=3", document([{"id": 1}, {"id": 2}], **fields))


def restarted(node, first, *sections, redis, writes_at_least=1, **how):
    eventually(lambda: writes(first) >= writes_at_least, f"{writes_at_least} written")
    settled(first).stop()
    return node(*sections, redis=redis, **how)


def test_a_view_is_answered_after_a_restart_without_the_upstream(node, upstream, redis):
    script_board(upstream)
    first = node(BOARD, redis=redis)
    made = first.get("/views/7")
    second = restarted(node, first, BOARD, redis=redis)
    upstream.forget()
    answer = second.get("/views/7")
    assert answer.body == made.body
    assert answer["etag"] == made["etag"]
    assert answer.is_hit and answer.cache_status["detail"] == "redis"
    assert 0 < answer.cache_status["ttl"] <= 3600
    assert upstream.count() == 0
    # From now on it is in memory.
    again = second.get("/views/7")
    assert again.is_hit and "detail" not in again.cache_status
    assert reads(second) == 1


def test_a_stale_view_is_answered_and_refreshed_behind(node, upstream, redis):
    script_board(upstream)
    board = BOARD.replace("fresh: 1h", "fresh: 1ms")
    first = node(board, redis=redis)
    first.get("/views/7")
    second = restarted(node, first, board, redis=redis)
    upstream.forget()
    answer = second.get("/views/7")
    assert answer.is_hit and answer.cache_status["detail"] == "redis"
    assert answer.cache_status["ttl"] <= 0
    upstream.wait_for("/jobs?owner=3")


def test_what_was_invalidated_softly_is_stale_after_a_restart_too_and_says_so(node, upstream, redis):
    routes = 'routes:\n  - {path: /api/**, upstream: api, fresh: 1h, stale: 1h, tags: [api]}\n'
    upstream.on("/api/a", document("old"), document("new"))
    first = node(routes, redis=redis)
    first.get("/api/a", host=HOST)
    eventually(lambda: writes(first) >= 1, "written")
    body = b'{"tags": ["api"], "mode": "soft"}'
    assert first.admin("/invalidate", method="POST", body=body).status == 200
    second = restarted(node, first, routes, redis=redis)
    stale = second.get("/api/a", host=HOST)
    assert stale.text == "old" and stale.is_hit
    assert stale.cache_status["detail"] == "redis" and stale.cache_status["ttl"] <= 0
    assert "no-cache" in stale.fields.members("cache-control")
    eventually(lambda: second.get("/api/a", host=HOST).text == "new", "refreshed behind")


def test_its_age_counts_from_when_it_was_read_at_the_upstream(node, upstream, redis):
    first = node(ROUTES, redis=redis)
    upstream.on("/api/a", document("a", age="100", cache_control="max-age=4000"))
    first.get("/api/a", host=HOST)
    second = restarted(node, first, ROUTES, redis=redis)
    answer = second.get("/api/a", host=HOST)
    assert answer.cache_status["detail"] == "redis"
    assert int(answer["age"]) >= 100
    assert answer.cache_status["ttl"] <= 3900


def test_who_insists_on_a_fresh_copy_gets_one(node, upstream, redis):
    script_board(upstream)
    first = node(BOARD, redis=redis)
    first.get("/views/7")
    second = restarted(node, first, BOARD, redis=redis)
    upstream.forget()
    answer = second.get("/views/7", cache_control="no-cache")
    assert not answer.is_hit
    assert upstream.count("/projects/7") == 1


def test_only_if_cached_is_answered_from_redis_too(node, upstream, redis):
    script_board(upstream)
    first = node(BOARD, ROUTES, redis=redis)
    first.get("/views/7")
    second = restarted(node, first, BOARD, ROUTES, redis=redis)
    upstream.forget()
    assert second.get("/views/7", cache_control="only-if-cached").is_hit
    assert second.get("/views/8", cache_control="only-if-cached").status == 504
    assert second.get("/api/nothing", cache_control="only-if-cached").status == 504
    assert upstream.count() == 0


def test_a_route_is_answered_after_a_restart_in_each_of_its_variants(node, upstream, redis):
    def in_language(request):
        language = request.fields.get("accept-language", "none")
        return document({"in": language}, vary="accept-language", cache_control="max-age=600")

    upstream.on("/api/a", by(in_language))
    first = node(ROUTES, redis=redis)
    for language in ("nl", "ko"):
        assert first.get("/api/a", host=HOST, accept_language=language).json() == {"in": language}
    second = restarted(node, first, ROUTES, redis=redis, writes_at_least=3)
    upstream.forget()
    for language in ("nl", "ko"):
        answer = second.get("/api/a", host=HOST, accept_language=language)
        assert answer.json() == {"in": language}
        assert answer.cache_status["detail"] == "redis"
    assert upstream.count() == 0
    assert "fwd=vary-miss" in second.get("/api/a", host=HOST, accept_language="de")["cache-status"]


def test_a_stale_route_is_validated_with_the_copy_of_redis(node, upstream, redis):
    upstream.on(
        "/api/a",
        document("a" * 1000, etag='"1"', cache_control="max-age=0, must-revalidate"),
        not_modified(etag='"1"', cache_control="max-age=600"),
    )
    first = node(ROUTES, redis=redis)
    first.get("/api/a", host=HOST)
    second = restarted(node, first, ROUTES, redis=redis)
    answer = second.get("/api/a", host=HOST)
    assert answer.text == "a" * 1000
    assert answer.cache_status["fwd-status"] == 304
    assert upstream.to("/api/a")[-1]["if-none-match"] == '"1"'


def test_a_step_is_validated_with_the_copy_of_redis(node, upstream, redis):
    board = view('a: {get: "/a"}', out="a", fresh="1ms", stale="0s", path="/views/a")
    upstream.on("/a", document([1, 2], etag='"1"', cache_control="max-age=0"), not_modified(etag='"1"'))
    first = node(board, redis=redis)
    first.get("/views/a")
    second = restarted(node, first, board, redis=redis)
    assert second.get("/views/a").json() == [1, 2]
    assert upstream.to("/a")[-1]["if-none-match"] == '"1"'


def test_a_recipe_outlives_the_node(node, upstream, redis, gate):
    """The refresh of a view after a restart asks for all at once, though nothing else of it is stored."""
    script_board(upstream)
    first = node(BOARD, redis=redis)
    first.get("/views/7")
    eventually(lambda: [key for key in redis.keys() if ":r:" in key], "a recipe in Redis")
    recipes = [key for key in redis.keys() if ":r:" in key]
    settled(first).stop()
    for key in set(redis.keys()) - set(recipes):
        redis.say("DEL", key)
    second = node(BOARD, redis=redis)
    upstream.forget()
    # What it is asked for depends on an answer that doesn't come before.
    upstream.on("/projects/7", held(gate, document({"name": "one", "owner": 3})))
    answer = in_background(second.get, "/views/7")
    gate.wait_arrived()
    upstream.wait_for("/jobs?owner=3")
    gate.open()
    assert answer.result().status == 200
    assert second.metrics()['nearside_speculation_hit_total{view="board"}'] == 1


def test_what_views_answer_is_known_after_a_restart(node, upstream, redis):
    def told(nearside):
        return "jobs" in nearside.get("/openapi.json").text

    upstream.on("/projects/7", document({"name": "one", "owner": 3}))
    upstream.on("/jobs?owner=3", document([{"id": 1}]))
    first = node(BOARD, redis=redis)
    assert not told(first)
    first.get("/views/7")
    eventually(lambda: told(first), "the schema is learned")
    second = restarted(node, first, BOARD, redis=redis, writes_at_least=3)
    upstream.forget()
    eventually(lambda: told(second), "the schema is known")
    assert upstream.count() == 0


def test_what_a_user_alone_may_see_has_a_key_of_its_own(start, upstream, redis):
    upstream.on("/me", by(lambda request: document({"who": request.fields.get("authorization", "nobody")})))
    mine = view('me: {get: "/me"}', out="me", path="/views/me")
    text = configuration(
        upstream_yaml(upstream.url, forward="[authorization]"), f"cache: {{redis: '{redis.url}'}}\n", mine
    )
    first = start(text)
    first.wait_event("redis connected")
    assert first.get("/views/me", authorization="Bearer a").json() == {"who": "Bearer a"}
    eventually(lambda: writes(first) >= 1, "written")
    settled(first).stop()
    second = start(text)
    second.wait_event("redis connected")
    upstream.forget()
    assert second.get("/views/me", authorization="Bearer b").json() == {"who": "Bearer b"}
    assert upstream.count("/me") == 1


def test_another_configuration_of_the_view_doesnt_meet_it(node, upstream, redis):
    script_board(upstream)
    first = node(BOARD, redis=redis)
    first.get("/views/7")
    other = BOARD.replace("name: project.name", "title: project.name")
    second = restarted(node, first, other, redis=redis)
    assert "title" in second.get("/views/7").json()


def test_what_the_upstream_takes_back_is_gone_from_redis(node, upstream, redis):
    upstream.on("/projects/7", document({"name": "one", "owner": 3}), document({"detail": "no"}, status=404))
    upstream.on("/jobs?owner=3", document([]))
    first = node(BOARD, redis=redis)
    first.get("/views/7")
    eventually(lambda: writes(first) >= 1, "written")
    assert first.get("/views/7", cache_control="no-cache").status == 404
    eventually(lambda: writes(first, "erased") >= 1, "erased")
    second = restarted(node, first, BOARD, redis=redis)
    assert second.get("/views/7").status == 404


def test_what_is_stored_ends_in_redis_with_its_windows(node, upstream, redis):
    script_board(upstream)
    first = node(BOARD, redis=redis)
    first.get("/views/7")
    eventually(lambda: writes(first) >= 1, "written")
    settled(first)
    # Besides, the log of invalidations stands there for good.
    for key in redis.keys("nearside:*"):
        left = redis.say("PTTL", key)
        assert 0 < left <= 31 * 24 * 3600 * 1000, (key, left)


def test_a_view_to_be_kept_warm_is_taken_from_redis(node, upstream, redis):
    script_board(upstream)
    warm = BOARD.rstrip("\n").replace("    stale: 1h\n", "    stale: 1h\n    warm: [{id: 7}]\n") + "\n"
    first = node(warm, redis=redis)
    upstream.wait_for("/jobs?owner=3")
    eventually(lambda: first.get("/views/7").is_hit, "warm")
    second_starts_at = upstream.count()
    second = restarted(node, first, warm, redis=redis)
    eventually(lambda: second.get("/views/7", cache_control="only-if-cached").status == 200, "warm again")
    assert upstream.count() == second_starts_at


class LateRedis:
    """A restarted nearside asks for /views/large, which Redis has and brings after the request's patience with it."""

    def __init__(self, start, upstream, redis, gate, view_lines):
        self.gate = gate
        self.link = FaultyProxy(redis.port)
        self._brought = threading.Event()
        # Within which Redis says what there is; its content is what comes late.
        patience = "1500ms" if is_sanitized() else "300ms"
        timeout = f"{{request: {patience}, command: 60s, content: 60s}}"
        cache = f"cache: {{redis: {{url: '{self.link.url}', timeout: {timeout}}}}}\n"
        text = configuration(upstream.url, cache, view_lines)
        large = document([os.urandom(1_000_000).hex() for _ in range(2)])
        upstream.on("/large", large, held(gate, large))
        first = start(text)
        self.made = first.get("/views/large")
        eventually(lambda: writes(first) >= 1, "written")
        settled(first).stop()
        self.nearside = start(text)
        # Until then nothing is looked for in Redis.
        self.nearside.wait_event("in step with the log of invalidations")
        eventually(lambda: self.nearside.metrics()["nearside_redis_up"] == 1, "Redis is used")
        upstream.forget()
        self.link.trickle = self._hold_back_what_is_large
        self.answer = in_background(self.nearside.get, "/views/large")
        upstream.wait_for("/large")

    def _hold_back_what_is_large(self, piece):
        """A byte now and then, for a connection that owes answers and is silent counts as dead."""
        while len(piece) > 20_000 and not self._brought.wait(0.1):
            yield piece[:1]
            piece = piece[1:]
        yield piece

    def bring(self):
        self._brought.set()
        eventually(lambda: self.nearside.metrics()["nearside_redis_late_total"] == 1, "Redis has brought it")

    def end(self):
        self._brought.set()
        self.gate.open()
        self.link.end()


@pytest.fixture
def late_redis(start, upstream, redis, gate):
    begun = []

    def begin(view_lines):
        begun.append(LateRedis(start, upstream, redis, gate, view_lines))
        return begun[-1]

    yield begin
    for each in begun:
        each.end()


def test_a_large_answer_of_redis_overtakes_the_upstream(late_redis):
    """It is too large to be there in the time that a request waits for Redis; so the upstream is asked, and is slower."""
    late = late_redis(LARGE)
    late.bring()
    assert late.answer.result().body == late.made.body
    assert late.answer.result().cache_status["detail"] == "redis"


def test_what_is_too_old_when_redis_brings_it_late_leaves_the_upstream_waited_for(late_redis):
    late = late_redis(LARGE.replace("fresh: 1h", "fresh: 1ms\n    stale: 0s\n    stale_if_error: 1h"))
    late.bring()
    late.gate.open()
    answer = late.answer.result()
    assert answer.status == 200, answer.text[:300]
    assert not answer.is_hit


def test_what_is_struck_before_redis_brings_it_late_leaves_the_upstream_waited_for(late_redis):
    late = late_redis(LARGE)
    struck = late.nearside.admin("/invalidate", method="POST", body=b'{"views": ["board"], "mode": "hard"}')
    assert struck.status == 200, struck.text
    late.bring()
    late.gate.open()
    answer = late.answer.result()
    assert answer.status == 200, answer.text[:300]
    assert not answer.is_hit


def test_without_the_key_nothing_of_redis_is_told(start, upstream):
    nearside = start(configuration(upstream.url, BOARD))
    assert not [name for name in nearside.metrics() if "redis" in name]
