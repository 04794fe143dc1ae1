"""Processes of a server: started on one core, measured whole, ended by pid."""

import os
import subprocess
import time

SETTLE_S = 3.0


class Server:
    """One running server: the process we started and all it started itself."""

    def __init__(self, name, argv, core, log_path, env=None):
        self.name = name
        self.log_path = log_path
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(core), *argv],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(env or {})}, start_new_session=True)

    def pids(self):
        return descendants(self.process.pid)

    def is_running(self):
        return self.process.poll() is None

    def log_tail(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-5:]).strip()

    def stop(self):
        family = [(pid, start_time(pid)) for pid in self.pids()]
        self.process.terminate()
        try:
            self.process.wait(SETTLE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        end_orphans(family)


def end_orphans(family):
    """Kills who outlived the parent; the start time guards against a reused pid."""
    for pid, started in family:
        if started is not None and start_time(pid) == started:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass


def start_time(pid):
    """Start in clock ticks since boot, None for no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[19]
    except OSError:
        return None


def descendants(pid):
    """The pid itself and all below it."""
    found, queue = [], [pid]
    while queue:
        parent = queue.pop()
        found.append(parent)
        queue.extend(children(parent))
    return found


def children(pid):
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as names:
                found.extend(int(name) for name in names.read().split())
    except OSError:
        pass
    return found


def cpu_clock(pid):
    """The kernel's CPU clock of another process (clock_getcpuclockid(3)).

    It counts user and system time of all threads, ended ones too, in
    nanoseconds; utime and stime in /proc count in ticks of 10 ms."""
    return (~pid << 3) | 2


class CpuMeter:
    """CPU time of a server's processes. Looked up at each reading: a master may
    listen before it forks its worker."""

    def __init__(self, server):
        self.server = server

    def read_ns(self):
        total = 0
        for pid in self.server.pids():
            try:
                total += time.clock_gettime_ns(cpu_clock(pid))
            except OSError:
                pass
        return total


def pss_kib(server):
    """Proportional set size of all the server's processes."""
    total = 0
    for pid in server.pids():
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
                total += parse_pss_kib(rollup.read())
        except OSError:
            pass
    return total


def parse_pss_kib(text):
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise ValueError("no Pss line in smaps_rollup")
