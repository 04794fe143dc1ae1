import pytest
from lib import callgrind

DUMP = """\
# callgrind format
positions: line
events: Ir
summary: 190

ob=(1) /opt/bin/weir
fl=(1) /build/src/h2/session.c
fn=(1) session_read
10 100
cob=(2) /usr/lib/libnghttp2.so.14.24.1
cfi=(2) ???
cfn=(2) nghttp2_session_mem_recv
calls=3 0
+2 80
fi=(3) /build/src/base/bytes.h
* 5

ob=(2)
fl=(2)
fn=(2)
0 80

ob=(1)
fl=(1)
fn=(3) session_write
-4 5
totals: 190
"""

READ = ("/opt/bin/weir", "/build/src/h2/session.c", "session_read")
LIBRARY = ("/usr/lib/libnghttp2.so.14.24.1", "???", "nghttp2_session_mem_recv")


def test_own_and_inclusive():
    dump = callgrind.Dump(DUMP)
    assert dump.costs[READ] == callgrind.Cost(105, 185)
    assert dump.costs[LIBRARY] == callgrind.Cost(80, 80)
    assert dump.total == 190 == sum(cost.own for cost in dump.costs.values())


def test_a_function_after_a_numbered_name_keeps_its_object():
    dump = callgrind.Dump(DUMP)
    assert ("/opt/bin/weir", "/build/src/h2/session.c", "session_write") in dump.costs


def test_difference_drops_what_both_paid():
    small = callgrind.Dump(DUMP)
    large = callgrind.Dump(DUMP.replace("0 80\n", "0 480\n").replace("totals: 190", "totals: 590"))
    costs, total = callgrind.difference(small, large, 100)
    assert total == pytest.approx(4)
    assert costs[LIBRARY].own == pytest.approx(4)
    assert costs[READ].own == 0


@pytest.mark.parametrize("key, group", [
    (READ, "weir h2"),
    (LIBRARY, "nghttp2"),
    (("/opt/bin/weir", "???", "main"), "weir"),
    (("/lib/libc.so.6", "???", "malloc"), "libc"),
    (("/lib/libcrypto.so.3", "???", "x"), "libcrypto"),
    (("/lib/libevent-2.1.so.7", "???", "x"), "libevent"),
    (("", "???", "x"), "unknown"),
])
def test_groups(key, group):
    assert callgrind.group_of(key) == group
