"""A view read as it comes (application/x-ndjson): each part is a line, sent when the steps that it shows are settled."""

import json
import time
from threading import Event

import pytest

from answers import document, held, noting
from chains import after
from configuration import configuration, upstream_yaml, view
from deadlines import PATIENCE, eventually, in_background

NDJSON = "application/x-ndjson"
STEPS = """
    a: {get: "/a/{id}"}
    b: {get: "/b/{a.b}"}
"""
CHAIN = view(STEPS, out="{version: 3, last: b, name: a.name, first: a.first}")
A = {"b": 3, "name": "x", "first": [1]}
WHOLE = b'{"version":3,"last":{"n": 1},"name":"x","first":[1]}'
A_LINES = [{"part": "name", "data": "x"}, {"part": "first", "data": [1]}, {"part": "version", "data": 3}]
B_LINE = {"part": "last", "data": {"n": 1}}


class Lines:
    """The lines of a chunked answer, one by one as they arrive."""

    def __init__(self, connection):
        self._connection = connection
        _, self.status, _, self.fields = connection.read_head()
        assert self.fields.get("transfer-encoding") == "chunked", (self.status, self.fields)
        self._held = b""
        self.ended = False

    def _more(self):
        size = b""
        while not size.endswith(b"\r\n"):
            size += self._connection.read_exactly(1)
        count = int(size, 16)
        self._held += self._connection.read_exactly(count)
        self.ended = count == 0
        self._connection.read_exactly(2)

    def raw(self):
        while b"\n" not in self._held and not self.ended:
            self._more()
        line, end, self._held = self._held.partition(b"\n")
        assert end or not line, "a line without its end"
        return line

    def next(self):
        line = self.raw()
        return json.loads(line) if line else None

    def take(self, count):
        return [self.next() for _ in range(count)]

    def rest(self):
        lines = []
        while (line := self.next()) is not None:
            lines.append(line)
        return lines


def ask(connection, target="/views/7", **fields):
    connection.ask(target, fields={"Accept": NDJSON, **{name.replace("_", "-"): value for name, value in fields.items()}})


def lines_of(response):
    assert response["content-type"] == NDJSON, response
    assert response.body.endswith(b"\n")
    return [json.loads(line) for line in response.body.splitlines()]


def script(upstream, gate):
    upstream.on("/a/7", document(A))
    upstream.on("/b/3", held(gate, document({"n": 1})))


def same(lines):
    return sorted(lines, key=json.dumps)


def test_the_first_parts_come_while_a_later_step_is_still_waited_for(serve, upstream, gate):
    script(upstream, gate)
    nearside = serve(CHAIN)
    with nearside.connect() as connection:
        ask(connection)
        lines = Lines(connection)
        assert lines.status == 200
        assert lines.fields["content-type"] == NDJSON
        assert "accept" in lines.fields.members("vary")
        assert same(lines.take(3)) == same(A_LINES)
        gate.wait_arrived()
        assert connection.is_silent()
        gate.open()
        assert lines.next() == B_LINE
        end = lines.next()
        assert lines.rest() == []
    plain = nearside.get("/views/7")
    assert plain.is_hit
    assert plain.body == WHOLE
    assert end == {"etag": plain["etag"]}
    assert nearside.metrics()['nearside_view_progressive_total{view="board"}'] == 1


def test_a_stored_view_is_told_at_once_in_the_order_of_out(serve, upstream, gate):
    script(upstream, gate)
    gate.open()
    nearside = serve(CHAIN)
    plain = nearside.get("/views/7")
    response = nearside.get("/views/7", accept=NDJSON)
    assert response.is_hit
    assert response["etag"] == "W/" + plain["etag"]
    assert response["content-length"] == str(len(response.body))
    assert response["age"] == "0"
    assert lines_of(response) == [
        {"part": "version", "data": 3},
        B_LINE,
        {"part": "name", "data": "x"},
        {"part": "first", "data": [1]},
        {"etag": plain["etag"]},
    ]


