#!/usr/bin/python3
"""Draws the demo's heading face, "Weir Gauge", and writes it as woff2.

The face follows the lettering of technical drawings: one pen with a round
point, straight lines and quarter turns. A glyph is therefore only the way of
the pen's centre; this script gives that way its width.

    make_font.py OUTPUT_DIRECTORY

Needs Debian's python3-fonttools and python3-brotli.
"""

import math
import sys
from pathlib import Path

from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import flagOverlapSimple

FAMILY = "Weir Gauge"
VERSION = "1.0"
EM = 1000
CAP = 700
LOWER = 505
ASCENDER = 740
DESCENDER = -200
# How far a quarter turn's handles reach. A circle would be 0.5523; more makes
# the squarer turn of a lettering template.
TURN = 0.60
SIDE = {"s": 70, "r": 53, "d": 22, "t": 32, "n": 8}


class Level:
    """Heights of the pen's centre, for one pen width."""

    def __init__(self, pen):
        half = pen / 2
        self.b = half
        self.t = CAP - half
        self.x = LOWER - half
        self.a = ASCENDER - half
        self.d = DESCENDER + half
        self.m = CAP * 0.525


def skeletons(v):
    """The way of the pen for every glyph.

    name: (left side, right side, strokes). A stroke is a list of moves:
    (x, y) a straight line; ("h", x, y) a quarter turn that leaves level;
    ("v", x, y) a quarter turn that leaves upright; ("c", six numbers) a cubic.
    ("dot", x, y) alone is one touch of a slightly broader pen.
    """
    b, t, x, a, d, m = v.b, v.t, v.x, v.a, v.d, v.m
    mid = (b + t) / 2

    def ring(left, right, low, high, bend):
        c = (left + right) / 2
        return [(c, high), ("h", right, high - bend), (right, low + bend), ("v", c, low),
                ("h", left, low + bend), (left, high - bend), ("v", c, high)]

    def on(x0, y0, x1, y1, y):
        return x0 + (x1 - x0) * (y - y0) / (y1 - y0)

    bowl = ring(0, 352, b, x, 172)
    g = {}
    g["A"] = "dd", [[(0, b), (242, t), (484, b)],
                    [(on(0, b, 242, t, 232), 232), (on(484, b, 242, t, 232), 232)]]
    g["B"] = "sr", [[(0, b), (0, t), (225, t), ("h", 385, (t + m) / 2), ("v", 225, m), (0, m)],
                    [(225, m), (240, m), ("h", 424, (m + b) / 2), ("v", 240, b), (0, b)]]
    g["C"] = "rr", [[(430, t - 165), ("v", 222, t), ("h", 0, t - 222), (0, b + 222), ("v", 222, b),
                     ("h", 430, b + 165)]]
    g["D"] = "sr", [[(0, b), (0, t), (190, t), ("h", 438, t - 240), (438, b + 240), ("v", 190, b), (0, b)]]
    g["E"] = "st", [[(372, t), (0, t), (0, b), (372, b)], [(0, m), (318, m)]]
    g["F"] = "st", [[(366, t), (0, t), (0, b)], [(0, m - 14), (308, m - 14)]]
    g["G"] = "rs", [[(432, t - 160), ("v", 222, t), ("h", 0, t - 222), (0, b + 222), ("v", 222, b),
                     ("h", 440, b + 208), (440, mid - 12), (262, mid - 12)]]
    g["H"] = "ss", [[(0, b), (0, t)], [(430, b), (430, t)], [(0, m), (430, m)]]
    g["I"] = "ss", [[(0, b), (0, t)]]
    g["J"] = "ts", [[(278, t), (278, b + 172), ("v", 128, b), ("h", 0, b + 118)]]
    g["K"] = "sd", [[(0, b), (0, t)], [(400, t), (0, 238)], [(140, 238 + 140 * (t - 238) / 400), (424, b)]]
    g["L"] = "st", [[(0, t), (0, b), (352, b)]]
    g["M"] = "ss", [[(0, b), (0, t), (272, 196), (544, t), (544, b)]]
    g["N"] = "ss", [[(0, b), (0, t), (440, b), (440, t)]]
    g["O"] = "rr", [ring(0, 460, b, t, 230)]
    g["P"] = "sr", [[(0, b), (0, t), (212, t), ("h", 408, (t + m - 40) / 2), ("v", 212, m - 40), (0, m - 40)]]
    g["Q"] = "rr", [ring(0, 460, b, t, 230), [(282, 196), (470, b - 26)]]
    g["R"] = "sd", [[(0, b), (0, t), (220, t), ("h", 404, (t + m - 24) / 2), ("v", 220, m - 24), (0, m - 24)],
                    [(226, m - 24), (424, b)]]
    g["S"] = "rr", [[(400, t - 132), ("v", 206, t), ("h", 14, t - 152),
                     ("c", 14, t - 330, 414, b + 344, 414, b + 168), ("v", 204, b), ("h", 0, b + 140)]]
    g["T"] = "tt", [[(0, t), (436, t)], [(218, t), (218, b)]]
    g["U"] = "ss", [[(0, t), (0, b + 215), ("v", 214, b), ("h", 428, b + 215), (428, t)]]
    g["V"] = "dd", [[(0, t), (232, b), (464, t)]]
    g["W"] = "dd", [[(0, t), (172, b), (344, t - 90), (516, b), (688, t)]]
    g["X"] = "dd", [[(0, t), (432, b)], [(432, t), (0, b)]]
    g["Y"] = "dd", [[(0, t), (222, 304), (444, t)], [(222, 304), (222, b)]]
    g["Z"] = "tt", [[(10, t), (400, t), (0, b), (410, b)]]

    g["a"] = "rs", [[(26, x - 78), ("c", 48, x - 24, 100, x, 166, x), ("h", 330, x - 152), (330, b)],
                    [(330, 278), (158, 278), ("h", 0, (278 + b) / 2), ("v", 150, b),
                     ("c", 236, b, 330, b + 58, 330, b + 142)]]
    g["b"] = "sr", [[(0, a), (0, b)], bowl]
    g["c"] = "rt", [[(318, x - 118), ("v", 168, x), ("h", 0, x - 172), (0, b + 172), ("v", 168, b), ("h", 318, b + 118)]]
    g["d"] = "rs", [[(352, a), (352, b)], bowl]
    g["e"] = "rr", [[(0, 262), (346, 262), (346, x - 172), ("v", 173, x), ("h", 0, x - 172), (0, b + 172),
                     ("v", 176, b), ("c", 248, b, 300, b + 34, 326, b + 92)]]
    g["f"] = "tn", [[(268, a), (244, a), ("h", 104, a - 140), (104, b)], [(0, x), (248, x)]]
    g["g"] = "rs", [[(352, x), (352, d + 158), ("v", 184, d), ("c", 104, d, 48, d + 26, 16, d + 66)], bowl]
    arch = [(0, x - 172), ("v", 172, x), ("h", 338, x - 166), (338, b)]
    g["h"] = "ss", [[(0, a), (0, b)], arch]
    g["i"] = "ss", [[(0, x), (0, b)], [("dot", 0, a - 42)]]
    g["j"] = "ns", [[(106, x), (106, d + 132), ("v", 0, d)], [("dot", 106, a - 42)]]
    g["k"] = "sd", [[(0, a), (0, b)], [(300, x), (0, 176)], [(112, 176 + 112 * (x - 176) / 300), (324, b)]]
    g["l"] = "st", [[(0, a), (0, b + 112), ("v", 112, b), (124, b)]]
    g["m"] = "ss", [[(0, x), (0, b)], [(0, x - 160), ("v", 156, x), ("h", 296, x - 150), (296, b)],
                    [(296, x - 160), ("v", 452, x), ("h", 592, x - 150), (592, b)]]
    g["n"] = "ss", [[(0, x), (0, b)], arch]
    g["o"] = "rr", [ring(0, 356, b, x, 174)]
    g["p"] = "sr", [[(0, x), (0, d)], bowl]
    g["q"] = "rs", [[(352, x), (352, d)], bowl]
    g["r"] = "sn", [[(0, x), (0, b)], [(0, x - 172), ("v", 172, x), (212, x)]]
    g["s"] = "rr", [[(298, x - 84), ("c", 276, x - 28, 226, x, 158, x), ("h", 12, x - 112),
                     ("c", 12, x - 234, 318, b + 250, 318, b + 118), ("v", 158, b),
                     ("c", 84, b, 26, b + 34, 0, b + 92)]]
    g["t"] = "tt", [[(96, x + 146), (96, b + 128), ("v", 218, b), (250, b)], [(0, x), (244, x)]]
    g["u"] = "ss", [[(0, x), (0, b + 166), ("v", 166, b), ("h", 338, b + 172)], [(338, x), (338, b)]]
    g["v"] = "dd", [[(0, x), (172, b), (344, x)]]
    g["w"] = "dd", [[(0, x), (132, b), (264, x - 50), (396, b), (528, x)]]
    g["x"] = "dd", [[(0, x), (320, b)], [(320, x), (0, b)]]
    g["y"] = "dd", [[(0, x), (174, b + 12)], [(348, x), (174, b + 12), ("c", 128, -70, 110, d, 14, d)]]
    g["z"] = "tt", [[(8, x), (300, x), (0, b), (308, b)]]

    g["zero"] = "rr", [ring(0, 388, b, t, 212)]
    g["one"] = "ts", [[(0, t - 152), (178, t), (178, b)]]
    g["two"] = "rr", [[(6, t - 150), ("v", 190, t), ("h", 372, t - 172),
                       ("c", 372, t - 322, 210, 264, 0, b), (388, b)]]
    g["three"] = "tr", [[(10, t - 118), ("c", 44, t - 30, 112, t, 184, t), ("h", 360, t - 146), ("v", 200, m - 4),
                         (128, m - 4)],
                        [(200, m - 4), ("h", 388, (m + b) / 2), ("v", 186, b), ("c", 100, b, 30, b + 42, 0, b + 126)]]
    g["four"] = "td", [[(268, t), (0, 186), (416, 186)], [(306, 356), (306, b)]]
    g["five"] = "rr", [[(350, t), (62, t), (34, 378), ("c", 76, 420, 130, 438, 186, 438), ("h", 388, 238),
                        ("v", 186, b), ("c", 98, b, 32, b + 40, 0, b + 116)]]
    g["six"] = "rr", [[(320, t), ("c", 130, t - 78, 0, 410, 0, 230), ("v", 194, b), ("h", 388, 222),
                       ("v", 204, 420), ("c", 110, 420, 30, 370, 4, 270)]]
    g["seven"] = "tt", [[(0, t), (384, t), (136, b)]]
    g["eight"] = "rr", [ring(22, 370, m, t, 146), ring(0, 392, b, m, 164)]
    g["nine"] = "rr", [[(68, b), ("c", 258, b + 78, 388, 290, 388, t - 192), ("v", 194, t), ("h", 0, t - 184),
                        ("v", 184, t - 382), ("c", 278, t - 382, 358, t - 332, 384, t - 232)]]

    low, high = b + 6, t
    g["period"] = "ss", [[("dot", 0, low)]]
    g["comma"] = "ss", [[("dot", 30, low)], [(34, low), (0, -96)]]
    g["colon"] = "ss", [[("dot", 0, low)], [("dot", 0, x - 24)]]
    g["semicolon"] = "ss", [[("dot", 30, low)], [(34, low), (0, -96)], [("dot", 30, x - 24)]]
    g["ellipsis"] = "ss", [[("dot", 0, low)], [("dot", 216, low)], [("dot", 432, low)]]
    g["periodcentered"] = "ss", [[("dot", 0, 290)]]
    g["bullet"] = "ss", [[("dot", 0, 290)], [("dot", 16, 290)], [("dot", 8, 304)], [("dot", 8, 276)]]
    g["exclam"] = "ss", [[(0, high), (0, 224)], [("dot", 0, low)]]
    g["question"] = "rr", [[(0, t - 138), ("v", 172, t), ("h", 340, t - 160),
                            ("c", 340, 372, 168, 392, 168, 218)], [("dot", 168, low)]]
    g["quotesingle"] = "ss", [[(0, high), (0, 500)]]
    g["quotedbl"] = "ss", [[(0, high), (0, 500)], [(128, high), (128, 500)]]
    g["quoteright"] = "ss", [[(36, high), (0, 520)]]
    g["quoteleft"] = "ss", [[(36, 520), (0, high)]]
    g["quotedblright"] = "ss", [[(36, high), (0, 520)], [(164, high), (128, 520)]]
    g["quotedblleft"] = "ss", [[(36, 520), (0, high)], [(164, 520), (128, high)]]
    g["hyphen"] = "tt", [[(0, 276), (196, 276)]]
    g["endash"] = "tt", [[(0, 276), (392, 276)]]
    g["emdash"] = "tt", [[(0, 276), (720, 276)]]
    g["minus"] = "ss", [[(0, 318), (330, 318)]]
    g["underscore"] = "nn", [[(0, -90), (440, -90)]]
    g["slash"] = "dd", [[(0, -60), (268, ASCENDER)]]
    g["backslash"] = "dd", [[(0, ASCENDER), (268, -60)]]
    g["bar"] = "ss", [[(0, -100), (0, ASCENDER)]]
    g["parenleft"] = "rt", [[(134, ASCENDER), ("c", -44, 520, -44, 120, 134, -100)]]
    g["parenright"] = "tr", [[(0, ASCENDER), ("c", 178, 520, 178, 120, 0, -100)]]
    g["bracketleft"] = "st", [[(148, ASCENDER), (0, ASCENDER), (0, -100), (148, -100)]]
    g["bracketright"] = "ts", [[(0, ASCENDER), (148, ASCENDER), (148, -100), (0, -100)]]
    g["braceleft"] = "tt", [[(204, ASCENDER), ("h", 92, ASCENDER - 116), (92, 420), ("v", 0, 320), ("h", 92, 220),
                             (92, 16), ("v", 204, -100)]]
    g["braceright"] = "tt", [[(0, ASCENDER), ("h", 112, ASCENDER - 116), (112, 420), ("v", 204, 320), ("h", 112, 220),
                              (112, 16), ("v", 0, -100)]]
    g["less"] = "tt", [[(330, 520), (0, 318), (330, 116)]]
    g["greater"] = "tt", [[(0, 520), (330, 318), (0, 116)]]
    g["plus"] = "ss", [[(0, 318), (352, 318)], [(176, 142), (176, 494)]]
    g["equal"] = "ss", [[(0, 404), (340, 404)], [(0, 232), (340, 232)]]
    g["multiply"] = "ss", [[(0, 190), (256, 446)], [(256, 190), (0, 446)]]
    g["divide"] = "ss", [[(0, 318), (352, 318)], [("dot", 176, 494)], [("dot", 176, 142)]]
    g["asciitilde"] = "ss", [[(0, 270), ("c", 90, 450, 240, 190, 330, 366)]]
    g["asciicircum"] = "tt", [[(0, 480), (150, t), (300, 480)]]
    g["grave"] = "ss", [[(0, high), (110, 560)]]
    g["asterisk"] = "tt", [[(150, high), (150, 412)], [(20, 622), (280, 478)], [(280, 622), (20, 478)]]
    g["numbersign"] = "tt", [[(140, t), (80, b)], [(344, t), (284, b)], [(24, 466), (424, 466)], [(0, 234), (400, 234)]]
    g["percent"] = "rr", [ring(0, 200, 420, t, 116), ring(392, 592, b, 280, 116), [(500, t), (92, b)]]
    g["ampersand"] = "rd", [[(484, 292), ("c", 452, 130, 330, b, 190, b), ("h", 0, 206),
                             ("c", 0, 390, 328, 362, 328, 534), ("v", 206, t), ("h", 84, 540),
                             ("c", 84, 400, 330, 210, 492, b)]]
    g["at"] = "rr", [[(524, 176), (470, 176), ("h", 424, 240), (424, 436)], ring(186, 424, 176, 456, 132),
                     [(524, 176), ("h", 640, 330), (640, 404), ("v", 322, t), ("h", 0, 330), ("v", 330, -66),
                      ("c", 410, -66, 470, -48, 520, -18)]]
    g["dollar"] = "rr", [[(400, t - 132), ("v", 206, t), ("h", 14, t - 152),
                          ("c", 14, t - 330, 414, b + 344, 414, b + 168), ("v", 204, b), ("h", 0, b + 140)],
                         [(206, CAP + 70), (206, -70)]]
    g["Euro"] = "nr", [[(456, t - 96), ("c", 420, t - 30, 370, t, 300, t), ("h", 84, t - 222), (84, b + 222),
                        ("v", 300, b), ("c", 370, b, 420, b + 30, 456, b + 96)],
                       [(0, 412), (330, 412)], [(0, 274), (310, 274)]]
    g["section"] = "rr", [[(318, t - 70), ("c", 290, t - 20, 240, t, 178, t), ("h", 24, t - 128),
                           ("c", 24, 420, 344, 420, 344, 262), ("v", 262, 180)],
                          [(18, 30), ("c", 46, -20, 96, -44, 158, -44), ("h", 318, 82),
                           ("c", 318, 238, 0, 236, 0, 394), ("v", 80, 476)]]
    g["degree"] = "rr", [ring(0, 184, 488, t, 88)]
    g["arrowright"] = "tt", [[(0, 318), (520, 318)], [(366, 472), (520, 318), (366, 164)]]
    g["arrowleft"] = "tt", [[(0, 318), (520, 318)], [(154, 472), (0, 318), (154, 164)]]
    g["arrowup"] = "tt", [[(154, b), (154, t)], [(0, t - 154), (154, t), (308, t - 154)]]
    g["arrowdown"] = "tt", [[(154, b), (154, t)], [(0, b + 154), (154, b), (308, b + 154)]]
    return g


