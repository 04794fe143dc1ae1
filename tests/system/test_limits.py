"""Limits: each at its figure and one beyond it."""

import re
import time

import pytest

from clients import nghttp
from h2peer import (ACK, PREFACE, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, HEADERS,
                    PING, PRIORITY, PROTOCOL_ERROR, REFUSED_STREAM, SET_INITIAL_WINDOW, SETTINGS,
                    WINDOW_UPDATE, Stream, frame, settings_payload)
from weir import SLACK, respond, site

SHUT = {SET_INITIAL_WINDOW: 0}  # of a client that wants no body: its streams stay open


def size_of(fields):
    """As a header list is measured here: names and values, the path apart."""
    return sum(len(name) + len(value) for name, value in fields if name != ":path")


def test_header_bytes(start, kind, certs):
    server = start(site([respond()], http2={"max_header_bytes": "1KiB"}, tls=certs.tls))
    peer = server.connect(kind)
    base = peer.fields("/", headers=[("x-long", "")])
    rest = 1024 - size_of(base)
    assert peer.get(headers=[("x-long", "a" * rest)]).status == 200
    assert peer.get(headers=[("x-long", "a" * (rest + 1))]).status == 431
    # The decoder's state has outlived it, and so has the connection
    assert peer.get(headers=[("x-long", "a" * rest)]).status == 200
    # So much beyond it is no mistake any more: the stream ends, the decoder goes on
    bomb = peer.get(headers=[("x-long", "b" * 12000), ("x-more", "c" * 12000)])
    assert bomb.reset == ENHANCE_YOUR_CALM
    assert peer.get(headers=[("x-long", "a" * rest)]).status == 200


def test_silent_about_settings(start):
    """Limits bind whom they were told: a client that does not acknowledge them is not kept."""
    server = start(site([respond()], http2={"header_timeout": "300ms"}))
    peer = server.connect(preface=False)
    peer.send(PREFACE + frame(SETTINGS))
    assert peer.sock.recv(1)
    begin = time.monotonic()
    peer.sock.settimeout(10)
    while peer.sock.recv(4096):
        pass
    assert time.monotonic() - begin < 2 * SLACK


def test_header_count(start):
    server = start(site([respond()], http2={"max_header_count": 10}))
    peer = server.connect()
    pseudo = len(peer.fields("/")) - 1  # the path apart
    fields = [(f"x-{i}", "a") for i in range(11 - pseudo)]
    assert peer.get(headers=fields[:-1]).status == 200
    assert peer.get(headers=fields).status == 431
    assert peer.get().status == 200


def test_uri(start, kind, certs):
    server = start(site([respond()], http2={"max_uri_bytes": "64B"}, tls=certs.tls))
    peer = server.connect(kind)
    assert peer.get("/" + "a" * 63).status == 200
    assert peer.get("/" + "a" * 64).status == 414
    assert peer.get("/?" + "a" * 62).status == 200
    assert peer.get("/?" + "a" * 63).status == 414
    assert peer.get("/" + "a" * 10000).status == 414
    assert peer.get().status == 200


def test_announced_body(start, kind, certs):
    route = respond()
    route["limits"] = {"body": "1000B"}
    server = start(site([route], tls=certs.tls))
    peer = server.connect(kind)
    for size, status in ((1000, 200), (1001, 413)):
        stream = peer.request(method="POST", headers=[("content-length", str(size))], end=False)
        answer = peer.wait_head(stream)
        assert answer.status == status
    assert peer.get().status == 200


def test_body_limit_of_all(start):
    server = start(site([respond()], max_body="100B"))
    peer = server.connect()
    assert peer.get(method="POST", headers=[("content-length", "0")]).status == 200
    stream = peer.request(method="POST", headers=[("content-length", "101")], end=False)
    assert peer.wait_head(stream).status == 413


def test_upload_over_the_limit(start, kind, certs, tmp_path):
    """A client hears the 413 though most of its body was never wanted. (curl 7.88 takes the reset
    behind the answer, NO_ERROR, for a failure.)"""
    body = tmp_path / "body"
    body.write_bytes(bytes(4 << 20))
    server = start(site([respond()], max_body="1MiB", tls=certs.tls))
    done = nghttp(server.url(kind), "-nv", "--no-verify-peer", "-d", body)
    assert re.search(r":status: 413", done.stdout), done.stdout
    assert "error_code=NO_ERROR(0x00)" in done.stdout


