"""Runs the binary under test: a configuration in, a process with ports, its log and metrics out."""

import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import h2peer

TOP = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("WEIR", TOP / "build" / "weir")).resolve()
DEMO_SITE = TOP / "examples" / "demo" / "site"

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_CONFIG, EXIT_BROKEN = range(5)

REPORTS = re.compile(
    r"(ERROR|WARNING): \w*Sanitizer|runtime error:|this must hold but does not", re.ASCII
)


def _is_sanitized():
    if os.environ.get("WEIR_SANITIZED"):
        return True
    try:
        binary = BINARY.read_bytes()
    except OSError:
        return False
    return any(name in binary for name in (b"__asan_init", b"__tsan_init", b"__ubsan_handle"))


IS_SANITIZED = _is_sanitized()
IS_TSAN = BINARY.exists() and b"__tsan_init" in BINARY.read_bytes()
SLACK = 5 if IS_SANITIZED else 1  # how much longer than promised things may take here


def wait_for(condition, seconds, what="the condition"):
    """The first true value of condition(); fails when there is none in time."""
    deadline = time.monotonic() + seconds * SLACK
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {seconds * SLACK} s in vain for {what}"
        time.sleep(0.005)


def run(*words, env=None, cwd=None, timeout=20):
    """A command that ends by itself."""
    done = subprocess.run(
        [BINARY, *map(str, words)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=environment(env),
        cwd=cwd,
        timeout=timeout * SLACK,
    )
    assert not REPORTS.search(done.stderr), done.stderr
    return done


def environment(more=None):
    env = dict(os.environ)
    env.pop("WEIR_FAIL", None)
    env.update(more or {})
    return env


def site(routes, http2=None, tls=None, is_tls=True, **rest):
    """A plain listener and one with TLS, on ports that the system chooses."""
    plain = {"address": "127.0.0.1:0"}
    secure = {"address": "127.0.0.1:0", "tls": tls}
    listeners = [plain, secure] if is_tls and tls is not None else [plain]
    if http2 is not None:
        for listener in listeners:
            listener["http2"] = http2
    return {"workers": 1, "listeners": listeners, "routes": routes, **rest}


def files(root, path="/**", **settings):
    return {"match": {"path": path}, "files": {"root": str(root), **settings}}


def respond(path="/**", body="hello\n", **settings):
    route = {"match": {"path": path}, "respond": {"body": body}}
    for key in ("status", "headers"):
        if key in settings:
            route["respond"][key] = settings.pop(key)
    return {**route, **settings}


def worker_of(line):
    """Which worker served the request of this line of the access log."""
    return line["connection_id"] >> 40


class Weir:
    """A running server. Everything it opens for its peers is closed before it is asked to end."""

    def __init__(self, config, env=None, args=None, expects_start=True, preexec=None):
        self.home = tempfile.TemporaryDirectory(prefix="weir-test-")
        self.peers = []
        self.children = []
        self.lines = []
        self._more = threading.Condition()
        self._is_over = False
        if args is None:
            self.file = Path(self.home.name) / "weir.json"
            self.file.write_text(config if isinstance(config, str) else json.dumps(config))
            args = ["run", "-c", self.file]
        self.process = subprocess.Popen(
            [BINARY, *map(str, args)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(env),
            preexec_fn=preexec,
        )
        self.pid = self.process.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._stopped = False
        if expects_start:
            try:
                self.wait_log(" is ready: ", 20)
            except AssertionError:
                self.kill()
                raise

    # --- what it says

    def _read(self):
        for raw in self.process.stderr:
            with self._more:
                self.lines.append(raw.decode("utf-8", "replace").rstrip("\n"))
                self._more.notify_all()
        with self._more:
            self._is_over = True
            self._more.notify_all()

    @property
    def log(self):
        with self._more:
            return "\n".join(self.lines)

    def wait_log(self, text, seconds=5):
        """The first line with `text` in it."""
        deadline = time.monotonic() + seconds * SLACK
        with self._more:
            seen = 0
            while True:
                for line in self.lines[seen:]:
                    if text in line:
                        return line
                seen = len(self.lines)
                left = deadline - time.monotonic()
                if self._is_over or left <= 0:
                    raise AssertionError(f"no {text!r} in:\n" + "\n".join(self.lines))
                self._more.wait(left)

    def addresses(self):
        found = re.findall(r"listening on https?://(\S+):(\d+) ", self.log)
        return [(host.strip("[]"), int(port)) for host, port in found]

    def address(self, kind):
        """Of the plain listener ("h2c") or of the one with TLS ("h2")."""
        scheme = {"h2c": "http", "h2": "https"}[kind]
        host, port = re.search(rf"listening on {scheme}://(\S+):(\d+) ", self.log).groups()
        return host.strip("[]"), int(port)

    def url(self, kind, path="/"):
        host, port = self.address(kind)
        if kind == "h2":
            host = "localhost" if host == "127.0.0.1" else host
        return f"{'https' if kind == 'h2' else 'http'}://{host}:{port}{path}"

    def metrics(self):
        """All counters, by their exposed name with labels."""
        with self._more:
            begin = len(self.lines)
        self.process.send_signal(signal.SIGUSR2)
        # The last line of the text: the histogram that stands last
        wait_for(
            lambda: any("weir_loop_turn_seconds_count" in line for line in self.lines[begin:])
            or self._is_over,
            5,
            "the metrics",
        )
        values = {}
        with self._more:
            for line in self.lines[begin:]:
                match = re.fullmatch(r"(weir_\w+(?:\{.*\})?) ([0-9.eE+-]+)", line)
                if match:
                    values[match[1]] = float(match[2])
        assert values, self.log
        return values

    def metric(self, name):
        return self.metrics()[name]

    def wait_metric(self, name, value, seconds=5):
        """Until the metric has at least that value."""
        deadline = time.monotonic() + seconds * SLACK
        while True:
            now = self.metric(name)
            if now >= value:
                return now
            assert time.monotonic() < deadline, f"{name} is {now}, not {value}"
            time.sleep(0.02)

    def wait_quiet(self, seconds=5):
        """Until no connection is open."""
        deadline = time.monotonic() + seconds * SLACK
        while self.metric("weir_connections_open") != 0:
            assert time.monotonic() < deadline, "connections stay open"
            time.sleep(0.02)

    def rss(self):
        """Resident bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    # --- who talks to it

    def connect(self, kind="h2c", **options):
        peer = h2peer.Peer(self.address(kind), is_tls=kind == "h2", **options)
        self.peers.append(peer)
        return peer

    def spawn(self, command, **options):
        child = subprocess.Popen(list(map(str, command)), **options)
        self.children.append(child)
        return child

    # --- its end

    def signal(self, number):
        self.process.send_signal(number)

    def pause(self):
        """Until resume() every thread stands still: what peers do meanwhile it sees all at once."""
        self.signal(signal.SIGSTOP)

        def stands_still():
            stats = [(task / "stat").read_text() for task in Path(f"/proc/{self.pid}/task").iterdir()]
            return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)

        wait_for(stands_still, 2, "a stop")

    def resume(self):
        self.signal(signal.SIGCONT)

    def is_running(self):
        return self.process.poll() is None

    def wait(self, seconds=10):
        """Its exit code."""
        try:
            code = self.process.wait(seconds * SLACK)
        except subprocess.TimeoutExpired:
            raise AssertionError("weir does not end; its log:\n" + self.log) from None
        self._reader.join(5)
        return code

    def kill(self):
        self._let_go()
        if self.is_running():
            self.process.kill()
        self.process.wait()
        self._reader.join(5)
        self._finish()

    def _let_go(self):
        for peer in self.peers:
            peer.close()
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()

    def _finish(self):
        self._stopped = True
        self.process.stderr.close()
        self.home.cleanup()

    def stop(self, code=EXIT_OK):
        """Ends it in order, unless it has ended already, and looks at how it went."""
        if self._stopped:
            return
        self._let_go()
        if self.is_running():
            self.resume()
            self.process.terminate()
        try:
            ended = self.wait(15)
        finally:
            if self.is_running():
                self.process.kill()
                self.process.wait()
        log = self.log
        self._finish()
        assert not REPORTS.search(log), log
        if code is not None:
            assert ended == code, f"exit code {ended}, not {code}:\n{log}"
