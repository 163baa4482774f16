"""A composed view is spliced from the upstream's own bytes: numbers, escapes, whitespace inside of a value and key
order arrive exactly as the upstream wrote them."""

import json

import pytest

from answers import document
from configuration import view

VALUES = {
    "a decimal that ends in zero": "1.0",
    "a whole number": "1",
    "more digits than a double holds": "3.14159265358979323846264338327950288",
    "an integer beyond 64 bits": "123456789012345678901234567890",
    "beyond the largest double": "1e400",
    "an exponent with a plus": "1E+2",
    "minus zero": "-0.0",
    "an escaped slash": r'"a\/b"',
    "escapes that could be plain": r'"\u0041\u00e9\t"',
    "plain UTF-8": '"é서울😀"',
    "an escaped surrogate pair": r'"\ud83d\ude00"',
    "half a surrogate pair, legal by the grammar": r'"\ud800"',
    "an escaped NUL": r'"a\u0000b"',
    "a quote and a backslash": r'"\"\\"',
    "a very long string": '"' + "x" * 300_000 + '"',
    "whitespace inside of a value": '{ "a" :\t[ 1 ,\r\n 2 ] }',
    "a key twice": '{"a":1,"a":2,"b":3,"a":4}',
    "keys out of order": '{"z":1,"a":2,"M":3,"":4}',
    "an escaped key": r'{"\u0061":1,"a":2}',
    "empty containers": '{"a":{},"b":[],"c":""}',
    "nested deep": "[" * 60 + "]" * 60,
    "true": "true",
    "null": "null",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_a_whole_step_arrives_as_it_was_written(serve, upstream, value):
    upstream.on("/a", document(value))
    body = serve(view('a: {get: "/a"}', out="a: a")).get("/views/7").body
    assert body == b'{"a":' + value.encode() + b"}"


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_a_selected_part_arrives_as_it_was_written(serve, upstream, value):
    upstream.on("/a", document('{"x": 0, "deep": [ {"value" : %s } ], "y": 1}' % value))
    nearside = serve(view('a: {get: "/a"}', out='a: "a.deep[0].value"\nall: "a.deep[*].value"'))
    assert nearside.get("/views/7").body == b'{"a":%s,"all":[%s]}' % (value.encode(), value.encode())


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_a_picked_member_arrives_as_it_was_written(serve, upstream, value):
    upstream.on("/a", document('{"not": [1], "this": %s, "neither": {}}' % value))
    nearside = serve(view('a: {get: "/a"}', out="a: {from: a, pick: [this]}"))
    assert nearside.get("/views/7").body == b'{"a":{"this": %s}}' % value.encode()


def test_whitespace_around_a_document_is_not_part_of_its_value(serve, upstream):
    upstream.on("/a", document(' \r\n\t {"n": 1} \n\n'))
    assert serve(view('a: {get: "/a"}', out="a: a")).get("/views/7").body == b'{"a":{"n": 1}}'


def test_pick_and_omit_keep_the_upstreams_order(serve, upstream):
    upstream.on("/a", document('{"c":1,"b":2,"a":3,"d":4}'))
    nearside = serve(view('a: {get: "/a"}', out="picked: {from: a, pick: [a, b, c]}\nrest: {from: a, omit: [a, c]}"))
    assert nearside.get("/views/7").body == b'{"picked":{"c":1,"b":2,"a":3},"rest":{"b":2,"d":4}}'


def test_repeated_keys_stay_with_pick_and_the_last_is_read_by_references(serve, upstream):
    upstream.on("/a", document('{"n":1,"m":0,"n":2}'))
    nearside = serve(view('a: {get: "/a"}', out="picked: {from: a, pick: [n]}\nn: a.n"))
    assert nearside.get("/views/7").body == b'{"picked":{"n":1,"n":2},"n":2}'


def test_a_number_in_a_url_is_written_as_the_upstream_wrote_it(serve, upstream):
    upstream.on("/a", document('{"id": 1.0, "big": 12345678901234567890}'))
    upstream.on("/things/1.0/12345678901234567890", document("1"))
    nearside = serve(view('a: {get: "/a"}\nb: {get: "/things/{a.id}/{a.big}"}', out="b: b"))
    assert nearside.get("/views/7").body == b'{"b":1}'


def test_a_large_document_arrives_byte_for_byte(serve, upstream):
    row = '{"id": %d, "x": %d.%03d0, "name": "n\\u00e9 %d"}'
    rows = ",\n".join(row % (at, at, at % 1000, at) for at in range(40_000))
    upstream.on("/a", document(f"[{rows}]"))
    nearside = serve(view('a: {get: "/a"}', out='a: a\nids: "a[*].id"'))
    body = nearside.get("/views/7").body
    assert body.startswith(b'{"a":[' + rows.encode() + b'],"ids":[0,1,2')
    assert json.loads(body)["ids"] == list(range(40_000))


def test_a_scalar_document_is_a_document(serve, upstream):
    for value in ("1", '"text"', "null", "false", "[]"):
        upstream.on("/a", document(value))
        nearside = serve(view('a: {get: "/a"}', out="a: a"))
        assert nearside.get("/views/7").body == b'{"a":%s}' % value.encode()
