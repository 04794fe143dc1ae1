#!/usr/bin/python3
"""Makes the demo's small drawings: icons, the staff gauge, the paper's grain.

    make_figures.py SITE_DIRECTORY

Needs Debian's python3-fonttools, python3-numpy and python3-pil.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from make_font import Level, segments, skeletons

PAPER, DEEP, WATER, RED = "#f7f4ea", "#17485a", "#6ea9b9", "#c2452a"


def nappe(steps=24):
    """The mark, on a field of 64: the water's line over the crest."""
    line = [(0, 21), (24, 21)]
    for i in range(steps + 1):
        k = i / steps
        line.append((24 + 24 * k, 21 + 25 * (3 * k * k - 2 * k * k * k)))
    return line + [(64, 46)]


def mark_shapes():
    water = nappe() + [(64, 64), (0, 64)]
    dam = [(28, 30), (33, 30), (44, 64), (28, 64)]
    return [(water, WATER), (dam, RED)]


def favicon(path):
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">', "<title>weir</title>",
             f'<clipPath id="r"><rect width="64" height="64" rx="12"/></clipPath><g clip-path="url(#r)">',
             f'<rect width="64" height="64" fill="{DEEP}"/>']
    for points, colour in mark_shapes():
        parts.append(f'<polygon fill="{colour}" points="{" ".join(f"{x:g},{round(y, 2):g}" for x, y in points)}"/>')
    path.write_text("".join(parts) + "</g></svg>\n")


def icon(size, square=False):
    big = size * 4
    image = Image.new("RGBA", (big, big), DEEP)
    pen = ImageDraw.Draw(image)
    for points, colour in mark_shapes():
        pen.polygon([(x * big / 64, y * big / 64) for x, y in points], fill=colour)
    if not square:
        hole = Image.new("L", (big, big))
        ImageDraw.Draw(hole).rounded_rectangle([0, 0, big - 1, big - 1], big * 12 // 64, fill=255)
        image.putalpha(hole)
    return image.resize((size, size), Image.LANCZOS)


def number(text, x, y, height):
    """The number as strokes of the demo's own lettering."""
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    glyphs = skeletons(Level(100))
    k = height / 700
    out = []
    for digit in text:
        _, strokes = glyphs[names[int(digit)]]
        for stroke in strokes:
            parts = segments(stroke)
            px, py = parts[0].points[0]
            d = f"M{x + px * k:.1f},{y - py * k:.1f}"
            for part in parts:
                letter = "L" if len(part.points) == 2 else "C"
                d += letter + " ".join(f"{x + a * k:.1f},{y - b * k:.1f}" for a, b in part.points[1:])
            out.append(f'<path d="{d}"/>')
        x += 540 * k
    return "".join(out)


def staff(path, decimetres=24, step=60):
    """The gauge in the page's margin: two centimetres a mark, a number each decimetre."""
    height = decimetres * step
    marks, reds, numbers = [], [], []
    for i in range(decimetres):
        base = height - i * step
        target = reds if i % 5 == 0 else marks
        bar = step / 5
        for k in range(3):
            wide = 26 if k != 1 else 18
            target.append(f"M0,{base - 2 * k * bar:g}h{wide}v-{bar:g}h-{wide}z")
        target.append(f"M0,{base:g}h5v-{5 * bar:g}h-5z")
        if i:
            numbers.append(number(str(i), 33, base - step * .30, 17))
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="62" height="{height}" viewBox="0 0 62 {height}">'
        "<style>.i{fill:#1d2a31}.r{fill:#b3391f}.n{fill:none;stroke:#1d2a31;stroke-width:2;stroke-linecap:round;"
        "stroke-linejoin:round}@media (prefers-color-scheme:dark){.i{fill:#b9c4c2}.r{fill:#ea7f63}.n{stroke:#b9c4c2}}"
        f'</style><path class="i" d="{"".join(marks)}"/><path class="r" d="{"".join(reds)}"/>'
        f'<g class="n">{"".join(numbers)}</g></svg>\n')


def paper(path, size=160):
    """A seamless tile of grain, as faint shadow on transparent."""
    rng = np.random.default_rng(5)
    field = rng.normal(0, 1, (size, size))
    wave = np.fft.fft2(field)
    fy, fx = np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size), indexing="ij")
    field = np.fft.ifft2(wave * np.exp(-(np.hypot(fx, fy) / .34) ** 2)).real
    alpha = np.clip(4 * field / field.std(), 0, 9).astype(np.uint8)
    tile = np.zeros((size, size, 2), np.uint8)
    tile[..., 0], tile[..., 1] = 70, alpha
    Image.fromarray(tile, "LA").save(path, optimize=True)


def tailpiece(path):
    """The ornament at the end of a page: an eddy."""
    lines = []
    for i in range(7):
        half = 150 - i * 20
        y = 10 + i * 6
        sway = 5 - i * .6
        lines.append(f"M{160 - half},{y}q{half / 4:g},{-sway:g} {half / 2:g},0t{half / 2:g},0t{half / 2:g},0t{half / 2:g},0")
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 60" width="320" height="60">'
        "<style>path{fill:none;stroke:#2b6f86;stroke-width:1.5;stroke-linecap:round}"
        "@media (prefers-color-scheme:dark){path{stroke:#7db9ca}}</style>"
        f'<path d="{"".join(lines)}"/></svg>\n')


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    site = Path(sys.argv[1])
    images = site / "images"
    images.mkdir(parents=True, exist_ok=True)
    favicon(site / "favicon.svg")
    icon(48).save(site / "favicon.ico", sizes=[(16, 16), (32, 32), (48, 48)])
    icon(180, square=True).convert("RGB").save(site / "apple-touch-icon.png", optimize=True)
    icon(192).save(images / "icon-192.png", optimize=True)
    icon(512).save(images / "icon-512.png", optimize=True)
    staff(images / "staff.svg")
    paper(images / "paper.png")
    tailpiece(images / "tailpiece.svg")


if __name__ == "__main__":
    main()
