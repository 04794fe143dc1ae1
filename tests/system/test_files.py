"""Files: every byte of the demo, conditions and ranges, and what must never be served."""

import json
import os
import time

import pytest

from clients import curl, curl_all
from weir import DEMO_SITE, Weir, files, respond, site, wait_for

TEXT = b"0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with all that is special, beside a secret outside it."""
    base = tmp_path_factory.mktemp("files")
    root = base / "root"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / ".well-known").mkdir()
    (root / ".git").mkdir()
    (root / "empty").mkdir()
    (base / "secret.txt").write_text("outside\n")
    (root / "text.txt").write_bytes(TEXT)
    (root / "nothing.txt").write_bytes(b"")
    (root / "sub" / "index.html").write_text("<p>sub\n")
    (root / "sub" / "deep" / "page.html").write_text("<p>deep\n")
    (root / "with space & ümlaut.txt").write_text("odd name\n")
    (root / ".hidden").write_text("hidden\n")
    (root / ".git" / "config").write_text("hidden\n")
    (root / ".well-known" / "security.txt").write_text("Contact: x\n")
    (root / ".well-known" / ".hidden").write_text("hidden\n")
    (root / "out").symlink_to(base / "secret.txt")
    (root / "out_dir").symlink_to(base)
    (root / "in").symlink_to("text.txt")
    (root / "dangling").symlink_to("nowhere")
    (root / "big.bin").write_bytes(os.urandom(3 << 20))
    os.mkfifo(root / "fifo")
    for name in ("a.css", "a.js", "a.json", "a.svg", "a.woff2", "a.png", "a.wasm", "a.webp", "a.xyzzy", "a.pdf"):
        (root / name).write_text("x")
    return root


@pytest.fixture(scope="module")
def server(root, certs):
    one = Weir(site([files(root), respond("/fixed", "fixed\n")], tls=certs.tls))
    yield one
    one.stop()


@pytest.fixture(scope="module")
def demo(certs):
    one = Weir(site([files(DEMO_SITE)], tls=certs.tls))
    yield one
    one.stop()


def test_demo_is_byte_identical(demo, kind, tmp_path):
    names = [p.relative_to(DEMO_SITE) for p in sorted(DEMO_SITE.rglob("*")) if p.is_file()]
    assert len(names) > 20
    pairs = [(demo.url(kind, f"/{name}"), tmp_path / str(i)) for i, name in enumerate(names)]
    assert curl_all(pairs) == [("2", "200")] * len(names)
    for name, (_, copy) in zip(names, pairs):
        assert copy.read_bytes() == (DEMO_SITE / name).read_bytes(), name


def test_index(demo, kind):
    for path, name in (("/", "index.html"), ("/wire/", "wire/index.html")):
        answer = curl(demo.url(kind, path))
        assert (answer.status, answer.body) == (200, (DEMO_SITE / name).read_bytes())
        assert answer["content-type"] == "text/html;charset=utf-8"


def test_big_file_is_byte_identical(server, root, kind):
    answer = curl(server.url(kind, "/big.bin"))
    assert answer.version == "2"
    assert answer.body == (root / "big.bin").read_bytes()
    assert answer["content-length"] == str(3 << 20)


@pytest.mark.parametrize("range_, part", [
    ("bytes=0-0", (0, 0)),
    ("bytes=5-9", (5, 9)),
    ("bytes=30-", (30, 35)),
    ("bytes=-4", (32, 35)),
    ("bytes=-400", (0, 35)),
    ("bytes=10-4000", (10, 35)),
    ("Bytes=1-2", (1, 2)),
])
def test_range(server, kind, range_, part):
    answer = curl(server.url(kind, "/text.txt"), "-H", f"Range: {range_}")
    first, last = part
    assert answer.status == 206
    assert answer.body == TEXT[first:last + 1]
    assert answer["content-range"] == f"bytes {first}-{last}/36"
    assert answer["content-length"] == str(last - first + 1)


@pytest.mark.parametrize("range_", ["bytes=9-5", "bytes=x-", "lines=1-2", "bytes", "bytes=0-1,5-6"])
def test_range_that_does_not_count(server, range_):
    answer = curl(server.url("h2c", "/text.txt"), "-H", f"Range: {range_}")
    assert (answer.status, answer.body) == (200, TEXT)
    assert answer["content-range"] is None


@pytest.mark.parametrize("range_", ["bytes=36-", "bytes=99-100", "bytes=-0"])
def test_range_behind_the_end(server, range_):
    answer = curl(server.url("h2c", "/text.txt"), "-H", f"Range: {range_}")
    assert answer.status == 416
    assert answer["content-range"] == "bytes */36"


def test_range_of_a_big_file(server, root, kind):
    content = (root / "big.bin").read_bytes()
    answer = curl(server.url(kind, "/big.bin"), "-H", "Range: bytes=1000000-2000000")
    assert (answer.status, answer.body) == (206, content[1000000:2000001])
    head = curl(server.url(kind, "/big.bin"), "-I")
    assert (head.status, head["content-length"], head.body) == (200, str(len(content)), b"")


