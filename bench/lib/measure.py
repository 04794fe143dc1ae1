"""One sample: one peer, one case, one round."""

import time
from dataclasses import dataclass

from . import idle, load, peers
from .procs import CpuMeter, pss_kib


TRIES = 3


@dataclass(frozen=True)
class Effort:
    """How long each part of a sample takes."""
    warm_ms: int = 300
    main_ms: int = 1500
    tail_ms: int = 400
    handshakes: int = 3000
    idle_base: int = 50
    idle_count: int = 2000
    idle_wait_s: float = 0.5


QUICK = Effort(warm_ms=150, main_ms=500, tail_ms=0, handshakes=600, idle_count=500, idle_wait_s=0.3)


@dataclass
class Sample:
    peer: str
    case: str
    round: int
    value: float | None = None      # µs of CPU for each request or handshake, or KiB for each connection
    rate: float | None = None
    mean_us: float | None = None
    p99_us: float | None = None
    requests: int = 0
    fault: str = ""


class Bench:
    def __init__(self, material, effort, server_core, client_core):
        self.material = material
        self.effort = effort
        self.server_core = server_core
        self.client_core = client_core

    def sample(self, peer, binary, case, number):
        """Never raises for what a peer does wrong: the sample says it."""
        sample = Sample(peer.name, case.key, number)
        measure = {"load": self.load, "handshake": self.handshake, "idle": self.idle}[case.kind]
        try:
            base = load.base_command(self.material, case, self.client_core, peer.group)
            server = peers.start(peer, binary, self.material, self.server_core,
                                 case.scheme, case.variant)
            try:
                measure(server, base, case, sample)
            finally:
                server.stop()
        except (load.LoadError, OSError, RuntimeError) as error:
            sample.fault = str(error) or type(error).__name__
        finally:
            (self.material.work / "access.log").unlink(missing_ok=True)
        return sample

    def load(self, server, base, case, sample):
        meter = CpuMeter(server)
        argv = load.timed(base, case, self.effort.warm_ms, self.effort.main_ms)
        result = in_time(lambda: load.run_window(argv, meter.read_ns, self.effort.main_ms))
        keep(result, sample)
        sample.rate, sample.mean_us = result.rate, result.mean_us
        if self.effort.tail_ms:
            sample.p99_us = self.tail(base, case)

    def tail(self, base, case):
        """The log slows h2load down, so the percentile has a run of its own."""
        path = self.material.work / "h2load.log"
        load.run(load.timed(base, case, 100, self.effort.tail_ms, path))
        text = path.read_text()
        path.unlink()
        return load.percentile_us(text, 0.99)

    def handshake(self, server, base, _case, sample):
        load.run(load.handshakes(base, 20))
        argv = load.handshakes(base, self.effort.handshakes)
        keep(load.run_whole(argv, CpuMeter(server).read_ns), sample)

    def idle(self, server, _base, case, sample):
        """The first connections pay for what a server makes once."""
        context, held = idle.client_context(), []
        try:
            before = self.pss_holding(server, context, case, held, self.effort.idle_base)
            after = self.pss_holding(server, context, case, held, self.effort.idle_count)
            closed = sum(not connection.is_open() for connection in held)
        finally:
            for connection in held:
                connection.close()
        sample.requests = self.effort.idle_count
        sample.value = (after - before) / self.effort.idle_count
        sample.fault = f"{closed} idle connections were closed" if closed else ""

    def pss_holding(self, server, context, case, held, count):
        idle.open_many(context, self.material.tls_port, case.path, count, held)
        time.sleep(self.effort.idle_wait_s)
        return pss_kib(server)


def in_time(run):
    """Once more where the machine was too busy to see the window's ends."""
    for _ in range(TRIES - 1):
        try:
            return run()
        except load.LateError:
            pass
    return run()


def keep(result, sample):
    sample.requests = result.done
    sample.fault = ", ".join(result.faults)
    if result.done:
        sample.value = result.cpu_ns / result.done / 1000
