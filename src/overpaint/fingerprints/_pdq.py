"""PDQ, a hash of what a picture looks like, in integers: every machine gives the same bits.

The method is that of Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (2019):
luminance, a box filter run twice along each axis, 64 x 64 of its values, their 16 x 16 lowest frequencies without the
zeroth, and of each whether it lies above the median. Two hashes at a Hamming distance of at most 31 are called one
picture there, and a hash of a quality below 50 is not to be used.

Filter and choice of values are linear and along one axis each, so that they are one matrix an axis here: a few weights
for each of the 64 values, in fixed point. Their sums, and the transform's, are exact in 64 bits, so that no order of
summation, no BLAS and no compiler decides a bit.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MIN_QUALITY", "RADIUS", "Pdq", "pdq", "pdq_mirrored", "pdq_pair"]

RADIUS = 31
"""The largest Hamming distance at which the paper calls two hashes one picture."""
MIN_QUALITY = 50
"""The paper's: a hash of less comes of a picture with too little in it, and is like those of many others."""

_SIDE, _KEPT = 64, 16
_SMALLEST = 5  # pixels of a side below which there is nothing to hash
_LARGEST = 1024  # of a side, from which on blocks of pixels are averaged first
_RED, _GREEN, _BLUE = 299, 587, 114  # thousandths
_POINT = 20  # bits behind the point of weights and cosines
_MIDDLE = 12  # bits dropped between the two axes, so that 64 are enough
_FULL = 255 * 1000 << (2 * _POINT - _MIDDLE)  # white

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pdq:
    """A hash of 256 bits, as 32 bytes whose hex is what other tools write, and its quality from 0 to 100."""

    bits: bytes
    quality: int

    def hex(self) -> str:
        """64 hex digits."""
        return self.bits.hex()

    def distance(self, other: Pdq) -> int:
        """In how many of the 256 bits two hashes differ."""
        return (int.from_bytes(self.bits) ^ int.from_bytes(other.bits)).bit_count()


def pdq(image: NDArray[np.uint8]) -> Pdq:
    """The hash of an upright RGB picture, H x W x 3 of uint8; of a side below 5 pixels all zeros, of quality 0."""
    return pdq_pair(image)[0]


def pdq_mirrored(image: NDArray[np.uint8]) -> Pdq:
    """The hash that the picture has when left and right change places."""
    return pdq_pair(image)[1]


def pdq_pair(image: NDArray[np.uint8]) -> tuple[Pdq, Pdq]:
    """`pdq` and `pdq_mirrored` for the price of one: a mirror turns the sign of every other frequency."""
    height, width = image.shape[:2]
    if min(height, width) < _SMALLEST:
        return Pdq(bytes(32), 0), Pdq(bytes(32), 0)
    values = _decimated(_luminance(image))
    frequencies = _frequencies(values)
    quality = _quality(values)
    return Pdq(_bits(frequencies), quality), Pdq(_bits(_mirrored(frequencies)), quality)


