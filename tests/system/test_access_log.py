"""The access log: a line for each request, whatever was in it, and never at a client's cost."""

import calendar
import json
import os
import re
import subprocess
import threading
import time

import pytest

from h2peer import SET_INITIAL_WINDOW, Peer
from weir import BINARY, EXIT_CONFIG, SLACK, environment, files, respond, run, site, wait_for


@pytest.fixture
def log(tmp_path):
    return tmp_path / "access.log"


def logged(config, log, **settings):
    return {**config, "access_log": {"path": str(log), "flush_interval": "1ms", **settings}}


def lines_of(log):
    text = log.read_text()
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def wait_lines(log, count):
    wait_for(lambda: log.exists() and log.read_bytes().count(b"\n") >= count, 5, f"{count} lines")
    return lines_of(log)


def test_fields(start, log, kind, certs):
    routes = [respond("/fixed", "hello\n", name="the-route"), files(log.parent, "/files/**")]
    server = start(logged(site(routes, tls=certs.tls), log))
    peer = server.connect(kind)
    local = "%s:%d" % peer.sock.getsockname()
    before = time.time()
    peer.get("/fixed?a=b", headers=[("referer", "https://r.test/"), ("user-agent", "tester/1"),
                                    ("x-request-id", "abc.1")])
    peer.get("/none")
    posted = peer.request("/fixed", method="POST", end=False)
    peer.send_data(posted, b"12345", end=True)
    peer.wait(posted)
    lines = wait_lines(log, 3)
    first, missing, post = lines
    tls = {"tls": "TLSv1.3"} if kind == "h2" else {}
    expected = {
        "request_id": "abc.1", "client": local, "protocol": kind, **tls, "method": "GET",
        "scheme": "https" if kind == "h2" else "http", "host": peer.authority,
        "path": "/fixed?a=b", "status": 200, "bytes": 6, "request_bytes": 0, "route": "the-route",
        "referer": "https://r.test/", "user_agent": "tester/1", "stream": 1,
    }
    for name, value in expected.items():
        assert first[name] == value, name
    assert ("tls" in first) == (kind == "h2")
    assert list(first)[0] == "time"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["time"])
    stamp = time.strptime(first["time"][:19], "%Y-%m-%dT%H:%M:%S")

    assert abs(calendar.timegm(stamp) - before) < 3 * SLACK
    assert 0 <= first["duration_us"] < 1e6 * SLACK
    assert (missing["status"], missing["stream"]) == (404, 3)
    assert len(missing["request_id"]) == 26 and "route" not in missing and "referer" not in missing
    assert (post["method"], post["status"], post["stream"]) == ("POST", 200, 5)
    assert len({line["connection_id"] for line in lines}) == 1


def test_one_line_for_each_request(start, log):
    config = logged(site([respond("/a"), respond("/b", status=404)]), log)
    config["workers"] = 2
    server = start(config)
    peers = [server.connect() for _ in range(6)]
    asked = []
    for peer in peers:
        paths = [f"/{'ab'[i % 2]}?{i}" for i in range(50)]
        asked += paths
        peer.wait(*peer.requests(*paths))
    server.stop()
    lines = lines_of(log)
    assert sorted(line["path"] for line in lines) == sorted(asked)
    assert len({line["request_id"] for line in lines}) == len(lines)
    assert len({(line["connection_id"], line["stream"]) for line in lines}) == len(lines)


@pytest.mark.parametrize("value", [
    'quote " and back \\ slash', "tab\tin it", "\u00fc\u4e16\U0001f600", "</script>", "%00%0a",
    "a" * 3000,
])
def test_escaping(start, log, value):
    server = start(logged(site([respond()]), log))
    peer = server.connect()
    answer = peer.get(headers=[("user-agent", value)])
    assert answer.status == 200 or answer.reset is not None
    if answer.reset is None:
        line = wait_lines(log, 1)[0]
        assert value.startswith(line["user_agent"].rstrip("\u2026.")) or line["user_agent"] == value
        assert len(log.read_bytes()) <= 4096


