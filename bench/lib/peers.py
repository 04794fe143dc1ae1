"""The servers compared: where their binaries are and how each is started."""

import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import material as site
from .load import GROUP
from .procs import Server

TEMPLATES = Path(__file__).resolve().parent.parent / "peers"
START_S = 10.0
ORDER = ["weir", "h2o", "nginx", "nghttpd", "haproxy", "caddy"]


@dataclass(frozen=True)
class Peer:
    name: str
    binary: str
    template: str = ""
    arguments: tuple = ()
    version: tuple = ("--version",)
    env: tuple = ()
    files: bool = True
    group: str = GROUP

    def can_serve(self, case):
        """A row that would not be equal is left out."""
        if case.kind == "handshake" and self.group != GROUP:
            return False
        return self.files or case.path == "/1k.bin"


KNOWN = {
    peer.name: peer for peer in (
        Peer("weir", "weir", "weir.yaml", ("run", "-c", "{conf}"), ("version",)),
        Peer("h2o", "h2o", "h2o.conf", ("-c", "{conf}"), ("-v",)),
        Peer("nginx", "nginx", "nginx.conf", ("-p", "{work}", "-c", "{conf}"), ("-v",)),
        Peer("nghttpd", "nghttpd", group="P-256"),  # the only one it knows
        Peer("haproxy", "haproxy", "haproxy.cfg", ("-f", "{conf}"), ("-v",), files=False),
        Peer("caddy", "caddy", "Caddyfile", ("run", "--config", "{conf}", "--adapter", "caddyfile"),
             ("version",), (("GOMAXPROCS", "1"), ("XDG_DATA_HOME", "{work}/caddy"),
                            ("XDG_CONFIG_HOME", "{work}/caddy"))),
    )
}


def find_binary(peer, weir_path):
    """An absolute path, None where the peer is not installed. Debian keeps
    servers in /usr/sbin, which is not on every user's path."""
    if peer.name == "weir":
        path = Path(weir_path)
        return str(path.resolve()) if os.access(path, os.X_OK) else None
    return shutil.which(peer.binary, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def version_of(peer, binary):
    done = subprocess.run([binary, *peer.version], capture_output=True, text=True, check=False)
    return parse_version(done.stdout or done.stderr)


def parse_version(text):
    found = re.search(r"\d+\.\d+[\w.+~-]*", text)
    return found.group(0) if found else "unknown"


def fill(template, values):
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", str(value))
    return template


def template_values(material, variant):
    return {
        "work": material.work, "site": material.site, "cert": material.cert,
        "key": material.key, "pem": material.pem, "tls_port": material.tls_port,
        "plain_port": material.plain_port, "if_root": "" if os.getuid() == 0 else "# ",
        **weir_values(material, variant),
    }


def weir_values(material, variant):
    """What makes a weir variant: `log` and `site` are the words of a case's `+`."""
    routes, log = "", ""
    if "site" in variant:
        routes = "\n".join(f"  - match: {{path: {path}/**}}\n    files: {{root: {material.site}}}"
                           for path in site.route_paths())
    if "log" in variant:
        log = f"access_log: {{path: {material.work}/access.log}}"
    return {"routes": routes, "access_log": log}


def command(peer, binary, material, scheme, variant):
    if peer.name == "nghttpd":
        return nghttpd_command(binary, material, scheme)
    conf = material.work / peer.template
    text = (TEMPLATES / peer.template).read_text()
    conf.write_text(fill(text, template_values(material, variant)))
    return [binary, *(word.format(conf=conf, work=material.work) for word in peer.arguments)]


def nghttpd_command(binary, material, scheme):
    """It has one listener and no configuration file."""
    common = [binary, "-a", "127.0.0.1", "-n", "1", "-m", "128", "-d", str(material.site)]
    if scheme == "https":
        return [*common, str(material.tls_port), str(material.key), str(material.cert)]
    return [*common, "--no-tls", str(material.plain_port)]


def start(peer, binary, material, core, scheme, variant=frozenset(), wrapper=()):
    """A server that answers on its port. `wrapper` runs before it (valgrind)."""
    argv = [*wrapper, *command(peer, binary, material, scheme, variant)]
    env = {name: value.format(work=material.work) for name, value in peer.env}
    server = Server(peer.name, argv, core, material.work / f"{peer.name}.out", env)
    port = material.tls_port if scheme == "https" else material.plain_port
    try:
        wait_until_listening(server, port, START_S * (6 if wrapper else 1))
    except BaseException:
        server.stop()
        raise
    return server


def wait_until_listening(server, port, limit_s):
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if not server.is_running():
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{server.name} did not start: {server.log_tail()}")