def test_the_tag_of_the_last_line_is_a_condition_for_either_form(serve, upstream, gate):
    script(upstream, gate)
    gate.open()
    nearside = serve(CHAIN)
    etag = lines_of(nearside.get("/views/7", accept=NDJSON))[-1]["etag"]
    assert nearside.get("/views/7", if_none_match=etag).status == 304
    unchanged = nearside.get("/views/7", accept=NDJSON, if_none_match=etag)
    assert unchanged.status == 304
    assert unchanged["etag"] == "W/" + etag
    assert nearside.get("/views/7", accept=NDJSON, if_none_match='"other"').status == 200


def test_a_condition_is_answered_when_the_whole_is_known(serve, upstream, gate):
    script(upstream, gate)
    gate.open()
    nearside = serve(CHAIN)
    etag = nearside.get("/views/7")["etag"]
    anew = {"accept": NDJSON, "cache_control": "no-cache"}
    assert nearside.get("/views/7", if_none_match=etag, **anew).status == 304
    changed = nearside.get("/views/7", if_none_match='"other"', **anew)
    assert lines_of(changed)[-1] == {"etag": etag}


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, application/x-ndjson;q=0.5"])
def test_all_others_get_plain_json(serve, upstream, gate, accept):
    script(upstream, gate)
    gate.open()
    nearside = serve(CHAIN)
    for _ in range(2):
        response = nearside.get("/views/7", accept=accept)
        assert response["content-type"] == "application/json"
        assert response.body == WHOLE
        assert "accept" in response.fields.members("vary")


def test_head_tells_the_head_alone(serve, upstream, gate):
    script(upstream, gate)
    nearside = serve(CHAIN)
    first = nearside.request("/views/7", "HEAD", {"Accept": NDJSON})
    assert (first.status, first["content-type"], first.body) == (200, NDJSON, b"")
    gate.open()
    whole = nearside.get("/views/7", accept=NDJSON)
    second = nearside.request("/views/7", "HEAD", {"Accept": NDJSON})
    assert second["content-type"] == NDJSON
    eventually(lambda: nearside.get("/views/7").is_hit, "the run that HEAD began is stored")
    assert lines_of(whole)[-1]["etag"] == nearside.get("/views/7")["etag"]


def test_plain_and_progressive_readers_share_one_run(serve, upstream, gate):
    script(upstream, gate)
    nearside = serve(CHAIN)
    with nearside.connect() as plain, nearside.connect() as early, nearside.connect() as late:
        plain.ask("/views/7")
        gate.wait_arrived()
        ask(early)
        first = Lines(early)
        assert same(first.take(3)) == same(A_LINES)
        ask(late)
        second = Lines(late)
        assert same(second.take(3)) == same(A_LINES)
        gate.open()
        whole = plain.read()
        assert whole.body == WHOLE
        assert first.rest() == second.rest() == [B_LINE, {"etag": whole["etag"]}]
    assert upstream.targets() == ["/a/7", "/b/3"]


def test_a_client_that_leaves_does_not_end_the_run(serve, upstream, gate):
    script(upstream, gate)
    nearside = serve(CHAIN)
    with nearside.connect() as leaving, nearside.connect() as staying:
        ask(leaving)
        Lines(leaving).take(3)
        ask(staying)
        lines = Lines(staying)
        lines.take(3)
        leaving.reset()
        gate.open()
        assert lines.next() == B_LINE
    assert nearside.get("/views/7").body == WHOLE
    assert upstream.targets() == ["/a/7", "/b/3"]


def test_a_slow_reader_slows_nobody(serve, upstream, gate):
    large = {"b": 3, "name": "x" * 16_000_000, "first": 1}
    upstream.on("/a/7", document(large))
    upstream.on("/b/3", held(gate, document({"n": 1})))
    nearside = serve(CHAIN)
    with nearside.connect(receive_buffer=4096) as slow, nearside.connect() as quick:
        ask(slow)
        ask(quick)
        lines = Lines(quick)
        assert {line["part"] for line in lines.take(3)} == {"name", "first", "version"}
        gate.open()
        assert lines.next() == B_LINE
        etag = lines.next()["etag"]
        before = nearside.memory()
        all_lines = Lines(slow).rest()
        assert {line["part"] for line in all_lines[:-1]} == {"name", "first", "version", "last"}
        assert all_lines[-1] == {"etag": etag}
        assert nearside.memory() < before + 64 * 1024 * 1024