def test_if_range(server):
    url = server.url("h2c", "/text.txt")
    whole = curl(url)
    fits = curl(url, "-H", "Range: bytes=1-2", "-H", f"If-Range: {whole['etag']}")
    assert (fits.status, fits.body) == (206, TEXT[1:3])
    differs = curl(url, "-H", "Range: bytes=1-2", "-H", 'If-Range: "other"')
    assert (differs.status, differs.body) == (200, TEXT)
    weak = curl(url, "-H", "Range: bytes=1-2", "-H", f"If-Range: W/{whole['etag']}")
    assert weak.status == 200


def test_conditions(server, kind):
    url = server.url(kind, "/text.txt")
    whole = curl(url)
    etag, modified = whole["etag"], whole["last-modified"]
    assert etag.startswith('"') and not etag.startswith("W/")
    old = "Sat, 29 Oct 1994 19:43:31 GMT"
    cases = [
        ([("If-None-Match", etag)], 304),
        ([("If-None-Match", f'"a", W/{etag}')], 304),
        ([("If-None-Match", "*")], 304),
        ([("If-None-Match", '"other"')], 200),
        ([("If-Modified-Since", modified)], 304),
        ([("If-Modified-Since", old)], 200),
        ([("If-Modified-Since", "yesterday")], 200),
        # The entity tag decides, whatever the date says
        ([("If-None-Match", '"other"'), ("If-Modified-Since", modified)], 200),
        ([("If-None-Match", etag), ("If-Modified-Since", old)], 304),
        ([("If-Match", etag)], 200),
        ([("If-Match", "*")], 200),
        ([("If-Match", '"other"')], 412),
        ([("If-Match", f"W/{etag}")], 412),
        ([("If-Unmodified-Since", modified)], 200),
        ([("If-Unmodified-Since", old)], 412),
    ]
    for fields, status in cases:
        args = [word for name, value in fields for word in ("-H", f"{name}: {value}")]
        answer = curl(url, *args)
        assert answer.status == status, fields
        if status == 304:
            assert (answer.body, answer["etag"], answer["content-length"]) == (b"", etag, None)
        if status == 200:
            assert answer.body == TEXT


def test_head(server, kind):
    get, head = curl(server.url(kind, "/text.txt")), curl(server.url(kind, "/text.txt"), "-I")
    assert (head.status, head.body, head["content-length"]) == (200, b"", "36")
    for name in ("etag", "last-modified", "content-type", "accept-ranges"):
        assert head[name] == get[name], name
    peer = server.connect(kind)
    for path, status in (("/text.txt", 200), ("/big.bin", 200), ("/none", 404), ("/fixed", 200)):
        answer = peer.get(path, method="HEAD")
        assert (answer.status, answer.body, answer.is_ended) == (status, b"", True)
        assert int(answer.headers["content-length"]) > 0


def test_empty_file(server, kind):
    answer = curl(server.url(kind, "/nothing.txt"))
    assert (answer.status, answer.body, answer["content-length"]) == (200, b"", "0")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "BREW"])
def test_method_not_allowed(server, kind, method):
    answer = curl(server.url(kind, "/text.txt"), "-X", method)
    assert answer.status == 405
    assert set(answer["allow"].split(", ")) >= {"GET", "HEAD"}
    assert method not in answer["allow"]


