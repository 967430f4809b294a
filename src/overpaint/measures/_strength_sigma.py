"""The effective sigma of a blur, read from what it did: the kernel that turns the original into the output.

For each sigma the output inside a box is fitted by least squares as ``c + a * original + b * (kernel of sigma *
original)``; the sigma with the smallest error is the effective one, ``a`` what shows through sharp. On a picture of
edges and pulses this is the fit of the edge and impulse response (ISO 12233 reads cameras so); on other pictures it is
the same fit with whatever edges there are. Kernels are a Gaussian, a box, and three boxes one after another, which many
programs take for a Gaussian; sigma is the standard deviation of the one that explains most, so that all are told on one
scale. A mosaic gets the sigma of what is nearest to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.measures._intervals import need_scipy
from overpaint.measures._strength_detail import Corners, whole

__all__ = ["SHAPES", "EffectiveBlur", "effective_blur"]

Floats = npt.NDArray[np.float64]

SHAPES = {"Gaussian": 1.0, "three boxes": 1.1, "box": 1.5}
"""And by how much their sigma may differ from that of the nearest Gaussian."""
_MOST_SIDE = 64
"""Larger boxes are averaged down: a blur of a tenth of the face is as well seen at a tenth of the pixels."""
_LEAST_SIGMA, _MOST_SHARE = 0.3, 0.7
_SEEN_AVERAGED = 3.0
"""Pixels after averaging: below it the shape of a kernel is not seen any more."""
_STEPS = 24
_INSIDE = 0.2
"""Of each side: left out at the rim, where what lies around the box or a feather takes part."""
_NOTHING = 1.0
"""Levels: an output that varies less than this inside the box shows nothing to fit."""


@dataclass(frozen=True, slots=True)
class EffectiveBlur:
    """What the nearest kernel is.

    Attributes
    ----------
    sigma
        In pixels; None where nothing of the original is left, or nothing was blurred.
    share
        The same by the face's shorter side.
    sharp
        The share of the original that shows through unblurred, 0 to 1.
    explained
        The share of the output's variance that the fit explains: near 1 for a blur, less for a mosaic.
    shape
        One of `SHAPES`.
    """

    sigma: float | None
    share: float | None
    sharp: float
    explained: float
    shape: str = ""


def effective_blur(before: Floats, after: Floats, box: Corners) -> EffectiveBlur | None:
    """Fit one face; None where the box is below 8 pixels or the original has nothing in it to see a blur by.

    Parameters
    ----------
    before, after
        Luma, height x width, of the same size.
    box
        In pixels.
    """
    need_scipy()
    x0, y0, x1, y1 = whole(box, before.shape)
    side = min(x1 - x0, y1 - y0)
    if side < 8 or before[y0:y1, x0:x1].std() < 2 * _NOTHING:
        return None
    return _refined(before, after, (x0, y0, x1, y1), side)


def _refined(before: Floats, after: Floats, box: tuple[int, int, int, int], side: int) -> EffectiveBlur:
    """Fit all of the box, averaged down; where the blur is small, its middle once more, pixel by pixel."""
    factor = max(1, side // _MOST_SIDE)
    found = _fitted(before, after, box, side, factor)
    if factor == 1 or (found.sharp == 0 and (found.sigma is None or found.sigma >= _SEEN_AVERAGED * factor)):
        return found
    left, top = (box[0] + box[2] - _MOST_SIDE) // 2, (box[1] + box[3] - _MOST_SIDE) // 2
    middle = left, top, left + _MOST_SIDE, top + _MOST_SIDE
    if before[middle[1] : middle[3], middle[0] : middle[2]].std() < 2 * _NOTHING:
        return found
    return _fitted(before, after, middle, side, 1)


def _fitted(before: Floats, after: Floats, box: tuple[int, int, int, int], side: int, factor: int) -> EffectiveBlur:
    x0, y0, x1, y1 = box
    by = min(x1 - x0, y1 - y0) // 2
    left, top = max(0, x0 - by), max(0, y0 - by)
    around = slice(top, min(before.shape[0], y1 + by)), slice(left, min(before.shape[1], x1 + by))
    old, new = (_averaged(plane[around], factor) for plane in (before, after))
    inner = _inner((x0 - left, y0 - top, x1 - left, y1 - top), factor)
    fit = _Fit(old, new[inner], inner)
    if new[inner].std() < _NOTHING:
        return EffectiveBlur(None, None, 0.0, 0.0)
    most = _MOST_SHARE * min(x1 - x0, y1 - y0) / factor
    sigma, error, sharp, shape = fit.best(mixed=False, most=most)
    if error > 0.01:
        other = fit.best(mixed=True, most=most)
        if other[1] < 0.5 * error:
            sigma, error, sharp, shape = other
    if sharp > 0.95 or sigma <= 1.05 * _LEAST_SIGMA:
        return EffectiveBlur(None, None, 1.0, 1 - error)
    return EffectiveBlur(sigma * factor, sigma * factor / side, max(0.0, sharp), 1 - error, shape)


def _averaged(plane: Floats, factor: int) -> Floats:
    """Means of ``factor`` x ``factor`` pixels; both planes pass through it alike, so that a blur stays what it is."""
    height, width = (side // factor * factor for side in plane.shape)
    cut = plane[:height, :width].reshape(height // factor, factor, width // factor, factor)
    return np.asarray(cut.mean(axis=(1, 3)))


def _inner(box: tuple[int, int, int, int], factor: int) -> tuple[slice, slice]:
    x0, y0, x1, y1 = (edge / factor for edge in box)
    by_x, by_y = _INSIDE * (x1 - x0), _INSIDE * (y1 - y0)
    return slice(math.ceil(y0 + by_y), math.floor(y1 - by_y)), slice(math.ceil(x0 + by_x), math.floor(x1 - by_x))


class _Fit:
    """One face: the original's spectrum, taken once, and what shall be explained."""

    def __init__(self, old: Floats, wanted: Floats, inner: tuple[slice, slice]) -> None:
        self._shape, self._inner = old.shape, inner
        from scipy.fft import next_fast_len

        self._pad = max(8, max(old.shape) // 4)
        more = [next_fast_len(side + 2 * self._pad, real=True) - side - self._pad for side in old.shape]
        padded = np.pad(old, [(self._pad, after) for after in more], mode="symmetric")
        self._full = padded.shape
        self._spectrum = np.fft.rfft2(padded)
        down, across = np.fft.fftfreq(padded.shape[0])[:, None], np.fft.rfftfreq(padded.shape[1])[None, :]
        self._down, self._across = np.asarray(down), np.asarray(across)
        self._old = old[inner] - old[inner].mean()
        self._wanted = wanted - wanted.mean()
        self._total = max(float((self._wanted**2).sum()), 1e-9)

    def best(self, *, mixed: bool, most: float) -> tuple[float, float, float, str]:
        """Sigma, the unexplained share of the variance, the sharp share, the shape."""
        grid = np.geomspace(_LEAST_SIGMA, max(most, 2 * _LEAST_SIGMA), _STEPS)
        errors = [self._error(sigma, "Gaussian", mixed=mixed)[0] for sigma in grid]
        at = int(np.argmin(errors))
        low, high = grid[max(0, at - 1)], grid[min(len(grid) - 1, at + 1)]
        found = []
        for shape, wider in SHAPES.items():
            sigma = self._golden(low / wider, high * wider, shape, mixed=mixed)
            found.append((*self._error(sigma, shape, mixed=mixed), sigma, shape))
        error, sharp, sigma, shape = min(found)
        return sigma, error, sharp, shape

    def _golden(self, low: float, high: float, shape: str, *, mixed: bool) -> float:
        """The best sigma between two, by golden section of the logarithm."""
        ratio = (math.sqrt(5) - 1) / 2
        first, last = math.log(low), math.log(high)
        one, two = last - ratio * (last - first), first + ratio * (last - first)
        errors = [self._error(math.exp(at), shape, mixed=mixed)[0] for at in (one, two)]
        for _ in range(12):
            if errors[0] < errors[1]:
                last, two = two, one
                one = last - ratio * (last - first)
                errors = [self._error(math.exp(one), shape, mixed=mixed)[0], errors[0]]
            else:
                first, one = one, two
                two = first + ratio * (last - first)
                errors = [errors[1], self._error(math.exp(two), shape, mixed=mixed)[0]]
        return math.exp((first + last) / 2)

    def _error(self, sigma: float, shape: str, *, mixed: bool) -> tuple[float, float]:
        transfer = _transfer(self._down, sigma, shape) * _transfer(self._across, sigma, shape)
        blurred = np.fft.irfft2(self._spectrum * transfer, s=self._full)
        height, width = self._shape
        blurred = blurred[self._pad : self._pad + height, self._pad : self._pad + width][self._inner]
        columns = [(blurred - blurred.mean()).ravel()]
        if mixed:
            columns.append(self._old.ravel())
        design = np.stack(columns, axis=1)
        weights, *_ = np.linalg.lstsq(design, self._wanted.ravel(), rcond=None)
        rest = self._wanted.ravel() - design @ weights
        return float((rest**2).sum()) / self._total, float(weights[1]) if mixed else 0.0


def _transfer(frequency: npt.NDArray[Any], sigma: float, shape: str) -> npt.NDArray[Any]:
    """What a kernel of standard deviation ``sigma`` lets through along one axis, ``frequency`` in cycles a pixel."""
    if shape == "Gaussian":
        return np.asarray(np.exp(-2 * (math.pi * sigma * frequency) ** 2))
    boxes = 3 if shape == "three boxes" else 1
    width = sigma * math.sqrt(12 / boxes)  # a box's variance is its width squared by twelve
    return np.asarray(np.sinc(width * frequency) ** boxes)
