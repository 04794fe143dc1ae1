"""Every timeout, against a peer that sends one byte just inside it for ever: a deadline that a byte
puts off is none."""

import time

from h2peer import (CANCEL, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, HEADERS, NO_ERROR, PING,
                    PREFACE, SET_INITIAL_WINDOW, SETTINGS, WINDOW_UPDATE, frame, open_socket)
from test_tls import client_hello
from weir import EXIT_BROKEN, SLACK, files, respond, site

TIMEOUT = 0.3  # what the tests set
STEP = 0.2  # one byte each, just inside it
LONG = {"header_timeout": "60s", "body_timeout": "60s", "send_timeout": "60s", "idle_timeout": "60s",
        "ping_interval": "0", "min_rate": "256B"}
SHUT = {SET_INITIAL_WINDOW: 0}


def limits(**short):
    return {**LONG, **short}


def drip(sock, data, step=STEP):
    """Sends a byte each step, until the peer closes or nothing is left; how long that took."""
    begin = time.monotonic()
    sock.settimeout(step)
    for i in range(len(data)):
        try:
            sock.sendall(data[i:i + 1])
            while sock.recv(65536):
                pass
            break
        except TimeoutError:
            continue
        except ConnectionError:
            break
    else:
        raise AssertionError("never closed")
    return time.monotonic() - begin


def assert_in_time(took, timeout=TIMEOUT, grace=1.0):
    """Not before its time (what went before the clock was started apart), and soon after it."""
    assert took >= timeout * 0.7
    assert took < timeout + (grace + timeout) * SLACK


def test_handshake(start, certs):
    server = start(site([respond()], tls={**certs.tls, "handshake_timeout": "300ms"}))
    sock = open_socket(server.address("h2"))
    assert_in_time(drip(sock, client_hello()))
    assert server.metric('weir_tls_handshakes_total{result="timeout"}') == 1
    sock.close()


def test_silent_handshake(start, certs):
    server = start(site([respond()], tls={**certs.tls, "handshake_timeout": "300ms"}))
    sock = open_socket(server.address("h2"))
    begin = time.monotonic()
    assert sock.recv(1) == b""
    assert_in_time(time.monotonic() - begin)
    sock.close()


def test_header_of_the_connection(start):
    """The preface counts as a head."""
    server = start(site([respond()], http2=limits(header_timeout="300ms")))
    sock = open_socket(server.address("h2c"))
    assert_in_time(drip(sock, PREFACE + frame(SETTINGS)))
    assert server.metric('weir_h2_timeouts_total{kind="header"}') == 1
    sock.close()


def test_header(start, kind, certs):
    server = start(site([respond()], http2=limits(header_timeout="300ms"), tls=certs.tls))
    peer = server.connect(kind)
    peer.wait_settled()
    assert peer.get().status == 200
    block = peer.encoder.encode(peer.fields("/", headers=[("x-long", "a" * 200)]), huffman=False)
    whole = frame(HEADERS, END_HEADERS | END_STREAM, 3, block)
    peer.send(whole[:9 + 4])
    begin = time.monotonic()
    for byte in whole[9 + 4:]:
        peer.turn(STEP)
        if peer.is_eof:
            break
        peer._try_send(bytes([byte]))
    assert peer.is_eof
    assert_in_time(time.monotonic() - begin)
    assert server.metric('weir_h2_timeouts_total{kind="header"}') == 1


def test_continuation(start):
    """A head that stands open between its frames is as late as one that stops within."""
    server = start(site([respond()], http2=limits(header_timeout="300ms")))
    peer = server.connect()
    peer.wait_settled()
    block = peer.encoder.encode(peer.fields("/"), huffman=False)
    peer.send(frame(HEADERS, END_STREAM, 1, block[:5]))
    assert_in_time(peer.read_to_end())
    assert server.metric('weir_h2_timeouts_total{kind="header"}') == 1


def test_body_without_reader(start):
    """No route of this binary takes a body (the timeout of one that is taken is h2's own test): a
    body that nobody waits for may come as slowly as it likes, and ends with its answer."""
    server = start(site([respond()], http2=limits(body_timeout="100ms")))
    peer = server.connect(settings=SHUT)
    stream = peer.request(method="POST", end=False)
    peer.wait_head(stream)
    for _ in range(3):
        peer.send_data(stream, b"x")
        peer.read_for(STEP)
    assert not peer.streams[stream].is_over
    assert server.metric('weir_h2_timeouts_total{kind="body"}') == 0
    peer.send_window(stream, 100)
    peer.read_until(lambda: peer.streams[stream].reset is not None)
    assert (peer.streams[stream].body, peer.streams[stream].reset) == (b"hello\n", NO_ERROR)


def test_send_window(start, tmp_path, kind, certs):
    """A client that opens its window by one byte, for ever, takes nothing worth waiting for."""
    (tmp_path / "big.bin").write_bytes(bytes(1 << 20))
    server = start(site([files(tmp_path)], http2=limits(send_timeout="300ms"), tls=certs.tls))
    peer = server.connect(kind, settings=SHUT, gives_credit=False)
    stream = peer.request("/big.bin")
    peer.wait_head(stream)
    begin = time.monotonic()
    while not peer.streams[stream].is_over and time.monotonic() < begin + 5 * SLACK:
        peer.send_window(stream, 1)
        peer.read_for(STEP)
    assert peer.streams[stream].reset in (CANCEL, ENHANCE_YOUR_CALM)
    assert_in_time(time.monotonic() - begin)
    assert server.metric('weir_h2_timeouts_total{kind="send"}') == 1
    assert peer.is_alive()


