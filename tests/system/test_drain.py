"""The graceful end: nothing that was begun is lost, and nobody can hold it up."""

import json
import signal
import subprocess
import time

import pytest

from clients import curl_command
from h2peer import NO_ERROR, SET_INITIAL_WINDOW, Client, Peer, open_socket, tls_context
from weir import EXIT_BROKEN, SLACK, files, respond, site, wait_for

SHUT = {SET_INITIAL_WINDOW: 0}
HIGHEST = (1 << 31) - 1


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "big.bin").write_bytes(bytes(range(256)) * 4096 * 12)  # 12 MiB
    (root / "mid.bin").write_bytes(b"weir" * 25000)
    return root


def test_idle_server_ends_at_once(start):
    server = start(site([respond()]))
    begin = time.monotonic()
    server.process.terminate()
    assert server.wait() == 0
    assert time.monotonic() - begin < 1 * SLACK
    assert "ended; every request was answered" in server.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle_connections_are_told(start, kind, certs, number):
    """GOAWAY in two steps, with a PING between, then the end: RFC 9113, section 6.8."""
    server = start(site([respond()], tls=certs.tls))
    peer = server.connect(kind)
    peer.get()
    peer.get()
    begin = time.monotonic()
    server.signal(number)
    peer.read_to_end()
    assert peer.goaways == [(HIGHEST, NO_ERROR), (3, NO_ERROR)]
    assert peer.pings == 1
    peer.close()
    assert server.wait() == 0
    assert time.monotonic() - begin < 2 * SLACK


def test_no_new_connections(start, kind, certs):
    server = start(site([respond()], tls=certs.tls))
    address = server.address(kind)
    peer = server.connect(settings=SHUT)
    peer.wait_head(peer.request())
    server.process.terminate()
    server.wait_log("no new connections")

    def is_refused():
        try:
            open_socket(address).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            pass  # came between the last accept and the close
        return False

    wait_for(is_refused, 3, "a refusal")
    peer.send_window(1, 100)
    peer.read_to_end()
    assert peer.streams[1].body == b"hello\n"
    assert server.wait() == 0


def test_requests_before_the_second_goaway_are_served(start):
    """Between the two GOAWAYs a client that has not heard yet may still ask."""
    server = start(site([respond()]))
    peer = server.connect(acks_pings=False)
    assert peer.get().status == 200
    server.process.terminate()
    peer.read_until(lambda: len(peer.goaways) == 1 and peer.pings)
    assert peer.get().body == b"hello\n"
    peer.read_to_end()
    assert peer.goaways == [(HIGHEST, NO_ERROR), (3, NO_ERROR)]
    assert server.wait() == 0


def test_curl_transfers_finish(start, root, kind, certs, tmp_path):
    """Transfers that were begun go to their end, byte by byte."""
    config = site([files(root)], tls=certs.tls)
    config["workers"] = 2
    server = start(config)
    copies = [tmp_path / f"copy{i}" for i in range(8)]
    runs = [
        server.spawn(curl_command(server.url(kind, "/big.bin"), "--limit-rate", "8M", "-o", copy))
        for copy in copies
    ]
    wait_for(lambda: all(c.exists() and c.stat().st_size > 100000 for c in copies), 5, "the transfers")
    server.process.terminate()
    server.wait_log("draining")
    assert any(child.poll() is None for child in runs)
    for child in runs:
        assert child.wait(30) == 0
    content = (root / "big.bin").read_bytes()
    for copy in copies:
        assert copy.read_bytes() == content
    assert server.wait() == 0
    assert "every request was answered" in server.log


def test_every_promised_stream_is_answered(start, root, kind, certs, tmp_path):
    """Under load, with clients that obey GOAWAY: every stream at or below the last one named gets
    its whole answer, none above it was processed. Counted by the clients and by the access log."""
    log = tmp_path / "access.log"
    config = site([files(root)], tls=certs.tls, access_log=str(log))
    config["workers"] = 2
    server = start(config)
    context = tls_context() if kind == "h2" else None
    clients = [Client(server.address(kind), context) for _ in range(6)]
    server.peers += clients
    begin = time.monotonic()
    is_asked = False
    while not all(c.is_eof for c in clients):
        assert time.monotonic() - begin < 30 * SLACK
        if not is_asked and time.monotonic() - begin > 0.3:
            server.process.terminate()
            is_asked = True
        for client in clients:
            if client.is_eof:
                continue
            open_streams = len(client.bodies) - len(client.ended)
            for _ in range(4 - open_streams):
                # One final GOAWAY is two frames: the first only asks to stop
                if len(client.goaways) < 2:
                    client.request("/mid.bin")
            client.turn(0.002)
    assert server.wait() == 0
    content = (root / "mid.bin").read_bytes()
    asked = promised = 0
    for client in clients:
        last, code = client.goaways[-1]
        assert len(client.goaways) == 2 and code == NO_ERROR
        asked += len(client.bodies)
        for stream, body in client.bodies.items():
            if stream <= last:
                promised += 1
                assert stream in client.ended and bytes(body) == content, stream
            else:
                assert stream not in client.statuses and not body, stream
    assert promised > 50
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(lines) == promised
    assert all(line["status"] == 200 and line["bytes"] == len(content) for line in lines)


