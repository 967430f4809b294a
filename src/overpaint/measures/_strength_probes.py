"""Pictures of nobody to try tools on: drawn faces with the texture of photographs, edges, waves.

What is drawn has a face's parts at a face's contrasts, and noise whose amplitude falls with the frequency as it does in
photographs (Field 1987, "Relations between the statistics of natural images and the response properties of cortical
cells"), so that a blur takes as much of it away as of a portrait.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["backdrop", "drawn_face", "edges", "natural_noise", "wave"]

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

_CANVAS = 256
_TEXTURE, _GRAIN = 26.0, 3.0
_AMPLITUDE = 100.0


def natural_noise(height: int, width: int, random: np.random.Generator) -> Floats:
    """Noise whose amplitude falls as 1 / frequency: height x width, mean 0, standard deviation 1."""
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    frequency = np.hypot(down, across)
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(random.normal(size=(height, width))) / frequency
    noise = np.fft.irfft2(spectrum, s=(height, width))
    return np.asarray(noise / max(float(noise.std()), 1e-9))


def drawn_face(side: int, random: np.random.Generator) -> Pixels:
    """A square with a drawn face that fills it: side x side x 3, RGB. No two are alike, none is anybody's."""
    shade = random.uniform(90, 200)
    tint = np.array([1.12, 1.0, 0.86]) * random.uniform(0.95, 1.05, 3)
    plane = np.full((_CANVAS, _CANVAS), random.uniform(30, 220), np.float32)

    def oval(x: float, y: float, wide: float, high: float, level: float) -> None:
        at = int(_CANVAS * (0.5 + x)), int(_CANVAS * (0.5 + y))
        half = max(1, int(_CANVAS * wide / 2)), max(1, int(_CANVAS * high / 2))
        cv2.ellipse(plane, at, half, 0, 0, 360, float(np.clip(level, 0, 255)), -1, cv2.LINE_AA)

    oval(0, -0.1, 1.0, 0.9, shade - random.uniform(50, 90))  # hair
    oval(0, 0.05, 0.84, 1.05, shade)
    apart, high = random.uniform(0.17, 0.23), random.uniform(-0.14, -0.06)
    for sign in (-1, 1):
        oval(sign * apart, high - 0.1, 0.2, 0.04, shade - 75)
        oval(sign * apart, high, 0.18, random.uniform(0.07, 0.1), shade + 50)
        oval(sign * apart + random.uniform(-0.02, 0.02), high, 0.07, 0.07, shade - 85)
    oval(0, 0.1, random.uniform(0.08, 0.14), 0.16, shade + random.uniform(18, 35))
    oval(0, 0.19, 0.14, 0.03, shade - 55)
    oval(0, random.uniform(0.27, 0.32), random.uniform(0.24, 0.36), random.uniform(0.04, 0.09), shade - 70)
    light = np.linspace(-1, 1, _CANVAS)[None, :] * random.uniform(-25, 25)
    texture = _TEXTURE * natural_noise(_CANVAS, _CANVAS, random)
    drawn = (plane + light + texture)[:, :, None] * tint
    how = cv2.INTER_AREA if side < _CANVAS else cv2.INTER_CUBIC
    small = cv2.resize(drawn, (side, side), interpolation=how) + random.normal(0, _GRAIN, (side, side, 1))
    return np.asarray(np.clip(np.rint(small), 0, 255), np.uint8)


def backdrop(height: int, width: int, random: np.random.Generator) -> Pixels:
    """What the faces are put on: a slope with a little grain, height x width x 3."""
    slope = np.linspace(70, 180, width)[None, :] + 8 * natural_noise(height, width, random)
    plane = slope + random.normal(0, _GRAIN, (height, width))
    return np.repeat(np.clip(np.rint(plane), 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def edges(side: int, random: np.random.Generator) -> Pixels:
    """Steps, a pulse and nothing else, side x side x 3: what an impulse response is read from.

    A single pixel's impulse would be lost in rounding after a blur of 10 pixels; an edge of 200 levels is its
    running sum, and a square pulse is as good as an impulse once its own width is known, which it is here.
    """
    plane = np.full((side, side), 28.0)
    across, down = (int(side * random.uniform(0.44, 0.56)) for _ in range(2))
    plane[:, across:] += 100
    plane[down:, :] += 100
    pulse = max(2, side // 12)
    plane[side // 2 - pulse : side // 2, side // 2 - pulse : side // 2] = 255 - plane[side // 2, side // 2]
    return np.repeat(np.rint(plane).astype(np.uint8)[:, :, None], 3, axis=2)


def wave(side: int, mode: int, sign: int, *, across: bool) -> Pixels:
    """One cosine of the basis in which a response is written down: ``mode`` half periods over ``side`` pixels."""
    line = 128 + sign * _AMPLITUDE * np.cos(np.pi * mode * (np.arange(side) + 0.5) / side)
    line = np.rint(line).astype(np.uint8)
    plane = np.tile(line, (side, 1))
    return np.repeat((plane if across else plane.T)[:, :, None], 3, axis=2)
