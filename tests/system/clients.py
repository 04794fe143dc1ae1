"""curl, nghttp, h2load and openssl, as the tests need them."""

import re
import subprocess
import tempfile
from pathlib import Path


class Answer:
    def __init__(self, version, status, fields, body):
        self.version, self.status, self.fields, self.body = version, status, fields, body

    def __getitem__(self, name):
        return self.fields.get(name.lower())


def curl_command(url, *args):
    """Over TLS curl negotiates; without it, it knows beforehand."""
    how = ["--http2", "-k"] if url.startswith("https:") else ["--http2-prior-knowledge"]
    return ["curl", "-sS", "--noproxy", "*", *how, *args, url]


def curl(url, *args, timeout=20):
    with tempfile.TemporaryDirectory() as folder:
        head, body = Path(folder) / "head", Path(folder) / "body"
        done = subprocess.run(
            curl_command(url, "--path-as-is", "-D", head, "-o", body, "-w", "%{http_version}", *args),
            capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, f"curl {url}: {done.stderr}"
        blocks = head.read_text().replace("\r\n", "\n").strip("\n").split("\n\n")
        lines = blocks[-1].split("\n")
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        # With -I curl writes the head where the body belongs
        content = body.read_bytes() if body.exists() and "-I" not in args else b""
        return Answer(done.stdout, int(lines[0].split()[1]), fields, content)


def curl_all(pairs, timeout=60):
    """(url, file) pairs; the versions and statuses, in order. With prior knowledge curl 7.88 fails
    at the second request of a connection, whatever the server: there each has a call of its own."""
    is_plain = pairs[0][0].startswith("http:")
    results = []
    for some in [[pair] for pair in pairs] if is_plain else [pairs]:
        command = curl_command(some[0][0], "-w", "%{http_version} %{http_code}\n")[:-1]
        for url, file in some:
            command += [url, "-o", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, done.stderr
        results += [tuple(line.split()) for line in done.stdout.splitlines()]
    return results


def h2load(url, *args, timeout=60):
    """(requests that got a 2xx, failed, whole text)."""
    done = subprocess.run(["h2load", *map(str, args), url], capture_output=True, text=True,
                          timeout=timeout)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = dict((name, int(n)) for n, name in
                  re.findall(r"(\d+) (total|started|done|succeeded|failed|errored|timeout)", done.stdout))
    counts["2xx"] = int(re.search(r"(\d+) 2xx", done.stdout)[1])
    counts["text"] = done.stdout
    return counts


def nghttp(url, *args, timeout=20):
    done = subprocess.run(["nghttp", *map(str, args), url], capture_output=True, text=True,
                          timeout=timeout)
    return done


def openssl_certificate(address, *args):
    """The DER of the certificate that openssl s_client receives."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"{address[0]}:{address[1]}", "-alpn", "h2", *args],
        stdin=subprocess.DEVNULL, capture_output=True, encoding="latin-1", timeout=20)
    match = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", done.stdout, re.S)
    assert match, done.stdout + done.stderr
    return x509.load_pem_x509_certificate(match[0].encode()).public_bytes(Encoding.DER)
