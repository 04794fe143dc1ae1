"""Watercolour by numbers: what the demo's pictures are painted with.

A wash is one polygon with a torn edge, laid many times, each time a little
differently and very thin. Pigment gathers at the edge of a wash and in the
valleys of the paper. Light is white paper that was left alone.

Colours are what a wash lets through, 0..1 for red, green, blue. Places are
fractions of the sheet, from its upper left corner.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

PAPER = np.array([0.985, 0.972, 0.940])
INK = (0.16, 0.22, 0.27)


def smooth_noise(rng, height, width, cell, octaves=3):
    """Noise in 0..1 whose features are about `cell` pixels wide."""
    total = np.zeros((height, width))
    weight = 0.0
    for octave in range(octaves):
        step = max(2, cell >> octave)
        grid = rng.random((height // step + 3, width // step + 3)) * 255
        image = Image.fromarray(grid.astype(np.uint8)).resize((width, height), Image.BICUBIC)
        total += np.asarray(image) / 255 * 0.5**octave
        weight += 0.5**octave
    return total / weight


def blurred(mask, radius):
    image = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius))) / 255


def torn(rng, points, amount, rounds):
    """The polygon with `rounds` times as many corners, each one pulled aside."""
    points = np.asarray(points, float)
    for _ in range(rounds):
        ahead = np.roll(points, -1, axis=0)
        length = np.linalg.norm(ahead - points, axis=1, keepdims=True)
        middle = (points + ahead) / 2 + rng.normal(0, 1, points.shape) * length * amount
        points = np.stack([points, middle], axis=1).reshape(-1, 2)
    return points


class Sheet:
    """A sheet of paper, and what has been laid on it."""

    def __init__(self, width, height, seed):
        self.width, self.height = width, height
        self.rng = np.random.default_rng(seed)
        self.unit = height / 540
        tooth = smooth_noise(self.rng, height, width, 4, 2)
        self.tooth = (tooth - tooth.mean()) / tooth.std()
        self.colour = np.tile(PAPER, (height, width, 1)) * (1 + 0.010 * self.tooth)[..., None]

    def px(self, points):
        """Corners given as fractions of the sheet, in pixels."""
        return [(x * self.width, y * self.height) for x, y in points]

    def mask(self, points, layers=14, amount=0.10, spread=0.16):
        base = torn(self.rng, self.px(points), amount, 2)
        total = np.zeros((self.height, self.width))
        for _ in range(layers):
            image = Image.new("L", (self.width, self.height))
            edge = torn(self.rng, base, spread * 0.6, 3)
            ImageDraw.Draw(image).polygon([tuple(p) for p in edge], fill=255)
            total += np.asarray(image) / 255
        return total / layers

    def lay(self, mask, colour, strength=1.0, rim=0.35, bloom=0.35, grain=0.06, cell=90):
        """Multiplies one thin layer of colour into the sheet."""
        water = smooth_noise(self.rng, self.height, self.width, max(4, int(cell * self.unit)))
        body = mask * (1 - bloom + 2 * bloom * water)
        gathered = np.clip(mask - blurred(mask, 5 * self.unit), 0, 1)
        density = strength * np.clip(body + rim * gathered - grain * self.tooth * mask, 0, None)
        self.colour *= np.exp(np.log(np.clip(np.array(colour), 0.02, 1)) * density[..., None])

    def wash(self, points, colour, strength=1.0, **how):
        shape = {k: how.pop(k) for k in ("layers", "amount", "spread") if k in how}
        self.lay(self.mask(points, **shape), colour, strength, **how)

    def lift(self, mask, strength=1.0):
        """Takes colour off again, down to the paper."""
        k = np.clip(mask * strength, 0, 1)[..., None]
        self.colour = self.colour * (1 - k) + PAPER * (1 + 0.010 * self.tooth)[..., None] * k

    def strokes(self, lines, colour, width=1.0, strength=0.8, dry=0.0):
        """Lines of a fine brush; `dry` lets the paper's tooth break them."""
        image = Image.new("L", (self.width, self.height))
        pen = ImageDraw.Draw(image)
        for line in lines:
            pen.line(self.px(line), fill=255, width=max(1, round(width * self.unit)), joint="curve")
        mask = blurred(np.asarray(image) / 255, 0.6 * self.unit)
        mask = mask * np.clip(1 - dry * np.clip(self.tooth, 0, 2), 0, 1)
        self.lay(mask, colour, strength, rim=0, bloom=0.25)

    def border(self):
        """The ragged margin where the masking tape was."""
        y, x = np.mgrid[0:self.height, 0:self.width]
        gap = np.minimum(np.minimum(x, self.width - 1 - x), np.minimum(y, self.height - 1 - y)) / self.unit
        gap = gap + 5 * (smooth_noise(self.rng, self.height, self.width, int(26 * self.unit)) - .5) + 1.0 * self.tooth
        rim = np.exp(-((gap - 15) / 2.2) ** 2)
        self.lay(rim, (.72, .76, .78), .35, bloom=.5)
        self.lift(np.clip((13 - gap) / 2, 0, 1), 1)

    def picture(self, size):
        out = np.clip(self.colour, 0, 1) ** (1 / 1.02)
        return Image.fromarray((out * 255).astype(np.uint8)).resize(size, Image.LANCZOS)