def test_bytes_that_are_no_text(start, log):
    """What is not UTF-8 is made so; the line stays JSON."""
    server = start(logged(site([respond()]), log))
    peer = server.connect()
    raw, stream = peer.head([(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a"),
                             (b":path", b"/"), (b"user-agent", b"a\xff\xc3(\x80z")])
    peer.send(raw)
    assert peer.wait(stream).status == 200
    line = wait_lines(log, 1)[0]
    assert line["user_agent"].startswith("a") and line["user_agent"].endswith("z")


def test_broken_request(start, log, tmp_path):
    """A client that goes in the middle of its answer."""
    (tmp_path / "big.bin").write_bytes(bytes(1 << 20))
    server = start(logged(site([files(tmp_path)]), log))
    peer = server.connect(settings={SET_INITIAL_WINDOW: 1000}, gives_credit=False)
    stream = peer.request("/big.bin")
    peer.read_until(lambda: len(peer.streams[stream].data) == 1000)
    peer.send_reset(stream)
    line = wait_lines(log, 1)[0]
    assert (line["status"], line["bytes"]) == (200, 1000)
    assert line["error"]
    other = peer.request("/big.bin")
    peer.wait_head(other)
    peer.close()
    assert wait_lines(log, 2)[1]["error"]


def test_refused_requests(start, log):
    """What no route ever saw has a line too."""
    server = start(logged(site([respond()], http2={"max_uri_bytes": "64B"}), log))
    peer = server.connect()
    assert peer.get("/" + "a" * 100).status == 414
    assert peer.get("/../x").status == 400
    assert [line["status"] for line in wait_lines(log, 2)] == [414, 400]


def test_appends_and_reopens(start, log):
    """A restart goes on in the same file."""
    for _ in range(2):
        server = start(logged(site([respond()]), log))
        server.connect().get()
        server.stop()
    assert len(lines_of(log)) == 2


def test_standard_output(tmp_path):
    config = tmp_path / "weir.json"
    config.write_text(json.dumps({**site([respond()]), "access_log": "-"}))
    process = subprocess.Popen([BINARY, "run", "-c", config], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=environment())
    try:
        for line in process.stderr:
            match = re.search(r"listening on http://127.0.0.1:(\d+)", line)
            if match:
                break
        peer = Peer(("127.0.0.1", int(match[1])))
        assert peer.get("/x").status == 200
        assert json.loads(process.stdout.readline())["path"] == "/x"
        peer.close()
    finally:
        process.terminate()
        assert process.wait(20) == 0
        process.stdout.close()
        process.stderr.close()


def test_no_such_folder(tmp_path):
    config = tmp_path / "weir.json"
    config.write_text(json.dumps({**site([respond()]), "access_log": str(tmp_path / "none" / "a.log")}))
    done = run("run", "-c", config)
    assert done.returncode == EXIT_CONFIG
    assert f"{config}:1:" in done.stderr and f"{tmp_path}/none/a.log" in done.stderr
    assert f"make it: mkdir -p {tmp_path}/none" in done.stderr


def test_blocked_log(start, tmp_path, kind, certs):
    """A FIFO whose reader stands still: requests go on, lines are dropped and counted, and once the
    reader goes on what was kept comes whole."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    server = start(logged(site([respond()], tls=certs.tls), fifo, buffer="64KiB"))
    peer = server.connect(kind)
    begin = time.monotonic()
    count = 4000
    slowest = 0
    for _ in range(count // 50):
        sent = time.monotonic()
        peer.wait(*peer.requests(*["/" + "x" * 100] * 50))
        slowest = max(slowest, time.monotonic() - sent)
    assert slowest < 1 * SLACK
    assert time.monotonic() - begin < 20 * SLACK
    dropped = server.metric("weir_access_log_dropped_total")
    assert 0 < dropped < count
    text = []
    done = threading.Event()

    def read():
        os.set_blocking(reader, True)
        while True:
            data = os.read(reader, 65536)
            if not data:
                break
            text.append(data)
        done.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    server.stop()
    assert done.wait(10)
    os.close(reader)
    lines = [json.loads(line) for line in b"".join(text).decode().splitlines()]
    assert len(lines) == count - dropped


def test_fifo_without_reader(start, tmp_path):
    """Nobody reads at all: it starts or says why, but does not hang."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    config = logged(site([respond()]), fifo)
    server = start(config, expects_start=False)
    wait_for(lambda: not server.is_running() or " is ready: " in server.log, 3, "a word")
    if server.is_running():
        assert server.connect().get().status == 200
    else:
        assert str(fifo) in server.log
        server.stop(None)


def test_full_disk(start, tmp_path):
    """/dev/full refuses every write; clients do not notice, the log says so once."""
    server = start(logged(site([respond()]), "/dev/full"))
    peer = server.connect()
    for _ in range(20):
        assert peer.get().status == 200
        time.sleep(0.005)
    assert server.wait_log("/dev/full")
    assert server.log.count("No space left") == 1
