"""TLS: which certificate is received, versions, ALPN, resumption, and peers that are no TLS peers."""

import json
import socket
import ssl
import struct
import subprocess
import time
import warnings

import pytest

from clients import curl, curl_command, openssl_certificate
from h2peer import SETTINGS, WINDOW_UPDATE, Peer, frame, open_socket, tls_context
from weir import SLACK, respond, site, worker_of


@pytest.fixture
def server(start, certs):
    tls = {
        "certificates": [p.settings for p in (certs.ecdsa, certs.rsa, certs.alpha, certs.wild)],
        "tickets": {"count": 2},
    }
    return start(site([respond()], tls=tls))


def received(server, name, **how):
    """The certificate that a client of that kind gets, as DER."""
    peer = Peer(server.address("h2"), is_tls=True, context=tls_context(**how), server_name=name)
    server.peers.append(peer)
    assert peer.get().body == b"hello\n"
    return peer.sock.getpeercert(binary_form=True), peer.sock


@pytest.mark.parametrize("ciphers, which", [
    ("ECDHE-RSA-AES128-GCM-SHA256", "rsa"),
    ("ECDHE-ECDSA-AES128-GCM-SHA256", "ecdsa"),
    ("ECDHE-RSA-CHACHA20-POLY1305", "rsa"),
])
def test_certificate_by_kind_tls12(server, certs, ciphers, which):
    der, sock = received(server, "localhost", version=ssl.TLSVersion.TLSv1_2, ciphers=ciphers)
    assert der == getattr(certs, which).der
    assert sock.version() == "TLSv1.2"
    assert sock.cipher()[0] == ciphers


@pytest.mark.parametrize("algorithms, which", [
    ("rsa_pss_rsae_sha256", "rsa"),
    ("ecdsa_secp256r1_sha256", "ecdsa"),
    ("ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256", "ecdsa"),
])
def test_certificate_by_kind_tls13(server, certs, algorithms, which):
    got = openssl_certificate(server.address("h2"), "-tls1_3", "-servername", "localhost",
                              "-sigalgs", algorithms)
    assert got == getattr(certs, which).der


@pytest.mark.parametrize("name, which", [
    ("localhost", "ecdsa"),
    ("alpha.test", "alpha"),
    ("ALPHA.test", "alpha"),
    ("a.wild.test", "wild"),
    ("b.wild.test", "wild"),
    ("a.b.wild.test", "ecdsa"),  # a wildcard stands for one label
    ("wild.test", "ecdsa"),
    ("nobody.test", "ecdsa"),  # the first one is for all other names
    (None, "ecdsa"),
])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_certificate_by_name(server, certs, name, which, version):
    context = tls_context(version=version)
    sock = context.wrap_socket(open_socket(server.address("h2")), server_hostname=name)
    assert sock.getpeercert(binary_form=True) == getattr(certs, which).der
    assert sock.selected_alpn_protocol() == "h2"
    sock.close()


def test_curl_verifies(server, certs):
    """The chain and the names are as clients want them."""
    for pair, host in ((certs.ecdsa, "localhost"), (certs.alpha, "alpha.test"), (certs.wild, "x.wild.test")):
        port = server.address("h2")[1]
        command = curl_command(f"https://{host}:{port}/", "--cacert", pair.cert,
                               "--resolve", f"{host}:{port}:127.0.0.1", "-w", "%{http_version}",
                               "--ciphers", "ECDHE+AESGCM")
        command.remove("-k")
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        assert done.stdout == "hello\n2", done.stderr


def test_versions(server, start, certs):
    assert received(server, "localhost", version=ssl.TLSVersion.TLSv1_3)[1].version() == "TLSv1.3"
    assert received(server, "localhost", version=ssl.TLSVersion.TLSv1_2)[1].version() == "TLSv1.2"
    strict = start(site([respond()], tls={**certs.tls, "min_version": "1.3"}))
    with pytest.raises(ssl.SSLError):
        received(strict, "localhost", version=ssl.TLSVersion.TLSv1_2)
    assert received(strict, "localhost")[1].version() == "TLSv1.3"


def test_old_versions_are_refused(server):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(open_socket(server.address("h2")))


def test_weak_ciphers_are_refused(server):
    with pytest.raises(ssl.SSLError):
        received(server, "localhost", version=ssl.TLSVersion.TLSv1_2, ciphers="AES128-SHA:AES128-GCM-SHA256")


