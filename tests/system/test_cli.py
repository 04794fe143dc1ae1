"""The command line: what it teaches, what it complains about, and how."""

import json
import os
import pwd
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import certs as certificates
from clients import curl
from weir import (BINARY, EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_USAGE, files, respond, run,
                  site, wait_for)


@pytest.mark.parametrize("words, code, said", [
    ([], EXIT_USAGE, "weir: say what to do. To serve this folder: weir serve .   For more: weir help\n"),
    (["chek"], EXIT_USAGE, "weir: there is no command 'chek'; did you mean 'check'?\n"),
    (["rum", "x"], EXIT_USAGE, "weir: there is no command 'rum'; did you mean 'run'?\n"),
    (["serv"], EXIT_USAGE, "weir: there is no command 'serv'; did you mean 'serve'?\n"),
    (["frobnicate"], EXIT_USAGE, "weir: there is no command 'frobnicate'; try: weir help\n"),
    (["--bogus"], EXIT_USAGE, "weir: there is no command '--bogus'; try: weir help\n"),
    (["run"], EXIT_USAGE, "weir: a file is missing behind 'run'; try: weir run -c FILE\n"),
    (["run", "-c"], EXIT_USAGE, "weir: a file is missing behind 'run'; try: weir run -c FILE\n"),
    (["run", "x"], EXIT_USAGE, "weir: unknown argument 'x'; try: weir run -c FILE\n"),
    (["check"], EXIT_USAGE, "weir: a file is missing behind 'check'; try: weir check FILE\n"),
    (["check", "a", "b"], EXIT_USAGE, "weir: unknown argument 'b'; try: weir check FILE\n"),
    (["serve"], EXIT_USAGE,
     "weir: a folder is missing behind 'serve'; try: weir serve DIR [--listen ADDRESS] [--no-tls]\n"),
    (["serve", ".", "--tls"], EXIT_USAGE,
     "weir: unknown argument '--tls'; try: weir serve DIR [--listen ADDRESS] [--no-tls]\n"),
    (["version", "x"], EXIT_USAGE, "weir: unknown argument 'x'; try: weir version\n"),
    (["help", "chek"], EXIT_USAGE, "weir: there is no command 'chek'; did you mean 'check'?\n"),
])
def test_wrong_words(words, code, said):
    done = run(*words)
    assert (done.returncode, done.stderr, done.stdout) == (code, said, "")


@pytest.mark.parametrize("words", [["help"], ["--help"], ["-h"]])
def test_help(words):
    done = run(*words)
    assert (done.returncode, done.stderr) == (EXIT_OK, "")
    for verb in ("serve DIR", "run -c FILE", "check FILE", "version", "help"):
        assert f"weir {verb}" in done.stdout


@pytest.mark.parametrize("verb", ["run", "serve", "check", "version"])
def test_help_on(verb):
    texts = {run(*words).stdout for words in ([verb, "--help"], ["help", verb], [verb, "-h"])}
    assert len(texts) == 1
    assert texts.pop().startswith(f"weir {verb}")


def test_help_teaches_what_works(tmp_path):
    """The smallest file in the help of `run` is taken as it stands."""
    lines = run("help", "run").stdout.split("\n\n")[2]
    (tmp_path / "site").mkdir()
    file = tmp_path / "weir.yaml"
    file.write_text(re.sub("^  ", "", lines, flags=re.M))
    done = run("check", file)
    assert done.returncode == EXIT_OK, done.stderr
    assert done.stdout == f"{file}: no faults, 1 listener, 1 route\n"


@pytest.mark.parametrize("word", ["version", "--version", "-V"])
def test_version(word):
    done = run(word)
    assert done.returncode == EXIT_OK
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"weir \d+\.\d+\.\d+\S*", lines[0])
    for library in ("nghttp2 1.", "OpenSSL 3.", "libevent 2.1", "libyaml 0.2"):
        assert any(line.startswith(library) for line in lines[1:]), library


ROUTE = "routes: [{respond: {}}]\n"
PLAIN = "listeners: ['127.0.0.1:0']\n"