def test_delay_keeps_accepting(start, kind, certs):
    server = start(site([respond()], drain={"delay": "600ms"}, tls=certs.tls))
    begin = time.monotonic()
    server.process.terminate()
    server.wait_log("still accepting")
    peer = server.connect(kind)
    assert peer.get().body == b"hello\n"
    assert not peer.goaways
    peer.read_to_end()
    assert peer.goaways[-1] == (1, NO_ERROR)
    assert server.wait() == 0
    assert time.monotonic() - begin >= 0.55


def test_second_signal_ends_at_once(start):
    server = start(site([respond()]))
    peer = server.connect(settings=SHUT)
    for stream in (peer.request(), peer.request()):
        peer.wait_head(stream)
    server.process.terminate()
    server.wait_log("no new connections")
    peer.read_for(0.2)
    assert server.is_running()
    begin = time.monotonic()
    server.process.terminate()
    assert server.wait() == EXIT_BROKEN
    assert time.monotonic() - begin < 1 * SLACK
    assert server.wait_log("2 requests were broken off").endswith("broken off"), "no advice to who asked for it"
    server.stop(EXIT_BROKEN)


def test_second_signal_in_the_delay(start):
    server = start(site([respond()], drain={"delay": "60s"}))
    server.process.terminate()
    server.wait_log("still accepting")
    begin = time.monotonic()
    server.signal(signal.SIGINT)
    assert server.wait() == 0
    assert time.monotonic() - begin < 1 * SLACK


def test_deadline_counts_what_it_breaks(start):
    config = site([respond()], drain={"deadline": "200ms"})
    config["workers"] = 2
    server = start(config)
    peers = [server.connect(settings=SHUT) for _ in range(4)]
    for peer in peers:
        for stream in [peer.request() for _ in range(3)]:
            peer.wait_head(stream)
    begin = time.monotonic()
    server.process.terminate()
    assert server.wait() == EXIT_BROKEN
    assert 0.18 <= time.monotonic() - begin < 1 + 1 * SLACK
    assert "12 requests were broken off: raise drain.deadline" in server.log
    server.stop(EXIT_BROKEN)


def test_silent_client_gets_its_answer(start):
    """A client that never answers the PING is given the second GOAWAY all the same."""
    server = start(site([respond()]))
    peer = server.connect(acks_pings=False, settings=SHUT)
    stream = peer.request()
    peer.wait_head(stream)
    server.process.terminate()
    peer.read_until(lambda: len(peer.goaways) == 2, 5)
    peer.send_window(stream, 100)
    peer.read_to_end()
    assert peer.streams[stream].body == b"hello\n"
    assert server.wait() == 0


def test_handshake_under_way_is_finished(start, certs):
    """Who was accepted is served, though the end was asked for in the middle of the handshake."""
    server = start(site([respond()], tls=certs.tls))
    sock = open_socket(server.address("h2"))
    server.wait_metric("weir_connections_open", 1)
    server.process.terminate()
    server.wait_log("no new connections; 1 open")
    peer = Peer(server.address("h2"), is_tls=True, sock=sock)
    server.peers.append(peer)
    peer.read_to_end()
    assert peer.goaways[-1][1] == NO_ERROR
    assert server.wait() == 0


def test_clients_in_the_queue_are_served(start):
    """Connections that wait in the kernel's queue when the end comes are accepted first."""
    config = site([respond()])
    config["workers"] = 2
    server = start(config)
    server.pause()
    peers = [server.connect() for _ in range(10)]
    streams = [peer.request() for peer in peers]
    server.process.terminate()
    server.resume()
    for peer, stream in zip(peers, streams):
        assert peer.wait(stream).body == b"hello\n"
        peer.read_to_end()
    assert server.wait() == 0


def test_hangup_changes_nothing(start):
    server = start(site([respond()]))
    server.signal(signal.SIGHUP)
    server.wait_log("SIGHUP")
    assert server.connect().get().status == 200


def test_signals_in_a_row(start):
    """Nothing that comes while it ends disturbs the end."""
    server = start(site([respond()]))
    for number in (signal.SIGUSR2, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR2, signal.SIGTERM, signal.SIGINT):
        server.signal(number)
    assert server.wait() in (0, EXIT_BROKEN)
    server.stop(None)


def test_nghttp_load_over_a_drain(start, root):
    """h2load's own count: what it calls succeeded was answered; the server broke nothing."""
    config = site([files(root)])
    config["workers"] = 2
    server = start(config)
    load = server.spawn(["h2load", "-c", "8", "-m", "8", "-D", "5", server.url("h2c", "/mid.bin")],
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server.wait_metric("weir_requests_total", 1000)
    server.process.terminate()
    assert server.wait(15) == 0
    assert "every request was answered" in server.log
    load.kill()