def test_a_failure_after_the_first_part_is_the_last_line(serve, upstream, gate):
    upstream.on("/a/7", document(A))
    upstream.on("/b/3", held(gate, document({}, status=500)))
    nearside = serve(CHAIN)
    with nearside.connect() as connection:
        ask(connection)
        lines = Lines(connection)
        assert same(lines.take(3)) == same(A_LINES)
        gate.open()
        (last,) = lines.rest()
        problem = last["problem"]
        assert problem["type"] == "urn:nearside:problem:upstream_status"
        assert (problem["status"], problem["step"], problem["upstream_status"]) == (502, "b", 500)
        assert connection.request("/views/8").status == 404, "the connection goes on"


def test_a_failure_before_any_part_is_the_answer(serve, upstream):
    upstream.on("/a/7", document({}, status=403))
    nearside = serve(CHAIN)
    response = nearside.get("/views/7", accept=NDJSON)
    assert response.status == 403
    assert response.problem()["step"] == "a"


def test_an_older_copy_stands_in_where_it_may_and_says_so(serve, upstream, gate):
    upstream.on("/a/7", document(A))
    upstream.on("/b/3", document({"n": 1}))
    nearside = serve(view(STEPS, out="{name: a.name, last: b}", fresh="0s", stale_if_error="1h"))
    etag = nearside.get("/views/7")["etag"]
    upstream.on("/a/7", document({**A, "name": "y", "b": 4}))
    upstream.on("/b/4", held(gate, document({}, status=503)))
    with nearside.connect() as connection:
        ask(connection)
        lines = Lines(connection)
        assert lines.next() == {"part": "name", "data": "y"}
        gate.open()
        assert lines.rest() == [
            {"part": "name", "data": "x"},
            B_LINE,
            {"etag": etag, "detail": "stale-if-error"},
        ]


def test_a_failed_optional_step_is_told_as_its_else_and_named_at_the_end(serve, upstream):
    upstream.on("/a/7", document(A))
    upstream.on("/b/3", document({}, status=500))
    optional = STEPS.replace('"/b/{a.b}"}', '"/b/{a.b}", optional: true, else: none}')
    nearside = serve(view(optional, out="{last: b, name: a.name}"))
    for _ in range(2):
        lines = lines_of(nearside.get("/views/7", accept=NDJSON))
        assert same(lines[:-1]) == same([{"part": "name", "data": "x"}, {"part": "last", "data": "none"}])
        assert lines[-1]["partial"] == ["b"]


@pytest.mark.parametrize("out", ["[a, b]", "b", "{from: b, pick: [n]}", '{merge: [b]}'])
def test_an_out_without_members_of_its_own_is_one_line(serve, upstream, gate, out):
    script(upstream, gate)
    gate.open()
    nearside = serve(view(STEPS, out=out))
    first = nearside.get("/views/7", accept=NDJSON)
    plain = nearside.get("/views/7")
    assert lines_of(first) == [{"data": plain.json()}, {"etag": plain["etag"]}]
    assert lines_of(nearside.get("/views/7", accept=NDJSON)) == lines_of(first)


def test_a_jq_of_the_whole_view_is_one_line(serve, upstream, gate):
    script(upstream, gate)
    gate.open()
    nearside = serve(view(STEPS, jq='"{n: .b.n}"'))
    assert lines_of(nearside.get("/views/7", accept=NDJSON))[0] == {"data": {"n": 1}}


