"""Several workers, several addresses."""

import json
import os
import socket

import pytest

from clients import curl, h2load
from weir import SLACK, files, respond, site, worker_of


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
        return True
    except OSError:
        return False


def test_requests_spread(start, tmp_path):
    log = tmp_path / "access.log"
    config = site([respond()], access_log=str(log))
    config["workers"] = 2
    server = start(config)
    peers = [server.connect() for _ in range(16)]
    for peer in peers:
        assert peer.get().status == 200
    server.stop()
    workers = [worker_of(json.loads(line)) for line in log.read_text().splitlines()]
    shares = [workers.count(worker) for worker in sorted(set(workers))]
    assert len(shares) == 2
    # Above 1.25 times the mean a worker passes connections on
    assert max(shares) <= 8 * 1.25 + 1, shares


def test_control_worker_serves_nobody(start, tmp_path):
    """Worker 0 is the control worker's number: clients never get it."""
    log = tmp_path / "access.log"
    server = start(site([respond()], access_log=str(log)))
    server.connect().get()
    server.stop()
    assert [worker_of(json.loads(line)) for line in log.read_text().splitlines()] == [1]


def test_default_is_a_worker_for_each_core(start):

    config = site([respond()])
    del config["workers"]
    server = start(config)
    workers = int(server.wait_log("is ready").split("ready: ")[1].split()[0])
    assert 1 <= workers <= len(os.sched_getaffinity(0))


def test_affinity_is_respected(start):

    config = site([respond()])
    del config["workers"]
    server = start(config, preexec=lambda: os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]))
    assert "ready: 1 workers" in server.log


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")
def test_ipv6(start, tmp_path):
    log = tmp_path / "access.log"
    config = site([respond()], access_log=str(log))
    config["listeners"] = ["[::1]:0"]
    server = start(config)
    host, port = server.address("h2c")
    assert host == "::1"
    assert curl(f"http://[::1]:{port}/").body == b"hello\n"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    server.stop()
    assert json.loads(log.read_text())["client"].startswith("[::1]:")


def test_localhost_and_lists(start):
    config = site([respond()])
    config["listeners"] = [{"address": ["localhost:0", "127.0.0.1:0"]}]
    server = start(config)
    addresses = server.addresses()
    assert len(addresses) == (3 if has_ipv6() else 2)
    for host, port in addresses:
        assert curl(f"http://{'[' + host + ']' if ':' in host else host}:{port}/").status == 200


def test_wildcard_address(start):
    config = site([respond()])
    config["listeners"] = ["*:0"]
    server = start(config)
    for host, port in server.addresses():
        target = "[::1]" if ":" in host else "127.0.0.1"
        assert curl(f"http://{target}:{port}/").status == 200


@pytest.mark.parametrize("clients, streams", [(32, 8), (4, 32)])
def test_load(start, tmp_path, kind, certs, clients, streams):
    """h2load's figures and weir's own agree, and nothing stays open behind it."""
    (tmp_path / "page.html").write_bytes(b"x" * 1024)
    config = site([files(tmp_path)], tls=certs.tls)
    config["workers"] = 2
    server = start(config)
    counts = h2load(server.url(kind, "/page.html"), "-c", clients, "-m", streams, "-D", 2, "-t", 1)
    assert counts["failed"] == counts["errored"] == counts["timeout"] == 0
    assert counts["2xx"] > 1000 / SLACK
    server.wait_quiet()
    metrics = server.metrics()
    answered = metrics['weir_responses_total{class="2xx"}']
    # h2load stops its clock in the middle: what was under way then it does not count
    assert counts["2xx"] <= answered <= counts["2xx"] + clients * streams
    assert metrics["weir_requests_total"] == answered == metrics["weir_h2_streams_total"]
    assert metrics["weir_request_duration_seconds_count"] == answered
    for gauge in ("weir_connections_open", "weir_h2_streams_open", "weir_requests_open"):
        assert metrics[gauge] == 0, gauge
    assert metrics["weir_connections_accepted_total"] == clients
    if kind == "h2":
        assert metrics['weir_tls_handshakes_total{result="ok"}'] == clients


def test_counted_load(start, kind, certs):
    """With a fixed number of requests the counts are equal."""
    config = site([respond()], tls=certs.tls)
    config["workers"] = 2
    server = start(config)
    counts = h2load(server.url(kind), "-c", 10, "-m", 10, "-n", 5000)
    assert counts["2xx"] == counts["succeeded"] == 5000
    server.wait_quiet()
    metrics = server.metrics()
    assert metrics["weir_requests_total"] == metrics['weir_responses_total{class="2xx"}'] == 5000
    assert metrics["weir_requests_broken_total"] == 0


@pytest.mark.release
def test_many_connections_come_and_go(start, certs):
    """Churn leaves nothing behind."""
    server = start(site([respond()], tls=certs.tls))
    h2load(server.url("h2"), "-c", 50, "-n", 50)
    server.wait_quiet()
    before = server.rss()
    for _ in range(6):
        h2load(server.url("h2"), "-c", 50, "-n", 50)
    server.wait_quiet()
    assert server.metric("weir_connections_accepted_total") == 350
    assert server.rss() - before < 4 << 20
