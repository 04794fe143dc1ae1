"""Idle h2 TLS connections: opened, used once, then held."""

import socket
import ssl

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS = 0, 1, 4
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind, flags, stream, payload=b""):
    return (len(payload).to_bytes(3, "big") + bytes([kind, flags])
            + stream.to_bytes(4, "big") + payload)


def request_block(path, authority):
    """GET as HPACK without Huffman and without the dynamic table (RFC 7541)."""
    return (b"\x82\x87" + b"\x04" + bytes([len(path)]) + path.encode()
            + b"\x01" + bytes([len(authority)]) + authority.encode())


def client_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["h2"])
    return context


class IdleConnection:
    """One GET answered whole, then silence."""

    def __init__(self, context, port, path):
        raw = socket.create_connection(("127.0.0.1", port), 5)
        self.tls = context.wrap_socket(raw, server_hostname="localhost")
        self.buffer = b""
        self.tls.sendall(PREFACE + frame(SETTINGS, 0, 0)
                         + frame(HEADERS, END_STREAM | END_HEADERS, 1,
                                 request_block(path, f"localhost:{port}")))
        self.read_answer()

    def read_answer(self):
        settled = ended = False
        while not (settled and ended):
            kind, flags, stream = self.read_frame()
            if kind == SETTINGS and not flags & ACK:
                self.tls.sendall(frame(SETTINGS, ACK, 0))
                settled = True
            ended = ended or (stream == 1 and kind in (DATA, HEADERS) and bool(flags & END_STREAM))

    def read_frame(self):
        head = self.read_exactly(9)
        self.read_exactly(int.from_bytes(head[:3], "big"))
        return head[3], head[4], int.from_bytes(head[5:9], "big") & 0x7FFFFFFF

    def read_exactly(self, length):
        while len(self.buffer) < length:
            more = self.tls.recv(65536)
            if not more:
                raise ConnectionError("closed by the server")
            self.buffer += more
        taken, self.buffer = self.buffer[:length], self.buffer[length:]
        return taken

    def is_open(self):
        """True when the server neither closed nor reset it meanwhile."""
        self.tls.settimeout(0)
        try:
            return self.tls.recv(65536) != b""
        except (ssl.SSLWantReadError, BlockingIOError):
            return True
        except OSError:
            return False

    def close(self):
        self.tls.close()


def open_many(context, port, path, count, held):
    """Adds to `held` one by one, so that the caller can close what there is."""
    for _ in range(count):
        held.append(IdleConnection(context, port, path))
