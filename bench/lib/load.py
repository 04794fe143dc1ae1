"""h2load: its command lines, and what it prints."""

import re
import subprocess
import time
from dataclasses import dataclass, field

CIPHER = "TLS_AES_128_GCM_SHA256"
GROUP = "X25519"
WINDOW_OPENS = "Main benchmark duration is started"
WINDOW_CLOSES = "Main benchmark duration is over"
HANDSHAKES_PER_SECOND = 2000
LATE_SHARE = 0.05
TIME_UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6}


class LoadError(Exception):
    """h2load failed, or a request did; the row is worth nothing."""


class LateError(LoadError):
    """The machine was so busy that the window's ends were not seen in time."""


@dataclass
class LoadResult:
    done: int
    rate: float
    mean_us: float
    faults: list = field(default_factory=list)
    cpu_ns: int = 0


def base_command(material, case, core, group):
    port = material.tls_port if case.scheme == "https" else material.plain_port
    argv = ["taskset", "-c", str(core), "h2load", f"--connect-to=127.0.0.1:{port}",
            f"--tls13-ciphers={CIPHER}", f"--groups={group}"]
    for line in case.fields():
        argv += ["-H", line]
    if "site" in case.variant:
        return [*argv, "-B", material.url(case.scheme, "/"), "-i", str(material.uri_list)]
    return [*argv, material.url(case.scheme, case.path)]


def with_options(argv, *options):
    """h2load's options go before its address."""
    at = argv.index("h2load") + 1
    return [*argv[:at], *options, *argv[at:]]


def timed(base, case, warm_ms, main_ms, log_path=None):
    options = [f"-c{case.clients}", f"-m{case.streams}",
               f"--warm-up-time={warm_ms}ms", f"-D{main_ms}ms"]
    if log_path:
        options.append(f"--log-file={log_path}")
    return with_options(base, *options)


def counted(base, case, requests):
    return with_options(base, f"-c{case.clients}", f"-m{case.streams}", f"-n{requests}")


def handshakes(base, count):
    """Each client is one new connection with one request; a few every 10 ms."""
    per_period = HANDSHAKES_PER_SECOND // 100
    return with_options(base, f"-c{count}", f"-n{count}", "-m1",
                        f"-r{per_period}", "--rate-period=10ms")


def run(argv):
    """Runs h2load and parses what it says."""
    return finish(*talk(argv, None))


def run_window(argv, read_cpu_ns, window_ms):
    """The CPU clock is read when h2load says that its measured window opens and closes."""
    marks = []
    text, code = talk(argv, lambda: marks.append((time.monotonic(), read_cpu_ns())))
    result = finish(text, code)
    result.cpu_ns = cpu_between(marks, window_ms / 1000)
    return result


def run_whole(argv, read_cpu_ns):
    """The CPU clock is read around the entire run."""
    before = read_cpu_ns()
    result = run(argv)
    time.sleep(0.05)  # the server still has closed connections to clear away
    result.cpu_ns = read_cpu_ns() - before
    return result


def cpu_between(marks, window_s):
    if len(marks) != 2:
        raise LoadError("h2load did not say when its window opens and closes")
    (opened, before), (closed, after) = marks
    if abs(closed - opened - window_s) > LATE_SHARE * window_s:
        raise LateError("the machine is too busy: the window's ends were seen late")
    return after - before


def talk(argv, on_mark):
    """All that h2load printed, and how it ended."""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        try:
            text = "".join(follow(child.stdout, on_mark))
            child.wait()
        except BaseException:
            child.kill()
            raise
    return text, child.returncode


def follow(stream, on_mark):
    for line in stream:
        if on_mark and line.startswith((WINDOW_OPENS, WINDOW_CLOSES)):
            on_mark()
        yield line


def finish(text, code):
    if code != 0:
        raise LoadError(f"h2load ended with {code}: {text.strip()[-300:]}")
    return parse(text)


def parse(text):
    finished = re.search(r"^finished in \S+, ([\d.]+) req/s", text, re.M)
    requests = re.search(r"^requests: (.*)$", text, re.M)
    codes = re.search(r"^status codes: (.*)$", text, re.M)
    times = re.search(r"^time for request: +\S+ +\S+ +(\S+)", text, re.M)
    if not (finished and requests and codes and times):
        raise LoadError("h2load printed no result: " + text.strip()[-300:])
    counts = {**named_counts(requests.group(1)), **named_counts(codes.group(1))}
    return LoadResult(counts["done"], float(finished.group(1)), parse_time_us(times.group(1)),
                      faults_in(counts, text))


def named_counts(text):
    return {name: int(count) for count, name in re.findall(r"(\d+) (\w+)", text)}


def faults_in(counts, text):
    bad = ("failed", "errored", "timeout", "3xx", "4xx", "5xx")
    faults = [f"{counts[name]} {name}" for name in bad if counts.get(name)]
    if not counts["done"]:
        faults.append("no request was done")
    return faults + tls_faults(text)


def tls_faults(text):
    """What was negotiated, as h2load saw it, must be what all peers got. The
    group is what h2load offered: it offers one."""
    expected = {"Cipher": (CIPHER,), "TLS Protocol": ("TLSv1.3",),
                "Application protocol": ("h2", "h2c")}
    found = dict(re.findall(r"^([A-Z][\w ]+): (\S+)", text, re.M))
    return [f"{name} is {found[name]}" for name, allowed in expected.items()
            if name in found and found[name] not in allowed]


def parse_time_us(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * TIME_UNITS[unit]


def percentile_us(log_text, share):
    """A percentile of h2load's log: start in µs, status, duration in µs."""
    rows = (line.split("\t") for line in log_text.splitlines())
    times = sorted(int(row[2]) for row in rows if len(row) >= 3)
    if not times:
        return None
    return float(times[min(len(times) - 1, int(len(times) * share))])
