"""/openapi.json: what the views take and give, learned from what they gave."""

import json

import pytest

from answers import document
from configuration import view
from deadlines import eventually

STEP = 'a: {get: "/a/{id}"}'


def schema(nearside, name="board"):
    told = nearside.get("/openapi.json")
    assert told.status == 200
    return told.json()["components"]["schemas"][f"view.{name}"]


def learned(nearside, knows, name="board"):
    eventually(lambda: knows(schema(nearside, name)), "it is learned")
    return schema(nearside, name)


def test_before_any_answer_anything_may_come(serve):
    nearside = serve(view(STEP, out="a"))
    told = nearside.get("/openapi.json")
    assert told["content-type"] == "application/json"
    assert told.json()["openapi"] == "3.1.0"
    assert "/views/{id}" in told.json()["paths"]
    assert set(schema(nearside)) == {"description"}


def test_answers_teach_what_is_always_there_and_what_may_be_null(serve, upstream):
    upstream.on("/a/1", document('{"id": 1, "name": "x", "items": [{"n": 1}, {"n": 1.5, "of": null}]}'))
    upstream.on("/a/2", document('{"id": 2, "name": null, "items": []}'))
    nearside = serve(view(STEP, out="a"))
    for target in ("/views/1", "/views/2"):
        assert nearside.get(target).status == 200
    both = ["string", "null"]
    assert learned(nearside, lambda told: told.get("properties", {}).get("name", {}).get("type") == both) == {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "items": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"n": {"type": "number"}, "of": {"type": "null"}},
                    "required": ["n"],
                },
            },
            "name": {"type": ["string", "null"]},
        },
        "required": ["id", "items", "name"],
    }


def test_the_same_answers_in_another_order_teach_the_same_text(serve, upstream):
    bodies = ['{"a": 1}', '{"a": 1.5, "b": [null]}', '{"b": [{"x": true}], "c": {"17": "x"}}', "null"]
    for number, text in enumerate(bodies):
        upstream.on(f"/a/{number}", document(text))
    told = []
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1, 2]):
        nearside = serve(view(STEP, out="a"))
        for number in order:
            assert nearside.get(f"/views/{number}").status == 200
        # Each of them has left its mark.
        marks = ('"number"', '"boolean"', "additionalProperties")
        learned(nearside, lambda schema: schema.get("type") == ["object", "null"] and "required" not in schema
                and all(mark in json.dumps(schema) for mark in marks))
        told.append(nearside.get("/openapi.json").body)
    assert told[0] == told[1] == told[2]


def test_names_that_are_data_are_not_told(serve, upstream):
    upstream.on("/a/1", document('{"by_user": {"minji@example.nl": {"runs": 3}, "jun@example.nl": {"runs": 4}}}'))
    nearside = serve(view(STEP, out="a"))
    nearside.get("/views/1")
    told = learned(nearside, lambda schema: "properties" in schema)
    assert "additionalProperties" in told["properties"]["by_user"]
    assert b"minji" not in nearside.get("/openapi.json").body


def test_no_value_is_told(serve, upstream):
    upstream.on("/a/1", document('{"secret": "hush-hush", "pin": 271828}'))
    nearside = serve(view(STEP, out="a"))
    nearside.get("/views/1")
    learned(nearside, lambda schema: "properties" in schema)
    text = nearside.get("/openapi.json").text
    assert "hush" not in text and "271828" not in text


def test_what_a_view_declares_is_told_and_nothing_learned(serve, upstream, tmp_path):
    (tmp_path / "b.json").write_text('{"type": "array", "items": {"$ref": "#/$defs/x"}, "$defs": {"x": {"type": "null"}}}')
    upstream.on("/a/1", document('{"name": 1}'))
    nearside = serve(
        "views:\n"
        "  a: {path: '/a/{id}', steps: {a: {get: '/a/{id}'}}, schema: {type: object}}\n"
        "  b: {path: '/b/{id}', steps: {a: {get: '/a/{id}'}}, schema: b.json}\n"
        "  c: {path: '/c/{id}', steps: {a: {get: '/a/{id}'}}, schema: none}\n"
        "  d: {path: '/d/{id}', steps: {a: {get: '/a/{id}'}}}\n")
    for name in "abcd":
        assert nearside.get(f"/{name}/1").status == 200
    learned(nearside, lambda schema: "properties" in schema, "d")
    assert schema(nearside, "a") == {"type": "object"}
    assert schema(nearside, "b")["items"] == {"$ref": "#/components/schemas/view.b/$defs/x"}
    assert set(schema(nearside, "c")) == {"description"}


def test_it_has_an_etag_that_changes_with_what_is_learned(serve, upstream):
    upstream.on("/a/1", document('{"id": 1}'))
    nearside = serve(view(STEP, out="a"))
    first = nearside.get("/openapi.json")
    assert first["cache-control"] == "no-cache"
    again = nearside.get("/openapi.json", if_none_match=first["etag"])
    assert again.status == 304 and again.body == b"" and again["etag"] == first["etag"]
    nearside.get("/views/1")
    learned(nearside, lambda schema: "properties" in schema)
    assert nearside.get("/openapi.json", if_none_match=first["etag"]).status == 200


def test_it_is_only_read(serve):
    nearside = serve(view(STEP, out="a"))
    assert nearside.request("/openapi.json", method="POST", body=b"{}").status == 405
    assert nearside.request("/openapi.json", method="OPTIONS").status == 204
    head = nearside.request("/openapi.json", method="HEAD")
    assert head.status == 200 and int(head["content-length"]) > 100


def test_browsers_may_read_it_from_allowed_origins(serve):
    nearside = serve(view(STEP, out="a"), server="cors: {origins: [https://app.example]}")
    assert nearside.get("/openapi.json", origin="https://app.example")["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-origin" not in nearside.get("/openapi.json", origin="https://other.example")


def test_it_can_be_turned_off(serve):
    nearside = serve(view(STEP, out="a"), server="openapi: false")
    assert nearside.get("/openapi.json").problem_name == "not_found"


@pytest.mark.parametrize("path, own", [("/**", True), ("/openapi.json", False)])
def test_a_route_of_exactly_that_path_stands_before_it(serve, upstream, path, own):
    upstream.on("/openapi.json", document('"of the upstream"'))
    nearside = serve(view(STEP, out="a"), f"routes:\n  - {{path: {path}, upstream: api}}\n")
    assert (nearside.get("/openapi.json").body != b'"of the upstream"') == own


def test_a_broken_schema_file_is_refused_without_quoting_it(serve, tmp_path):
    from nearside import command

    (tmp_path / "secret.txt").write_text("password: [hunter2")
    file = tmp_path / "bad.yaml"
    file.write_text("upstreams: {api: {url: http://a}}\n"
                    "views: {v: {path: /v, steps: {a: {get: /a}}, schema: secret.txt}}\n")
    ended = command("check", file)
    assert ended.returncode == 1
    assert "holds no JSON Schema" in ended.stderr and "hunter2" not in ended.stderr