CODES = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "period": ".", "comma": ",", "colon": ":", "semicolon": ";", "ellipsis": "…",
    "periodcentered": "·", "bullet": "•", "exclam": "!", "question": "?", "quotesingle": "'", "quotedbl": '"',
    "quoteright": "’", "quoteleft": "‘", "quotedblright": "”", "quotedblleft": "“", "hyphen": "-", "endash": "–",
    "emdash": "—", "minus": "−", "underscore": "_", "slash": "/", "backslash": "\\", "bar": "|", "parenleft": "(",
    "parenright": ")", "bracketleft": "[", "bracketright": "]", "braceleft": "{", "braceright": "}", "less": "<",
    "greater": ">", "plus": "+", "equal": "=", "multiply": "×", "divide": "÷", "asciitilde": "~",
    "asciicircum": "^", "grave": "`", "asterisk": "*", "numbersign": "#", "percent": "%", "ampersand": "&",
    "at": "@", "dollar": "$", "Euro": "€", "section": "§", "degree": "°", "arrowright": "→", "arrowleft": "←",
    "arrowup": "↑", "arrowdown": "↓",
}

KERN = """
@rightopen = [A R K k];
@roundleft = [c e o d g q a s C G O Q];
@steep = [V W Y v w y];
@foot = [period comma ellipsis];
feature kern {
  pos A [V W Y T] -64;  pos [V W Y T] A -64;
  pos T [a c d e g o q r s u w y] -58;
  pos Y [a c d e g o q s u] -46;
  pos [V W] [a c d e g o q s] -24;
  pos L [T V Y quoteright] -70;
  pos [P F] [A period comma] -64;
  pos [V W Y v w y r] @foot -58;
  pos @rightopen @steep -14;  pos @steep @roundleft -10;
  pos r [a c d e g o q] -16;
  pos [f t] [a c d e g o q] -10;
} kern;
"""


