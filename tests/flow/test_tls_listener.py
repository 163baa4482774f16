"""The listener over TLS: versions, names, resumption."""

import socket
import ssl

import pytest

from answers import document, truncated
from client import Connection
from configuration import view
from http_message import Broken

BOARD = view('a: {get: "/a"}', out="a: a")
ROUTE = 'routes: [{path: "/api/**", upstream: api}]'


@pytest.fixture
def nearside(serve, upstream, localhost_certificate):
    upstream.on("/a", document({"n": 1}))
    certificate, key = localhost_certificate
    return serve(BOARD, ROUTE, server=f"tls: {{certificate: {certificate}, key: {key}}}")


def client_context(authority, version=None, alpn=None):
    context = ssl.create_default_context(cafile=str(authority.certificate))
    if version:
        context.minimum_version = context.maximum_version = version
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@pytest.mark.parametrize("name, version", VERSIONS.items())
def test_a_handshake(nearside, authority, name, version):
    with nearside.connect(tls=client_context(authority, version)) as connection:
        assert connection.socket.version() == f"TLSv{name}"
        for _ in range(3):
            assert connection.get("/views/7").json() == {"a": {"n": 1}}


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS.keys())
def test_a_session_is_resumed(nearside, authority, version):
    context = client_context(authority, version)
    with nearside.connect(tls=context) as first:
        assert first.get("/views/7").status == 200  # a TLS 1.3 ticket comes after the handshake
        session = first.socket.session
        assert not first.socket.session_reused
    with nearside.connect(tls=context, session=session) as second:
        assert second.get("/views/7").status == 200
        assert second.socket.session_reused


@pytest.mark.parametrize("offered, chosen", [(["http/1.1"], "http/1.1"), (["x", "http/1.1"], "http/1.1"), (None, None)])
def test_alpn(nearside, authority, offered, chosen):
    with nearside.connect(tls=client_context(authority, alpn=offered)) as connection:
        assert connection.socket.selected_alpn_protocol() == chosen
        assert connection.get("/views/7").status == 200


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_older_versions_are_refused(nearside, authority):
    context = client_context(authority)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        nearside.connect(tls=context)


def test_plain_http_on_the_tls_port_is_refused(nearside):
    with Connection(nearside.port) as connection:
        connection.ask("/views/7")
        assert not connection.wait_closed().startswith(b"HTTP/1.1 200")


def test_a_handshake_that_does_not_come(serve, upstream, localhost_certificate):
    certificate, key = localhost_certificate
    nearside = serve(
        BOARD, server=f"tls: {{certificate: {certificate}, key: {key}}}, limits: {{header_timeout: 300ms}}"
    )
    with Connection(nearside.port) as connection:
        connection.wait_closed()
    with Connection(nearside.port) as connection:
        connection.send(bytes.fromhex("16030102"))
        connection.wait_closed()


def test_the_end_is_told(nearside, authority):
    """close_notify after the last byte: the client knows that nothing was cut off."""
    with nearside.connect(tls=client_context(authority)) as connection:
        connection.get("/views/7", connection="close")
        connection.socket.suppress_ragged_eofs = False
        assert connection.socket.recv(1) == b""


def test_a_large_body_both_ways(nearside, upstream, authority):
    upstream.on("/api/x", document({}))
    body = bytes(range(256)) * 8192
    upstream.on("POST /api/x", lambda call: document(call.request.body)(call))
    with nearside.connect(tls=client_context(authority)) as connection:
        assert connection.request("/api/x", method="POST", body=body).body == body


def test_forwarded_says_https(nearside, upstream, authority):
    upstream.on("/api/x", document({}))
    with nearside.connect(tls=client_context(authority)) as connection:
        connection.get("/api/x")
    assert "proto=https" in upstream.to("/api/x")[0]["forwarded"]


def test_a_truncated_route_is_broken_over_tls_too(nearside, upstream, authority):
    upstream.on("/api/x", truncated("x" * 1000, at=400))
    with nearside.connect(tls=client_context(authority)) as connection:
        connection.ask("/api/x")
        with pytest.raises((Broken, OSError)):
            connection.read()


def test_garbage_instead_of_a_handshake_does_no_harm(nearside, authority):
    for data in (b"\0" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 70000, b"GET / HTTP/1.1\r\n\r\n"):
        with Connection(nearside.port) as connection:
            try:
                connection.send(data)
                connection.socket.shutdown(socket.SHUT_WR)
                connection.wait_closed()
            except OSError:
                pass
    with nearside.connect(tls=client_context(authority)) as connection:
        assert connection.get("/views/7").status == 200


def test_it_stops_with_tls_connections_open(nearside, authority):
    with nearside.connect(tls=client_context(authority)) as connection:
        connection.get("/views/7")
        nearside.terminate()
        assert nearside.wait_ended() == 0