def test_line_breaks_of_the_upstream_do_not_break_a_line(serve, upstream, gate):
    pretty = json.dumps({**A, "text": "a\nb"}, indent=2).replace("\n", "\r\n")
    upstream.on("/a/7", document(pretty))
    upstream.on("/b/3", held(gate, document('{\n"n": 1}\n')))
    nearside = serve(view(STEPS, out="{a: a, b: b}"))
    with nearside.connect() as connection:
        ask(connection)
        lines = Lines(connection)
        assert lines.next() == {"part": "a", "data": {**A, "text": "a\nb"}}
        gate.open()
        assert lines.raw() == b'{"part":"b","data":{"n": 1}}'
        etag = lines.next()["etag"]
    plain = nearside.get("/views/7")
    assert plain.body == b'{"a":' + pretty.encode() + b',"b":{\n"n": 1}}'
    assert plain["etag"] == etag
    stored = lines_of(nearside.get("/views/7", accept=NDJSON))
    assert stored[0] == {"part": "a", "data": {**A, "text": "a\nb"}}


def test_a_large_part_is_told_whole_fresh_and_stored(serve, upstream, gate):
    rows = [{"id": number, "text": "x" * 90} for number in range(60_000)]
    upstream.on("/a/7", document({"b": 3, "rows": rows}))
    upstream.on("/b/3", held(gate, document({"n": 1})))
    nearside = serve(view(STEPS, out="{rows: a.rows, last: b}"))
    with nearside.connect() as connection:
        ask(connection)
        lines = Lines(connection)
        assert lines.next() == {"part": "rows", "data": rows}
        gate.open()
        etag = lines.rest()[-1]["etag"]
    stored = nearside.get("/views/7", accept=NDJSON)
    assert stored.is_hit
    assert lines_of(stored) == [{"part": "rows", "data": rows}, B_LINE, {"etag": etag}]


def test_nothing_is_told_before_a_guard_has_agreed(serve, upstream, gate):
    upstream.on("/a/7", document(A))
    upstream.on("/may/7", held(gate, document({}, status=403)))
    nearside = serve(view('a: {get: "/a/{id}"}\nmay: {get: "/may/{id}"}', out="name: a.name"))
    asking = in_background(nearside.get, "/views/7", accept=NDJSON)
    gate.wait_arrived()
    upstream.wait_for("/a/7")
    gate.open()
    assert asking.result().status == 403


def test_what_a_recipe_brought_early_is_not_told_when_its_parent_is_refused(serve, upstream):
    upstream.on("/a/7", document(A))
    upstream.on("/b/3", document({"n": "secret"}))
    nearside = serve(view(STEPS, out="{last: b}", fresh="0s"))
    nearside.get("/views/7")
    child_answered = Event()
    upstream.on("/b/3", noting(child_answered, document({"n": "secret"})))
    upstream.on("/a/7", after(child_answered, document({}, status=401)))
    response = nearside.get("/views/7", accept=NDJSON)
    assert response.status == 401
    assert b"secret" not in response.body


def test_with_a_recipe_a_child_is_told_once_its_parent_is_confirmed(serve, upstream, gate):
    upstream.on("/a/7", document(A))
    upstream.on("/b/3", document({"n": 1}))
    nearside = serve(view(STEPS, out="{last: b, name: a.name}", fresh="0s"))
    nearside.get("/views/7")
    child_answered = Event()
    upstream.on("/b/3", noting(child_answered, document({"n": 1})))
    upstream.on("/a/7", held(gate, document(A)))
    with nearside.connect() as connection:
        ask(connection)
        assert child_answered.wait(PATIENCE)
        gate.wait_arrived()
        assert connection.is_silent()
        gate.open()
        response = connection.read()
    assert same(lines_of(response)[:-1]) == same([B_LINE, {"part": "name", "data": "x"}])


def test_strict_tells_only_what_is_final(serve, upstream):
    upstream.on("/a/7", document(A))
    upstream.on("/b/3", document({"n": "old"}))
    nearside = serve(view(STEPS, out="{last: b, name: a.name}", fresh="0s", consistency="strict"))
    nearside.get("/views/7")
    child_answered = Event()
    upstream.on("/b/3", noting(child_answered, document({"n": "old"})), document({"n": 1}))
    upstream.on("/a/7", after(child_answered, document({**A, "name": "y"})))
    response = nearside.get("/views/7", accept=NDJSON)
    lines = lines_of(response)
    assert same(lines[:-1]) == same([B_LINE, {"part": "name", "data": "y"}])


