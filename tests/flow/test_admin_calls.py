"""What operators call on the admin listener: invalidations, entries; who may, how often, and what the log says of it."""

import json
import threading
import urllib.parse

import pytest

from answers import document
from client import Connection
from configuration import configuration, upstream_yaml, view
from nearside import ADMIN_TOKEN

BOARD = view('a: {get: "/a/{id}"}', fresh="1h")
TOKENS = """\
server: {listen: "127.0.0.1:0", threads: 2}
log: {format: json}
admin:
  listen: "127.0.0.1:0"
  calls_a_second: %d
  tokens:
    - {name: watcher, token: reads, roles: [read]}
    - {name: deploy, token: invalidates, roles: [invalidate]}
    - {name: keeper, token: operates, roles: [operate]}
"""
HARD = {"mode": "hard"}


@pytest.fixture
def nearside(serve, upstream):
    for number in range(10):
        upstream.on(f"/a/{number}", document({"n": number}))
    return serve(BOARD)


@pytest.fixture
def with_roles(start, upstream):
    def start_with(calls_a_second=100):
        upstream.on("/a/7", document({"n": 7}))
        return start(TOKENS % calls_a_second + upstream_yaml(upstream.url) + BOARD)

    return start_with


def invalidate(nearside, order, token=ADMIN_TOKEN):
    body = order if isinstance(order, bytes) else json.dumps(order).encode()
    return nearside.admin("/invalidate", method="POST", body=body, token=token)


def entries(nearside, query=""):
    answer = nearside.admin("/entries" + query)
    assert answer.status == 200, answer
    return answer.json()


def call(nearside, target, method, fields, body=b""):
    with Connection(nearside.admin_port) as connection:
        return connection.request(target, method, fields, body)


AUTHORIZED = {"Authorization": f"Bearer {ADMIN_TOKEN}"}


# --- invalidations


@pytest.mark.parametrize(
    "order",
    [{"views": ["board"]}, {"paths": ["/views/7"]}, {"paths": ["/views/*"]}, {"paths": ["/**"]}],
    ids=lambda order: "-".join(order) + str(list(order.values())[0]),
)
def test_what_is_invalidated_hard_is_never_served_again(nearside, upstream, order):
    nearside.get("/views/7")
    assert nearside.get("/views/7").is_hit
    answer = invalidate(nearside, {**order, **HARD})
    assert answer.status == 200
    assert answer.json()["mode"] == "hard"
    upstream.on("/a/7", document({"n": "new"}))
    fresh = nearside.get("/views/7")
    assert fresh.json() == {"a": {"n": "new"}}
    assert not fresh.is_hit


def test_a_key_as_the_list_tells_it_can_be_invalidated(nearside, upstream):
    nearside.get("/views/7")
    nearside.get("/views/8")
    key = entries(nearside, "?match=/views/7")["entries"][0]["key"]
    answer = invalidate(nearside, {"keys": [key], **HARD}).json()
    assert answer["keys"] == [key] and answer["keys_stored"] == 1
    assert not nearside.get("/views/7").is_hit
    assert nearside.get("/views/8").is_hit


def test_the_answer_tells_what_was_asked_and_what_came_of_it(nearside):
    told = invalidate(nearside, {"tags": ["a", "b"], "paths": ["/x/**"]}).json()
    assert told == {"mode": "soft", "tags": ["a", "b"], "keys": [], "views": [], "paths": ["/x/**"], "keys_stored": 0,
                    "nodes": 1, "confirmed": 1}


WRONG = [
    b"",
    b"tags=a",
    b"[]",
    b"{}",
    b'{"tags": "a"}',
    b'{"tags": [1]}',
    b'{"tags": ["a"], "mode": "brutal"}',
    b'{"tags": ["a"], "tgas": ["b"]}',
    b'{"paths": ["no/slash"]}',
    b'{"tags": ["' + b"x" * 300 + b'"]}',
    b'{"tags": ["a"]} {"tags": ["b"]}',
    b'{"tags": [' + b"[" * 3000 + b'"a"' + b"]" * 3000 + b"]}",
    b'\xff\xfe{"tags": ["a"]}',
    bytes(range(256)) * 40,
]


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
def test_a_body_that_is_not_understood_changes_nothing_and_says_why(nearside, body):
    nearside.get("/views/7")
    answer = invalidate(nearside, body)
    assert answer.status == 400
    assert answer.problem_name == "bad_request"
    assert len(answer.problem()["detail"]) > 10
    assert nearside.get("/views/7").is_hit