class Segment:
    """A piece of the pen's way: a straight line or a cubic."""

    def __init__(self, points):
        self.points = points

    def at(self, u):
        """Point and unit direction at u in 0..1."""
        p = self.points
        if len(p) == 2:
            (x0, y0), (x1, y1) = p
            px, py, dx, dy = x0 + (x1 - x0) * u, y0 + (y1 - y0) * u, x1 - x0, y1 - y0
        else:
            w = 1 - u
            c = (w * w * w, 3 * w * w * u, 3 * w * u * u, u * u * u)
            px = sum(k * q[0] for k, q in zip(c, p))
            py = sum(k * q[1] for k, q in zip(c, p))
            e = (w * w, 2 * w * u, u * u)
            dx = sum(k * (p[i + 1][0] - p[i][0]) for i, k in enumerate(e))
            dy = sum(k * (p[i + 1][1] - p[i][1]) for i, k in enumerate(e))
        n = math.hypot(dx, dy)
        return (px, py), (dx / n, dy / n)

    def steps(self):
        if len(self.points) == 2:
            return 1
        turned, last = 0.0, self.at(0)[1]
        for i in range(1, 17):
            now = self.at(i / 16)[1]
            turned += abs(math.atan2(last[0] * now[1] - last[1] * now[0], last[0] * now[0] + last[1] * now[1]))
            last = now
        return max(2, math.ceil(turned / math.radians(20)))


