"""Reads `perf report`."""

from collections import defaultdict

from .callgrind import group_of


def parse(text):
    """Lines `samples|object|[k] symbol` to (object, symbol, samples), most first."""
    rows = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.split("|")]
        if len(parts) == 3 and parts[0].isdigit():
            rows.append((parts[1], parts[2].split("] ", 1)[-1], int(parts[0])))
    return sorted(rows, key=lambda row: -row[2])


def where(shared_object):
    if shared_object.startswith("[kernel") or shared_object.endswith(".ko"):
        return "kernel"
    return group_of((shared_object, "", ""))


def by_group(rows):
    groups = defaultdict(int)
    for shared_object, _symbol, samples in rows:
        groups[where(shared_object)] += samples
    return sorted(groups.items(), key=lambda item: -item[1])
