"""Reads callgrind's dumps: instructions of each function, own and inclusive."""

import re
from collections import defaultdict
from dataclasses import dataclass
from os.path import basename

KNOWN_LIBRARIES = ("nghttp2", "libcrypto", "libssl", "libevent", "libc", "libpthread", "ld-linux")


@dataclass
class Cost:
    own: float = 0
    inclusive: float = 0


class Dump:
    """One dump: (object, file, function) to Cost. Names are given once and
    then only by number: `fn=(7) name`, later `fn=(7)`."""

    def __init__(self, text):
        self.costs = defaultdict(Cost)
        self.total = 0
        self.names = {}
        self.object = self.file = ""
        self.current = None
        self.is_call = False
        for line in text.splitlines():
            self.read_line(line)

    def read_line(self, line):
        if line[:1] in "0123456789+-*":
            self.read_cost(line)
            return
        word, found, value = line.partition("=")
        if found:
            self.read_name(word, value)
        elif line.startswith("totals:"):
            self.total = int(line.split()[1])

    def read_cost(self, line):
        """Position and instructions; after `calls=`, those of the called one."""
        parts = line.split()
        count = int(parts[1]) if len(parts) > 1 else 0
        if self.current is None:
            return
        self.costs[self.current].inclusive += count
        if not self.is_call:
            self.costs[self.current].own += count
        self.is_call = False

    def read_name(self, word, value):
        if word == "calls":
            self.is_call = True
        elif word in ("ob", "cob"):
            name = self.lookup("ob", value)
            self.object = name if word == "ob" else self.object
        elif word in ("fl", "fi", "fe", "cfi", "cfl"):
            name = self.lookup("fl", value)
            self.file = name if word == "fl" else self.file
        elif word in ("fn", "cfn"):
            name = self.lookup("fn", value)
            self.current = (self.object, self.file, name) if word == "fn" else self.current

    def lookup(self, kind, value):
        number, name = re.match(r"(\(\d+\))? ?(.*)", value).groups()
        if name:
            self.names[kind, number] = name
        return name or self.names.get((kind, number), "?")


def difference(small, large, requests):
    """Instructions for each request: what the larger of two loads cost more,
    so that start-up and connections, which both paid, fall out."""
    costs = {}
    for key in large.costs:
        before, after = small.costs.get(key, Cost()), large.costs[key]
        costs[key] = Cost((after.own - before.own) / requests,
                          (after.inclusive - before.inclusive) / requests)
    return costs, (large.total - small.total) / requests


def group_of(key):
    """Which house a function lives in: a room of weir, or a library."""
    path, file, _name = key
    room = re.search(r"\bsrc/(\w+)/\w+\.[ch]$", file)
    name = basename(path)
    if name == "weir":
        return f"weir {room.group(1)}" if room else "weir"
    for known in KNOWN_LIBRARIES:
        if name.startswith(("lib" + known, known)):
            return known
    return name or "unknown"


def by_group(costs):
    groups = defaultdict(float)
    for key, cost in costs.items():
        groups[group_of(key)] += cost.own
    return sorted(groups.items(), key=lambda item: -item[1])


def top(costs, count):
    return sorted(costs.items(), key=lambda item: -item[1].own)[:count]