def segments(stroke):
    """Moves of one stroke as segments."""
    x, y = stroke[0]
    out = []
    for move in stroke[1:]:
        if move[0] == "h":
            _, nx, ny = move
            points = [(x, y), (x + (nx - x) * TURN, y), (nx, ny - (ny - y) * TURN), (nx, ny)]
        elif move[0] == "v":
            _, nx, ny = move
            points = [(x, y), (x, y + (ny - y) * TURN), (nx - (nx - x) * TURN, ny), (nx, ny)]
        elif move[0] == "c":
            points = [(x, y), tuple(move[1:3]), tuple(move[3:5]), tuple(move[5:7])]
        else:
            points = [(x, y), tuple(move)]
        out.append(Segment(points))
        x, y = points[-1]
    return out


def runs(parts):
    """Segments that follow each other without a corner belong to one run."""
    out = [[parts[0]]]
    for part in parts[1:]:
        (ax, ay), (bx, by) = out[-1][-1].at(1)[1], part.at(0)[1]
        if ax * bx + ay * by > 0.999:
            out[-1].append(part)
        else:
            out.append([part])
    return out


def side(run, offset):
    """One edge of a run: points with directions, `offset` to the left."""
    edge = []
    for part in run:
        count = part.steps()
        for i in range(0 if not edge else 1, count + 1):
            (px, py), (dx, dy) = part.at(i / count)
            edge.append(((px - dy * offset, py + dx * offset), (dx, dy)))
    return edge


