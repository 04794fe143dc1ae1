"""Flow control and priorities: what a slow or greedy peer can and cannot do to others.

No route of this binary holds a request open and takes nothing of its body, but a fixed answer to a
client whose window is shut comes to the same: the answer cannot end, the body has no reader."""

import time

import pytest

from h2peer import (DATA, END_STREAM, FLOW_CONTROL_ERROR, NO_ERROR, RST_STREAM, SET_INITIAL_WINDOW,
                    SETTINGS, frame, settings_payload)
from weir import SLACK, files, respond, site

SHUT = {SET_INITIAL_WINDOW: 0}
WIDE = {SET_INITIAL_WINDOW: 1 << 28}
START = 65536  # stream_window


@pytest.fixture
def server(start, certs, tmp_path):
    (tmp_path / "big.bin").write_bytes(bytes(range(256)) * 4096 * 4)  # 4 MiB
    return start(site([files(tmp_path), respond("/fixed")], tls=certs.tls))


def test_early_answer(server, kind):
    """RFC 9113, section 8.1: the answer is whole, then RST_STREAM NO_ERROR ends the request."""
    peer = server.connect(kind)
    stream = peer.request("/fixed", method="POST", end=False)
    peer.read_until(lambda: peer.streams[stream].reset is not None)
    answer = peer.streams[stream]
    assert (answer.status, answer.body, answer.is_ended) == (200, b"hello\n", True)
    assert answer.reset == NO_ERROR
    order = [f for f in peer.frames if f.stream == stream]
    assert order[-1].kind == RST_STREAM and order[-2].flags & END_STREAM


def test_early_answer_does_not_overtake_data(server, kind):
    """The reset waits for the last DATA, however long that has to queue."""
    peer = server.connect(kind, settings=SHUT)
    stream = peer.request("/fixed", method="POST", end=False)
    peer.wait_head(stream)
    peer.send_data(stream, bytes(1000))
    peer.read_for(0.1)
    assert not peer.streams[stream].is_over
    peer.send_window(stream, 3)
    peer.read_until(lambda: peer.streams[stream].body == b"hel")
    assert not peer.streams[stream].is_over
    peer.send_window(stream, 3)
    peer.read_until(lambda: peer.streams[stream].reset is not None)
    assert (peer.streams[stream].body, peer.streams[stream].reset) == (b"hello\n", NO_ERROR)


def test_refusal_of_unread_body(server, kind):
    """The same for an error: 405 for a body nobody wants."""
    peer = server.connect(kind)
    stream = peer.request("/big.bin", method="POST", end=False)
    peer.read_until(lambda: peer.streams[stream].reset is not None)
    assert (peer.streams[stream].status, peer.streams[stream].reset) == (405, NO_ERROR)


def test_exactly_the_window(server, kind):
    """Where nobody takes the body no credit comes, a byte beyond the window is an error, and
    siblings do not notice."""
    peer = server.connect(kind, settings=SHUT)
    peer.wait_settled()
    assert peer.settings[SET_INITIAL_WINDOW] == START
    held = peer.request("/fixed", method="POST", end=False)
    peer.wait_head(held)
    peer.send_data(held, bytes(START))
    sibling = peer.request("/fixed")
    peer.send_window(sibling, 100)
    assert peer.wait(sibling).body == b"hello\n"
    peer.read_for(0.2)
    assert held not in peer.window_updates, "credit for bytes that nobody took"
    assert not peer.streams[held].is_over
    peer.send_data(held, b"x")
    peer.read_until(lambda: peer.streams[held].is_over or peer.goaways)
    assert peer.streams[held].reset == FLOW_CONTROL_ERROR or peer.goaways[-1][1] == FLOW_CONTROL_ERROR