def test_alpn_mismatch(server):
    with pytest.raises(ssl.SSLError) as caught:
        tls_context(alpn=["http/1.1"]).wrap_socket(open_socket(server.address("h2")))
    assert "no application protocol" in str(caught.value)
    sock = tls_context(alpn=["http/1.1", "h2"]).wrap_socket(open_socket(server.address("h2")))
    assert sock.selected_alpn_protocol() == "h2"
    sock.close()
    server.wait_metric('weir_tls_handshakes_total{result="failed"}', 1)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_resumption_across_workers(start, certs, version, tmp_path):
    """The ticket keys are the process's: both workers take what either gave."""
    log = tmp_path / "access.log"
    config = site([respond()], tls=certs.tls, access_log={"path": str(log), "flush_interval": "1ms"})
    config["workers"] = 2
    server = start(config)
    context = tls_context(version=version)
    first = server.connect("h2", context=context)
    first.get()
    session = first.sock.session
    assert session is not None and not first.sock.session_reused
    peers = [server.connect("h2", context=context, session=session) for _ in range(8)]
    for peer in peers:
        assert peer.get().body == b"hello\n"
        assert peer.sock.session_reused
    metrics = server.metrics()
    assert metrics["weir_tls_resumed_total"] == 8
    assert metrics['weir_tls_handshakes_total{result="ok"}'] == 9
    server.stop()
    workers = {worker_of(json.loads(line)) for line in log.read_text().splitlines()}
    assert len(workers) == 2


def test_tickets_may_be_off(start, certs):
    server = start(site([respond()], tls={**certs.tls, "tickets": {"enabled": False}}))
    context = tls_context(version=ssl.TLSVersion.TLSv1_2)
    first = server.connect("h2", context=context)
    first.get()
    second = server.connect("h2", context=context, session=first.sock.session)
    second.get()
    assert not second.sock.session_reused


def test_key_update_and_large_records(server):
    """A client's full-size records reach the protocol whole."""
    peer = server.connect("h2")
    stream = peer.request("/", method="POST", end=False)
    peer.send_data(stream, bytes(60000), end=True)
    assert peer.wait(stream).status == 200


def test_plain_http_to_tls_port(server):
    sock = open_socket(server.address("h2"))
    sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    begin = time.monotonic()
    while sock.recv(4096):
        pass
    assert time.monotonic() - begin < 3 * SLACK
    sock.close()
    server.wait_metric('weir_tls_handshakes_total{result="failed"}', 1)


def test_tls_to_plain_port(server):
    with pytest.raises((ssl.SSLError, ConnectionError, TimeoutError)):
        tls_context().wrap_socket(open_socket(server.address("h2c"), timeout=5))


def test_http1_to_plain_port(server):
    sock = open_socket(server.address("h2c"), timeout=5)
    sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    while sock.recv(4096):
        pass
    sock.close()


def test_garbage_to_tls_port(server):
    for junk in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(600), b"\x00" * 100, b"\xff" * 20000):
        sock = open_socket(server.address("h2"), timeout=5)
        try:
            sock.sendall(junk)
            while sock.recv(4096):
                pass
        except ConnectionError:
            pass
        sock.close()
    assert curl(server.url("h2")).status == 200


@pytest.mark.parametrize("cut", [0, 1, 5, 200, 10000])
def test_vanished_in_handshake(server, cut):
    """A peer that sent something and vanished before it was heard leaves nothing behind."""
    server.pause()
    sock = open_socket(server.address("h2"))
    sock.sendall(client_hello()[:cut])
    vanish(sock)
    server.resume()
    server.wait_metric("weir_connections_accepted_total", 1)
    server.wait_quiet(2)


@pytest.mark.parametrize("last", [frame(SETTINGS), frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\1")])
def test_vanished_when_open(server, kind, last):
    """The same later: a frame, one with an answer and one without, and a reset right behind it."""
    peer = server.connect(kind)
    peer.get()
    server.pause()
    peer.send(last)
    vanish(peer.sock)
    server.resume()
    server.wait_quiet(2)


def vanish(sock):
    """Closes with a reset instead of an end."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def client_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = tls_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def test_close_notify(server):
    """The end of a drained TLS connection is an orderly one."""
    peer = server.connect("h2")
    peer.get()
    server.process.terminate()
    peer.read_to_end()
    assert peer.goaways[-1][1] == 0
    assert server.wait() == 0