def test_send_socket(start, tmp_path, kind, certs):
    """A client that reads one byte of its socket, for ever."""
    (tmp_path / "big.bin").write_bytes(bytes(16 << 20))
    server = start(site([files(tmp_path)], http2=limits(send_timeout="300ms"), tls=certs.tls))
    peer = server.connect(kind, settings={SET_INITIAL_WINDOW: (1 << 31) - 1}, window=(1 << 31) - 1,
                          receive_buffer=8192)
    peer.request("/big.bin")
    server.wait_metric("weir_requests_total", 1)
    begin = time.monotonic()
    while server.metric("weir_connections_open") and time.monotonic() < begin + 5 * SLACK:
        if kind == "h2c":
            peer.sock.recv(1)
        time.sleep(STEP)
    assert server.metric("weir_connections_open") == 0
    assert_in_time(time.monotonic() - begin, grace=2)
    assert server.metric('weir_h2_timeouts_total{kind="send"}') >= 1


def test_slow_but_steady_reader_is_served(start, tmp_path):
    """Above min_rate no timeout strikes, however long it takes in all."""
    (tmp_path / "file.bin").write_bytes(bytes(20000))
    server = start(site([files(tmp_path)], http2=limits(send_timeout="300ms", min_rate="1KiB")))
    peer = server.connect(settings=SHUT, gives_credit=False)
    stream = peer.request("/file.bin")
    peer.wait_head(stream)
    begin = time.monotonic()
    while not peer.streams[stream].is_over:
        peer.send_window(stream, 1000)
        peer.turn(0.05)
        time.sleep(0.05)
    assert peer.streams[stream].is_ended
    assert time.monotonic() - begin > 2 * TIMEOUT


def test_idle(start, kind, certs):
    """A byte is no request: PINGs and half frames do not keep a connection."""
    server = start(site([respond()], http2=limits(idle_timeout="300ms"), tls=certs.tls))
    peer = server.connect(kind)
    peer.get()
    begin = time.monotonic()
    while not peer.is_eof and time.monotonic() < begin + 5 * SLACK:
        peer._try_send(frame(PING, 0, 0, b"stillon?"))
        peer.read_for(STEP)
    assert peer.is_eof
    assert_in_time(time.monotonic() - begin)
    assert peer.goaways[-1][1] == NO_ERROR
    assert server.metric('weir_h2_timeouts_total{kind="idle"}') == 1


def test_idle_with_half_a_frame(start):
    server = start(site([respond()], http2=limits(idle_timeout="300ms")))
    peer = server.connect()
    peer.wait_settled()
    assert_in_time(drip(peer.sock, frame(0xBB, 0, 0, bytes(200))))


def test_idle_spares_open_requests(start):
    server = start(site([respond()], http2=limits(idle_timeout="300ms")))
    peer = server.connect(settings=SHUT)
    stream = peer.request()
    peer.wait_head(stream)
    peer.read_for(3 * TIMEOUT)
    assert not peer.is_eof and not peer.goaways
    peer.send_window(stream, 100)
    assert peer.wait(stream).body == b"hello\n"
    assert_in_time(peer.read_to_end())


def test_ping(start, kind, certs):
    """A silent client with a request open is asked; one that sends everything but the answer is
    gone all the same."""
    server = start(site([respond()], http2=limits(ping_interval="100ms", ping_timeout="300ms"), tls=certs.tls))
    peer = server.connect(kind, settings=SHUT, acks_pings=False)
    stream = peer.request()
    peer.wait_head(stream)
    peer.read_until(lambda: peer.pings == 1, 5)
    begin = time.monotonic()
    while not peer.is_eof and time.monotonic() < begin + 5 * SLACK:
        peer._try_send(frame(0xBB))
        peer.read_for(STEP)
    assert peer.is_eof
    assert_in_time(time.monotonic() - begin)
    assert server.metric('weir_h2_timeouts_total{kind="ping"}') == 1


def test_ping_answered(start):
    server = start(site([respond()], http2=limits(ping_interval="100ms", ping_timeout="300ms")))
    peer = server.connect(settings=SHUT)
    stream = peer.request()
    peer.wait_head(stream)
    peer.read_for(1)
    assert peer.pings >= 3 and not peer.is_eof
    peer.send_window(stream, 100)
    peer.wait(stream)
    pings = peer.pings
    peer.read_for(0.5)
    assert peer.pings <= pings + 1, "an idle client is not asked"


def test_drain_deadline(start, tmp_path):
    """A client that takes one byte at a time does not hold the end up."""
    (tmp_path / "big.bin").write_bytes(bytes(1 << 20))
    server = start(site([files(tmp_path)], http2=LONG, drain={"deadline": "300ms"}))
    peer = server.connect(settings=SHUT, gives_credit=False)
    stream = peer.request("/big.bin")
    peer.wait_head(stream)
    begin = time.monotonic()
    server.process.terminate()
    while not peer.is_eof and time.monotonic() < begin + 5 * SLACK:
        peer._try_send(frame(WINDOW_UPDATE, 0, stream, b"\0\0\0\1"))
        peer.read_for(STEP)
    assert server.wait() == EXIT_BROKEN
    assert_in_time(time.monotonic() - begin)
    assert "1 request was broken off" in server.log
    assert peer.goaways[0] == ((1 << 31) - 1, NO_ERROR)
    server.stop(EXIT_BROKEN)
