#!/usr/bin/python3
"""Paints the demo's plan of the river: the survey sheet of the front page.

    paint_plan.py SITE_DIRECTORY

Needs Debian's python3-numpy and python3-pil.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from watercolour import INK, Sheet, blurred, smooth_noise

WATER = (.46, .63, .70)
MEADOW = (.86, .88, .74)
WOOD = (.56, .66, .52)
FIELDS = ((.94, .88, .70), (.90, .86, .76), (.84, .87, .70), (.95, .90, .80))
SEPIA = (.62, .46, .34)
RED = (.78, .28, .20)
CREST_AT = .548


def centreline(n=220):
    """The river's middle, from the upper left to the lower right."""
    u = np.linspace(-.06, 1.06, n)
    x = u + .035 * np.sin(u * 17)
    y = .30 + .42 * u + .115 * np.sin(u * 10.5 + .7) * (1 - .35 * u)
    return np.stack([x, y], axis=1), u


def half_width(u):
    """Broad and slow above the weir, narrow below it."""
    pool = np.exp(-((u - CREST_AT) / .20) ** 2) * (u < CREST_AT)
    return .018 + .036 * pool + .003 * np.sin(u * 23)


def banks(scale=1.0, grow=0.0):
    line, u = centreline()
    way = np.gradient(line, axis=0) * np.array([1.6, 1.0])
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    across = np.stack([-way[:, 1], way[:, 0]], axis=1) / np.array([1.6, 1.0])
    w = (half_width(u) * scale + grow)[:, None]
    return line + across * w, line - across * w, across, u


def distance_to_river(s):
    """For every pixel, how far the river is (in heights of the sheet)."""
    small_w, small_h = s.width // 6, s.height // 6
    y, x = np.mgrid[0:small_h, 0:small_w]
    line, _ = centreline(90)
    far = np.full((small_h, small_w), 9.0)
    for px, py in line:
        far = np.minimum(far, np.hypot((x / small_w - px) * s.width / s.height, y / small_h - py))
    image = Image.fromarray((np.clip(far, 0, 1) * 65535).astype(np.int32), mode="I")
    return np.asarray(image.resize((s.width, s.height), Image.BICUBIC)) / 65535


def contours(s, away):
    """Height lines: the land rises from the river, unevenly."""
    height = 9 * away ** .8 + 4.2 * smooth_noise(s.rng, s.height, s.width, int(210 * s.unit), 3)
    slope = np.hypot(*np.gradient(height)) + 1e-6
    for every, colour, strength, pen in ((.5, SEPIA, .40, .75), (2.5, SEPIA, .75, 1.15)):
        off = np.abs((height / every + .5) % 1 - .5) * every
        line = np.clip(1.2 - off / slope / (pen * s.unit), 0, 1)
        s.lay(line * (away > .055), colour, strength, rim=0, bloom=.25)
    return height


def fields(s, away):
    step, taken = .085, []
    for row in range(-1, 13):
        for column in range(-1, 13):
            x, y = column * step * 1.02 + .03 * (row % 2), row * step
            cx, cy = int(np.clip(x * s.width, 0, s.width - 1)), int(np.clip(y * s.height, 0, s.height - 1))
            if not .13 < away[cy, cx] < .44 or s.rng.random() < .38:
                continue
            w, h, lean = step * (.75 + .2 * s.rng.random()), step * (.7 + .25 * s.rng.random()), .02 * s.rng.normal()
            if any(abs(x - ox) < step * .95 and abs(y - oy) < step * .95 for ox, oy in taken):
                continue
            taken.append((x, y))
            quad = [(x, y), (x + w, y + lean), (x + w - lean, y + h), (x - lean, y + h - lean)]
            s.wash(quad, FIELDS[s.rng.integers(len(FIELDS))], .75, layers=6, amount=.01, spread=.03, cell=30)
            if s.rng.random() < .45:
                furrows = [[(x + w * k, y + .006 + lean * k), (x - lean + w * k, y + h - .006)] for k in np.linspace(.1, .9, 8)]
                s.strokes(furrows, SEPIA, .8, .30, dry=.5)


def woods(s, away):
    for cx, cy, size in ((.10, .12, .10), (.30, .20, .06), (.66, .26, .12), (.86, .40, .09), (.14, .82, .11),
                         (.40, .88, .09), (.90, .90, .05), (.50, .13, .05)):
        count = int(900 * size)
        for _ in range(count):
            a, r = s.rng.random() * 2 * np.pi, size * s.rng.random() ** .5
            x, y = cx + np.cos(a) * r * .85, cy + np.sin(a) * r
            if not (0 < x < 1 and 0 < y < 1) or away[int(y * s.height), int(x * s.width)] < .075:
                continue
            q = .007 + .006 * s.rng.random()
            blob = [(x + np.cos(t) * q * .62, y + np.sin(t) * q) for t in np.linspace(0, 2 * np.pi, 8)[:-1]]
            s.wash(blob, WOOD, .34 + .22 * s.rng.random(), layers=3, amount=.2, spread=.2, cell=14, rim=.7)


