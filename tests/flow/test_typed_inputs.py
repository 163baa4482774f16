"""Inputs with types, bounds and defaults, and inputs that are headers or claims: part of plan and key alike. What is not
as declared is refused before any call."""

import base64
import json

import pytest

from answers import by, document
from configuration import upstream_yaml, view

QUERY = """{page: {type: integer, default: 1, min: 1, max: 100}, ratio: {type: number}, full: {type: boolean},
            status: {enum: [running, failed]}, since: {required: true}}"""
JOBS = 'jobs: {get: "/jobs?page={page}&ratio={ratio}&full={full}&status={status}&since={since}"}'


@pytest.fixture
def nearside(serve, upstream):
    upstream.otherwise(by(lambda request: document({"target": request.target})))
    return serve(view(JOBS, out="seen: jobs.target", query=QUERY.replace("\n", " ")))


def seen(nearside, query):
    response = nearside.get(f"/views/7?{query}")
    assert response.status == 200, response
    return response.json()["seen"]


def test_what_is_not_sent_is_its_default_or_absent(nearside):
    assert seen(nearside, "since=now") == "/jobs?page=1&since=now"


def test_what_is_sent_goes_where_it_is_referred_to(nearside):
    assert (
        seen(nearside, "page=3&ratio=0.5&full=true&status=failed&since=a%26b")
        == "/jobs?page=3&ratio=0.5&full=true&status=failed&since=a%26b"
    )


@pytest.mark.parametrize("same", ["page=007&since=x", "since=x&page=7", "page=%37&since=x"])
def test_a_value_has_one_form_and_so_one_entry(nearside, upstream, same):
    seen(nearside, "page=7&since=x")
    assert nearside.get(f"/views/7?{same}").is_hit
    assert upstream.count() == 1


def test_an_integer_may_be_as_long_as_ids_are(serve, upstream):
    upstream.otherwise(by(lambda request: document({"target": request.target})))
    query = "{big: {type: integer}, exact: {type: integer, max: 9007199254740992}}"
    nearside = serve(view('jobs: {get: "/jobs?big={big}&exact={exact}"}', out="seen: jobs.target", query=query))
    assert seen(nearside, "big=9223372036854775807") == "/jobs?big=9223372036854775807"
    assert seen(nearside, f"big=-{'9' * 38}") == f"/jobs?big=-{'9' * 38}"
    assert nearside.get(f"/views/7?big={'9' * 39}").status == 400
    assert nearside.get("/views/7?exact=9007199254740992").status == 200
    assert nearside.get("/views/7?exact=9007199254740993").status == 400


@pytest.mark.parametrize(("sent", "is_"), [("full", "true"), ("full=1", "true"), ("full=0", "false"), ("full=false", "false")])
def test_a_boolean_in_its_spellings(nearside, sent, is_):
    assert f"full={is_}" in seen(nearside, f"since=x&{sent}")


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("since=x&page=two", 'parameter "page" must be a whole number from 1 to 100'),
        ("since=x&page=1.5", 'parameter "page" must be a whole number from 1 to 100'),
        ("since=x&page=", 'parameter "page" must be a whole number from 1 to 100'),
        ("since=x&page=0", 'parameter "page" must be a whole number from 1 to 100'),
        ("since=x&page=101", 'parameter "page" must be a whole number from 1 to 100'),
        ("since=x&page=99999999999999999999", 'parameter "page" must be a whole number from 1 to 100'),
        ("since=x&ratio=.5", 'parameter "ratio" must be a number'),
        ("since=x&ratio=NaN", 'parameter "ratio" must be a number'),
        ("since=x&full=maybe", 'parameter "full" must be true or false'),
        ("since=x&status=done", 'parameter "status" must be one of running, failed'),
        ("page=1", 'parameter "since" is required'),
        ("", 'parameter "since" is required'),
    ],
)
def test_a_bad_value_is_told_and_causes_no_call(nearside, upstream, query, what):
    refused = nearside.get(f"/views/7?{query}")
    assert refused.status == 400
    assert refused.problem_name == "invalid_parameter"
    assert what in refused.problem()["detail"]
    assert upstream.count() == 0


def test_a_header_input_is_part_of_the_key_and_of_vary(serve, upstream):
    upstream.otherwise(by(lambda request: document({"target": request.target})))
    nearside = serve(
        view(
            'jobs: {get: "/jobs?lang={locale}&unit={unit}"}',
            out="seen: jobs.target",
            headers="{locale: {header: X-Locale, default: en, enum: [en, ko]}, unit: x-unit}",
        )
    )
    plain = nearside.get("/views/7")
    assert plain.json()["seen"] == "/jobs?lang=en"
    assert {"x-locale", "x-unit"} <= {each.lower() for each in plain.fields.members("vary")}
    assert nearside.get("/views/7", x_locale="ko", x_unit="km h").json()["seen"] == "/jobs?lang=ko&unit=km%20h"
    assert nearside.get("/views/7", x_locale="en").is_hit
    assert nearside.get("/views/7", x_locale="ko", x_unit="km h").is_hit
    assert upstream.count() == 2
    refused = nearside.get("/views/7", x_locale="nl")
    assert refused.status == 400
    assert refused.problem_name == "invalid_parameter"


def token(**claims):
    def part(what):
        return base64.urlsafe_b64encode(json.dumps(what).encode()).rstrip(b"=").decode()

    return f"Bearer {part({'alg': 'none'})}.{part(claims)}.c2lnbmF0dXJl"


@pytest.fixture
def of_users(serve, upstream):
    upstream.otherwise(by(lambda request: document({"target": request.target})))
    steps = 'jobs: {get: "/jobs?owner={uid}&team={team}"}'
    claims = "{uid: {claim: sub, required: true}, team: 'org.teams[0]'}"
    return serve(
        view(steps, out="seen: jobs.target", claims=claims),
        upstreams=upstream_yaml(upstream.url, forward="[authorization]"),
    )


def test_a_claim_of_the_token_goes_to_the_upstream_that_checks_the_token(of_users, upstream):
    minji = token(sub="minji", org={"teams": ["a/b", "c"]})
    assert of_users.get("/views/7", authorization=minji).json()["seen"] == "/jobs?owner=minji&team=a%2Fb"
    assert upstream.requests[0]["authorization"] == minji
    assert of_users.get("/views/7", authorization=minji).is_hit


def test_each_user_has_an_own_entry_whatever_the_claims_say(of_users, upstream):
    for who in (token(sub="minji"), token(sub="jan"), token(sub="minji", jti=2)):
        assert not of_users.get("/views/7", authorization=who).is_hit
    assert upstream.count() == 3


@pytest.mark.parametrize("sent", [None, "Bearer nonsense", "Bearer a.b.c", "Basic bWluamk6cHc=", token(name="no sub"), token(sub={"x": 1})])
def test_without_a_claim_that_is_required_there_is_no_view(of_users, upstream, sent):
    refused = of_users.get("/views/7", **({"authorization": sent} if sent else {}))
    assert refused.status == 400
    assert refused.problem_name == "invalid_parameter"
    assert upstream.count() == 0
