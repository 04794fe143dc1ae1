"""Samples into medians, medians into tables."""

import statistics
from dataclasses import dataclass

REFERENCE = "weir"
YARDSTICK = "h2o"
MARKS = ("<!-- bench/run writes from here -->", "<!-- to here -->")


@dataclass(frozen=True)
class Row:
    """All rounds of one peer in one case."""
    peer: str
    case: str
    value: float | None
    low: float | None
    high: float | None
    rate: float | None
    mean_us: float | None
    p99_us: float | None
    faults: tuple

    @property
    def is_valid(self):
        return self.value is not None and not self.faults


def median_of(samples, name):
    values = [getattr(sample, name) for sample in samples if getattr(sample, name) is not None]
    return statistics.median(values) if values else None


def summarize(samples):
    """One row for each (case, peer). One bad round makes the row invalid."""
    groups = {}
    for sample in samples:
        groups.setdefault((sample.case, sample.peer), []).append(sample)
    return {key: summarize_one(key, group) for key, group in groups.items()}


def summarize_one(key, group):
    values = [sample.value for sample in group if sample.value is not None]
    faults = tuple(f"round {sample.round}: {sample.fault}" for sample in group if sample.fault)
    return Row(key[1], key[0], median_of(group, "value"), min(values, default=None),
               max(values, default=None), median_of(group, "rate"), median_of(group, "mean_us"),
               median_of(group, "p99_us"), faults)


def ratio(row, reference):
    """How much more than the reference a row costs."""
    if not (row and reference and row.is_valid and reference.is_valid and reference.value):
        return None
    return row.value / reference.value


def show(value):
    """Three digits that mean something."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def show_ms(value_us):
    return "" if value_us is None else show(value_us / 1000)


def show_ratio(value):
    return "" if value is None else f"{value:.2f}"


def case_table(case, rows, peers):
    reference = rows.get((case.bare, REFERENCE))
    lines = [case_line(rows[case.key, peer], reference) for peer in peers if (case.key, peer) in rows]
    table = [["peer", f"{case.unit} (median)", "min .. max", "requests/s", "mean ms", "p99 ms",
              f"/ {REFERENCE}"], *lines]
    return table if case.kind == "load" else [line[:3] + line[6:] for line in table]


def case_line(row, reference):
    if not row.is_valid:
        return [row.peer, "invalid: " + "; ".join(row.faults)[:90], "", "", "", "", ""]
    rate = "" if row.rate is None else f"{row.rate:,.0f}"
    return [row.peer, show(row.value), f"{show(row.low)} .. {show(row.high)}", rate,
            show_ms(row.mean_us), show_ms(row.p99_us), show_ratio(ratio(row, reference))]


def matrix(cases, rows, peers):
    """Cases down, peers across, and how the reference stands to the yardstick."""
    head = ["case", *peers, f"{REFERENCE} / {YARDSTICK}"]
    return [head, *(matrix_line(case, rows, peers) for case in cases)]


def matrix_line(case, rows, peers):
    cells = []
    for peer in peers:
        row = rows.get((case.key, peer))
        cells.append("" if row is None else show(row.value) if row.is_valid else "invalid")
    stand = ratio(rows.get((case.key, REFERENCE)), rows.get((case.bare, YARDSTICK)))
    return [f"{case.title} ({case.unit})", *cells, show_ratio(stand)]


def put_between(page, made):
    """A page keeps its prose; what stands between the two marks is replaced."""
    before, found, rest = page.partition(MARKS[0])
    _old, ended, after = rest.partition(MARKS[1])
    if not (found and ended):
        return made
    return f"{before}{MARKS[0]}\n\n{made}\n{MARKS[1]}{after}"


def as_text(table):
    widths = [max(len(line[column]) for line in table if fits(line, column))
              for column in range(len(table[0]))]
    return "\n".join("  ".join(pad(cell, width, column) for column, (cell, width)
                               in enumerate(zip(line, widths))).rstrip() for line in table)


def fits(line, column):
    """A long complaint may overhang; it does not widen its column."""
    return not line[column].startswith("invalid:")


def pad(cell, width, column):
    return cell.ljust(width) if column == 0 else cell.rjust(width)


def as_markdown(table):
    head, *lines = table
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *lines])
