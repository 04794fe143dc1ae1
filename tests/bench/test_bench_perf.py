from lib import perf

REPORT = """\
# Samples: 2K of event 'cpu-clock'
#
#     Samples|Shared Object    |Symbol
 11         |[kernel.kallsyms]|[k] __ip_queue_xmit
 30         |libcrypto.so.3   |[.] 0x0000000000243440
 9          |[kernel.kallsyms]|[k] do_syscall_64
"""


def test_parse_puts_the_most_first():
    assert perf.parse(REPORT)[0] == ("libcrypto.so.3", "0x0000000000243440", 30)
    assert len(perf.parse(REPORT)) == 3


def test_groups():
    assert perf.by_group(perf.parse(REPORT)) == [("libcrypto", 30), ("kernel", 20)]