FAULTS = {
    "misspelt key": (
        "listenrs: ['127.0.0.1:0']\n" + ROUTE,
        ["1:1: unknown key 'listenrs'; did you mean 'listeners'?"]),
    "unknown key": (
        PLAIN + "routes:\n  - match: {path: /}\n    respnd: {}\n",
        ["3:5: routes[0]: needs one of 'files', 'respond'",
         "4:5: unknown key 'respnd' in routes[0]; did you mean 'respond'?"]),
    "two handlers": (
        PLAIN + "routes:\n  - respond: {}\n    files: .\n",
        ["4:5: routes[0]: 'files' cannot stand beside 'respond' at FILE:3:5"]),
    "missing unit": (
        "listeners: [{address: '127.0.0.1:0', http2: {idle_timeout: 5}}]\n" + ROUTE,
        ["1:60: listeners[0].http2.idle_timeout: '5' has no unit; say 5s or 5ms"]),
    "out of bounds": (
        PLAIN + ROUTE + "workers: 257\ndrain: {deadline: 0s}\n",
        ["3:10: workers: '257' is out of bounds; from 0 to 256",
         "4:19: drain.deadline: '0s' is out of bounds; from 1ms to 1d"]),
    "no such version": (
        "listeners: [{address: '127.0.0.1:0', tls: {min_version: 1.4, certificates: CERT}}]\n" + ROUTE,
        ["1:57: listeners[0].tls.min_version: '1.4' is not known; one of 1.2, 1.3"]),
    "a pattern without quotes": (
        PLAIN + "routes: [{match: /users/{id}, respond: {}}]\n",
        ["2:25: did not find expected ',' or '}', while parsing a flow mapping from line 2; "
         "quote the value: \"/users/{id}\""]),
    "no port": (
        "listeners: ['127.0.0.1']\n" + ROUTE,
        ["1:13: '127.0.0.1': the port is missing; write it behind a colon, such as 127.0.0.1:8443 "
         "or [::1]:8443"]),
    "bare IPv6": (
        "listeners: ['::1:80']\n" + ROUTE,
        ["1:13: '::1:80': an IPv6 address needs brackets, such as [::1]:8443"]),
    "host name": (
        "listeners: ['example.org:80']\n" + ROUTE,
        ["1:13: 'example.org:80': names are not resolved here; expected an IPv4 address, an IPv6 "
         "address in brackets, localhost or *"]),
    "no such level": (
        PLAIN + ROUTE + "log_level: warn\n",
        ["3:12: log_level: 'warn' is not known; did you mean 'warning'?"]),
    "key twice": (
        PLAIN + ROUTE + "workers: 1\nworkers: 2\n",
        ["4:1: key 'workers' stands twice; the first is at FILE:3:1"]),
    "no YAML": (
        PLAIN + "routes: [{respond: {}}\n",
        ["3:1: did not find expected ',' or ']', while parsing a flow sequence from line 2"]),
    "a tab": (
        "listeners:\n\t- '127.0.0.1:0'\n" + ROUTE,
        ["2:1: a tab; indent with spaces"]),
    "empty": ("", [" is empty"]),
    "bad pattern": (
        PLAIN + "routes: [{match: 'no/slash', respond: {}}]\n",
        ["2:18: path 'no/slash' does not begin with '/'"]),
    "same route twice": (
        PLAIN + "routes:\n  - {match: /a, respond: {}}\n  - {match: /a, respond: {}}\n",
        None),
    "conflicts beside other faults": (
        PLAIN + "routes:\n  - {match: no, respond: {}}\n  - {match: /a, respond: {}}\n"
        "  - {match: /a, respond: {}}\n",
        ["3:13: path 'no' does not begin with '/'",
         "5:5: this route takes the same requests as the one at FILE:4:5"]),
    "conflict with a missing folder": (
        PLAIN + "routes:\n  - {match: /a, files: {root: /none}}\n  - {match: /a, respond: {}}\n",
        ["3:17: cannot serve the files of /none: No such file or directory",
         "4:5: this route takes the same requests as the one at FILE:3:5"]),
    "certificate beside a weak cipher": (
        "listeners: [{address: '127.0.0.1:0', tls: {certificates: [{cert: /no.pem, key: /no.key}], "
        "groups: none}}]\n" + ROUTE,
        ["1:59: the certificate /no.pem does not exist",
         "1:59: the key /no.key does not exist",
         "1:99: not a list of groups, such as X25519:P-256:P-384"]),
    "an address twice": (
        "listeners: ['127.0.0.1:81', '127.0.0.1:0', '127.0.0.1:0', 'localhost:81', '*:81']\n" + ROUTE,
        ["1:59: 'localhost:81' is listened on already, by '127.0.0.1:81' at FILE:1:13; take one out",
         "1:75: '*:81' is listened on already, by '127.0.0.1:81' at FILE:1:13; take one out"]),
    "unknown user": (
        PLAIN + ROUTE + "user: nobody-of-that-name\n",
        ["3:7: there is no user 'nobody-of-that-name' on this machine; make it (adduser --system "
         "nobody-of-that-name) or name another one"]),
    "no place for the access log": (
        PLAIN + ROUTE + "access_log: /none/access.log\n",
        ["3:13: cannot write the access log /none/access.log: there is no directory /none; make "
         "it: mkdir -p /none"]),
    "access log in a directory's place": (
        PLAIN + ROUTE + "access_log: {path: /tmp}\n",
        ["3:20: cannot write the access log /tmp: it is a directory; name a file in it"]),
    "weak cipher": (
        "listeners: [{address: '127.0.0.1:0', tls: {certificates: CERT, ciphers: AES128-SHA}}]\n" + ROUTE,
        ["1:%d: HTTP/2 forbids the cipher AES128-SHA: only ECDHE with an AEAD (GCM, CHACHA20) may be used"]),
    "reserved header": (
        PLAIN + "routes: [{respond: {headers: {connection: close}}}]\n",
        ["2:31: header 'connection' is set by weir itself"]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_check_with_faults(name, tmp_path, certs):
    text, expected = FAULTS[name]
    pair = json.dumps([certs.ecdsa.settings])
    column = text.replace("CERT", pair).find("AES128") + 1
    file = tmp_path / "weir.yaml"
    file.write_text(text.replace("CERT", pair))
    done = run("check", file)
    assert done.returncode == EXIT_CONFIG
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    if expected is None:
        assert re.match(rf"{re.escape(str(file))}:4:\d+: ", lines[0]), lines
        return
    expected = [line.replace("FILE", str(file)).replace("%d", str(column)) for line in expected]
    assert lines == [f"{file}:{line}" for line in expected]
    # `run` says the same and does not start
    again = run("run", "-c", file)
    assert (again.returncode, again.stderr) == (EXIT_CONFIG, done.stderr)


def test_check_in_order(tmp_path, certs):
    config = site([respond()], tls=certs.tls)
    file = tmp_path / "weir.json"
    file.write_text(json.dumps(config))
    done = run("check", file)
    assert (done.returncode, done.stderr) == (EXIT_OK, "")
    assert done.stdout == f"{file}: no faults, 2 listeners, 1 route\n"


def test_paths_begin_at_the_file(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "site").mkdir()
    (tmp_path / "conf" / "weir.yaml").write_text(PLAIN + "routes: [{files: ../site}]\n")
    assert run("check", "weir.yaml", cwd=tmp_path / "conf").returncode == EXIT_OK
    assert run("check", "conf/weir.yaml", cwd=tmp_path).returncode == EXIT_OK
    assert run("check", tmp_path / "conf" / "weir.yaml", cwd="/").returncode == EXIT_OK


def test_check_listens_to_nothing(start, tmp_path):
    server = start(site([respond()]))
    port = server.address("h2c")[1]
    config = tmp_path / "weir.yaml"
    config.write_text(f"listeners: ['127.0.0.1:{port}']\n" + ROUTE)
    assert run("check", config).returncode == EXIT_OK


@pytest.mark.parametrize("verb", [["check"], ["run", "-c"]])
def test_missing_file(verb, tmp_path):
    done = run(*verb, tmp_path / "none.yaml")
    assert done.returncode == EXIT_CONFIG
    assert done.stderr == f"{tmp_path}/none.yaml: cannot be read: No such file or directory; check the path\n"


def nobody():
    """For preexec_fn: another user, who may do nothing special."""
    os.setgroups([])
    os.setgid(pwd.getpwnam("nobody").pw_gid)
    os.setuid(pwd.getpwnam("nobody").pw_uid)


def run_as_nobody(*words):
    return subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True, timeout=30,
                          preexec_fn=nobody, stdin=subprocess.DEVNULL)


@pytest.fixture
def open_path():
    """A folder that everybody may enter (pytest's own are root's)."""
    with tempfile.TemporaryDirectory(prefix="weir-open-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def may_nobody_run():
    return os.geteuid() == 0 and subprocess.run(
        [BINARY, "version"], preexec_fn=nobody, capture_output=True).returncode == 0


@pytest.mark.root
def test_unreadable_file(open_path):
    file = open_path / "weir.yaml"
    file.write_text(PLAIN + ROUTE)
    file.chmod(0o600)
    done = run_as_nobody("check", file)
    assert done.returncode == EXIT_CONFIG
    assert done.stderr.startswith(f"{file}: cannot be read: Permission denied; ")


@pytest.mark.root
def test_unwritable_access_log(open_path):
    """Who may write it is asked of the one who runs; `user` opens it himself."""
    file = open_path / "weir.yaml"
    file.write_text(PLAIN + ROUTE + "access_log: access.log\n")
    file.chmod(0o644)
    done = run_as_nobody("check", file)
    assert done.returncode == EXIT_CONFIG
    assert done.stderr == (f"{file}:3:13: cannot write the access log {open_path}/access.log: the directory "
                           f"{open_path}: Permission denied\n")
    file.write_text(PLAIN + ROUTE + "access_log: access.log\nuser: daemon\n")
    assert run_as_nobody("check", file).returncode == EXIT_OK


@pytest.mark.root
def test_unreadable_key(open_path):
    pair = certificates.make(open_path, "local", ["localhost"])
    os.chmod(pair.key, 0o600)
    file = open_path / "weir.json"
    file.write_text(json.dumps(site([respond()], tls={"certificates": [pair.settings]})))
    done = run_as_nobody("check", file)
    assert done.returncode == EXIT_CONFIG
    assert f"cannot read the key {pair.key}: weir runs as nobody, the file belongs to root:root with mode 0600" in done.stderr


def test_taken_port(start, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        file = tmp_path / "weir.yaml"
        file.write_text(f"listeners: ['127.0.0.1:{port}']\n" + ROUTE)
        done = run("run", "-c", file)
    assert done.returncode == EXIT_FAILED
    assert (f"another program already listens on 127.0.0.1:{port}; stop it or choose another port "
            f"(who it is: ss -ltnp 'sport = :{port}')") in done.stderr
    assert done.stderr.count("\n") == 1, "said once"


def test_port_taken_by_a_weir(start, tmp_path):
    """SO_REUSEPORT would let a second one in without a word."""
    config = site([respond()])
    config["workers"] = 2
    server = start(config)
    file = tmp_path / "weir.yaml"
    file.write_text(f"listeners: ['127.0.0.1:{server.address('h2c')[1]}']\n" + ROUTE)
    done = run("run", "-c", file)
    assert done.returncode == EXIT_FAILED
    assert "another program already listens on" in done.stderr
    assert server.connect().get().status == 200


def test_address_of_another_machine(tmp_path):
    file = tmp_path / "weir.yaml"
    file.write_text("listeners: ['192.0.2.1:8080']\n" + ROUTE)
    done = run("run", "-c", file)
    assert done.returncode == EXIT_FAILED
    assert "192.0.2.1:8080" in done.stderr


@pytest.mark.root
def test_low_port(open_path):
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 81:
        pytest.skip("everybody may listen on low ports here")
    if not may_nobody_run():
        pytest.skip("nobody cannot reach the binary")
    file = open_path / "weir.yaml"
    file.write_text("listeners: ['127.0.0.1:81']\n" + ROUTE)
    done = run_as_nobody("run", "-c", file)
    assert done.returncode == EXIT_FAILED
    assert ("not allowed to listen on 127.0.0.1:81: ports below 1024 need root or "
            "CAP_NET_BIND_SERVICE; start as root and set user:, or choose a port from 1024 on") in done.stderr


def test_expired_certificate(start, certs, tmp_path):
    """It starts, says so, and serves."""
    config = site([respond()], tls={"certificates": [certs.expired.settings]})
    server = start(config)
    line = server.wait_log("expired on")
    assert f"certificate 1 in {certs.expired.cert} expired on 20" in line
    assert line.endswith("browsers refuse it; have it renewed, put the new one in its place and restart")
    assert curl(server.url("h2")).body == b"hello\n"
    file = tmp_path / "weir.json"
    file.write_text(json.dumps(config))
    checked = run("check", file)
    assert checked.returncode == EXIT_OK and "expired on" in checked.stderr


@pytest.mark.parametrize("make, said", [
    (lambda c, t: c.encrypted.settings, "is encrypted; weir never asks for a passphrase; decrypt it: openssl pkey -in"),
    (lambda c, t: {"cert": c.ecdsa.cert, "key": c.rsa.key}, "does not belong to the certificate"),
    (lambda c, t: {"cert": c.ecdsa.key, "key": c.ecdsa.key}, "no certificate in"),
    (lambda c, t: {"cert": c.ecdsa.cert}, "name the file that has it with key:"),
    (lambda c, t: {"cert": "none.pem", "key": c.ecdsa.key}, "none.pem does not exist"),
    (lambda c, t: {"cert": str(t), "key": c.ecdsa.key}, "is not a file"),
])
def test_wrong_certificates(certs, tmp_path, make, said):
    file = tmp_path / "weir.json"
    file.write_text(json.dumps(site([respond()], tls={"certificates": [make(certs, tmp_path)]})))
    done = run("check", file)
    assert done.returncode == EXIT_CONFIG
    assert said in done.stderr and done.stderr.startswith(f"{file}:1:"), done.stderr


def test_missing_root(tmp_path):
    file = tmp_path / "weir.yaml"
    file.write_text(PLAIN + "routes:\n  - files: {root: none}\n")
    done = run("check", file)
    assert done.returncode == EXIT_CONFIG
    assert done.stderr == f"{file}:3:5: cannot serve the files of {tmp_path}/none: No such file or directory\n"


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def serve(start, *words, **env):
    return start(None, args=["serve", *map(str, words)], env=env)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / 'a "folder" with: odd\\ \n\x01\t \u0085\u2028é😀 name'
    folder.mkdir()
    (folder / "index.html").write_text("<p>mine\n")
    return folder


@pytest.mark.parametrize("where", ["XDG_STATE_HOME", "HOME"])
def test_serve_with_tls(start, folder, home, where):
    env = {"HOME": str(home), "XDG_STATE_HOME": ""}
    env[where] = str(home)
    server = serve(start, folder, "--listen", "127.0.0.1:0", **env)
    state = home / "weir" if where == "XDG_STATE_HOME" else home / ".local/state/weir"
    cert, key = state / "serve.pem", state / "serve.key"
    assert key.stat().st_mode & 0o777 == 0o600
    answer = curl(server.url("h2"), "--cacert", cert)
    assert (answer.version, answer.body) == ("2", b"<p>mine\n")
    assert f"made a certificate: {cert}, valid for localhost" in server.log
    first = cert.read_bytes()
    server.stop()
    again = serve(start, folder, "--listen=127.0.0.1:0", **env)
    assert curl(again.url("h2")).status == 200
    assert cert.read_bytes() == first, "made once"
    assert "made a certificate" not in again.log


def test_serve_without_tls(start, folder, home):
    server = serve(start, folder, "--no-tls", "--listen", "127.0.0.1:0", HOME=str(home), XDG_STATE_HOME="")
    assert curl(server.url("h2c")).body == b"<p>mine\n"
    assert not list(home.iterdir()), "no certificate is made that is not needed"


def test_serve_ends_in_order(start, folder, home):
    server = serve(start, folder, "--no-tls", "--listen", "127.0.0.1:0")
    server.signal(signal.SIGINT)
    assert server.wait() == EXIT_OK


def test_serve_where_nothing_can_be_written(folder, tmp_path):
    (tmp_path / "file").write_text("")
    done = run("serve", folder, env={"XDG_STATE_HOME": str(tmp_path / "file")})
    assert done.returncode == EXIT_FAILED
    assert "with --no-tls no certificate is needed" in done.stderr


@pytest.mark.parametrize("name, said", [
    ("none", "no such directory"),
    ("file", "it is not a directory"),
    ("no\nne", "no such directory"),
    (b"\xff", "its name is not UTF-8; go into it and say: weir serve ."),
])
def test_serve_wrong_folder(tmp_path, home, name, said):
    (tmp_path / "file").write_text("")
    (tmp_path / os.fsdecode(b"\xff")).mkdir()
    done = subprocess.run([BINARY, "serve", name], capture_output=True, timeout=30, cwd=tmp_path,
                          env={"HOME": str(home), "XDG_STATE_HOME": ""})
    assert done.returncode == EXIT_CONFIG
    shown = os.fsencode(name).replace(b"\n", b"\\x0a")
    assert done.stderr == b"weir: cannot serve '" + shown + b"': " + said.encode() + b"\n"
    assert not list(home.iterdir()), "the folder is looked at before a certificate is made"


def test_serve_in_a_folder_that_is_not_utf8(start, tmp_path, monkeypatch):
    folder = tmp_path / os.fsdecode(b"\xff")
    folder.mkdir()
    (folder / "index.html").write_text("here\n")
    monkeypatch.chdir(folder)
    server = serve(start, ".", "--no-tls", "--listen", "127.0.0.1:0")
    assert curl(server.url("h2c")).body == b"here\n"


def test_serve_wrong_address():
    done = run("serve", ".", "--listen", "example.org:80")
    assert (done.returncode, done.stderr) == (
        EXIT_USAGE, "weir: --listen 'example.org:80': names are not resolved here; expected an IPv4 "
        "address, an IPv6 address in brackets, localhost or *\n")


@pytest.mark.root
def test_user(start, open_path):
    """Bound as root, served as somebody else, for good, in every thread."""
    (open_path / "index.html").write_text("open\n")
    (open_path / "private.txt").write_text("root's\n")
    (open_path / "private.txt").chmod(0o600)
    config = site([files(open_path)], user="nobody", access_log=str(open_path / "log" / "access.log"))
    (open_path / "log").mkdir()
    os.chown(open_path / "log", pwd.getpwnam("nobody").pw_uid, -1)
    config["workers"] = 2
    server = start(config)
    who = pwd.getpwnam("nobody")
    for task in Path(f"/proc/{server.pid}/task").iterdir():
        status = (task / "status").read_text()
        assert re.search(rf"^Uid:\t{who.pw_uid}\t{who.pw_uid}\t{who.pw_uid}\t", status, re.M), status
        assert re.search(rf"^Gid:\t{who.pw_gid}\t{who.pw_gid}\t{who.pw_gid}\t", status, re.M)
        assert not re.search(r"^Groups:.*\b0\b", status, re.M)
    peer = server.connect()
    assert peer.get("/").body == b"open\n"
    assert peer.get("/private.txt").status == 403


@pytest.mark.root
def test_user_without_being_root(open_path):
    if not may_nobody_run():
        pytest.skip("nobody cannot reach the binary")
    file = open_path / "weir.json"
    file.write_text(json.dumps(site([respond()], user="daemon")))
    done = run_as_nobody("run", "-c", file)
    assert done.returncode == EXIT_FAILED
    assert "cannot run as user 'daemon'" in done.stderr


def test_demo_configuration(tmp_path, certs):
    """The demo's file, as it stands in the repository, has no fault but the keys it waits for."""
    demo = Path(__file__).resolve().parents[2] / "examples" / "demo"
    text = (demo / "weir.yaml").read_text()
    text = text.replace("../../build/demo/cert.pem", certs.ecdsa.cert).replace("../../build/demo/key.pem", certs.ecdsa.key)
    text = text.replace("./site", str(demo / "site"))
    file = tmp_path / "weir.yaml"
    file.write_text(text)
    done = run("check", file)
    assert (done.returncode, done.stderr) == (EXIT_OK, "")


def test_log_level(start, tmp_path):
    """Levels are taken: above info only trouble is said."""
    server = start(site([respond()], log_level="warning"), expects_start=False)
    wait_for(lambda: server.is_running(), 2)
    time.sleep(0.3)
    assert "ready" not in server.log