def test_concurrent_streams(start, kind, certs):
    server = start(site([respond()], http2={"max_concurrent_streams": 5}, tls=certs.tls))
    peer = server.connect(kind, settings=SHUT)
    peer.wait_settled()
    assert peer.settings[3] == 5
    held = [peer.request() for _ in range(5)]
    for stream in held:
        assert peer.wait_head(stream).status == 200
    # When one ends another may begin
    peer.send_window(held[0], 100)
    assert peer.wait(held[0]).body == b"hello\n"
    later = peer.request()
    assert peer.wait_head(later).status == 200
    assert all(not peer.streams[s].is_over for s in held[1:])
    # Who has acknowledged the limit and goes beyond it all the same has broken the protocol
    beyond = peer.request()
    peer.read_until(lambda: peer.goaways or peer.streams[beyond].is_over)
    assert peer.streams[beyond].reset == REFUSED_STREAM or peer.goaways[-1][1] == PROTOCOL_ERROR
    assert peer.streams[beyond].headers is None


def test_concurrent_streams_not_yet_known(start):
    """Streams beyond a limit that the client cannot know yet are refused, to be tried again."""
    server = start(site([respond()], http2={"max_concurrent_streams": 5}))
    peer = server.connect(settings=SHUT, preface=False)
    raw = PREFACE + frame(SETTINGS, 0, 0, settings_payload(SHUT))
    heads = [peer.head(peer.fields("/")) for _ in range(7)]
    peer.send(raw + b"".join(data for data, _ in heads))
    first, last = [s for _, s in heads[:5]], [s for _, s in heads[5:]]
    for answer in peer.wait(*last):
        assert answer.reset == REFUSED_STREAM
    for stream in first:
        assert peer.wait_head(stream).status == 200


LIMIT = 20


def flood_resets(peer, n):
    for _ in range(n):
        raw, stream = peer.head(peer.fields("/"))
        peer.send(raw)
        peer.send_reset(stream)


def flood_pings(peer, n):
    for i in range(n):
        peer.send_ping(b"%08d" % i)


def flood_settings(peer, n):
    # The preface's own and the acknowledgement of the server's count too
    for _ in range(n - 2):
        peer.send(frame(SETTINGS))


def flood_priority_updates(peer, n):
    for i in range(n):
        peer.send_priority_update(1, f"u={i % 8}")


def flood_priorities(peer, n):
    for _ in range(n):
        peer.send(frame(PRIORITY, 0, 1, bytes(5)))


def flood_empty_data(peer, n):
    stream = peer.request(method="POST", end=False)
    for _ in range(n):
        peer.send(frame(DATA, 0, stream))


def flood_window_updates(peer, n):
    for _ in range(n):
        peer.send_window(0, 1)


def flood_errors(peer, n):
    for _ in range(n):
        raw, _ = peer.head([(":method", "GET"), (":path", "/"), (":scheme", "http"), (":path", "/")])
        peer.send(raw)


FLOODS = [
    ("max_resets", "reset", flood_resets),
    ("max_pings", "ping", flood_pings),
    ("max_settings", "settings", flood_settings),
    ("max_priorities", "priority", flood_priority_updates),
    ("max_priorities", "priority", flood_priorities),
    ("max_empty_data", "empty_data", flood_empty_data),
    ("max_window_updates", "window_update", flood_window_updates),
    ("max_errors", "error", flood_errors),
]


@pytest.mark.parametrize("setting, metric, flood", FLOODS, ids=lambda f: getattr(f, "__name__", None))
def test_flood(start, setting, metric, flood):
    server = start(site([respond()], http2={setting: LIMIT}))
    name = f'weir_h2_floods_total{{kind="{metric}"}}'

    calm = server.connect(settings=SHUT)
    calm.wait_settled()
    flood(calm, LIMIT)
    assert calm.wait_head(calm.request()).status == 200, "ended at its limit"
    assert not calm.goaways and server.metric(name) == 0

    wild = server.connect(settings=SHUT)
    wild.wait_settled()
    flood(wild, LIMIT + 1)
    wild.read_to_end()
    assert wild.goaways[-1][1] == ENHANCE_YOUR_CALM
    assert server.metric(name) == 1
    assert "ENHANCE_YOUR_CALM" in server.log
    # The others do not suffer for it
    assert calm.wait_head(calm.request()).status == 200


def test_many_streams_are_no_flood(start):
    """Four credits for each DATA frame sent are earned: honest downloads give that many."""
    server = start(site([respond()], http2={"max_window_updates": LIMIT}))
    peer = server.connect()
    for _ in range(3 * LIMIT):
        assert peer.get().body == b"hello\n"  # two credits each
    assert not peer.goaways


