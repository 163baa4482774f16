"""Nobody sees another's data: where credentials are forwarded, entries are keyed by them (contract 5.1)."""

import pytest

from answers import by, document, held
from configuration import configuration, upstream_yaml, view
from deadlines import in_background
from fake_upstream import FakeUpstream

MINE = view('me: {get: "/me"}', out="me: me", stale="1h")


def whoami(upstream, *fields):
    """The upstream answers with the request fields that it got."""
    names = fields or ("authorization",)
    upstream.on("/me", by(lambda request: document({name: request.fields.get(name) for name in names})))


@pytest.fixture
def with_credentials(serve, upstream):
    def start(*sections, forward="[authorization]", **more):
        return serve(*(sections or (MINE,)), upstreams=upstream_yaml(upstream.url, forward=forward), **more)

    return start


def test_each_user_sees_what_the_upstream_tells_that_user(with_credentials, upstream):
    whoami(upstream)
    nearside = with_credentials()
    for _ in range(3):
        for token in ("Token anna", "Token ben"):
            assert nearside.get("/views/7", authorization=token).json() == {"me": {"authorization": token}}
    assert upstream.count("/me") == 2


def test_a_request_without_credentials_never_gets_a_users_view(with_credentials, upstream):
    whoami(upstream)
    nearside = with_credentials()
    nearside.get("/views/7", authorization="Token anna")
    assert nearside.get("/views/7").json() == {"me": {"authorization": None}}
    assert nearside.get("/views/7", authorization="").json()["me"]["authorization"] in (None, "")


def test_two_users_at_once_have_two_runs(with_credentials, upstream, gate):
    """Single flight is by key, and the key holds who asks."""
    upstream.on("/me", held(gate, by(lambda request: document({"authorization": request["authorization"]}))))
    nearside = with_credentials()
    tokens = [f"Token user{number % 2}" for number in range(20)]
    waiting = [(token, in_background(nearside.get, "/views/7", authorization=token)) for token in tokens]
    gate.wait_arrived(2)
    gate.open()
    for token, call in waiting:
        assert call.result().json() == {"me": {"authorization": token}}
    assert upstream.count("/me") == 2


def test_users_interleaved_on_one_connection(with_credentials, upstream):
    whoami(upstream)
    with with_credentials().connect() as connection:
        for number in list(range(10)) * 3:
            token = f"Token user{number}"
            assert connection.get("/views/7", authorization=token).json() == {"me": {"authorization": token}}


def test_tokens_that_differ_in_one_letter_or_in_length_are_two_users(with_credentials, upstream):
    whoami(upstream)
    nearside = with_credentials()
    tokens = ["Token a", "Token b", "Token ab", "Token a ", "token a", "Token  a", "Token aa", "Token a,b"]
    for token in tokens * 2:
        seen = nearside.get("/views/7", authorization=token).json()["me"]["authorization"]
        assert seen == token.strip()


def test_all_forwarded_fields_count_not_only_credentials(with_credentials, upstream):
    whoami(upstream, "authorization", "accept-language")
    nearside = with_credentials(forward="[authorization, accept-language]")
    for language in ("nl", "ko", "nl"):
        seen = nearside.get("/views/7", authorization="Token anna", accept_language=language).json()
        assert seen == {"me": {"authorization": "Token anna", "accept-language": language}}


def test_values_moved_from_one_field_to_another_are_another_user(with_credentials, upstream):
    whoami(upstream, "authorization", "x-team")
    nearside = with_credentials(forward="[authorization, x-team]")
    first = nearside.get("/views/7", authorization="ab", x_team="c").json()
    second = nearside.get("/views/7", authorization="a", x_team="bc").json()
    assert first != second


def test_fields_that_are_not_forwarded_neither_reach_the_upstream_nor_split_the_cache(with_credentials, upstream):
    whoami(upstream, "cookie", "x-secret")
    nearside = with_credentials()
    first = nearside.get("/views/7", authorization="Token a", cookie="session=1", x_secret="s")
    assert first.json() == {"me": {"cookie": None, "x-secret": None}}
    assert nearside.get("/views/7", authorization="Token a", cookie="session=2").is_hit


def test_credentials_go_only_to_the_upstream_that_is_sent_them(start, upstream, gate):
    with FakeUpstream() as other:
        whoami(upstream)
        whoami(other)
        other.on("/you", by(lambda request: document({"authorization": request.fields.get("authorization")})))
        lines = upstream_yaml(upstream.url, name="inner", forward="[authorization]")
        lines += upstream_yaml(other.url, name="outer").removeprefix("upstreams:\n")
        steps = 'me: {get: "/me", upstream: inner}\nyou: {get: "/you", upstream: outer}'
        nearside = start(configuration(lines, view(steps)))
        response = nearside.get("/views/7", authorization="Token anna").json()
    assert response == {"me": {"authorization": "Token anna"}, "you": {"authorization": None}}


def test_a_refused_user_does_not_see_what_another_was_shown(with_credentials, upstream):
    def only_anna(request):
        allowed = request.fields.get("authorization") == "Token anna"
        return document({"secret": 1}) if allowed else document({}, status=403)

    upstream.on("/me", by(only_anna))
    nearside = with_credentials()
    assert nearside.get("/views/7", authorization="Token anna").status == 200
    assert nearside.get("/views/7", authorization="Token ben").status == 403
    assert nearside.get("/views/7").status == 403
    assert nearside.get("/views/7", authorization="Token anna").is_hit


def test_the_etag_of_one_user_proves_nothing_for_another(with_credentials, upstream):
    whoami(upstream)
    nearside = with_credentials()
    annas = nearside.get("/views/7", authorization="Token anna")["etag"]
    answer = nearside.get("/views/7", authorization="Token ben", if_none_match=annas)
    assert answer.status == 200
    assert answer.json() == {"me": {"authorization": "Token ben"}}


def test_secrets_appear_in_no_log_line_and_no_metric(with_credentials, upstream):
    upstream.on("/me", document({}, status=500))
    nearside = with_credentials()
    nearside.get("/views/7", authorization="Token hunter2")
    assert "hunter2" not in "".join(nearside.stderr)
    assert b"hunter2" not in nearside.admin("/metrics").body


def test_a_public_view_is_shared_by_all(serve, upstream):
    whoami(upstream)
    nearside = serve(view('me: {get: "/me"}', scope="public"))
    assert nearside.get("/views/7", authorization="Token a").json() == {"me": {"authorization": None}}
    assert nearside.get("/views/7", authorization="Token b").is_hit