@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_body_is_refused_without_being_read_whole(nearside, chunked):
    body = b'{"tags": ["' + b"x" * (3 * 1024 * 1024) + b'"]}'
    fields = dict(AUTHORIZED)
    if chunked:
        fields["Transfer-Encoding"] = "chunked"
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with Connection(nearside.admin_port) as connection:
        sending = threading.Thread(target=lambda: _ignoring_resets(lambda: connection.ask(
            "/invalidate", "POST", fields, body)))
        sending.start()
        answer = connection.read("POST")
        connection.close()
        sending.join()
    assert answer.status == 413


def _ignoring_resets(send):
    try:
        send()
    except OSError:
        pass


def test_many_invalidations_at_once_all_hold(nearside, upstream):
    for number in range(10):
        nearside.get(f"/views/{number}")
    answers = []
    callers = [
        threading.Thread(target=lambda at=number: answers.append(invalidate(nearside, {"paths": [f"/views/{at}"], **HARD})))
        for number in range(10)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert [answer.status for answer in answers] == [200] * 10
    assert not any(nearside.get(f"/views/{number}").is_hit for number in range(10))


# --- the habits of Varnish and Fastly


def test_purge_is_hard_unless_soft_is_asked_for(nearside):
    nearside.get("/views/7")
    told = call(nearside, "/views/7", "PURGE", AUTHORIZED).json()
    assert told["mode"] == "hard" and told["paths"] == ["/views/7"]
    assert not nearside.get("/views/7").is_hit
    soft = call(nearside, "/views/7?page=2", "PURGE", {**AUTHORIZED, "Fastly-Soft-Purge": "1"}).json()
    assert soft["mode"] == "soft" and soft["paths"] == ["/views/7"]


def test_purge_by_surrogate_keys(nearside):
    told = call(nearside, "/", "PURGE", {**AUTHORIZED, "Surrogate-Key": "a b"}).json()
    assert told["tags"] == ["a", "b"] and told["paths"] == []
    told = call(nearside, "/service/SU1Z0i/purge/job%3A7", "POST", {"Fastly-Key": ADMIN_TOKEN}).json()
    assert told["tags"] == ["job:7"] and told["mode"] == "hard"
    told = call(nearside, "/service/SU1Z0i/purge", "POST", {"Fastly-Key": ADMIN_TOKEN, "Surrogate-Key": "x y"}).json()
    assert told["tags"] == ["x", "y"]
    for field, value in (("Cache-Tag", "a, b"), ("xkey", "a b"), ("xkey-purge", "a, b")):
        told = call(nearside, "/", "PURGE", {**AUTHORIZED, field: value}).json()
        assert told["tags"] == ["a", "b"] and told["paths"] == [] and told["mode"] == "hard"
    assert call(nearside, "/", "PURGE", {**AUTHORIZED, "xkey-softpurge": "a"}).json()["mode"] == "soft"
    body = b'{"surrogate_keys": ["z"]}'
    assert call(nearside, "/service/S/purge", "POST", {"Fastly-Key": ADMIN_TOKEN}, body).json()["tags"] == ["z"]


def test_purge_wants_a_token_too(nearside):
    nearside.get("/views/7")
    assert call(nearside, "/views/7", "PURGE", {}).status == 401
    assert call(nearside, "/views/7", "PURGE", {"Fastly-Key": "wrong"}).status == 401
    assert nearside.get("/views/7").is_hit


# --- entries


def test_an_entry_is_told_whole_but_for_its_content(nearside):
    nearside.get("/views/7", authorization="Bearer hunter2")
    told = next(each for each in entries(nearside)["entries"] if each["kind"] == "view")
    assert told["view"] == "board" and told["path"] == "/views/7"
    assert told["state"] == "fresh" and 3_500_000 < told["fresh_ms"] <= 3_600_000
    assert told["bytes"] == len(nearside.get("/views/7").body)
    assert told["etag"] == nearside.get("/views/7")["etag"]
    one = nearside.admin("/entries/" + urllib.parse.quote(told["key"], safe=""))
    assert one.status == 200
    assert one.json()["key"] == told["key"]
    assert b"hunter2" not in nearside.admin("/entries").body


def view_entry(nearside):
    return next(each for each in entries(nearside)["entries"] if each["kind"] == "view")


def test_an_entry_tells_how_often_it_was_found(nearside):
    nearside.get("/views/7")
    before = view_entry(nearside)["hits"]
    for _ in range(3):
        assert nearside.get("/views/7").is_hit
    assert view_entry(nearside)["hits"] == before + 3


def test_what_is_struck_softly_and_may_not_be_stale_is_told_so(nearside):
    nearside.get("/views/7")
    assert invalidate(nearside, {"views": ["board"]}).status == 200
    told = view_entry(nearside)
    assert (told["invalidated"], told["state"]) == ("soft", "expired")
    assert (told["fresh_ms"], told["stale_ms"]) == (0, 0)
    assert not nearside.get("/views/7").is_hit


def test_the_key_of_an_answer_with_variants_names_all_of_them(start, upstream):
    def answer(call):
        document({"n": upstream.count("/lists")}, vary="Accept-Language", cache_control="max-age=3600")(call)

    upstream.on("/lists", answer)
    nearside = start(configuration(upstream.url, "routes:\n  - {path: /lists, upstream: api}\n"))
    for language in ("ko", "nl"):
        nearside.get("/lists", accept_language=language)
    key = next(each["key"] for each in entries(nearside)["entries"] if "varies_by" in each)
    assert invalidate(nearside, {"keys": [key], **HARD}).status == 200
    for language in ("ko", "nl"):
        assert not nearside.get("/lists", accept_language=language).is_hit


def test_pages_tell_each_entry_once(nearside):
    for number in range(10):
        nearside.get(f"/views/{number}")
    keys, cursor = [], ""
    while True:
        page = entries(nearside, f"?match=view:&limit=3{cursor}")
        assert len(page["entries"]) <= 3
        keys += [each["key"] for each in page["entries"]]
        if "cursor" not in page:
            break
        cursor = "&cursor=" + page["cursor"]
    assert len(keys) == len(set(keys)) == 10


@pytest.mark.parametrize("query", ["?limit=0", "?limit=many", "?cursor=x", "?mtach=a", "?limit=1&limit=2"])
def test_a_question_that_is_not_understood_is_refused(nearside, query):
    assert nearside.admin("/entries" + query).status == 400


def test_a_key_that_is_not_stored_is_404(nearside):
    assert nearside.admin("/entries/view:board;id=99").status == 404
    assert nearside.admin("/entries/%zz").status == 400


# --- who may


CALLS = [("GET", "/metrics", "reads"), ("GET", "/entries", "reads"), ("POST", "/invalidate", "invalidates"),
         ("PURGE", "/views/7", "invalidates"), ("POST", "/service/x/purge/a", "invalidates"),
         ("POST", "/reload", "operates"), ("POST", "/drain", "operates")]


@pytest.mark.parametrize("method, target, right", CALLS, ids=lambda each: each)
def test_each_call_wants_its_own_role(with_roles, method, target, right):
    nearside = with_roles()
    body = b'{"tags": ["a"]}' if target == "/invalidate" else b""
    for token in ("reads", "invalidates", "operates"):
        answer = nearside.admin(target, method=method, token=token, body=body)
        if token == right:
            assert answer.status == 200, answer
        else:
            assert answer.status == 403
            assert answer.problem_name == "forbidden"
    for token in (None, "wrong"):
        assert nearside.admin(target, method=method, token=token, body=body).status == 401


def test_a_token_that_calls_too_often_is_told_when_to_come_back(with_roles):
    nearside = with_roles(calls_a_second=3)
    with Connection(nearside.admin_port) as connection:
        answers = [connection.request("/entries", "GET", {"Authorization": "Bearer reads"}) for _ in range(40)]
    refused = [answer for answer in answers if answer.status != 200]
    assert refused and all(answer.status == 429 and int(answer["retry-after"]) >= 1 for answer in refused)
    assert refused[0].problem_name == "too_many_calls"
    assert nearside.admin("/metrics", token="reads").status == 200
    assert invalidate(nearside, {"tags": ["a"]}, token="invalidates").status == 200


# --- the log


def test_each_change_is_a_line_of_the_log_and_no_secret(with_roles):
    nearside = with_roles()
    invalidate(nearside, {"tags": ["job:7"], **HARD}, token="invalidates")
    line = nearside.wait_event("admin change", who="deploy")
    assert line["call"] == "POST /invalidate"
    assert line["from"] == "127.0.0.1"
    assert "job:7" in line["what"]
    assert line["outcome"].startswith("hard")
    invalidate(nearside, {"tags": ["job:7"]}, token="reads")
    assert nearside.wait_event("admin call refused", who="watcher")["call"] == "POST /invalidate"
    invalidate(nearside, {"tags": ["job:7"]}, token="hunter2")
    nearside.wait_event("admin call refused", who="")
    nearside.stop()
    log = "".join(nearside.stderr)
    assert "hunter2" not in log and "Bearer" not in log
    assert log.count('"admin change"') == 1