def cap(centre, direction, radius):
    """Half a circle around the end of a run, from its left to its right."""
    start = math.atan2(direction[1], direction[0]) + math.pi / 2
    out = []
    for i in range(1, 6):
        angle = start - math.pi * i / 6
        out.append(((centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)),
                    (math.sin(angle), -math.cos(angle))))
    return out


def handle(p, q):
    """Where the tangents of two neighbours meet: the quadratic's handle."""
    (px, py), (ax, ay) = p
    (qx, qy), (bx, by) = q
    cross = ax * by - ay * bx
    if abs(cross) < 1e-6:
        return None
    k = ((qx - px) * by - (qy - py) * bx) / cross
    return (px + ax * k, py + ay * k) if k > 0 else None


def outline(run, radius):
    """The closed contour that a round pen leaves along a run."""
    there = side(run, radius)
    back = [(p, (-dx, -dy)) for p, (dx, dy) in reversed(side(run, -radius))]
    end, end_way = run[-1].at(1)
    begin, begin_way = run[0].at(0)
    return there + cap(end, end_way, radius) + back + cap(begin, (-begin_way[0], -begin_way[1]), radius)


def dot(centre, radius):
    out = []
    for i in range(12):
        angle = -2 * math.pi * i / 12
        out.append(((centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)),
                    (math.sin(angle), -math.cos(angle))))
    return out


