"""An upstream over TLS: its certificate is verified, its name is told (SNI), its sessions are resumed."""

import ssl

import pytest

from answers import document
from configuration import configuration, upstream_yaml, view
from fake_upstream import FakeUpstream
from nearside import command
from tls_files import Authority

ONE_STEP = view('a: {get: "/a"}', out="a: a", fresh="0s")


QUICK = "{connect: 500ms, first_byte: 1s, total: 1s}"


def server_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.fixture
def secure(localhost_certificate):
    context = server_context(*localhost_certificate)
    context.names = []
    context.sni_callback = lambda _socket, name, _context: context.names.append(name)
    with FakeUpstream(tls=context) as fake:
        fake.names = context.names
        fake.on("/a", document({"n": 1}))
        yield fake


def trusting(url, ca, extra="", **keys):
    return upstream_yaml(url, tls=f"{{ca: {ca}{extra}}}", **keys)


def failure(serve, upstreams):
    """The problem of a view over such an upstream; nothing is warm, so that it is ready nevertheless."""
    answer = serve(ONE_STEP, upstreams=upstreams.replace("warm: 1", "warm: 0")).get("/views/7")
    assert answer.status in (502, 504)
    return answer.problem()


def test_a_certificate_of_a_trusted_authority(serve, secure, authority):
    nearside = serve(ONE_STEP, upstreams=trusting(secure.url, authority.certificate))
    assert nearside.get("/views/7").json() == {"a": {"n": 1}}
    assert secure.tls_failures == []


def test_the_name_is_told(serve, secure, authority):
    serve(ONE_STEP, upstreams=trusting(secure.url, authority.certificate)).get("/views/7")
    assert secure.names[0] == "localhost"


def test_an_address_is_verified_as_an_address(serve, secure, authority):
    url = f"https://127.0.0.1:{secure.port}"
    assert serve(ONE_STEP, upstreams=trusting(url, authority.certificate)).get("/views/7").status == 200


def test_an_unknown_authority_is_refused(serve, secure, tmp_path):
    stranger = Authority(tmp_path / "stranger", "a stranger")
    problem = failure(serve, trusting(secure.url, stranger.certificate))
    assert problem["type"] == "urn:nearside:problem:tls_failed"
    assert secure.requests == []


def test_the_systems_authorities_do_not_know_it(serve, secure):
    assert failure(serve, upstream_yaml(secure.url))["type"] == "urn:nearside:problem:tls_failed"
    assert secure.requests == []


def test_a_certificate_for_another_name_is_refused(serve, authority):
    with FakeUpstream(tls=server_context(*authority.issue("other.example"))) as other:
        problem = failure(serve, trusting(other.url, authority.certificate))
        assert problem["type"] == "urn:nearside:problem:tls_failed"
        assert other.requests == []


def test_server_name_is_what_is_told_and_verified(serve, authority):
    context = server_context(*authority.issue("other.example"))
    names = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with FakeUpstream(tls=context) as other:
        other.on("/a", document({}))
        upstreams = trusting(other.url, authority.certificate, ", server_name: other.example")
        assert serve(ONE_STEP, upstreams=upstreams).get("/views/7").status == 200
    assert names[0] == "other.example"


def test_an_expired_certificate_is_refused(serve, authority):
    with FakeUpstream(tls=server_context(*authority.issue("localhost-expired", days=-1))) as expired:
        upstreams = trusting(expired.url, authority.certificate, ", server_name: localhost-expired")
        assert failure(serve, upstreams)["type"] == "urn:nearside:problem:tls_failed"


def test_verification_can_be_switched_off(serve, secure):
    nearside = serve(ONE_STEP, upstreams=upstream_yaml(secure.url, tls="{verify: false}"))
    assert nearside.get("/views/7").status == 200


def test_an_upstream_that_speaks_no_tls(serve, upstream):
    problem = failure(serve, upstream_yaml(f"https://127.0.0.1:{upstream.port}", tls="{verify: false}", timeout=QUICK))
    assert problem["type"].rpartition(":")[2] in ("tls_failed", "connect_failed", "connect_timeout", "total_timeout")


def test_later_connections_resume_the_session(serve, secure, authority):
    nearside = serve(ONE_STEP, upstreams=trusting(secure.url, authority.certificate, connections="{warm: 1, max: 4}"))
    for _ in range(4):
        assert nearside.get("/views/7").status == 200
        secure.close_idle()
    assert any(secure.sessions_reused[1:])


def test_a_body_cut_without_close_notify_is_not_complete(serve, secure, authority):
    """Over TLS the end of the connection ends a body only where the upstream says so."""

    def cut(call):
        call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        call.socket.shutdown(2)

    secure.on("/a", cut)
    nearside = serve(ONE_STEP, upstreams=trusting(secure.url, authority.certificate))
    failed = nearside.get("/views/7")
    assert failed.status == 502
    assert failed.problem_name == "closed_early"


def test_a_certificate_file_that_is_missing_is_told_at_load(tmp_path):
    file = tmp_path / "nearside.yaml"
    file.write_text(configuration(trusting("https://localhost:1", tmp_path / "nowhere.crt"), ONE_STEP))
    ended = command("check", file)
    assert ended.returncode == 1
    assert "nowhere.crt" in ended.stderr + ended.stdout