def test_what_is_private_under_a_public_view_is_told_to_its_own_reader_alone(serve, upstream, gate):
    private = document({"b": 3, "name": "x", "first": 1}, cache_control="private")
    upstream.on("/a/7", private)
    upstream.on("/b/3", held(gate, document({"n": 1})))
    nearside = serve(view(STEPS, out="{name: a.name, last: b}", scope="public"))
    with nearside.connect() as first, nearside.connect() as second:
        ask(first)
        lines = Lines(first)
        assert lines.next() == {"part": "name", "data": "x"}
        ask(second)
        gate.open()
        assert lines.rest()[0] == B_LINE
        assert same(lines_of(second.read())[:-1]) == same([{"part": "name", "data": "x"}, B_LINE])
    assert upstream.count("/a/7") == 2


def test_who_insists_on_a_fresh_copy_is_told_nothing_of_an_earlier_run(serve, upstream, gate):
    upstream.on("/a/7", document({**A, "name": "earlier"}), document(A))
    upstream.on("/b/3", held(gate, document({"n": 1})))
    nearside = serve(view(STEPS, out="{name: a.name, last: b}"), upstreams=upstream_yaml(upstream.url))
    with nearside.connect() as first, nearside.connect() as second:
        ask(first)
        Lines(first).next()
        gate.wait_arrived()
        eventually(lambda: time.monotonic() - upstream.to("/a/7")[0].arrived > 0.1, "more than the 10 ms that count as one")
        ask(second, cache_control="no-cache")
        gate.open()
        assert {"part": "name", "data": "earlier"} not in lines_of(second.read())


def test_server_timing_comes_behind_where_it_is_taken(serve, upstream, gate):
    script(upstream, gate)
    nearside = serve(CHAIN)
    with nearside.connect() as connection:
        connection.ask("/views/7", fields={"Accept": NDJSON, "TE": "trailers", "Connection": "TE"})
        _, _, _, fields = connection.read_head()
        gate.open()
        _, trailers = connection.read_chunked()
    assert "server-timing" not in fields
    assert "a;dur=" in trailers["server-timing"]


LARGE = {"b": 3, "name": "x" * 200_000, "first": [1]}


def test_a_large_copy_that_the_client_has_is_told_without_making_its_lines(start, upstream):
    upstream.on("/a/7", document(LARGE)).on("/b/3", document({"n": 1}))
    # The only worker has much to do.
    busy = view('j: {get: "/j", jq: "reduce range(500000) as $i (0; . + $i)"}', name="busy", path="/busy")
    upstream.on("/j", document({}))
    both = CHAIN + busy.removeprefix("views:\n")
    nearside = start(configuration(upstream.url, both, server="workers: 1"))
    tag = nearside.get("/views/7")["etag"]
    made = in_background(nearside.get, "/busy")
    upstream.wait_for("/j")
    same = nearside.get("/views/7", accept=NDJSON, if_none_match=tag)
    assert not made.done
    assert (same.status, same["etag"], same.body) == (304, "W/" + tag, b"")
    assert made.result().json() == {"j": 124999750000}


def test_the_head_of_a_large_copy_does_without_its_length(serve, upstream):
    upstream.on("/a/7", document(LARGE)).on("/b/3", document({"n": 1}))
    nearside = serve(CHAIN)
    nearside.get("/views/7")
    head = nearside.request("/views/7", "HEAD", {"Accept": NDJSON})
    assert (head.status, head["content-type"], head.body) == (200, NDJSON, b"")
    assert "content-length" not in head
    assert lines_of(nearside.get("/views/7", accept=NDJSON))[2] == {"part": "name", "data": LARGE["name"]}
