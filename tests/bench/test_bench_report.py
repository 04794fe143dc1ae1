import pytest
from lib import cases, report
from lib.measure import Sample

CASE = cases.choose(["tls-1k"])[0]
LOGGED = cases.choose(["tls-1k+log"])[0]


def rows_of(*samples):
    return report.summarize(samples)


def sample(peer, value, number=1, case="tls-1k", fault=""):
    return Sample(peer, case, number, value=value, rate=1e6, mean_us=900.0, p99_us=1500.0, fault=fault)


def test_a_row_is_the_median_of_its_rounds():
    rows = rows_of(sample("weir", 3.0, 1), sample("weir", 1.0, 2), sample("weir", 2.0, 3))
    row = rows["tls-1k", "weir"]
    assert (row.value, row.low, row.high) == (2.0, 1.0, 3.0)


def test_one_bad_round_makes_the_row_invalid():
    rows = rows_of(sample("weir", 1.0), sample("h2o", 1.5), sample("h2o", 1.4, 2, fault="3 failed"))
    table = report.case_table(CASE, rows, ["weir", "h2o"])
    assert table[2] == ["h2o", "invalid: round 2: 3 failed", "", "", "", "", ""]
    assert report.matrix([CASE], rows, ["weir", "h2o"])[1][1:] == ["1.00", "invalid", ""]


def test_ratios():
    rows = rows_of(sample("weir", 1.2), sample("h2o", 1.5))
    table = report.case_table(CASE, rows, ["weir", "h2o"])
    assert [line[-1] for line in table] == ["/ weir", "1.00", "1.25"]
    assert report.matrix([CASE], rows, ["weir", "h2o"])[1][-1] == "0.80"


def test_a_variant_is_compared_with_the_bare_case():
    rows = rows_of(sample("weir", 1.0), sample("h2o", 2.0), sample("weir", 1.5, case="tls-1k+log"))
    assert report.case_table(LOGGED, rows, ["weir", "h2o"])[1][-1] == "1.50"
    assert report.matrix([LOGGED], rows, ["weir", "h2o"])[1][-1] == "0.75"


def test_without_weir_there_is_no_ratio():
    rows = rows_of(sample("h2o", 1.5))
    assert report.case_table(CASE, rows, ["h2o"])[1][-1] == ""


@pytest.mark.parametrize("value, text", [
    (None, ""), (1.4567, "1.46"), (14.567, "14.6"), (145.67, "146"), (4580.2, "4,580")])
def test_numbers_show_what_they_mean(value, text):
    assert report.show(value) == text


def test_markdown():
    assert report.as_markdown([["a", "b"], ["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |"


def test_text_columns_line_up():
    assert report.as_text([["peer", "µs"], ["h2o", "1.45"]]) == "peer    µs\nh2o   1.45"


def test_a_page_keeps_its_prose():
    page = f"above\n{report.MARKS[0]}\nold\n{report.MARKS[1]}\nbelow\n"
    once = report.put_between(page, "new\n")
    assert once == f"above\n{report.MARKS[0]}\n\nnew\n\n{report.MARKS[1]}\nbelow\n"
    assert report.put_between(once, "new\n") == once
    assert report.put_between("", "new\n") == "new\n"


def test_handshakes_have_no_rate():
    case = cases.choose(["handshake"])[0]
    rows = rows_of(sample("weir", 200.0, case="handshake"))
    assert report.case_table(case, rows, ["weir"])[1] == ["weir", "200", "200 .. 200", "1.00"]
