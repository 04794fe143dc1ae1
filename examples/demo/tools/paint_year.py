#!/usr/bin/python3
"""Paints the demo's year: one (invented) river at its weir, month by month.

    paint_year.py SITE_DIRECTORY [MONTH|plate...]

Needs Debian's python3-numpy and python3-pil.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from watercolour import INK, Sheet, blurred, smooth_noise


class Month:
    """What a month changes in the scene. Colours are what the wash lets through."""

    def __init__(self, name, stage, sky, far, near, leaf, bank, water, **more):
        self.name, self.stage = name, stage
        self.sky, self.far, self.near = sky, far, near
        self.leaf, self.bank, self.water = leaf, bank, water
        self.snow = more.get("snow", 0)
        self.rain = more.get("rain", 0)
        self.mist = more.get("mist", 0)
        self.sun = more.get("sun")
        self.density = more.get("density", 1.0)
        self.flowers = more.get("flowers")


BARE = None
MONTHS = [
    Month("january", 0.84, (.76, .81, .86), (.66, .72, .80), (.50, .56, .62), BARE, (.88, .88, .90), (.50, .60, .68), snow=1.0),
    Month("february", 0.78, (.84, .85, .86), (.68, .72, .80), (.52, .54, .58), BARE, (.82, .80, .78), (.48, .58, .64), snow=.5, mist=.6),
    Month("march", 1.32, (.70, .78, .86), (.62, .68, .76), (.52, .55, .46), BARE, (.66, .66, .48), (.52, .56, .52), rain=.25),
    Month("april", 1.18, (.66, .80, .90), (.62, .72, .76), (.52, .64, .46), (.70, .80, .36), (.70, .75, .52), (.44, .62, .66), density=.55, sun=(.97, .93, .70)),
    Month("may", 0.92, (.58, .77, .91), (.56, .70, .76), (.48, .62, .54), (.58, .71, .42), (.63, .72, .47), (.40, .60, .67), flowers=(.93, .56, .62)),
    Month("june", 0.70, (.54, .75, .92), (.52, .67, .78), (.34, .54, .42), (.48, .62, .40), (.60, .69, .45), (.38, .58, .68), sun=(.99, .90, .62)),
    Month("july", 0.52, (.60, .78, .92), (.56, .68, .80), (.38, .54, .40), (.46, .58, .40), (.76, .74, .50), (.40, .59, .68), flowers=(.96, .84, .40)),
    Month("august", 0.40, (.86, .84, .78), (.70, .72, .78), (.50, .56, .40), (.50, .58, .40), (.86, .78, .48), (.44, .60, .66), sun=(.99, .80, .50)),
    Month("september", 0.48, (.74, .82, .88), (.62, .68, .78), (.54, .56, .38), (.64, .62, .26), (.78, .72, .42), (.40, .58, .66), mist=.5),
    Month("october", 0.66, (.88, .82, .76), (.66, .66, .76), (.62, .50, .34), (.86, .52, .18), (.76, .60, .34), (.40, .54, .60), sun=(.99, .82, .58)),
    Month("november", 1.06, (.66, .70, .74), (.62, .64, .70), (.50, .48, .44), (.66, .44, .26), (.60, .54, .42), (.44, .52, .55), rain=.9, density=.25),
    Month("december", 0.96, (.86, .78, .80), (.64, .66, .76), (.44, .48, .56), BARE, (.86, .86, .90), (.46, .54, .62), snow=.75, sun=(.98, .70, .62)),
]


def sky(s, m):
    s.lay(np.ones((s.height, s.width)) * np.linspace(1, 0, s.height)[:, None] ** 1.2, m.sky, 1.1, bloom=.55, cell=170)
    clouds = smooth_noise(s.rng, s.height, s.width, int(150 * s.unit), 4)
    top = np.clip(1 - np.arange(s.height) / (0.46 * s.height), 0, 1)[:, None]
    s.lift(np.clip((clouds - .55) * 5, 0, 1) * top ** .5, .62)
    if m.sun:
        y, x = np.mgrid[0:s.height, 0:s.width]
        far = np.hypot(x - .30 * s.width, y - .33 * s.height) / s.height
        glow = np.exp(-(far / .20) ** 2)
        s.lift(glow, .85)
        s.lay(glow, m.sun, .9, rim=0, bloom=.2)
        s.lift((blurred((far < .034).astype(float), 1.2 * s.unit)), .85)


def ridge(s, base, swing, seed):
    rng = np.random.default_rng(seed)
    xs = np.linspace(-.05, 1.05, 15)
    ys = base + swing * np.convolve(rng.normal(0, 1, 17), [.25, .5, .25], "valid")
    return list(zip(xs, ys))


def hills(s, m):
    for base, swing, colour, strength, seed in (
            (.345, .030, m.far, .55, 3), (.385, .026, m.far, .85, 8), (.425, .014, m.near, .75, 5)):
        top = ridge(s, base, swing, seed)
        s.wash(top + [(1.05, .53), (-.05, .53)], colour, strength, amount=.03, spread=.07, cell=60)
        if m.mist or base < .40:
            fog = np.exp(-((np.arange(s.height) / s.height - .475) / .035) ** 2)[:, None] * np.ones((1, s.width))
            s.lift(fog, .34 + .55 * m.mist)


# The river: its two banks as seen from the left bank below the weir.
LEFT_BANK = [(.485, .486), (.475, .498), (.505, .520), (.43, .552), (.27, .597), (.17, .63), (.13, .70), (.10, .84), (.02, 1.06)]
RIGHT_BANK = [(.520, .486), (.530, .498), (.605, .520), (.70, .555), (.80, .598), (.895, .66), (.93, .74), (.98, .88), (1.08, 1.06)]
CREST = ((.155, .655), (.90, .690))


def ground(s, m):
    left = [(-.06, .475), (.3, .487)] + LEFT_BANK + [(-.06, 1.06)]
    right = RIGHT_BANK + [(1.08, .478), (.8, .487)]
    for side in (left, right):
        s.wash(side, m.bank, .95, amount=.03, spread=.06, cell=70)
        s.wash([(x, y + .03) for x, y in side], m.bank, .45, amount=.06, spread=.16, cell=40)
    if m.snow:
        for side in (left, right):
            drift = s.mask([(x, y + .01) for x, y in side], amount=.05, spread=.1)
            s.lift(drift * smooth_noise(s.rng, s.height, s.width, int(60 * s.unit)), 1.15 * m.snow)
    tufts = []
    for _ in range(170):
        x, y = s.rng.random() * 1.02 - .01, .53 + .47 * s.rng.random() ** .8
        if inside_river(x, y, .03):
            continue
        size = .008 + .055 * (y - .5)
        lean = s.rng.normal(0, .3)
        for k in (-.5, 0, .55):
            tufts.append([(x, y), (x + size * (k + lean) * .5, y - size * (1 - abs(k) * .3))])
    s.strokes(tufts, tuple(c * .72 for c in m.bank), 1.3, .75 - .3 * m.snow, dry=.4)


def inside_river(x, y, margin):
    def edge(bank):
        ys = [p[1] for p in bank]
        xs = [p[0] for p in bank]
        return np.interp(y, ys, xs)
    return edge(LEFT_BANK) - margin < x < edge(RIGHT_BANK) + margin


def rise(m):
    """How much higher than in summer the water stands, as a part of the sheet."""
    return (m.stage - .40) * .055


def river(s, m):
    whole = LEFT_BANK + RIGHT_BANK[::-1]
    basin = blurred(s.mask(whole, layers=10, amount=.01, spread=.03), 1.5 * s.unit)
    s.lift(basin, .97)
    (lx, ly), (rx, ry) = CREST
    up = [p for p in LEFT_BANK if p[1] < ly] + [CREST[0], CREST[1]] + [p for p in RIGHT_BANK if p[1] < ry][::-1]
    s.wash(up, m.water, .62, amount=.008, spread=.02, cell=120, bloom=.25)
    # The hills stand upside down in the still pool, darker towards the crest.
    pool = s.mask(up, layers=6, amount=.006, spread=.02)
    depth = np.clip((np.arange(s.height) / s.height - .49) / .19, 0, 1)[:, None]
    s.lay(pool * (1 - depth) ** 2, m.near, .60, cell=30, bloom=.6)
    s.lay(pool * depth ** 2, m.water, .75, cell=50, bloom=.3)
    lines = []
    for _ in range(70):
        y = .495 + .17 * s.rng.random() ** .7
        x = .12 + .8 * s.rng.random()
        w = .012 + .28 * (y - .48) * s.rng.random()
        if inside_river(x, y, -.02 - w) and inside_river(x + w, y, -.02):
            lines.append([(x, y), (x + w, y + .002)])
    s.strokes(lines, m.water, 1.2, .7, dry=.6)


def tail(s, m):
    """The water below the weir: dark, moving, with white between."""
    low = [(.135, .760), (.35, .765), (.62, .790), (.925, .800), (.98, .88), (1.08, 1.06), (.02, 1.06), (.10, .84)]
    s.wash(low, m.water, .80, amount=.01, spread=.05, cell=60, bloom=.5)
    s.wash([(x, y + .06) for x, y in low], m.water, .85, amount=.02, spread=.10, cell=40, bloom=.6)
    s.wash([(x, y + .16) for x, y in low], tuple(c * .92 for c in m.water), .7, amount=.02, spread=.1, cell=40, bloom=.6)
    for shore in ([(.135, .765), (.10, .84), (.02, 1.06), (-.05, 1.06), (.06, .84), (.10, .77)],
                  [(.925, .800), (.98, .88), (1.08, 1.06), (1.14, 1.06), (1.02, .86), (.96, .79)]):
        s.wash(shore, tuple((a + b) / 2 for a, b in zip(m.bank, (.74, .70, .62))), .9, amount=.02, spread=.08, cell=16,
               bloom=.7)
    glints, swirls = [], []
    for _ in range(120):
        y = .79 + .22 * s.rng.random()
        x = .04 + .92 * s.rng.random()
        if not inside_river(x, y, -.03):
            continue
        w = (.02 + .10 * (y - .75)) * (.4 + s.rng.random())
        line = [(x, y), (x + w * .5, y + .006 * s.rng.normal()), (x + w, y + .003)]
        (glints if s.rng.random() < .5 else swirls).append(line)
    s.strokes(swirls, tuple(c * .8 for c in m.water), 2.0, .55, dry=.7)
    image = Image.new("L", (s.width, s.height))
    pen = ImageDraw.Draw(image)
    for line in glints:
        pen.line(s.px(line), fill=255, width=max(1, round(2.2 * s.unit)))
    s.lift(blurred(np.asarray(image) / 255, .8 * s.unit) * (s.tooth > -.5), .8)


def weir(s, m):
    (lx, ly), (rx, ry) = CREST
    up = rise(m)
    flow = np.clip((m.stage - .3) / 1.0, .12, 1)
    face = [(lx, ly), (rx, ry), (rx + .03, ry + .115), (.62, .795), (.35, .772), (lx - .025, ly + .108)]
    s.lift(blurred(s.mask(face, layers=8, amount=.006, spread=.02), 1.0 * s.unit), .96)
    # What the falling sheet leaves uncovered is wet stone.
    stone = s.mask(face, layers=8, amount=.01, spread=.04)
    gaps = smooth_noise(s.rng, s.height, s.width, int(26 * s.unit), 3)
    s.lay(stone * np.clip((gaps - .28 - .34 * flow) * 6, 0, 1), (.46, .44, .42), .95, cell=20)
    falls = []
    for _ in range(int(150 + 160 * flow)):
        k = s.rng.random()
        x, y = lx + (rx - lx) * k, ly + (ry - ly) * k
        drop = (.090 + .025 * k) * (.35 + .65 * s.rng.random())
        start = .02 * s.rng.random()
        slant = (k - .42) * .05
        falls.append([(x + slant * start / .1, y + start), (x + slant, y + drop)])
    s.strokes(falls, m.water, 1.3, .62, dry=.9)
    s.wash([(lx, ly - .004), (rx, ry - .004), (rx, ry + .010 + up * .3), (lx, ly + .008 + up * .3)], m.water, .95,
           amount=.004, spread=.02, bloom=.2)
    s.strokes([[(lx, ly + .001), (rx, ry + .001)]], tuple(c * .8 for c in m.water), 1.5, .7, dry=.3)
    foam = []
    for _ in range(int(90 + 220 * flow)):
        k = s.rng.random()
        x = .13 + .80 * k
        y = .772 + .032 * k + abs(s.rng.normal(0, .010 + .022 * flow))
        foam.append((x, y, (.004 + .008 * s.rng.random()) * (.6 + .7 * k)))
    image = Image.new("L", (s.width, s.height))
    pen = ImageDraw.Draw(image)
    for x, y, r in foam:
        pen.ellipse([(x - r) * s.width, (y - r * .55) * s.height, (x + r) * s.width, (y + r * .55) * s.height], fill=255)
    s.lift(blurred(np.asarray(image) / 255, 1.4 * s.unit), .9)
    for x, wide in ((lx - .035, .045), (rx - .006, .050)):
        y = np.interp(x, (lx, rx), (ly, ry))
        block = [(x, y - .035), (x + wide, y - .035), (x + wide + .008, y + .115), (x - .008, y + .120)]
        s.lift(s.mask(block, layers=4, amount=.004, spread=.01), .95)
        s.wash(block, (.70, .66, .60), .85, amount=.006, spread=.02, cell=24, bloom=.5)
        s.wash([(x + wide * .6, y - .03), (x + wide, y - .035), (x + wide + .008, y + .115), (x + wide * .6, y + .115)],
               (.62, .58, .56), .6, amount=.006, spread=.02)
        if m.snow:
            s.lift(s.mask([(x - .004, y - .042), (x + wide + .004, y - .042), (x + wide + .003, y - .026), (x - .003, y - .024)],
                          layers=4, amount=.01, spread=.04), m.snow)


def staff(s, m):
    """The gauge in the foreground: black and red marks, wet up to the stage."""
    x0, x1, y0, y1 = .205, .240, .555, 1.0
    edge = 1.4 / s.width * s.unit
    post = [(x0 - edge, y0), (x1 + edge, y0), (x1 + edge, y1), (x0 - edge, y1)]
    s.lift(s.mask(post, layers=2, amount=.0005, spread=.002), 1)
    marks, reds = [], []
    for i in range(15):
        y = y0 + .012 + i * .030
        if i % 5 == 0:
            reds.append([(x0, y), (x1, y), (x1, y + .013), (x0, y + .013)])
        else:
            reach = .58 if i % 2 else .80
            marks.append([(x0, y), (x0 + (x1 - x0) * reach, y), (x0 + (x1 - x0) * reach, y + .013), (x0, y + .013)])
    for shapes, colour in ((marks, INK), (reds, (.80, .26, .18))):
        for shape in shapes:
            s.wash(shape, colour, .92, layers=3, amount=.001, spread=.008, bloom=.2)
    s.strokes([post + post[:1]], INK, 1.3, .85)
    water = .965 - (m.stage - .40) * .17
    wet = [(x0 - edge, water), (x1 + edge, water + .004), (x1 + edge, 1.06), (x0 - edge, 1.06)]
    s.wash(wet, m.water, 1.25, layers=3, amount=.001, spread=.004)
    s.strokes([[(x0 - .06, water + .004), (x1 + .07, water + .006)], [(x0 - .03, water + .02), (x1 + .05, water + .022)]],
              tuple(c * .75 for c in m.water), 1.6, .6, dry=.3)


def branches(s, x, y, height, spread):
    """A bare tree, grown from a list instead of by recursion."""
    lines, todo = [], [(x, y, -np.pi / 2 + s.rng.normal(0, .05), height * .34, 0)]
    aspect = s.height / s.width
    while todo:
        x, y, angle, length, depth = todo.pop()
        ex, ey = x + np.cos(angle) * length * aspect, y + np.sin(angle) * length
        lines.append((depth, [(x, y), (ex, ey)]))
        if depth < 6:
            for turn in (-spread, spread * .9, s.rng.normal(0, .15)):
                if s.rng.random() < .80:
                    todo.append((ex, ey, angle + turn * (.6 + .8 * s.rng.random()), length * (.60 + .2 * s.rng.random()), depth + 1))
    for depth in range(7):
        s.strokes([l for d, l in lines if d == depth], (.34, .31, .30), max(.7, 4.2 - depth * .8) * height * 2.4,
                  .95 - depth * .06)


def crown(s, x, y, height, colour, density):
    aspect = s.height / s.width
    for i in range(int(6 + 40 * density)):
        a, r = s.rng.random() * 2 * np.pi, s.rng.random() ** .5
        cx, cy = x + np.cos(a) * r * height * .34 * aspect, y - height * .64 + np.sin(a) * r * height * .34
        size = height * (.035 + .075 * s.rng.random())
        blob = [(cx + np.cos(t) * size * aspect, cy + np.sin(t) * size) for t in np.linspace(0, 2 * np.pi, 9)[:-1]]
        shade = 1 - .25 * (np.sin(a) > 0) * r
        s.wash(blob, tuple(c * shade for c in colour), .20 + .30 * s.rng.random(), layers=4, amount=.25, spread=.30,
               cell=14, bloom=.5, rim=.5)


def trees(s, m):
    row = [(.03, .520, .075), (.085, .528, .10), (.14, .525, .085), (.22, .522, .065), (.40, .512, .05),
           (.70, .518, .07), (.75, .524, .09), (.86, .535, .12)]
    for x, y, h in row:
        if m.leaf is BARE:
            crown(s, x, y, h, tuple((c + 1) / 2 for c in m.near), .3)
        else:
            crown(s, x, y, h, tuple((a + b) / 2 for a, b in zip(m.leaf, m.near)), .45)
    if m.leaf is not BARE:
        crown(s, .905, .69, .56, m.leaf, m.density)
    branches(s, .912, .70, .56, .42)
    if m.leaf is not BARE:
        crown(s, .905, .69, .56, m.leaf, m.density * .7)
        crown(s, .945, .66, .44, m.leaf, m.density * .5)


def meadow(s, m):
    if m.flowers:
        for _ in range(60):
            x, y = s.rng.random(), .80 + .2 * s.rng.random()
            if inside_river(x, y, .02):
                continue
            r = .004 + .004 * s.rng.random()
            s.wash([(x - r, y), (x, y - r), (x + r, y), (x, y + r)], m.flowers, 1.2, layers=3, amount=.2)


def weather(s, m):
    if m.rain:
        lines = []
        for _ in range(int(260 * m.rain)):
            x, y, n = s.rng.random() * 1.1, s.rng.random() * .95, .03 + .05 * s.rng.random()
            lines.append([(x, y), (x - n * .28, y + n)])
        s.strokes(lines, (.45, .50, .55), 1.0, .42, dry=.5)
    if m.snow > .6:
        image = Image.new("L", (s.width, s.height))
        pen = ImageDraw.Draw(image)
        for _ in range(int(240 * m.snow)):
            x, y = s.rng.random() * s.width, s.rng.random() * s.height
            r = (.8 + 2.2 * s.rng.random() ** 2) * s.unit
            pen.ellipse([x - r, y - r, x + r, y + r], fill=255)
        s.lift(blurred(np.asarray(image) / 255, .6 * s.unit), .95)


def scene(month, width, height, seed):
    s = Sheet(width, height, seed)
    for paint in (sky, hills, ground, river, tail, weir, trees, meadow, staff, weather):
        paint(s, month)
    s.border()
    return s


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    site = Path(sys.argv[1])
    wanted = sys.argv[2:]
    year = site / "wire" / "year"
    year.mkdir(parents=True, exist_ok=True)
    if not wanted or "plate" in wanted:
        path = site / "images" / "low-water.webp"
        path.parent.mkdir(exist_ok=True)
        scene(MONTHS[7], 1600, 700, 88).picture((1280, 560)).save(path, quality=76, method=6)
        print(f"{path}: {path.stat().st_size} bytes")
    for number, month in enumerate(MONTHS, 1):
        path = year / f"{number:02}-{month.name}.webp"
        if wanted and month.name not in wanted:
            continue
        scene(month, 880, 660, 100 + number).picture((480, 360)).save(path, quality=78, method=6)
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
