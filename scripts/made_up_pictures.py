"""Pictures that nobody took: shapes, puppets and writing on made-up ground, to measure the ranges of networks on.

They need not look like photographs; what they must do is to make a network say everything that it can say. Puppets are
people enough for NanoDet (scores up to .8), and the writing can be read.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

__all__ = ["pictures"]

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Random = np.random.Generator

TEXT = """www.example.com http://site.org/page (c) 2019 John Doe info@mail.net +1 555 0199 STOP EXIT OPEN Sale 50% Hotel
CAFE Restaurant Street No 27 AB 123 CD 4X4 Photo by Stock Agency Copyright Welcome to the garden Main Avenue quick brown
fox jumps over lazy dogs 1234567890 TEL. 020 7946 0958 @handle #tag price $9.99"""
WORDS = TEXT.split()
SIZES = ((384, 512), (512, 384), (320, 480), (416, 416))


def pictures(count: int, *, first: int = 0) -> Iterator[Pixels]:
    """RGB pictures from number `first` on, the same ones each time: H x W x 3."""
    for seed in range(first, first + count):
        random = np.random.default_rng(seed)
        picture = _shapes(random, _ground(random, *SIZES[seed % len(SIZES)]), int(random.integers(0, 25)))
        for _ in range(int(random.integers(0, 4))):
            _puppet(random, picture)
        if random.random() < 0.75:
            for _ in range(int(random.integers(1, 12))):
                _writing(random, picture)
        yield _grain(random, picture, 8)


def _ground(random: Random, height: int, width: int) -> Pixels:
    """Noise as rough as in photographs, a slope of colours, or stripes."""
    kind = int(random.integers(0, 4))
    y, x = np.mgrid[0:height, 0:width]
    turn = float(random.uniform(0, 2 * np.pi))
    along = x * np.cos(turn) + y * np.sin(turn)
    first, second = random.uniform(0, 255, (2, 3))
    if kind == 0:
        slope = (along - along.min()) / max(float(np.ptp(along)), 1e-9)
    elif kind == 1:
        slope = (np.sin(along * 2 * np.pi / random.uniform(4, 60)) > random.uniform(-0.5, 0.5)).astype(float)
    else:
        return _noise(random, height, width)
    return np.asarray(slope[..., None] * first + (1 - slope[..., None]) * second, np.uint8)


def _noise(random: Random, height: int, width: int) -> Pixels:
    """Noise whose power falls with the frequency, the channels alike in part."""
    down, across = np.meshgrid(np.fft.fftfreq(height), np.fft.fftfreq(width), indexing="ij")
    frequency = np.hypot(down, across)
    frequency[0, 0] = 1 / max(height, width)
    common, falls = random.standard_normal((height, width)), random.uniform(0.6, 1.8)
    channels = []
    for _ in range(3):
        own = 0.7 * common + 0.5 * random.standard_normal((height, width))
        rough = np.fft.ifft2(np.fft.fft2(own) / frequency**falls).real
        channels.append((rough - rough.mean()) / rough.std())
    levels = np.stack(channels, axis=2) * random.uniform(15, 70) + random.uniform(50, 200, 3)
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def _colour(random: Random) -> tuple[int, int, int]:
    red, green, blue = random.integers(0, 256, 3).tolist()
    return red, green, blue


