import os
import sys
import time

import pytest
from lib import procs

FAMILY = """\
import subprocess, sys, signal
child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
signal.pause()
"""


@pytest.fixture
def family(tmp_path):
    """A parent that leaves its busy child behind."""
    core = min(os.sched_getaffinity(0))
    server = procs.Server("family", [sys.executable, "-c", FAMILY], core, tmp_path / "log")
    deadline = time.monotonic() + 5
    while len(server.pids()) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    yield server
    server.stop()


def test_cpu_time_counts_children(family):
    meter = procs.CpuMeter(family)
    before = meter.read_ns()
    time.sleep(0.2)
    assert 0.01e9 < meter.read_ns() - before < 0.4e9


def test_stop_ends_orphans_too(family):
    pids = family.pids()
    assert len(pids) == 2
    family.stop()
    deadline = time.monotonic() + 2
    while any(is_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(is_alive(pid) for pid in pids)


def is_alive(pid):
    """A zombie that nobody waited for yet is not alive."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_memory_counts_the_family(family):
    assert procs.pss_kib(family) > 1000


def test_pss():
    assert procs.parse_pss_kib("Rss:    10 kB\nPss:     7 kB\nPss_Dirty:  3 kB\n") == 7
    with pytest.raises(ValueError):
        procs.parse_pss_kib("Rss: 10 kB\n")


def test_a_reused_pid_is_spared():
    procs.end_orphans([(os.getpid(), "0")])
