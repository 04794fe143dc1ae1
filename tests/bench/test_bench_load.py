import pytest
from lib import load

FINISHED = """\
TLS Protocol: TLSv1.3
Cipher: TLS_AES_128_GCM_SHA256
Server Temp Key: X25519 253 bits
Application protocol: h2
Main benchmark duration is started for thread #0.
Main benchmark duration is over for thread #0. Stopping all clients.

finished in 2.50s, 622096.00 req/s, 626.50MB/s
requests: 1244192 total, 1244192 started, 1244190 done, 1244192 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 1244192 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 1.22GB (1313868224) total, 19.99MB (20962656) headers (space savings 92.63%), 1.43GB (1) data
                     min         max         mean         sd        +/- sd
time for request:      216us      4.28ms       921us       324us    88.16%
time for connect:        0us         0us         0us         0us     0.00%
"""


def test_parse_takes_count_rate_and_mean():
    result = load.parse(FINISHED)
    assert (result.done, result.rate, result.mean_us) == (1244190, 622096.0, 921.0)
    assert result.faults == []


@pytest.mark.parametrize("before, after, fault", [
    ("0 failed", "850 failed", "850 failed"),
    ("0 errored", "3 errored", "3 errored"),
    ("0 timeout", "1 timeout", "1 timeout"),
    ("0 4xx", "7 4xx", "7 4xx"),
    ("0 3xx", "7 3xx", "7 3xx"),
    ("1244190 done", "0 done", "no request was done"),
    ("Cipher: TLS_AES_128", "Cipher: TLS_AES_256", "Cipher is TLS_AES_256_GCM_SHA256"),
    ("protocol: h2", "protocol: http/1.1", "Application protocol is http/1.1"),
])
def test_anything_but_2xx_over_the_agreed_tls_is_a_fault(before, after, fault):
    assert before in FINISHED
    assert load.parse(FINISHED.replace(before, after)).faults == [fault]


def test_no_result_is_an_error():
    with pytest.raises(load.LoadError):
        load.parse("unable to connect\n")


@pytest.mark.parametrize("text, us", [("170us", 170), ("7.79ms", 7790), ("1.5s", 1.5e6), ("0us", 0)])
def test_times(text, us):
    assert load.parse_time_us(text) == pytest.approx(us)


def test_percentile():
    log = "".join(f"{1000 + number}\t200\t{number}\n" for number in range(1, 101))
    assert load.percentile_us(log, 0.99) == 100
    assert load.percentile_us(log, 0.5) == 51
    assert load.percentile_us("", 0.99) is None


def test_clock_is_read_at_both_ends_of_the_window():
    marks = []
    lines = list(load.follow(FINISHED.splitlines(True), lambda: marks.append(1)))
    assert "".join(lines) == FINISHED
    assert len(marks) == 2


def test_cpu_of_the_window():
    assert load.cpu_between([(10.0, 100), (11.5, 350)], 1.5) == 250


def test_a_window_seen_late_is_no_measurement():
    with pytest.raises(load.LateError):
        load.cpu_between([(10.2, 100), (11.5, 350)], 1.5)


def test_a_window_not_seen_is_no_measurement():
    with pytest.raises(load.LoadError):
        load.cpu_between([(10.0, 100)], 1.5)


def test_options_go_before_the_address():
    assert load.with_options(["taskset", "-c", "1", "h2load", "uri"], "-c1") == \
        ["taskset", "-c", "1", "h2load", "-c1", "uri"]
