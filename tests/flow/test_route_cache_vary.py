"""Which request an answer is for: Vary (RFC 9111 4.1)."""

import pytest

from answers import by, document
from routes import HOUR, ROUTE


def telling(field, vary=None, **fields):
    """Answers with what the request says in a field."""
    fields = {"cache_control": HOUR, "vary": vary or field, **fields}
    return by(lambda request: document(request.fields.get(field, "none"), **fields))


def test_each_value_has_its_own_copy(serve, upstream):
    upstream.otherwise(telling("Foo"))
    nearside = serve(ROUTE)
    assert nearside.get("/a", foo="1").text == "1"
    assert nearside.get("/a", foo="2").text == "2"
    for value in ("1", "2"):
        again = nearside.get("/a", foo=value)
        assert again.is_hit
        assert again.text == value
    assert upstream.count("/a") == 2


def test_a_variant_that_is_missing_says_so(serve, upstream):
    upstream.otherwise(telling("Foo"))
    nearside = serve(ROUTE)
    assert nearside.get("/a", foo="1").cache_status["fwd"] == "uri-miss"
    assert nearside.get("/a", foo="2").cache_status["fwd"] == "vary-miss"


def test_absent_and_empty_are_not_the_same(serve, upstream):
    upstream.otherwise(telling("Foo"))
    nearside = serve(ROUTE)
    assert nearside.get("/a").text == "none"
    assert not nearside.get("/a", foo="").is_hit
    assert nearside.get("/a").is_hit


def test_all_named_fields_count(serve, upstream):
    upstream.otherwise(telling("Foo", vary="Foo, Bar"))
    nearside = serve(ROUTE)
    nearside.get("/a", foo="1", bar="1")
    assert nearside.get("/a", bar="1", foo="1").is_hit
    for other in ({"foo": "1"}, {"bar": "1"}, {"foo": "1", "bar": "2"}, {"foo": "11"}, {"foo": "1, 1"}, {}):
        assert not nearside.get("/a", **other).is_hit, other


def test_values_cannot_be_put_together_to_look_like_another(serve, upstream):
    upstream.otherwise(telling("Foo", vary="Foo, Bar"))
    nearside = serve(ROUTE)
    nearside.get("/a", foo="1;bar=2")
    likenesses = (
        {"foo": "1", "bar": "2"},
        {"foo": "1;bar=2", "bar": ""},
        {"foo": "1%3Bbar%3D2"},
        {"foo": "1;bar", "bar": "2"},
    )
    for other in likenesses:
        assert not nearside.get("/a", **other).is_hit, other


@pytest.mark.parametrize("vary", ["*", "Foo, *", "*, Foo"])
def test_a_star_matches_nothing(serve, upstream, vary):
    upstream.otherwise(document("{}", cache_control=HOUR, vary=vary))
    nearside = serve(ROUTE)
    for _ in range(2):
        assert nearside.get("/a", foo="1").cache_status["detail"] == "vary-everything"
    assert upstream.count("/a") == 2


def test_vary_over_several_lines(serve, upstream):
    head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nVary: Foo\r\nVary: Bar\r\nContent-Length: 2\r\n\r\n"
    upstream.otherwise(lambda call: call.send(head.encode() + b"{}"))
    nearside = serve(ROUTE)
    nearside.get("/a", foo="1", bar="1")
    assert nearside.get("/a", foo="1", bar="1").is_hit
    assert not nearside.get("/a", foo="1", bar="2").is_hit


SAME = [
    ("Accept-Language", "en, nl", "en,nl"),
    ("Accept-Language", "EN, nl;q=0.5", "en, NL;q=0.5"),
    ("Accept", "text/html, application/json", "text/html,application/json"),
    ("Foo", "1, 2", "1,2"),
]


@pytest.mark.parametrize(("field", "one", "other"), SAME)
def test_values_that_mean_the_same_share_a_copy(serve, upstream, field, one, other):
    upstream.otherwise(telling(field))
    nearside = serve(ROUTE)
    nearside.request("/a", fields={field: one})
    assert nearside.request("/a", fields={field: other}).is_hit


def test_several_lines_of_a_field_are_one_value(serve, upstream):
    upstream.otherwise(telling("Foo"))
    nearside = serve(ROUTE)
    nearside.get("/a", foo="1, 2")
    assert nearside.request("/a", fields=[("Foo", "1"), ("Foo", "2")]).is_hit


def test_vary_may_change(serve, upstream):
    upstream.on("/a", document("1", cache_control=HOUR, vary="Foo"), document("2", cache_control=HOUR, vary="Bar"))
    nearside = serve(ROUTE)
    nearside.get("/a", foo="1", bar="1")
    nearside.get("/a", foo="2", bar="2")
    assert nearside.get("/a", foo="1", bar="1").text == "1"
    assert nearside.get("/a", foo="9", bar="2").text == "2"
    assert upstream.count("/a") == 2


def test_the_newest_of_several_that_match_is_taken(serve, upstream):
    upstream.on("/a", document("old", cache_control=HOUR, vary="Foo"), document("new", cache_control=HOUR, vary="Bar"))
    nearside = serve(ROUTE)
    nearside.get("/a", foo="1", bar="1")
    nearside.get("/a", foo="2", bar="1")
    assert nearside.get("/a", foo="1", bar="1").text == "new"


def test_many_variants(serve, upstream):
    upstream.otherwise(telling("Foo"))
    nearside = serve(ROUTE)
    with nearside.connect() as connection:
        for _ in range(2):
            for number in range(100):
                assert connection.get("/a", foo=str(number)).text == str(number)
    assert upstream.count("/a") == 100
