"""What a peer negotiates, as OpenSSL's own client sees it."""

import re
import subprocess
import time
from dataclasses import asdict, dataclass

from .load import CIPHER, GROUP


@dataclass(frozen=True)
class Negotiated:
    version: str
    cipher: str
    group: str
    alpn: str
    signature: str
    certificate: str

    def differs_from(self, other, except_for=()):
        mine, theirs = asdict(self), asdict(other)
        return [f"{name}: {mine[name]} / {theirs[name]}" for name in mine
                if name not in except_for and mine[name] != theirs[name]]

    def __str__(self):
        return f"{self.version} {self.cipher} {self.group} {self.signature} alpn={self.alpn}"


def ask(port, group=GROUP):
    """Offers one cipher suite and one group, as h2load does in every case."""
    argv = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost",
            "-alpn", "h2", "-tls1_3", "-ciphersuites", CIPHER, "-groups", group]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, errors="replace") as child:
        time.sleep(0.1)
        return parse(child.communicate(timeout=10)[0])


def parse(text):
    def find(pattern):
        match = re.search(pattern, text, re.M | re.S)
        return match.group(1) if match else "none"
    cipher = re.search(r"^New, (\S+), Cipher is (\S+)", text, re.M)
    return Negotiated(
        cipher.group(1) if cipher else "none", cipher.group(2) if cipher else "none",
        find(r"^Server Temp Key: (?:ECDH, )?([\w-]+)"), find(r"^ALPN protocol: (\S+)"),
        find(r"^Peer signature type: (\S+)"),
        find(r"-----BEGIN CERTIFICATE-----\s(.*?)\s-----END").replace("\n", ""))
