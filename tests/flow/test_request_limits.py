"""What a client may send is bounded: too long a line, too many or too large fields, too large a body."""

import pytest

from answers import document
from configuration import view

LIMITS = "limits: {request_line: 1KiB, header_bytes: 4KiB, header_count: 20, body: 1KiB}"
ROUTE = 'routes: [{path: "/api/**", upstream: api}]'


@pytest.fixture
def nearside(serve, upstream):
    upstream.otherwise(document({}))
    return serve(ROUTE, view('a: {get: "/a"}'), server=LIMITS)


def refusal(nearside, data):
    """The answer to these bytes; the connection must be closed after it."""
    with nearside.connect() as connection:
        connection.send(data)
        answer = connection.read()
        assert answer.problem()
        assert "close" in answer.fields.members("connection")
        connection.wait_closed()
        return answer


def test_a_request_line_over_its_limit(nearside, upstream):
    answer = refusal(nearside, b"GET /api/" + b"x" * 2000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.status == 414
    assert answer.problem_name == "uri_too_long"
    assert upstream.count() == 0


def test_a_request_line_without_end_is_refused_before_it_ends(nearside):
    with nearside.connect() as connection:
        connection.send(b"GET /api/" + b"x" * 4000)
        assert connection.read().status == 414


def test_a_method_without_end(nearside):
    with nearside.connect() as connection:
        connection.send(b"G" * 4000)
        assert connection.read().status in (400, 414)


def test_a_request_line_just_within_its_limit(nearside):
    assert nearside.get("/api/" + "x" * 900).status == 200


def test_fields_over_their_bytes(nearside, upstream):
    answer = refusal(nearside, b"GET /api/x HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 5000 + b"\r\n\r\n")
    assert answer.status == 431
    assert answer.problem_name == "headers_too_large"
    assert upstream.count() == 0


def test_a_field_without_end_is_refused_before_it_ends(nearside):
    with nearside.connect() as connection:
        connection.send(b"GET /api/x HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 5000)
        assert connection.read().status == 431


def test_more_fields_than_allowed(nearside, upstream):
    fields = b"".join(b"X-%d: y\r\n" % number for number in range(21))
    assert refusal(nearside, b"GET /api/x HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n").status == 431
    assert upstream.count() == 0


def test_as_many_fields_as_allowed(nearside):
    assert nearside.request("/api/x", fields={f"X-{number}": "y" for number in range(19)}).status == 200


def test_a_body_over_its_limit_told_in_advance(nearside, upstream):
    head = b"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n"
    answer = refusal(nearside, head)
    assert answer.status == 413
    assert answer.problem_name == "body_too_large"
    assert upstream.count() == 0


@pytest.mark.parametrize("length", ["9223372036854775807", "18446744073709551615"])
def test_an_absurd_length(nearside, length):
    head = f"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
    assert refusal(nearside, head).status in (400, 413)


def test_a_body_over_the_limit_on_a_view(nearside, upstream):
    with nearside.connect() as connection:
        connection.send(b"GET /views/7 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
        assert connection.read().status in (200, 413)
        connection.wait_closed()


def test_a_path_of_very_many_segments(nearside, upstream):
    for count in (64, 65, 200, 400):
        assert nearside.get("/views" + "/x" * count).status in (404, 400)
    assert upstream.count() == 0


def test_refused_ones_leave_the_others_alone(nearside):
    with nearside.connect() as good:
        for _ in range(5):
            refusal(nearside, b"GET /api/" + b"x" * 2000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
            assert good.get("/api/x").status == 200