def _shapes(random: Random, picture: Pixels, count: int) -> Pixels:
    height, width = picture.shape[:2]

    def point() -> tuple[int, int]:
        return int(random.integers(0, width)), int(random.integers(0, height))

    picture = np.ascontiguousarray(picture)
    for _ in range(count):
        colour, layer, kind = _colour(random), picture.copy(), int(random.integers(0, 4))
        radius = int(random.uniform(0.02, 0.3) * min(height, width)) + 2
        thick = -1 if random.random() < 0.65 else int(random.integers(1, 8))
        if kind == 0:
            axes = radius, int(radius * random.uniform(0.3, 1.2)) + 1
            cv2.ellipse(layer, point(), axes, float(random.uniform(0, 180)), 0, 360, colour, thick, cv2.LINE_AA)
        elif kind == 1:
            corners = np.array([point() for _ in range(int(random.integers(3, 7)))])
            cv2.fillPoly(layer, [corners], colour, cv2.LINE_AA)
        elif kind == 2:
            cv2.line(layer, point(), point(), colour, int(random.integers(1, 12)), cv2.LINE_AA)
        else:
            cv2.rectangle(layer, point(), point(), colour, thick)
        opaque = random.uniform(0.4, 1)
        picture = np.asarray(opaque * layer + (1 - opaque) * picture, np.uint8)
        if random.random() < 0.15:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(random.uniform(0.5, 2))), np.uint8)
    return picture


def _puppet(random: Random, picture: Pixels) -> None:
    """Somebody made of ellipses."""
    height, width = picture.shape[:2]
    size = random.uniform(0.15, 0.8) * height
    x, y = random.uniform(0.1, 0.9) * width, random.uniform(0.1, 0.5) * height
    skin = tuple(int(v) for v in np.clip(np.array((205, 160, 130)) * random.uniform(0.35, 1.2), 0, 255))
    coat, legs, hair, dark, lips = _colour(random), _colour(random), (40, 30, 20), (20, 20, 20), (120, 40, 50)
    for across, down, wide, high, turn, colour in (
        (-0.06, 0.72, 0.05, 0.26, 3, legs),
        (0.06, 0.72, 0.05, 0.26, -3, legs),
        (0, 0.33, 0.12, 0.2, 0, coat),
        (-0.15, 0.33, 0.035, 0.17, 12, coat),
        (0.15, 0.33, 0.035, 0.17, -12, coat),
        (0, 0.06, 0.06, 0.08, 0, skin),
        (0, 0, 0.065, 0.045, 0, hair),
        (-0.022, 0.06, 0.008, 0.006, 0, dark),
        (0.022, 0.06, 0.008, 0.006, 0, dark),
        (0, 0.1, 0.02, 0.006, 0, lips),
    ):
        middle = int(x + across * size), int(y + down * size)
        axes = max(1, int(wide * size)), max(1, int(high * size))
        cv2.ellipse(picture, middle, axes, turn, 0, 360, colour, -1, cv2.LINE_AA)


def _writing(random: Random, picture: Pixels) -> None:
    """A few words anywhere, more or less opaque, some of them aslant; parts of it may lie outside."""
    height, width = picture.shape[:2]
    words = " ".join(random.choice(WORDS, int(random.integers(1, 5))))
    font = ImageFont.load_default(int(np.exp(random.uniform(np.log(9), np.log(0.2 * height + 10)))))
    _, _, right, bottom = font.getbbox(words)
    drawn = Pictures.new("L", (max(4, int(right) + 4), max(4, int(bottom) + 4)))
    ImageDraw.Draw(drawn).text((2, 0), words, font=font, fill=255)
    if random.random() < 0.4:
        drawn = drawn.rotate(float(random.normal(0, 12)), expand=True, resample=Pictures.Resampling.BICUBIC)
    mask = np.asarray(drawn, np.float64) / 255 * random.uniform(0.3, 1)
    x = int(random.integers(-mask.shape[1] // 4, max(1, width - mask.shape[1] // 2)))
    y = int(random.integers(0, max(1, height - mask.shape[0] // 2)))
    x0, x1, y1 = max(0, x), min(width, x + mask.shape[1]), min(height, y + mask.shape[0])
    if x0 < x1 and y < y1:
        part = mask[: y1 - y, x0 - x : x1 - x, None]
        below = picture[y:y1, x0:x1]
        picture[y:y1, x0:x1] = (below * (1 - part) + part * random.integers(0, 256, 3)).astype(np.uint8)


def _grain(random: Random, picture: Pixels, most: float) -> Pixels:
    noise = random.normal(0, random.uniform(0, most), picture.shape)
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)
