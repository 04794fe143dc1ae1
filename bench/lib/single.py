"""What bench/instructions and bench/profile share: one server under one case."""

import os
import signal
from contextlib import contextmanager
from pathlib import Path

from . import cases, load, material, peers

ROOT = Path(__file__).resolve().parent.parent.parent


def add_arguments(parser):
    parser.add_argument("--weir", default=ROOT / "build/weir", help="the binary (default build/weir)")
    parser.add_argument("--peer", default="weir", choices=peers.ORDER, help="another server instead")
    parser.add_argument("--cases", default="tls-1k,h2c-1k", help="keys, with commas (bench/run --list)")
    parser.add_argument("--work", default=ROOT / "build/bench", help="for files and certificate")
    parser.add_argument("--cores", default="0,1", help="of server and client (default 0,1)")
    parser.add_argument("--top", type=int, default=25, help="how many functions to show")


class Single:
    def __init__(self, args):
        signal.signal(signal.SIGTERM, leave)
        self.server_core, self.client_core = (int(core) for core in args.cores.split(","))
        os.sched_setaffinity(0, {self.client_core})
        self.peer = peers.KNOWN[args.peer]
        self.binary = peers.find_binary(self.peer, args.weir)
        if not self.binary:
            raise SystemExit(f"{args.peer}: no such program (see --weir)")
        self.place = material.prepare(args.work)
        self.cases = [case for case in cases.choose(args.cases.split(","))
                      if case.kind == "load" and self.peer.can_serve(case)]

    def load_base(self, case):
        return load.base_command(self.place, case, self.client_core, self.peer.group)

    @contextmanager
    def server(self, case, wrapper=()):
        running = peers.start(self.peer, self.binary, self.place, self.server_core,
                              case.scheme, case.variant, wrapper)
        try:
            yield running
        finally:
            running.stop()


def leave(number, _frame):
    raise SystemExit(128 + number)