def test_options(server):
    answer = curl(server.url("h2c", "/text.txt"), "-X", "OPTIONS")
    assert answer.status == 204
    assert set(answer["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_error_page_for_browsers(server, kind):
    answer = curl(server.url(kind, "/none"), "-H",
                  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    assert (answer.status, answer["content-type"]) == (404, "text/html;charset=utf-8")
    assert answer.body.startswith(b"<!doctype html>")
    assert answer["x-request-id"].encode() in answer.body


def test_problem_for_programs(server, kind):
    answer = curl(server.url(kind, "/none"), "-H", "X-Request-Id: from-me.1")
    problem = json.loads(answer.body)
    assert (answer.status, answer["content-type"]) == (404, "application/problem+json")
    assert (problem["status"], problem["title"], problem["request_id"]) == (404, "Not Found", "from-me.1")
    assert answer["x-request-id"] == "from-me.1"


@pytest.mark.parametrize("path", ["/.hidden", "/.git/config", "/.git/", "/sub/.x", "/%2ehidden",
                                  "/.well-known/.hidden"])
def test_hidden(server, path):
    assert curl(server.url("h2c", path)).status == 404


def test_well_known(server):
    answer = curl(server.url("h2c", "/.well-known/security.txt"))
    assert (answer.status, answer.body) == (200, b"Contact: x\n")


def test_hidden_may_be_served(start, root):
    one = start(site([files(root, hidden="serve")]))
    assert curl(one.url("h2c", "/.hidden")).body == b"hidden\n"


@pytest.mark.parametrize("path", [
    "/../secret.txt",
    "/sub/../../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/sub/%2e%2e/%2e%2e/secret.txt",
    "/..\\secret.txt",
    "/..%5csecret.txt",
    "/....//secret.txt",
    "//../secret.txt",
    "/.%00./secret.txt",
    "/%c0%ae%c0%ae/secret.txt",
    "/sub/..;/../secret.txt",
    "/text.txt/../../secret.txt",
    "/out",
    "/out_dir/secret.txt",
    "/out_dir/",
])
def test_nothing_outside(server, kind, path):
    stream = server.connect(kind).get(path)
    assert stream.reset is not None or stream.status in (400, 403, 404), path
    assert b"outside" not in stream.body


def test_links_inside(server):
    assert curl(server.url("h2c", "/in")).body == TEXT
    assert curl(server.url("h2c", "/dangling")).status == 404


def test_dot_segments_inside(server):
    assert server.connect().get("/sub/../text.txt").body == TEXT
    assert server.connect().get("/./sub//deep/%2e/page.html").body == b"<p>deep\n"


@pytest.mark.parametrize("path", ["text.txt", "", "http://a/text.txt", "/text.txt#x", "/a b", "/a%2", "/a%zz", "/%00"])
def test_malformed_target(server, path):
    stream = server.connect().get(path)
    assert stream.reset is not None or stream.status == 400, (path, stream.status)


def test_special_files_do_not_hang(server):
    assert curl(server.url("h2c", "/fifo"), timeout=5).status in (403, 404)


def test_odd_names(server):
    answer = curl(server.url("h2c", "/with%20space%20&%20%C3%BCmlaut.txt"))
    assert (answer.status, answer.body) == (200, b"odd name\n")


def test_trailing_slash(server, kind):
    for path, to in (("/sub", "/sub/"), ("/sub?a=b", "/sub/?a=b"), ("//sub", "/sub/")):
        answer = curl(server.url(kind, path))
        assert (answer.status, answer["location"]) == (301, to)
    assert curl(server.url(kind, "/text.txt/")).status == 404
    assert curl(server.url(kind, "/empty/")).status in (403, 404)


@pytest.mark.parametrize("name, type_", [
    ("a.css", "text/css;charset=utf-8"),
    ("a.js", "text/javascript;charset=utf-8"),
    ("a.json", "application/json"),
    ("a.svg", "image/svg+xml"),
    ("a.woff2", "font/woff2"),
    ("a.png", "image/png"),
    ("a.webp", "image/webp"),
    ("a.wasm", "application/wasm"),
    ("a.pdf", "application/pdf"),
    ("text.txt", "text/plain;charset=utf-8"),
    ("a.xyzzy", "application/octet-stream"),
])
def test_mime_type(server, name, type_):
    assert curl(server.url("h2c", f"/{name}"))["content-type"] == type_


def test_change_is_seen(start, tmp_path):
    """A kept file that changes is served anew once its time is over, and so is one that vanishes."""
    file = tmp_path / "page.txt"
    file.write_text("old\n")
    one = start(site([files(tmp_path, recheck="50ms")]))
    peer = one.connect()
    assert peer.get("/page.txt").body == b"old\n"
    file.write_text("changed\n")
    wait_for(lambda: peer.get("/page.txt").body == b"changed\n", 3, "the new content")
    file.unlink()
    wait_for(lambda: peer.get("/page.txt").status == 404, 3, "404")


def test_shrinking_file_ends_cleanly(start, tmp_path, kind, certs):
    """A promise of length that cannot be kept ends the stream, not the connection."""
    file = tmp_path / "big.bin"
    file.write_bytes(bytes(8 << 20))
    (tmp_path / "small.txt").write_text("small\n")
    one = start(site([files(tmp_path)], tls=certs.tls))
    peer = one.connect(kind, settings={4: 65535}, gives_credit=False)
    stream = peer.request("/big.bin")
    peer.read_until(lambda: len(peer.streams[stream].data) >= 65535)
    os.truncate(file, 100000)
    peer.gives_credit = True
    peer.send_window(0, 1 << 24)
    peer.send_window(stream, 1 << 24)
    answer = peer.wait(stream)
    assert answer.reset is not None and not answer.is_ended
    assert len(answer.data) < 8 << 20
    assert peer.get("/small.txt").body == b"small\n"


def test_kept_and_big_are_counted(start, root):
    one = start(site([files(root)]))
    peer = one.connect()
    for _ in range(3):
        peer.get("/text.txt")
    peer.get("/big.bin")
    metrics = one.metrics()
    assert metrics["weir_files_kept_hits_total"] == 2
    assert metrics["weir_files_kept_bytes"] >= len(TEXT)
    assert metrics["weir_responses_total{class=\"2xx\"}"] == 4


def test_many_files_on_one_connection(server, root, kind):
    """Streams side by side do not mix their bytes."""
    peer = server.connect(kind)
    content = (root / "big.bin").read_bytes()
    streams = peer.requests(*["/big.bin", "/text.txt", "/in", "/sub/"] * 4)
    answers = peer.wait(*streams, seconds=30)
    for answer, body in zip(answers, [content, TEXT, TEXT, b"<p>sub\n"] * 4):
        assert answer.body == body
