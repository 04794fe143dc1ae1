"""What every server serves: files, certificate, addresses, made once."""

import os
import random
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

FILES = {"1k.bin": 1 << 10, "100k.bin": 100 << 10, "10m.bin": 10 << 20}
ROUTE_COUNT = 1000
FILES_PER_ROUTE = 2


@dataclass(frozen=True)
class Material:
    work: Path
    tls_port: int
    plain_port: int

    @property
    def site(self):
        return self.work / "site"

    @property
    def cert(self):
        return self.work / "cert.pem"

    @property
    def key(self):
        return self.work / "key.pem"

    @property
    def pem(self):
        return self.work / "both.pem"

    @property
    def uri_list(self):
        return self.work / "uris.txt"

    def url(self, scheme, path):
        port = self.tls_port if scheme == "https" else self.plain_port
        return f"{scheme}://localhost:{port}{path}"


def prepare(work):
    work = Path(work).resolve()
    material = Material(work, free_port(), free_port())
    material.site.mkdir(parents=True, exist_ok=True)
    make_certificate(material)
    make_files(material.site)
    write_uri_list(material)
    return material


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(material):
    if material.pem.exists():
        return
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "3650", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", material.key, "-out", material.cert],
        check=True, capture_output=True)
    material.pem.write_bytes(material.cert.read_bytes() + material.key.read_bytes())


def route_paths():
    return [f"/app/{number:04}" for number in range(ROUTE_COUNT)]


def distinct_paths():
    return [f"{route}/{file}.bin" for route in route_paths() for file in range(FILES_PER_ROUTE)]


def make_files(site):
    noise = random.Random(1)
    for name, size in FILES.items():
        write_once(site / name, size, noise)
    for path in distinct_paths():
        write_once(site / path[1:], 1 << 10, noise)


def write_once(path, size, noise):
    if path.exists() and path.stat().st_size == size:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(noise.randbytes(size))
    os.utime(path, (1700000000, 1700000000))


def write_uri_list(material):
    """The same for both schemes: h2load takes scheme and port from its base URI."""
    paths = distinct_paths()
    random.Random(2).shuffle(paths)
    material.uri_list.write_text("".join(material.url("https", path) + "\n" for path in paths))