def contours(strokes, pen):
    for stroke in strokes:
        if stroke[0][0] == "dot":
            yield dot(stroke[0][1:], pen * 0.68)
            continue
        for run in runs(segments(stroke)):
            yield outline(run, pen / 2)


def draw(contour, shift, pen):
    at = [(round(x + shift), round(y)) for (x, y), _ in contour]
    pen.moveTo(at[0])
    for i in range(len(contour)):
        j = (i + 1) % len(contour)
        middle = handle(contour[i], contour[j])
        if middle:
            pen.qCurveTo((round(middle[0] + shift), round(middle[1])), at[j])
        elif at[i] != at[j]:
            pen.lineTo(at[j])
    pen.closePath()


def build_glyph(sides, strokes, pen):
    shapes = list(contours(strokes, pen))
    left = min(p[0] for shape in shapes for p, _ in shape)
    right = max(p[0] for shape in shapes for p, _ in shape)
    shift = SIDE[sides[0]] - left
    glyph_pen = TTGlyphPen(None)
    for shape in shapes:
        draw(shape, shift, glyph_pen)
    glyph = glyph_pen.glyph()
    if glyph.numberOfContours > 0:
        glyph.flags[0] |= flagOverlapSimple
    return glyph, round(right + shift + SIDE[sides[1]])


