"""What is measured."""

from dataclasses import dataclass, replace

BROWSER_FIELDS = (
    "accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "accept-encoding: gzip, deflate, br, zstd",
    "accept-language: en-GB,en;q=0.9,de;q=0.8",
    "cache-control: max-age=0",
    "cookie: session=6f1d2b0a9c8e4f57a3b1c2d4e5f60718; theme=dark",
    "sec-ch-ua: \"Chromium\";v=\"120\", \"Not_A Brand\";v=\"8\"",
    "sec-fetch-dest: document",
    "sec-fetch-mode: navigate",
    "sec-fetch-site: same-origin",
    "user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36",
)


@dataclass(frozen=True)
class Case:
    key: str
    title: str
    kind: str = "load"          # load, handshake or idle
    scheme: str = "https"
    path: str = "/1k.bin"
    clients: int = 1
    streams: int = 1
    variant: frozenset = frozenset()

    @property
    def unit(self):
        return {"load": "µs", "handshake": "µs", "idle": "KiB"}[self.kind]

    @property
    def bare(self):
        """The key of the case that this one is a variant of."""
        return self.key.split("+")[0]

    def fields(self):
        return BROWSER_FIELDS if "site" in self.variant else ()


BARE = (
    Case("tls-1k", "h2 TLS, 1 KiB, 32 x 32", clients=32, streams=32),
    Case("h2c-1k", "h2c, 1 KiB, 32 x 32", scheme="http", clients=32, streams=32),
    Case("tls-1k-128x1", "h2 TLS, 1 KiB, 128 x 1", clients=128, streams=1),
    Case("tls-100k", "h2 TLS, 100 KiB, 16 x 8", path="/100k.bin", clients=16, streams=8),
    Case("tls-10m", "h2 TLS, 10 MiB, 4 x 2", path="/10m.bin", clients=4, streams=2),
    Case("handshake", "full TLS handshake and one request", kind="handshake"),
    Case("idle", "memory of an idle h2 TLS connection", kind="idle"),
)

VARIANTS = {
    "log": ("access log on", ("tls-1k", "h2c-1k", "tls-1k-128x1", "tls-100k")),
    "site": ("1,000 routes, 2,000 files, ten fields", ("tls-1k", "h2c-1k")),
}


def all_cases():
    found = list(BARE)
    for word, (meaning, keys) in VARIANTS.items():
        found += [replace(case, key=f"{case.key}+{word}", title=f"{case.title}, {meaning}",
                          variant=frozenset([word]))
                  for case in BARE if case.key in keys]
    return found


def choose(keys):
    """Cases by key; a name without `+` means only the bare case."""
    known = {case.key: case for case in all_cases()}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise SystemExit(f"no such case: {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[key] for key in keys] if keys else list(known.values())
