"""Clients for tests: Peer writes and reads single frames and does nothing that it was not asked for
beyond acknowledging; Client is python3-h2's own state machine on a socket."""

import socket
import ssl
import struct
import time

import h2.config
import h2.connection
import h2.events
import h2.settings
from hpack import Decoder, Encoder
from hyperframe.frame import GoAwayFrame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
PRIORITY_UPDATE = 0x10

END_STREAM = ACK = 0x1
END_HEADERS = 0x4

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
STREAM_CLOSED, REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM = 5, 7, 8, 11

SET_MAX_STREAMS, SET_INITIAL_WINDOW, SET_MAX_FRAME, SET_NO_RFC7540 = 3, 4, 5, 9


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings_payload(values):
    return b"".join(struct.pack(">HI", key, value) for key, value in values.items())


def tls_context(alpn=("h2",), version=None, ciphers=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if ciphers is not None:
        context.set_ciphers(ciphers)
    return context


def open_socket(address, receive_buffer=None, timeout=20):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    if receive_buffer is not None:  # before connect: it bounds the window offered
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.connect(address)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Frame:
    def __init__(self, kind, flags, stream, payload):
        self.kind, self.flags, self.stream, self.payload = kind, flags, stream, payload

    def __repr__(self):
        return f"Frame({self.kind}, {self.flags:#x}, {self.stream}, {self.payload[:16]!r})"


class Stream:
    def __init__(self):
        self.headers = None
        self.fields = []
        self.informational = []
        self.trailers = None
        self.data = bytearray()
        self.is_ended = False
        self.reset = None
        self.ended_at = None  # the connection's count of ends: who was first

    @property
    def is_over(self):
        return self.is_ended or self.reset is not None

    @property
    def status(self):
        return int(self.headers[":status"]) if self.headers else None

    @property
    def body(self):
        return bytes(self.data)


class Peer:
    """One connection, frame by frame. Options: preface (sent at once), settings (of the preface),
    gives_credit (answer DATA with WINDOW_UPDATE), acks_pings, sock (one that is open already)."""

    def __init__(self, address, is_tls=False, context=None, server_name="localhost", session=None,
                 receive_buffer=None, settings=None, window=None, preface=True, gives_credit=True,
                 acks_pings=True, sock=None):
        self.sock = sock or open_socket(address, receive_buffer)
        self.is_tls = is_tls
        if is_tls:
            context = context or tls_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=server_name, session=session)
        self.authority = f"{server_name}:{address[1]}"
        self.gives_credit = gives_credit
        self.acks_pings = acks_pings
        self.encoder, self.decoder = Encoder(), Decoder()
        self.buffer = bytearray()
        self.streams = {}
        self.settings = {}  # theirs
        self.frames = []  # all that came
        self.goaways = []  # (last stream, code)
        self.pongs = 0
        self.pings = 0
        self.window_updates = {}  # stream: sum
        self.connection_window = 65535
        self.is_eof = False
        self.next_id = 1
        self.ends = 0
        self._block = None
        if preface:
            self.send_preface(settings, window)

    # --- out

    def send(self, data):
        self.sock.sendall(data)

    def send_preface(self, settings=None, window=None):
        more = frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", window - 65535)) if window else b""
        self.send(PREFACE + frame(SETTINGS, 0, 0, settings_payload(settings or {})) + more)

    def fields(self, path, method="GET", headers=(), authority=None, scheme=None):
        """A request's fields; a headers list that has a pseudo-field stands as it is."""
        headers = [(name.lower(), value) for name, value in headers]
        return [
            (":method", method),
            (":scheme", scheme or ("https" if self.is_tls else "http")),
            (":authority", authority or self.authority),
            (":path", path),
        ] + headers

    def head(self, fields, end=True, stream=None, is_indexed=True):
        """The bytes of a HEADERS frame and its stream."""
        if stream is None:
            stream = self.next_id
            self.next_id += 2
        self.streams.setdefault(stream, Stream())
        block = self.encoder.encode(fields, huffman=is_indexed)
        pieces = [block[i:i + 16384] for i in range(0, len(block), 16384)] or [b""]
        raw = b""
        for i, piece in enumerate(pieces):
            flags = END_HEADERS if i == len(pieces) - 1 else 0
            flags |= END_STREAM if end and i == 0 else 0
            raw += frame(CONTINUATION if i else HEADERS, flags, stream, piece)
        return raw, stream

    def request(self, path="/", method="GET", headers=(), end=True, **options):
        raw, stream = self.head(self.fields(path, method, headers, **options), end)
        self.send(raw)
        return stream

    def requests(self, *paths, headers=()):
        """Several at once, in one write."""
        raw = [self.head(self.fields(path, headers=headers)) for path in paths]
        self.send(b"".join(data for data, _ in raw))
        return [stream for _, stream in raw]

    def send_data(self, stream, data, end=False, most=16384):
        pieces = [data[i:i + most] for i in range(0, len(data), most)] or [b""]
        for piece in pieces[:-1]:
            self.send(frame(DATA, 0, stream, piece))
        self.send(frame(DATA, END_STREAM if end else 0, stream, pieces[-1]))

    def send_window(self, stream, bytes_):
        self.send(frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", bytes_)))

    def send_reset(self, stream, code=CANCEL):
        self.send(frame(RST_STREAM, 0, stream, struct.pack(">I", code)))

    def send_ping(self, data=b"weirweir", ack=False):
        self.send(frame(PING, ACK if ack else 0, 0, data))

    def send_priority_update(self, stream, text):
        self.send(frame(PRIORITY_UPDATE, 0, 0, struct.pack(">I", stream) + text.encode()))

    # --- in

    def _receive(self, timeout):
        if self.is_eof:
            return False
        self.sock.settimeout(max(timeout, 0.001))
        try:
            data = self.sock.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            return False
        except (ConnectionError, ssl.SSLError, OSError):
            data = b""
        finally:
            try:
                self.sock.settimeout(20)
            except OSError:
                pass
        if not data:
            self.is_eof = True
            return False
        self.buffer += data
        return True

    def _next_frame(self):
        if len(self.buffer) < 9:
            return None
        length = int.from_bytes(self.buffer[:3], "big")
        if len(self.buffer) < 9 + length:
            return None
        kind, flags, stream = struct.unpack(">BBI", self.buffer[3:9])
        payload = bytes(self.buffer[9:9 + length])
        del self.buffer[:9 + length]
        return Frame(kind, flags, stream & 0x7FFFFFFF, payload)

    def _try_send(self, data):
        try:
            self.send(data)
        except (OSError, ssl.SSLError):
            pass  # it has gone: reading will tell

    def _take_headers(self, stream_id, block, is_end):
        stream = self.streams.setdefault(stream_id, Stream())
        fields = self.decoder.decode(block, raw=False)
        if fields and fields[0][0] == ":status" and fields[0][1].startswith("1"):
            stream.informational.append(dict(fields))
        elif stream.headers is None:
            stream.headers = dict(fields)
            stream.fields = fields
        else:
            stream.trailers = dict(fields)
        if is_end:
            self._end(stream)

    def _end(self, stream):
        stream.is_ended = True
        self._count_end(stream)

    def _count_end(self, stream):
        if stream.ended_at is None:
            self.ends += 1
            stream.ended_at = self.ends

    def _take_data(self, f):
        stream = self.streams.setdefault(f.stream, Stream())
        stream.data += f.payload
        if self.gives_credit and f.payload:
            credit = struct.pack(">I", len(f.payload))
            self._try_send(frame(WINDOW_UPDATE, 0, 0, credit)
                           + frame(WINDOW_UPDATE, 0, f.stream, credit))
        if f.flags & END_STREAM:
            self._end(stream)

    def _take(self, f):
        self.frames.append(Frame(f.kind, f.flags, f.stream, f.payload[:64]))
        if f.kind == DATA:
            self._take_data(f)
        elif f.kind == HEADERS:
            self._block = (f.stream, f.payload, f.flags & END_STREAM)
            if f.flags & END_HEADERS:
                self._take_headers(*self._block)
        elif f.kind == CONTINUATION:
            stream, block, end = self._block
            self._block = (stream, block + f.payload, end)
            if f.flags & END_HEADERS:
                self._take_headers(*self._block)
        elif f.kind == RST_STREAM:
            stream = self.streams.setdefault(f.stream, Stream())
            stream.reset = struct.unpack(">I", f.payload)[0]
            self._count_end(stream)
        elif f.kind == SETTINGS and not f.flags & ACK:
            for i in range(0, len(f.payload), 6):
                key, value = struct.unpack(">HI", f.payload[i:i + 6])
                self.settings[key] = value
            self._try_send(frame(SETTINGS, ACK))
        elif f.kind == PING:
            if f.flags & ACK:
                self.pongs += 1
            else:
                self.pings += 1
                if self.acks_pings:
                    self._try_send(frame(PING, ACK, 0, f.payload))
        elif f.kind == GOAWAY:
            last, code = struct.unpack(">II", f.payload[:8])
            self.goaways.append((last & 0x7FFFFFFF, code))
        elif f.kind == WINDOW_UPDATE:
            more = struct.unpack(">I", f.payload)[0]
            self.window_updates[f.stream] = self.window_updates.get(f.stream, 0) + more
            if f.stream == 0:
                self.connection_window += more

    def turn(self, timeout=0.05):
        """Reads once and takes what is whole; False when nothing came."""
        came = self._receive(timeout)
        while True:
            f = self._next_frame()
            if f is None:
                return came
            self._take(f)

    def read_until(self, condition, seconds=10, what="the peer"):
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f"waited {seconds} s in vain for {what}; last: {self.frames[-8:]}"
            assert not self.is_eof, f"closed while waiting for {what}; last: {self.frames[-8:]}"
            self.turn(min(left, 0.5))

    def read_for(self, seconds):
        deadline = time.monotonic() + seconds
        while not self.is_eof and time.monotonic() < deadline:
            self.turn(deadline - time.monotonic())

    def read_to_end(self, seconds=10):
        """Until the server closes; how long that took."""
        begin = time.monotonic()
        while not self.is_eof:
            left = begin + seconds - time.monotonic()
            assert left > 0, f"not closed within {seconds} s; last: {self.frames[-8:]}"
            self.turn(min(left, 0.5))
        took = time.monotonic() - begin
        self.close()  # as a client does that has heard all
        return took

    def wait(self, *streams, seconds=10):
        self.read_until(lambda: all(self.streams[s].is_over for s in streams), seconds,
                        f"streams {streams}")
        found = [self.streams[s] for s in streams]
        return found[0] if len(found) == 1 else found

    def wait_head(self, stream, seconds=10):
        self.read_until(lambda: self.streams[stream].headers is not None, seconds, "a head")
        return self.streams[stream]

    def get(self, path="/", **options):
        return self.wait(self.request(path, **options))

    def is_alive(self):
        """Whether a PING is answered."""
        before = self.pongs
        self._try_send(frame(PING, 0, 0, b"arealive"))
        deadline = time.monotonic() + 10
        while self.pongs == before and not self.is_eof and time.monotonic() < deadline:
            self.turn(0.5)
        return self.pongs > before

    def wait_settled(self):
        """Until our SETTINGS are acknowledged and theirs have come."""
        self.read_until(
            lambda: self.settings and any(f.kind == SETTINGS and f.flags & ACK for f in self.frames),
            what="SETTINGS")

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass


class Client:
    """python3-h2 on a socket. It obeys GOAWAY: no stream is opened after the first one, those at or
    below the last one are waited for. (The library itself treats a connection as closed after any
    GOAWAY, so that frame is taken here.)"""

    def __init__(self, address, context=None):
        self.sock = open_socket(address)
        if context is not None:
            self.sock = context.wrap_socket(self.sock, server_hostname="localhost")
        self.authority = f"localhost:{address[1]}"
        self.scheme = "http" if context is None else "https"
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self.h2._frame_dispatch_table[GoAwayFrame] = self._take_goaway
        self.goaways = []
        self.bodies = {}
        self.statuses = {}
        self.ended = set()
        self.resets = {}
        self.is_eof = False
        self.h2.initiate_connection()
        self.flush()

    def _take_goaway(self, f):
        self.goaways.append((f.last_stream_id, f.error_code))
        return [], []

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            try:
                self.sock.sendall(data)
            except OSError:
                pass

    def request(self, path):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(
            stream,
            [(":method", "GET"), (":scheme", self.scheme), (":authority", self.authority),
             (":path", path)],
            end_stream=True,
        )
        self.bodies[stream] = bytearray()
        self.flush()
        return stream

    def turn(self, timeout=0.05):
        self.sock.settimeout(timeout)
        try:
            data = self.sock.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            return
        except (OSError, ssl.SSLError):
            data = b""
        finally:
            self.sock.settimeout(20)
        if not data:
            self.is_eof = True
            self.close()
            return
        for event in self.h2.receive_data(data):
            self._take(event)
        self.flush()

    def _take(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            self.statuses[event.stream_id] = int(dict(event.headers)[b":status"])
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id] += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.ended.add(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self.resets[event.stream_id] = event.error_code

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass
