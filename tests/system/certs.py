"""Certificates for the tests, made once a session."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Pair:
    """A certificate and its key as PEM files; `der` is what a client must receive."""

    def __init__(self, cert, key, der):
        self.cert, self.key, self.der = str(cert), str(key), der

    @property
    def settings(self):
        return {"cert": self.cert, "key": self.key}


def _name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _sign(key, names, begin, end):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([_name(n) for n in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def make(folder, label, names, kind="ecdsa", days=(-1, 30), passphrase=None):
    key = (
        rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    )
    now = datetime.datetime.utcnow()
    cert = _sign(key, names, now + days[0] * DAY, now + days[1] * DAY)
    how = (
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption()
    )
    cert_file, key_file = Path(folder) / f"{label}.pem", Path(folder) / f"{label}.key"
    cert_file.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
    )
    return Pair(cert_file, key_file, cert.public_bytes(serialization.Encoding.DER))


class Certs:
    def __init__(self, folder):
        self.folder = folder
        local = ["localhost", "127.0.0.1", "::1"]
        self.ecdsa = make(folder, "ecdsa", local)
        self.rsa = make(folder, "rsa", local, "rsa")
        self.alpha = make(folder, "alpha", ["alpha.test"])
        self.wild = make(folder, "wild", ["*.wild.test"], "rsa")
        self.expired = make(folder, "expired", local, days=(-30, -2))
        self.encrypted = make(folder, "encrypted", local, passphrase=b"sesame")

    @property
    def tls(self):
        """Settings of a listener with the usual certificate."""
        return {"certificates": [self.ecdsa.settings]}