def even_digits(glyphs, widths):
    """All digits get one width, so that columns of numbers stand straight."""
    digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    width = max(widths[d] for d in digits)
    for d in digits:
        shift = (width - widths[d]) // 2
        glyphs[d].coordinates.translate((shift, 0))
        widths[d] = width


def empty():
    return TTGlyphPen(None).glyph()


def build_font(pen, weight, style):
    glyphs, widths = {".notdef": empty(), "space": empty()}, {".notdef": 500, "space": 250}
    for name, (sides, strokes) in skeletons(Level(pen)).items():
        glyphs[name], widths[name] = build_glyph(sides, strokes, pen)
    even_digits(glyphs, widths)
    cmap = {ord(CODES.get(name, name)): name for name in glyphs if name not in (".notdef", "space")}
    cmap[ord(" ")] = cmap[0xA0] = "space"

    font = FontBuilder(EM, isTTF=True)
    font.setupGlyphOrder(list(glyphs))
    font.setupCharacterMap(cmap)
    font.setupGlyf(glyphs)
    table = font.font["glyf"]
    font.setupHorizontalMetrics({n: (widths[n], getattr(table[n], "xMin", 0) or 0) for n in glyphs})
    font.setupHorizontalHeader(ascent=800, descent=-220)
    font.setupNameTable({"familyName": FAMILY, "styleName": style, "fullName": f"{FAMILY} {style}",
                         "psName": f"WeirGauge-{style}", "version": f"Version {VERSION}",
                         "uniqueFontIdentifier": f"WeirGauge-{style}-{VERSION}"})
    font.setupOS2(sTypoAscender=800, sTypoDescender=-220, sTypoLineGap=0, usWinAscent=860, usWinDescent=260,
                  sxHeight=LOWER, sCapHeight=CAP, usWeightClass=weight, version=4,
                  fsSelection=0x80 | (0x20 if weight > 400 else 0x40))
    font.setupPost(underlinePosition=-90, underlineThickness=pen)
    addOpenTypeFeaturesFromString(font.font, KERN)
    # A fixed date: the same script must give the same bytes.
    font.font["head"].created = font.font["head"].modified = 3840000000
    font.font.recalcTimestamp = False
    font.font["head"].macStyle = 1 if weight > 400 else 0
    font.font.flavor = "woff2"
    return font.font


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for pen, weight, style in ((65, 400, "Regular"), (90, 700, "Bold")):
        path = out / f"weir-gauge-{style.lower()}.woff2"
        build_font(pen, weight, style).save(path)
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
