#!/usr/bin/python3
"""Writes tests/fuzz/corpus/h2/: conversations for h2_fuzz, one file each.

A file is a byte of modes, a byte of dice, then what the client sends; see h2_fuzz.c. Needs Debian's
python3-hpack. Run it from the top of the tree.
"""

import pathlib
import struct

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, GOAWAY, UPDATE, CONTINUATION = range(10)
PRIORITY_UPDATE = 16
END_STREAM, END_HEADERS, PADDED, WITH_PRIORITY = 1, 4, 8, 32
ROUTER, NO_PREFACE, SMALL_FILL, TIGHT, DEAF, PLAIN, DRAIN, CUT = (1 << i for i in range(8))


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def u32(n):
    return struct.pack(">I", n)


class Client:
    """What a client sends, with HPACK's state as a client has it."""

    def __init__(self):
        self.encoder = hpack.Encoder()
        self.out = b""

    def raw(self, data):
        self.out += data
        return self

    def frame(self, *args, **kwargs):
        return self.raw(frame(*args, **kwargs))

    def block(self, path, method="GET", host="www.example.com", extra=()):
        fields = [(":method", method), (":scheme", "https"), (":path", path), (":authority", host)]
        return self.encoder.encode(fields + list(extra))

    def ask(self, stream, path, last=True, **kwargs):
        flags = END_HEADERS | (END_STREAM if last else 0)
        return self.frame(HEADERS, flags, stream, self.block(path, **kwargs))

    def body(self, stream, size, last=True):
        sizes = [16384] * (size // 16384) + [size % 16384]
        for i, n in enumerate(sizes):
            self.frame(DATA, END_STREAM if last and i == len(sizes) - 1 else 0, stream, b"q" * n)
        return self

    def trailers(self, stream, fields):
        return self.frame(HEADERS, END_STREAM | END_HEADERS, stream, self.encoder.encode(fields))

    def reset(self, stream, code=8):
        return self.frame(RESET, 0, stream, u32(code))

    def settings(self, *pairs, ack=False):
        payload = b"".join(struct.pack(">HI", *pair) for pair in pairs)
        return self.frame(SETTINGS, 1 if ack else 0, 0, payload)


def many(times, step):
    c = Client()
    for i in range(times):
        step(c, i)
    return c


def continued(c, stream, path, pieces):
    block = c.block(path, extra=[("x-long", "v" * 200)])
    cuts = [len(block) * i // pieces for i in range(pieces + 1)]
    c.frame(HEADERS, END_STREAM, stream, block[: cuts[1]])
    for i in range(1, pieces):
        last = END_HEADERS if i == pieces - 1 else 0
        c.frame(CONTINUATION, last, stream, block[cuts[i] : cuts[i + 1]])
    return c


def padded(stream, text, pad, last=True):
    return frame(DATA, PADDED | (END_STREAM if last else 0), stream, bytes([pad]) + text + bytes(pad))


def ordinary():
    yield "hello", 0, Client().ask(1, "/hello")
    yield "head", 0, Client().ask(1, "/hello", method="HEAD")
    yield "echo", 0, Client().ask(1, "/echo", last=False, method="POST").body(1, 40000)
    yield "echo_trailers", 0, Client().ask(1, "/echo", last=False, method="POST").body(
        1, 100, last=False).trailers(1, [("x-sum", "1")])
    yield "take_expect", 0, Client().ask(
        1, "/take", last=False, method="POST", extra=[("expect", "100-continue")]).body(1, 5000)
    yield "early", 0, Client().ask(1, "/early", last=False, method="POST").body(1, 20000)
    yield "hints", 0, Client().ask(1, "/hints").ask(3, "/trailers").ask(5, "/unknown")
    yield "broken_answers", 0, Client().ask(1, "/short").ask(3, "/long").ask(5, "/nothing").ask(
        7, "/huge-head").ask(9, "/abort")
    yield "later", 0, many(10, lambda c, i: c.ask(2 * i + 1, "/later" if i % 2 else "/half"))
    yield "sizes", SMALL_FILL, many(8, lambda c, i: c.ask(
        2 * i + 1, "/size/100000", extra=[("priority", f"u={i}, i")])).frame(
        UPDATE, 0, 0, u32(10000000))
    yield "windows", SMALL_FILL, Client().settings((4, 10)).ask(1, "/size/50000").frame(
        UPDATE, 0, 1, u32(1)).frame(UPDATE, 0, 1, u32(60000)).settings((4, 0)).ask(3, "/urgent")
    yield "priority_update", SMALL_FILL, Client().frame(
        PRIORITY_UPDATE, 0, 0, u32(3) + b"u=0").ask(1, "/size/90000").ask(3, "/size/90000").frame(
        PRIORITY_UPDATE, 0, 0, u32(1) + b"u=0, i").frame(PRIORITY, 0, 1, u32(0) + b"\x10")
    yield "resets", 0, many(20, lambda c, i: c.ask(2 * i + 1, "/sink", last=False).body(
        2 * i + 1, 900, last=False).reset(2 * i + 1))
    yield "deaf_client", DEAF, many(30, lambda c, i: c.ask(2 * i + 1, "/size/3000"))
    yield "padding", 0, Client().ask(1, "/echo", last=False, method="POST").raw(
        padded(1, b"text", 200, last=False)).raw(padded(1, b"", 0, last=False)).raw(
        padded(1, b"end", 1))
    yield "pings", 0, many(5, lambda c, i: c.frame(PING, i % 2, 0, b"12345678"))
    yield "drain", DRAIN, many(30, lambda c, i: c.ask(2 * i + 1, "/hello").frame(
        PING, 1, 0, b"weir end"))
    yield "drain_bodies", DRAIN | SMALL_FILL, many(12, lambda c, i: c.ask(
        2 * i + 1, "/echo", last=False, method="POST").body(2 * i + 1, 3000))
    yield "client_goaway", 0, Client().ask(1, "/later").frame(GOAWAY, 0, 0, u32(0) + u32(0) + b"bye")
    yield "cut", CUT, Client().ask(1, "/sink", last=False).body(1, 5000, last=False).ask(3, "/half")
    yield "continued", 0, continued(Client(), 1, "/hello", 5)


def routed():
    yield "route_hello", ROUTER, Client().ask(1, "/hello", host="example.com")
    yield "route_echo", ROUTER | PLAIN, Client().ask(1, "/echo", last=False, method="POST").body(1, 20000)
    yield "route_limit", ROUTER, Client().ask(1, "/x", last=False, method="POST").body(1, 3000)
    yield "route_length", ROUTER, Client().ask(
        1, "/x", last=False, method="POST", extra=[("content-length", "2000")]).body(1, 2000)
    yield "route_params", ROUTER, Client().ask(1, "/users/7?page=2", host="a").ask(
        3, "/users/%2e%2e/x?page", host="a").ask(5, "/files/a/b/c", host="a", extra=[("x-beta", "1")])
    yield "route_methods", ROUTER, Client().ask(1, "/users/7?page=2", method="DELETE", host="a").ask(
        3, "*", method="OPTIONS").ask(5, "a:1", method="CONNECT").ask(7, "/hello", method="QUERY")
    yield "route_paths", ROUTER, many(6, lambda c, i: c.ask(2 * i + 1, (
        "/a/../hello", "/%00", "/%2fhello", "/%zz", "//hello", "/hell%6f?a=b&c")[i]))
    yield "route_hosts", ROUTER, many(6, lambda c, i: c.ask(2 * i + 1, "/x", host=(
        "a.example.com:443", "EXAMPLE.com.", "[::1]:8443", "1.2.3.4", "a@b", "")[i]))
    yield "route_sip", ROUTER, Client().ask(1, "/take", last=False, method="POST").body(1, 4000)
    yield "route_drain", ROUTER | DRAIN | SMALL_FILL, many(20, lambda c, i: c.ask(
        2 * i + 1, "/hello").ask(2 * i + 101, "/sink", last=False))


def faulty():
    yield "host_differs", 0, Client().ask(1, "/hello", extra=[("host", "other")])
    yield "connection_fields", 0, Client().ask(1, "/hello", extra=[("connection", "close")]).ask(
        3, "/hello", extra=[("te", "gzip")]).ask(5, "/hello", extra=[("X-Upper", "1")]).ask(
        7, "/hello", extra=[("x-a", "a\r\nb")])
    yield "bad_lengths", 0, Client().ask(
        1, "/take", last=False, extra=[("content-length", "5")]).body(1, 6).ask(
        3, "/take", extra=[("content-length", "-1")]).ask(5, "/take", extra=[("expect", "x")])
    yield "bad_trailers", 0, Client().ask(1, "/take", last=False).trailers(1, [(":path", "/")]).ask(
        3, "/take", last=False).trailers(3, [("X", "1")] * 50)
    yield "tight_heads", TIGHT, Client().ask(1, "/" + "p" * 70).ask(
        3, "/hello", extra=[("x", "y")] * 12).ask(5, "/hello", extra=[("x", "v" * 1100)])
    yield "tight_streams", TIGHT, many(8, lambda c, i: c.ask(2 * i + 1, "/sink", last=False))
    yield "flood_pings", TIGHT, many(9, lambda c, i: c.frame(PING, 0, 0, b"12345678"))
    yield "flood_resets", TIGHT, many(9, lambda c, i: c.ask(2 * i + 1, "/later").reset(2 * i + 1))
    yield "flood_settings", TIGHT | DEAF, many(9, lambda c, i: c.settings((1, i * 100)))
    yield "flood_continuation", TIGHT, continued(Client(), 1, "/hello", 9)
    yield "flood_empty", TIGHT, many(9, lambda c, i: c.ask(1, "/sink", last=False) if i == 0 else c.body(
        1, 0, last=False))
    yield "flood_updates", TIGHT, many(9, lambda c, i: c.frame(UPDATE, 0, 0, u32(1)))
    yield "window_overflow", 0, Client().ask(1, "/size/9").frame(UPDATE, 0, 0, u32(0x7FFFFFFF))
    yield "too_large", 0, Client().raw(b"\x00\x40\x01\x00\x00\x00\x00\x00\x01")
    yield "bad_hpack", 0, Client().frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff\xff")
    yield "table_size", 0, Client().raw(frame(HEADERS, 5, 1, b"\x3f\xe1\x1f")).settings((1, 0))
    yield "idle_data", 0, Client().frame(DATA, 0, 5, b"data")
    yield "own_preface", NO_PREFACE, Client().raw(PREFACE).settings().ask(1, "/hello")
    yield "http1", NO_PREFACE, Client().raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    yield "settings_first", NO_PREFACE, Client().raw(PREFACE).ask(1, "/hello")
    yield "push", 0, Client().frame(PUSH, 4, 1, u32(2) + b"\x82")
    yield "unknown", 0, Client().frame(0xFE, 255, 1, b"anything").ask(1, "/hello")


def main():
    folder = pathlib.Path("tests/fuzz/corpus/h2")
    folder.mkdir(parents=True, exist_ok=True)
    for dice, conversation in enumerate([*ordinary(), *routed(), *faulty()]):
        name, mode, client = conversation
        (folder / name).write_bytes(bytes([mode, dice]) + client.out)


if __name__ == "__main__":
    main()