def continuations(peer, n):
    fields = peer.fields("/", headers=[("x-long", "a" * 40)])
    block = peer.encoder.encode(fields, huffman=False)
    stream, peer.next_id = peer.next_id, peer.next_id + 2
    step = len(block) // (n + 1)
    pieces = [block[i * step:(i + 1) * step] for i in range(n)] + [block[n * step:]]
    peer.streams[stream] = Stream()
    raw = frame(HEADERS, END_STREAM, stream, pieces[0])
    for i, piece in enumerate(pieces[1:], 1):
        raw += frame(CONTINUATION, END_HEADERS if i == n else 0, stream, piece)
    peer.send(raw)
    return stream


def test_continuations(start):
    server = start(site([respond()], http2={"max_continuations": 5}))
    calm = server.connect()
    assert calm.wait(continuations(calm, 5)).status == 200
    assert calm.wait(continuations(calm, 5)).status == 200, "the count is of one block"
    wild = server.connect()
    continuations(wild, 6)
    wild.read_to_end()
    assert wild.goaways[-1][1] == ENHANCE_YOUR_CALM
    assert server.metric('weir_h2_floods_total{kind="continuation"}') == 1


def test_default_continuations(start):
    """What the setting promises by default is given."""
    server = start(site([respond()]))
    peer = server.connect()
    assert peer.wait(continuations(peer, 16)).status == 200
    continuations(peer, 17)
    peer.read_to_end()
    assert peer.goaways[-1][1] == ENHANCE_YOUR_CALM


def test_endless_ping_answers(start):
    """Who asks without reading the answers is cut off, long before memory matters."""
    server = start(site([respond()], http2={"max_pings": 1000000}))
    peer = server.connect(receive_buffer=4096)
    before = server.rss()
    most = 0
    deadline = time.monotonic() + 10 * SLACK
    with pytest.raises(ConnectionError):
        while time.monotonic() < deadline:
            peer.send(frame(PING, 0, 0, b"weirweir") * 4000)
            most = max(most, server.rss())
    assert most - before < 16 << 20
    assert server.connect().get().status == 200


@pytest.mark.parametrize("fields, what", [
    ([("Upper", "a")], "an upper-case name"),
    ([("connection", "close")], "a connection field"),
    ([("te", "gzip")], "te"),
    ([("x", "a\x00b")], "NUL"),
    ([("x", "a\nb")], "a newline"),
    ([("content-length", "1"), ("content-length", "2")], "two lengths"),
    ([("content-length", "x")], "a length that is no number"),
    ([(":late", "pseudo")], "a pseudo-field behind others"),
    ([("host", "other.test")], "another host"),
])
def test_malformed_request(start, fields, what):
    """RFC 9113, section 8.1.1: the stream suffers, the connection lives."""
    server = start(site([respond()]))
    peer = server.connect()
    raw, stream = peer.head([
        (":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", "/"), *fields])
    peer.send(raw)
    answer = peer.wait(stream)
    assert answer.reset == PROTOCOL_ERROR or answer.status == 400, what
    assert peer.get().status == 200


@pytest.mark.parametrize("raw, what", [
    (frame(DATA, 0, 1, b"x"), "DATA on an idle stream"),
    (frame(HEADERS, END_HEADERS, 2, b"\x82"), "an even stream"),
    (frame(HEADERS, END_HEADERS, 0, b"\x82"), "HEADERS on stream 0"),
    (frame(SETTINGS, ACK, 0, b"123456"), "SETTINGS ACK with a payload"),
    (frame(SETTINGS, 0, 0, b"12345"), "half a setting"),
    (frame(WINDOW_UPDATE, 0, 0, bytes(4)), "a window of 0"),
    (frame(CONTINUATION, END_HEADERS, 1, b"\x82"), "CONTINUATION alone"),
    (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\xff\xff\xff\xff\xff"), "a broken block"),
    (b"\x00\xff\xff\x00\x00\x00\x00\x00\x01", "a frame that is too large"),
])
def test_connection_errors(start, raw, what):
    server = start(site([respond()]))
    peer = server.connect()
    peer.wait_settled()
    peer.send(raw)
    peer.read_to_end(10)
    assert peer.goaways and peer.goaways[-1][1] not in (0,), what
    assert server.connect().get().status == 200


def test_no_preface(start):
    server = start(site([respond()]))
    peer = server.connect(preface=False)
    peer.send(b"HELO weir\r\n" + bytes(40))
    peer.read_to_end(5)


def test_dynamic_table_size_of_peer(start):
    """A client without a header table is served as well."""
    server = start(site([respond()]))
    peer = server.connect(settings={1: 0})
    for _ in range(5):
        assert peer.get().status == 200


def test_unknown_frames_and_settings(start):
    server = start(site([respond()]))
    peer = server.connect(settings={0xABCD: 7})
    peer.send(frame(0xBB, 0xFF, 0, b"grease") + frame(0xBB, 0, 5, b"grease"))
    assert peer.get().status == 200