def water(s):
    left, right, across, u = banks()
    shape = list(map(tuple, left)) + list(map(tuple, right[::-1]))
    fill = blurred(s.mask(shape, layers=6, amount=.002, spread=.02), 1.0)
    s.lift(fill, .98)
    s.lay(fill, WATER, .72, rim=1.1, bloom=.35, cell=60)
    deep, deep_r, _, _ = banks(.55)
    s.wash(list(map(tuple, deep)) + list(map(tuple, deep_r[::-1])), WATER, .40, amount=.002, spread=.05, cell=40)
    below = u > CREST_AT
    flow = []
    line, _ = centreline()
    for shift in (-.55, -.2, .2, .55):
        track = line + across * (half_width(u) * shift)[:, None]
        for start in range(s.rng.integers(8), len(track) - 6, 13):
            span = track[start:start + (4 if below[start] else 7)]
            flow.append([tuple(p) for p in span])
    s.strokes(flow, tuple(c * .7 for c in WATER), 1.1, .6, dry=.3)
    s.strokes([list(map(tuple, left)), list(map(tuple, right))], INK, 1.3, .75, dry=.15)


def weir(s):
    left, right, _, u = banks(1.0, .010)
    i = int(np.sum(u < CREST_AT)) - 1
    a, b = left[i], right[i]
    line, _ = centreline()
    down = line[i + 2] - line[i]
    down = down / np.hypot(down[0] * 1.6, down[1])
    pool = [tuple(a + (b - a) * .1), tuple(b - (b - a) * .1), tuple(b - (b - a) * .30 + down * .085),
            tuple(a + (b - a) * .30 + down * .085)]
    s.lift(blurred(s.mask(pool, layers=8, amount=.01, spread=.08), 1.2), .92)
    falls = []
    for k in np.linspace(.14, .86, 15):
        p = a + (b - a) * k + down * .014
        q = a + (b - a) * (.5 + (k - .5) * .65) + down * (.045 + .03 * s.rng.random())
        falls.append([tuple(p), tuple(q)])
    s.strokes(falls, tuple(c * .8 for c in WATER), 1.2, .8, dry=.3)
    bar = [tuple(a), tuple(b), tuple(b + down * .013), tuple(a + down * .013)]
    s.lift(s.mask(bar, layers=2, amount=.0005, spread=.002), 1)
    s.wash(bar, RED, .85, layers=4, amount=.001, spread=.006, bloom=.2)
    s.strokes([bar + bar[:1]], INK, 1.5, .9)


def smoothed(line, window):
    """Where a bank bends sharply, its parallel would cross itself."""
    kernel = np.ones(window) / window
    return np.stack([np.convolve(line[:, k], kernel, "valid") for k in (0, 1)], axis=1)


def roads(s):
    for shift, side_of in ((.105, 0), (.13, 1)):
        line = smoothed(banks(1.0, shift)[side_of], 41)
        keep = [tuple(p) for p in line[::3] if -.02 < p[0] < 1.02 and -.02 < p[1] < 1.02]
        other = [(x + .0022, y + .0045) for x, y in keep]
        s.lift(s.mask(keep + other[::-1], layers=2, amount=.0005, spread=.002), .9)
        s.strokes([keep, other], SEPIA, 1.1, .8, dry=.2)


def survey(s):
    """The surveyor's cross marks, frame, north and scale."""
    marks = []
    for x in np.linspace(.1, .9, 5):
        for y in np.linspace(.14, .86, 4):
            marks += [[(x - .006, y), (x + .006, y)], [(x, y - .0096), (x, y + .0096)]]
    s.strokes(marks, INK, 1.1, .7)
    x, y = .935, .135
    s.strokes([[(x, y - .060), (x, y + .050)], [(x, y - .060), (x - .010, y - .026)], [(x, y - .060), (x + .010, y - .026)]],
              INK, 1.6, .9)
    s.lay(blurred(s.mask([(x, y - .060), (x + .010, y - .026), (x, y - .034)], layers=2, amount=.001, spread=.002), .6), INK, .9)
    x, y, w, h = .055, .915, .036, .010
    s.lift(s.mask([(x, y), (x + 5 * w, y), (x + 5 * w, y + h), (x, y + h)], layers=2, amount=.0005, spread=.001), 1)
    for k in range(5):
        if k % 2 == 0:
            s.wash([(x + k * w, y), (x + (k + 1) * w, y), (x + (k + 1) * w, y + h), (x + k * w, y + h)], INK, .95, layers=2,
                   amount=.0005, spread=.002, bloom=.1)
    s.strokes([[(x, y), (x + 5 * w, y), (x + 5 * w, y + h), (x, y + h), (x, y)]], INK, 1.2, .9)


def paint(width, height, seed):
    s = Sheet(width, height, seed)
    s.lay(np.ones((s.height, s.width)), (.97, .955, .90), .8, bloom=.5, cell=200)
    away = distance_to_river(s)
    s.lay(np.clip(1.25 - away / .16, 0, 1) ** .8, MEADOW, .9, bloom=.5, cell=70)
    fields(s, away)
    contours(s, away)
    roads(s)
    woods(s, away)
    water(s)
    weir(s)
    survey(s)
    s.border()
    return s


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    path = Path(sys.argv[1]) / "images" / "plan.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    paint(1728, 1080, 7).picture((1280, 800)).save(path, quality=80, optimize=True, progressive=True)
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
