"""A reference put into a URL is encoded for its place. No value changes host, scheme or the number of path segments."""

import json
import urllib.parse

import pytest

from answers import by, document
from configuration import view
from fake_upstream import FakeUpstream

STEPS = """
    source: {get: "/source"}
    target: {get: "/things/{source.value}/parts"}
"""
IN_QUERY = """
    source: {get: "/source"}
    target: {get: "/things?name={source.value}&last=1"}
"""


def ask_with(serve, upstream, value, steps=STEPS):
    upstream.on("/source", document('{"value": %s}' % (value if isinstance(value, str) else json.dumps(value))))
    upstream.otherwise(document({"here": True}))
    return serve(view(steps)).get("/views/7")


PLAIN = {
    '"abc-1.2_3~"': "abc-1.2_3~",
    "7": "7",
    "-1.50e+3": "-1.50e%2B3",
    "12345678901234567890": "12345678901234567890",
    "true": "true",
    "false": "false",
    '"a b"': "a%20b",
    '"100%"': "100%25",
    '"a%2Fb"': "a%252Fb",
    '"a?b#c"': "a%3Fb%23c",
    '"a&b=c+d"': "a%26b%3Dc%2Bd",
    '"서울"': "%EC%84%9C%EC%9A%B8",
    r'"\uc11c\uc6b8"': "%EC%84%9C%EC%9A%B8",
    r'"\ud83d\ude00"': "%F0%9F%98%80",
    r'"a\u0000b"': "a%00b",
    r'"line\r\nHost: evil"': "line%0D%0AHost%3A%20evil",
    '"a;b"': "a%3Bb",
    '"@evil.example"': "%40evil.example",
    '"a:b"': "a%3Ab",
}


@pytest.mark.parametrize("value, encoded", PLAIN.items(), ids=range(len(PLAIN)))
def test_a_value_is_encoded_as_one_path_segment(serve, upstream, value, encoded):
    response = ask_with(serve, upstream, value)
    assert response.status == 200, response
    target = upstream.targets()[-1]
    assert target.count("/") == 3
    assert urllib.parse.unquote(target) == urllib.parse.unquote(f"/things/{encoded}/parts")
    assert target == f"/things/{encoded}/parts"


@pytest.mark.parametrize("value", ['"a/b"', '"/"', '"//evil.example/x"', '"../../admin"', r'"a\/b"', '"http://evil/"'])
def test_a_slash_in_a_value_never_makes_a_segment(serve, upstream, value):
    ask_with(serve, upstream, value)
    for target in upstream.targets()[1:]:
        assert target.startswith("/things/") and target.endswith("/parts")
        assert target.count("/") == 3
        assert "%2F" in target


@pytest.mark.parametrize("value", ['"."', '".."', '""', r'"\u002e\u002e"'])
def test_a_value_that_would_change_the_paths_shape_is_refused(serve, upstream, value):
    response = ask_with(serve, upstream, value)
    assert response.status == 502
    assert response.problem_name == "unsafe_reference"
    assert response.problem()["step"] == "target"
    assert upstream.targets() == ["/source"]


@pytest.mark.parametrize("value", ["%2e%2e", "..", ".", "%2E", ".%2e", ""])
def test_a_path_parameter_cannot_climb_either(serve, upstream, value):
    upstream.on("/things/x", document({}))
    nearside = serve(view('a: {get: "/api/{id}/parts"}'))
    response = nearside.get(f"/views/{value}")
    assert response.status in (400, 404)  # the client's own mistake, or not a path of the view
    assert upstream.count() == 0


@pytest.mark.parametrize("value", ["a%2Fb", "%2F%2Fevil", "..%2f..%2fadmin", "a%5Cb", "a%00b", "a%0d%0aX:%20y"])
def test_an_encoded_slash_in_a_path_parameter_stays_encoded(serve, upstream, value):
    nearside = serve(view('a: {get: "/api/{id}/parts"}'))
    nearside.get(f"/views/{value}")
    for request in upstream.requests:
        assert request.path.count("/") == 3
        assert request.path.startswith("/api/") and request.path.endswith("/parts")
        assert "evil" not in request["host"]


@pytest.mark.parametrize("value", ['"a&b=c#d"', '"a/b"', '".."', '""', '"a b+c"', '"서울"', '"%41"'])
def test_in_a_query_a_value_stays_one_value(serve, upstream, value):
    assert ask_with(serve, upstream, value, IN_QUERY).status == 200
    path, _, query = upstream.targets()[-1].partition("?")
    assert path == "/things"
    assert urllib.parse.parse_qs(query, keep_blank_values=True) == {"name": [json.loads(value)], "last": ["1"]}
    assert "#" not in query


@pytest.mark.parametrize("value", ["{}", "[]", '{"a": 1}', "[1]"])
def test_an_object_or_list_is_no_part_of_a_url(serve, upstream, value):
    response = ask_with(serve, upstream, value)
    assert response.status == 502
    assert response.problem_name == "wrong_type"
    assert upstream.targets() == ["/source"]


def test_half_a_surrogate_pair_is_no_text(serve, upstream):
    response = ask_with(serve, upstream, r'"\ud800"')
    assert response.status == 502
    assert upstream.targets() == ["/source"]


def test_no_value_reaches_another_host(serve, upstream):
    with FakeUpstream() as evil:
        for value in (f"@127.0.0.1:{evil.port}", f"//127.0.0.1:{evil.port}/", f"http://127.0.0.1:{evil.port}"):
            ask_with(serve, upstream, value)
        assert evil.connections == []


def test_the_base_path_of_the_upstream_comes_first(serve, upstream):
    upstream.on("/base/v2/things/7", by(lambda request: document({"target": request.target})))
    nearside = serve(view('a: {get: "/things/{id}"}'), upstreams=f"{upstream.url}/base/v2/")
    assert nearside.get("/views/7").json() == {"a": {"target": "/base/v2/things/7"}}
