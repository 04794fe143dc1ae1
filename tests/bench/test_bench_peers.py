import re
from pathlib import Path

import pytest
from lib import cases, idle, material, peers

PLACE = material.Material(Path("/made/up"), 4430, 8080)


@pytest.mark.parametrize("peer", [peer for peer in peers.KNOWN.values() if peer.template])
def test_templates_are_filled_whole(peer):
    text = (peers.TEMPLATES / peer.template).read_text()
    filled = peers.fill(text, peers.template_values(PLACE, frozenset()))
    assert not re.search(r"\{\{\w+\}\}", filled)
    assert "127.0.0.1:4430" in filled or "port: 4430" in filled or ":4430" in filled
    assert "0.0.0.0" not in filled


def test_every_known_peer_has_its_column():
    assert set(peers.ORDER) == set(peers.KNOWN)


def test_weir_variants():
    plain = peers.weir_values(PLACE, frozenset())
    assert plain == {"routes": "", "access_log": ""}
    assert "access.log" in peers.weir_values(PLACE, frozenset(["log"]))["access_log"]
    assert peers.weir_values(PLACE, frozenset(["site"]))["routes"].count("match:") == 1000


def test_rows_that_would_not_be_equal_are_left_out():
    by_key = {case.key: case for case in cases.all_cases()}
    assert not peers.KNOWN["haproxy"].can_serve(by_key["tls-100k"])
    assert peers.KNOWN["haproxy"].can_serve(by_key["idle"])
    assert not peers.KNOWN["nghttpd"].can_serve(by_key["handshake"])
    assert peers.KNOWN["h2o"].can_serve(by_key["tls-10m"])


def test_each_case_has_one_key():
    keys = [case.key for case in cases.all_cases()]
    assert len(keys) == len(set(keys))


def test_unknown_case_names_the_known_ones():
    with pytest.raises(SystemExit, match="no such case: tsl-1k.*tls-1k"):
        cases.choose(["tsl-1k"])


def test_a_browser_sends_ten_fields():
    assert len(cases.choose(["tls-1k+site"])[0].fields()) == 10


def test_distinct_files():
    paths = material.distinct_paths()
    assert len(set(paths)) == 2000
    assert paths[0] == "/app/0000/0.bin"


def test_frames_of_an_idle_connection():
    assert idle.frame(idle.SETTINGS, 0, 0) == b"\0\0\0\4\0\0\0\0\0"
    assert idle.request_block("/a", "h") == b"\x82\x87\x04\x02/a\x01\x01h"


@pytest.mark.parametrize("text, version", [
    ("nginx version: nginx/1.22.1\n", "1.22.1"),
    ("HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\n", "2.6.12-1+deb12u4"),
    ("2.6.2\n", "2.6.2"),
    ("", "unknown"),
])
def test_versions(text, version):
    assert peers.parse_version(text) == version