def test_connection_window_survives(server, kind):
    """Streams killed with their bodies unread take nothing of the connection's window with them."""
    peer = server.connect(kind, settings=SHUT)
    peer.wait_settled()
    whole = peer.connection_window
    sent, streams = 0, 200
    for _ in range(streams):
        stream = peer.request("/fixed", method="POST", end=False)
        peer.wait_head(stream)
        peer.send_data(stream, bytes(50000))
        sent += 50000
        peer.send_reset(stream)
    assert sent > 2 * whole
    peer.read_until(lambda: peer.connection_window - sent > whole // 2, 10)
    assert not peer.goaways
    # What is still out is less than what makes an update worth sending; it must not add up
    assert peer.connection_window - sent >= whole // 2
    assert peer.is_alive()


def test_shut_window_blocks_nobody(server, kind):
    """A client that never opens a stream's window gets its other streams all the same."""
    peer = server.connect(kind, settings=SHUT, gives_credit=False)
    stuck = [peer.request("/big.bin") for _ in range(20)]
    for stream in stuck:
        peer.wait_head(stream)
    free = peer.request("/big.bin")
    peer.send_window(free, 1 << 24)
    peer.send_window(0, 1 << 24)
    assert len(peer.wait(free).data) == 4 << 20
    assert all(not peer.streams[s].data for s in stuck)
    peer.send_window(stuck[7], 10)
    peer.read_until(lambda: len(peer.streams[stuck[7]].data) == 10)


def test_shut_connection_window(server, kind):
    """65,535 bytes and no more go out until the connection's window opens; heads are free."""
    peer = server.connect(kind, settings=WIDE, gives_credit=False)
    streams = [peer.request("/big.bin") for _ in range(3)]
    for stream in streams:
        peer.wait_head(stream)
    peer.read_for(0.2)
    assert sum(len(peer.streams[s].data) for s in streams) == 65535
    assert peer.get("/fixed", method="HEAD").status == 200
    peer.send_window(0, 1 << 28)
    for answer in peer.wait(*streams):
        assert len(answer.data) == 4 << 20


def test_window_shrinks_in_flight(server):
    """SETTINGS may make open windows negative; they are paid back before more is sent."""
    peer = server.connect(settings={SET_INITIAL_WINDOW: 1000}, gives_credit=False)
    stream = peer.request("/big.bin")
    peer.read_until(lambda: len(peer.streams[stream].data) == 1000)
    peer.send(frame(SETTINGS, 0, 0, settings_payload(SHUT)))
    peer.send_window(stream, 900)
    peer.read_for(0.1)
    assert len(peer.streams[stream].data) == 1000
    peer.send_window(stream, 150)
    peer.read_until(lambda: len(peer.streams[stream].data) == 1050)


def test_window_overflow(server):
    peer = server.connect()
    stream = peer.request("/big.bin")
    peer.send_window(stream, (1 << 31) - 1)
    assert peer.wait(stream).reset == FLOW_CONTROL_ERROR
    assert peer.get("/fixed").status == 200


def test_unread_sockets_hold_nobody_up(server, kind):
    """Clients that do not read at all, beside one that does."""
    deaf = [server.connect(kind, settings=WIDE, window=1 << 28, receive_buffer=4096) for _ in range(10)]
    for peer in deaf:
        for _ in range(4):
            peer.request("/big.bin")
    peer = server.connect(kind)
    for _ in range(20):
        assert peer.get("/fixed").body == b"hello\n"


# --- priorities (RFC 9218)

def deaf_peer(server, kind):
    """Reads nothing until it is told to, so that what counts is the server's order."""
    return server.connect(kind, settings=WIDE, window=1 << 28, gives_credit=False,
                          receive_buffer=16384)


def urgency(n, is_incremental=False):
    return [("priority", f"u={n}" + (", i" if is_incremental else ""))]


def fill_socket(peer):
    """Time for the server to send until the socket is full."""
    time.sleep(0.3 * SLACK)


def test_urgent_last_finishes_first(server, kind):
    peer = deaf_peer(server, kind)
    low = [peer.request("/big.bin", headers=urgency(7)) for _ in range(8)]
    fill_socket(peer)
    high = peer.request("/big.bin", headers=urgency(0))
    fill_socket(peer)
    peer.wait(high, *low, seconds=60)
    assert peer.streams[high].ended_at == 1
    # Without `i` the others go one after the other, in the order of their ids
    ends = [peer.streams[s].ended_at for s in low]
    assert ends == sorted(ends)


def test_priority_update_in_flight(server, kind):
    """PRIORITY_UPDATE turns round who is first while both are on their way."""
    peer = deaf_peer(server, kind)
    first = peer.request("/big.bin", headers=urgency(1))
    second = peer.request("/big.bin", headers=urgency(6))
    fill_socket(peer)
    peer.send_priority_update(first, "u=7")
    peer.send_priority_update(second, "u=0")
    fill_socket(peer)
    peer.wait(first, second, seconds=60)
    assert peer.streams[second].ended_at == 1
    assert peer.streams[first].ended_at == 2


def test_priority_update_before_request(server):
    """It may come before the request it is about."""
    peer = deaf_peer(server, "h2c")
    peer.send_priority_update(3, "u=0")
    first = peer.request("/big.bin")
    second = peer.request("/big.bin")
    assert second == 3
    fill_socket(peer)
    peer.wait(first, second, seconds=60)
    assert peer.streams[second].ended_at == 1


def test_incremental_shares(server):
    """With `i` streams of one urgency share; without it the first goes first."""
    def data_order(headers):
        peer = deaf_peer(server, "h2c")
        streams = [peer.request("/big.bin", headers=headers) for _ in range(2)]
        fill_socket(peer)
        peer.wait(*streams, seconds=60)
        return [f.stream for f in peer.frames if f.kind == DATA]

    shared, ordered = data_order(urgency(3, True)), data_order(urgency(3))

    def changes(order):
        return sum(a != b for a, b in zip(order, order[1:]))

    assert changes(shared) > 100
    assert changes(ordered) < 20


def test_malformed_priorities_are_ignored(server):
    peer = server.connect()
    for value in ("u=99", "u=x", ";;;", "u", "i=?7", ""):
        assert peer.get("/fixed", headers=[("priority", value)]).status == 200
    peer.send_priority_update(101, "u=,,")
    assert peer.is_alive()
