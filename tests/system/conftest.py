"""Fixtures for tests of the real binary. The environment: WEIR is its path (build/weir by default),
WEIR_SANITIZED=1 widens margins of time (a sanitizer build is also noticed without it)."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import certs as certificates  # noqa: E402
import weir as server  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "release: measures; only of a build without sanitizers")
    config.addinivalue_line("markers", "sanitized: needs a build with a sanitizer")
    config.addinivalue_line("markers", "root: needs to be root")


def pytest_collection_modifyitems(items):
    import os

    for item in items:
        if server.IS_SANITIZED and item.get_closest_marker("release"):
            item.add_marker(pytest.mark.skip(reason="a figure of a release build"))
        if not server.IS_SANITIZED and item.get_closest_marker("sanitized"):
            item.add_marker(pytest.mark.skip(reason="needs a sanitizer build"))
        if os.geteuid() != 0 and item.get_closest_marker("root"):
            item.add_marker(pytest.mark.skip(reason="needs root"))


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    return certificates.Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture
def start():
    """start(config, ...) runs a server that must end in order when the test is over."""
    running = []

    def begin(config, **options):
        running.append(server.Weir(config, **options))
        return running[-1]

    yield begin
    failures = []
    for one in running:
        try:
            one.stop()
        except AssertionError as failure:
            failures.append(str(failure))
            one.kill()
    assert not failures, "\n".join(failures)


@pytest.fixture(params=["h2c", "h2"])
def kind(request):
    """Over which listener a test goes."""
    return request.param