def _luminance(image: NDArray[np.uint8]) -> Ints:
    """In thousandths, 0 to 255,000; sides beyond 1,024 pixels are averaged to 512 or a little more."""
    height, width = image.shape[:2]
    down, across = (max(1, side // 512) if side > _LARGEST else 1 for side in (height, width))
    if down * across > 1:
        image = image[: height // down * down, : width // across * across]
        rows = np.add.reduceat(image, np.arange(0, image.shape[0], down), axis=0, dtype=np.uint32)
        sums: NDArray[Any] = np.add.reduceat(rows, np.arange(0, image.shape[1], across), axis=1)
    else:
        sums = image.astype(np.uint32)
    red, green, blue = sums[:, :, 0], sums[:, :, 1], sums[:, :, 2]
    grey = (red * np.uint32(_RED) + green * np.uint32(_GREEN) + blue * np.uint32(_BLUE)).astype(np.int64)
    return grey // (down * across) if down * across > 1 else grey


def _decimated(grey: Ints) -> Ints:
    """The filter's values at 64 x 64 places; white is `_FULL`."""
    height, width = grey.shape
    columns = _along(grey.T, width)  # 64 x H
    half = 1 << (_MIDDLE - 1)
    return _along(((columns + half) >> _MIDDLE).T, height)


def _along(values: Ints, length: int) -> Ints:
    """Weigh the rows of an array, which are many, to 64."""
    places, weights = _weights(length)
    found = np.zeros((_SIDE, values.shape[1]), np.int64)
    for place, weight in zip(places.T, weights.T, strict=True):
        found += values[place] * weight[:, None]
    return found


@functools.lru_cache(maxsize=256)
def _weights(length: int) -> tuple[Ints, Ints]:
    """Which of so many values each of the 64 is made of, and with what weights; two arrays of 64 x (few).

    The window is ``length / 128`` rounded up; it ends at the edges, and where its length is even it reaches one
    further ahead than behind.
    """
    window = (length + 2 * _SIDE - 1) // (2 * _SIDE)
    ahead = (window + 2) // 2 - 1
    behind = window - ahead - 1
    reach = 2 * window
    places, weights = np.zeros((_SIDE, reach), np.int64), np.zeros((_SIDE, reach), np.int64)
    for row in range(_SIDE):
        middle = (2 * row + 1) * length // (2 * _SIDE)
        outer = range(max(0, middle - behind), min(length, middle + ahead + 1))
        shares: dict[int, float] = {}
        for place in outer:
            inner = range(max(0, place - behind), min(length, place + ahead + 1))
            for each in inner:
                shares[each] = shares.get(each, 0.0) + 1.0 / (len(outer) * len(inner))
        whole = {each: round(share * (1 << _POINT)) for each, share in shares.items()}
        whole[middle] += (1 << _POINT) - sum(whole.values())  # a grey surface stays one
        for column, (each, weight) in enumerate(whole.items()):
            places[row, column], weights[row, column] = each, weight
    return places, weights


@functools.cache
def _cosines() -> Ints:
    """The transform's rows 1 to 16, 16 x 64; frequency 0, the mean, is left out."""
    scale = math.sqrt(2 / _SIDE) * (1 << _POINT)
    table = [
        [round(scale * math.cos(math.pi / (2 * _SIDE) * (row + 1) * (2 * column + 1))) for column in range(_SIDE)]
        for row in range(_KEPT)
    ]
    return np.array(table, np.int64)


def _frequencies(values: Ints) -> Ints:
    """16 x 16; rows are vertical frequencies. NumPy multiplies integers without BLAS, and no sum leaves 63 bits."""
    small = values >> 26  # white has 46 bits: of 20 that are left, 12 are behind the point
    half = np.matmul(_cosines(), small) >> 12
    return np.asarray(np.matmul(half, _cosines().T))


def _mirrored(frequencies: Ints) -> Ints:
    """The transform of the mirrored picture: a cosine of an odd frequency changes its sign."""
    signs = np.array([-1 if column % 2 == 0 else 1 for column in range(_KEPT)], np.int64)  # column 0 is frequency 1
    return frequencies * signs


def _bits(frequencies: Ints) -> bytes:
    """Of each frequency whether it lies above the median (the lower of the two in the middle); the first is the last
    bit of the last byte.
    """
    flat = frequencies.ravel()
    median = np.partition(flat, flat.size // 2 - 1)[flat.size // 2 - 1]
    return np.packbits(flat[::-1] > median).tobytes()


def _quality(values: Ints) -> int:
    """How much the 64 x 64 values differ from those below and beside: steps of hundredths of white, cut off."""
    total = 0
    for axis in (0, 1):
        total += int((np.abs(np.diff(values, axis=axis)) * 100 // _FULL).sum())
    return min(100, total // 90)
