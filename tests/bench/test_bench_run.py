"""The script itself, against the smallest peer."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"

pytestmark = pytest.mark.skipif(
    not (shutil.which("h2load") and shutil.which("nghttpd") and {0, 1} <= os.sched_getaffinity(0)),
    reason="needs h2load, nghttpd and cores 0 and 1")


def run(work, *words):
    return subprocess.run(["/usr/bin/python3", BENCH / "run", "--work", work, "--quick", *words],
                          capture_output=True, text=True, timeout=60, check=False)


def test_one_peer_two_cases(tmp_path):
    done = run(tmp_path, "--peers", "nghttpd", "--cases", "h2c-1k,idle", "--markdown", "-")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| nghttpd |" in done.stdout and "invalid" not in done.stdout
    samples = json.loads((tmp_path / "result.json").read_text())["samples"]
    assert [sample["case"] for sample in samples] == ["h2c-1k", "idle"]
    assert all(0.1 < sample["value"] < 10000 and not sample["fault"] for sample in samples)


def test_a_missing_peer_is_left_out(tmp_path):
    done = run(tmp_path, "--weir", tmp_path / "none", "--peers", "weir,nghttpd", "--cases", "h2c-1k")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "weir: not installed, left out" in done.stdout


def test_a_typing_error_is_said(tmp_path):
    done = run(tmp_path, "--peers", "ngnix")
    assert done.returncode == 1 and "no such peer: ngnix" in done.stderr
    assert not list(tmp_path.iterdir())
