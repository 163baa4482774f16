"""Views in the content codings that their clients take: each form with a tag of its own, made once, behind the answer."""

import gzip
import json

import pytest

from answers import document
from configuration import view
from deadlines import eventually

ROWS = [{"id": number, "name": f"job {number}"} for number in range(200)]
CODINGS = ["br", "zstd", "gzip"]
TARGET = "/views/7"


@pytest.fixture
def nearside(serve, upstream):
    upstream.on("/jobs/", document(ROWS))
    return serve(view('jobs: {get: "/jobs/"}'))


def coded(nearside, accepted):
    """The first answer with a content coding to a client that accepts these."""

    def ask():
        answer = nearside.get(TARGET, accept_encoding=accepted)
        return answer if "content-encoding" in answer else None

    return eventually(ask, f"an answer coded in one of {accepted}")


def test_who_asks_first_gets_it_plain(nearside):
    answer = nearside.get(TARGET, accept_encoding="br, zstd, gzip")
    assert "content-encoding" not in answer
    assert answer.json()["jobs"] == ROWS
    assert "accept-encoding" in answer["vary"].lower()


@pytest.mark.parametrize("coding", CODINGS)
def test_who_asks_later_gets_it_coded(nearside, coding):
    plain = nearside.get(TARGET)
    answer = coded(nearside, coding)
    assert answer["content-encoding"] == coding
    assert answer.is_hit
    assert len(answer.body) == int(answer["content-length"]) < len(plain.body) / 2
    if coding == "gzip":
        assert json.loads(gzip.decompress(answer.body)) == plain.json()


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("gzip, br;q=0", "gzip"),
        ("gzip;q=0.9, br;q=0.5", "gzip"),
        ("*", "br"),
    ],
)
def test_the_one_that_the_client_likes_best(nearside, accepted, coding):
    assert coded(nearside, accepted)["content-encoding"] == coding


@pytest.mark.parametrize("accepted", ["identity", "deflate", "gzip;q=0, br;q=0, zstd;q=0", "identity, gzip;q=0.5", ""])
def test_who_likes_it_plain_gets_it_plain(nearside, accepted):
    coded(nearside, "gzip")
    answer = nearside.get(TARGET, accept_encoding=accepted)
    assert "content-encoding" not in answer
    assert answer.json()["jobs"] == ROWS


def test_every_form_has_a_tag_of_its_own(nearside):
    tags = [nearside.get(TARGET)["etag"], *(coded(nearside, coding)["etag"] for coding in CODINGS)]
    assert len(set(tags)) == 4
    assert not any(tag.startswith("W/") for tag in tags)


@pytest.mark.parametrize("coding", CODINGS)
def test_who_has_a_form_is_told_that_it_has_not_changed(nearside, coding):
    tag = coded(nearside, coding)["etag"]
    answer = nearside.get(TARGET, accept_encoding=coding, if_none_match=tag)
    assert (answer.status, answer.body, answer["etag"]) == (304, b"", tag)


def test_who_has_the_plain_form_is_told_so_whatever_it_takes(nearside):
    tag = nearside.get(TARGET)["etag"]
    coded(nearside, "br")
    answer = nearside.get(TARGET, accept_encoding="br", if_none_match=tag)
    assert (answer.status, answer["etag"]) == (304, tag)


def test_the_tag_of_another_form_is_another_content(nearside):
    tag = coded(nearside, "br")["etag"]
    answer = nearside.get(TARGET, if_none_match=tag)
    assert answer.status == 200
    assert answer.json()["jobs"] == ROWS


@pytest.mark.parametrize("coding", CODINGS)
def test_head_tells_of_the_form_that_get_would_bring(nearside, coding):
    got = coded(nearside, coding)
    told = nearside.request(TARGET, "HEAD", {"Accept-Encoding": coding})
    assert told.body == b""
    for field in ("content-encoding", "content-length", "etag", "vary"):
        assert told[field] == got[field]
