"""The i-th operation of a kind fails, for i = 1, 2, ... until there are fewer than i: whatever
fails, the process lives, other connections are served, and nothing is left behind.

A failed operation may cost the request or connection it belongs to, no more."""

import random
import re
import ssl
import threading
import time

import pytest
from hpack import HPACKError

from weir import EXIT_BROKEN, IS_TSAN, Weir, files, respond, site

MOST = 150  # above so many operations a sample of them fails
LONGEST = 30  # seconds for one kind
AT_ONCE = 4  # most of a run is waiting

pytestmark = pytest.mark.sanitized


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "small.txt").write_text("small\n")
    (root / "big.bin").write_bytes(bytes(400000))
    return root


def attempt(action):
    """Runs a part of the script; its connection may be the one that suffers."""
    try:
        action()
    except (AssertionError, OSError, ssl.SSLError):
        pass


def talk(server, kind):
    peer = server.connect(kind)
    peer.wait(*peer.requests("/fixed", "/small.txt", "/big.bin", "/none"), seconds=5)
    posted = peer.request("/fixed", method="POST", end=False)
    peer.send_data(posted, bytes(20000))
    peer.wait(posted, seconds=5)
    peer.close()


def script(server):
    """Over both listeners, with files kept and pulled, bodies, errors and an early end."""
    for kind in ("h2c", "h2"):
        attempt(lambda kind=kind: talk(server, kind))

    def leave():
        peer = server.connect()
        peer.request("/big.bin")
        peer.close()

    attempt(leave)


def serves(server):
    """Whether somebody new is served, at the latest at the second try: the first may be the one
    that fails."""
    for _ in range(2):
        peer = None
        try:
            peer = server.connect()
            if peer.get("/fixed").body == b"hello\n":
                return True
        except (AssertionError, OSError):
            pass
        finally:
            if peer is not None:
                peer.close()
    return False


def run_with(config, kind, i):
    """One run with the i-th operation failing; how many operations there were."""
    server = Weir(config, env={"WEIR_FAIL": f"{kind}:{i}"}, expects_start=False)
    try:
        server.wait_log(" is ready: ", 20)
        is_started = True
    except AssertionError:
        # At the start a failure may end it, with a word on what was wrong
        is_started = False
        assert not server.is_running() and " error: " in server.log, server.log
    if is_started:
        try:
            script(server)
            is_served = serves(server)
        except HPACKError:
            server.kill()
            raise
        log = server.log
        assert is_served, f"{kind}:{i}: nobody is served any more:\n{log}"
        server.process.terminate()
    code = server.wait(15)
    log = server.log
    server.stop(None)
    assert code in ((0, EXIT_BROKEN) if is_started else (1,)), f"{kind}:{i}: exit code {code}:\n{log}"
    return int(re.search(rf"failpoint {kind}: (\d+) operations", log)[1])


def steps(total):
    """All, or a sample, in no order: should time run short it was spread all the same."""
    everything = list(range(1, total + 1))
    return random.Random(1).sample(everything, min(MOST, total))


def try_all(run, total):
    """run(i) for each step, some at a time; how many were tried, and the faults."""
    faults, tried = [], []
    end = time.monotonic() + LONGEST
    left = iter(steps(total))

    def work():
        while time.monotonic() < end:
            with lock:
                i = next(left, None)
            if i is None:
                return
            tried.append(i)
            try:
                run(i)
            except (AssertionError, HPACKError) as fault:
                faults.append(f"{i}: {fault!r}")

    lock = threading.Lock()
    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(tried), faults


@pytest.mark.skipif(IS_TSAN, reason="a matter of memory, not of threads")
@pytest.mark.parametrize("what", ["alloc", "read", "write", "accept", "post", "offload"])
def test_fail_the_ith(what, root, certs):
    config = site([respond("/fixed"), files(root)], tls=certs.tls, drain={"deadline": "5s"},
                  http2={"idle_timeout": "2s"})
    config["workers"] = 2
    total = run_with(config, what, 10**9)
    assert total > 0, f"the script has no operation of kind {what}"
    tried, faults = try_all(lambda i: run_with(config, what, i), total)
    # The end was reached: beyond it nothing fails any more
    beyond = run_with(config, what, 4 * total + 100)
    assert beyond < 4 * total + 100
    assert not faults, "\n".join(faults)
    assert tried >= min(total, MOST) // 3, f"time for {tried} of {total} only"
    print(f"{what}: {tried} of {total} operations failed in turn")
