"""What a lossy codec, coding a whole picture again, may change outside the footprints; and how exactly it is known.

Bounds, measured on honest coding (docs/reference/checks.md): of the whole picture's root mean square, of that of every
square of 16 x 16 pixels (more where the picture there is busy), and of each square's mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from overpaint.checks._decode import Component, Picture
from overpaint.checks._geometry import Area
from overpaint.checks._verdict import Problem

__all__ = ["beyond", "in_colours"]

_WHOLE, _WHOLE_COLOUR = 5.5, 8.0
_SQUARE, _LEAST = 16, 64
_BUSY, _REST = 0.9, 4.0
_CAP, _CAP_COLOUR = 12.0, 20.0
_MEAN, _MEAN_COLOUR = 2.5, 4.0
_ALPHA, _ALPHA_WHOLE = 48, 4.0
_RIM = 4
_MIXING = 3
# Coding the same picture again can be nearly free of error; what was painted is coded for the first time.
_FRESH = 1.0
# Coarse coding leaves rings and blocks beside the edges of the replacement, which look like detail here and there.
_COARSE, _LIMIT_COARSE = 1.2, 0.3
Floats = NDArray[np.float32]


def in_colours(picture: Picture) -> Picture:
    """The picture in the luma and colour differences that lossy codecs work in (BT.601, full range), as floats."""
    if picture.samples.shape[2] < 3 or picture.samples.dtype != np.uint8:
        return picture
    red, green, blue = (picture.samples[:, :, i].astype(np.float32) for i in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    planes = (("Y", luma), ("Cb", 128 + (blue - luma) / 1.772), ("Cr", 128 + (red - luma) / 1.402))
    parts = [
        Component(name, plane.astype(np.float32), (1, 1), None, mixing=0 if name == "Y" else _MIXING)
        for name, plane in planes
    ]
    return replace(picture, components=(*parts, *(c for c in picture.components if c.alpha)))


def beyond(
    before: Picture, after: Picture, areas: Sequence[Area], coarse: float
) -> tuple[list[Problem], Picture, Picture]:
    """Compare what lies outside the footprints; returns problems, and both pictures with the error measured there.

    ``coarse`` says by how much quantisation is coarser than usual: all bounds grow with it.
    """
    inside = np.zeros((before.height, before.width), np.bool_)
    for x0, y0, x1, y1 in (area.footprint for area in areas):
        inside[max(0, y0 - _RIM) : y1 + _RIM, max(0, x0 - _RIM) : x1 + _RIM] = True
    for component in after.components:
        if component.alpha:  # encoders flatten colours that nobody sees, and mix them with those beside
            hidden = np.asarray(component.samples == 0, np.uint8)
            inside |= cv2.dilate(hidden, np.ones((2 * _MIXING + 1, 2 * _MIXING + 1), np.uint8)) > 0
    before, after = in_colours(before), in_colours(after)
    problems, parts = list[Problem](), list[Component]()
    for one, two in zip(before.components, after.components, strict=True):
        found, error = _component(one, two, inside, coarse)
        problems += found
        parts.append(replace(two, error=error, limit=_LIMIT_COARSE if coarse > _COARSE else two.limit))
    pairs = zip(before.components, parts, strict=True)
    first = tuple(replace(one, error=two.error, limit=two.limit) for one, two in pairs)
    clear = _flattened(before, after)
    return (
        problems,
        replace(before, components=first, clear=clear),
        replace(after, components=tuple(parts), clear=clear),
    )


def _flattened(before: Picture, after: Picture) -> NDArray[np.bool_] | None:
    """Pixels that nobody sees and that the encoder gave other colours; None where they still hold the original's."""
    opacity = next((component.samples for component in after.components if component.alpha), None)
    if opacity is None or opacity.all():
        return None
    hidden = np.asarray(opacity == 0, np.bool_)
    inner = cv2.erode(hidden.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    one, two = (p.components[0].samples.astype(np.float32) for p in (before, after))
    fine, left = ((plane - cv2.blur(plane, (5, 5)))[inner] for plane in (one, two))
    return hidden if float((fine * left).sum()) <= _LIMIT_COARSE * float((fine**2).sum()) else None


def _component(one: Component, two: Component, inside: NDArray[np.bool_], coarse: float) -> tuple[list[Problem], float]:
    if one.alpha:
        return _opacity(one, two), 0.0
    difference = two.samples.astype(np.float32) - one.samples
    difference[inside] = 0
    free = int(inside.size - np.count_nonzero(inside))
    whole = float(np.sqrt((difference**2).sum(dtype=np.float64) / free)) if free else 0.0
    problems = []
    most = coarse * (_WHOLE if one.name == "Y" else _WHOLE_COLOUR)
    if whole > most:
        detail = f"{one.name} differs by {whole:.1f} levels (rms); {most:.1f} is explained by coding again"
        problems.append(Problem("outside-changed", detail))
    problems += _squares(one, difference, ~inside, coarse)
    # Where little is left outside, what coding again does inside is taken to be as much as it may be.
    # Colour is coded at half the resolution: what is wrong there is so in four pixels at once.
    # Errors of coarse coding are waves, not noise, and so are worth more than their mean square.
    spread = (1.0 if one.name == "Y" else 2.5) * coarse**0.5
    return problems, spread * min(most, max(_FRESH, whole) if free > _SQUARE * _SQUARE * 4 else most)


def _squares(one: Component, difference: Floats, outside: NDArray[np.bool_], coarse: float) -> list[Problem]:
    """Every square for itself: something painted elsewhere is lost in a mean over the whole."""
    count = _sums(outside.astype(np.float32))
    known = count >= _LEAST
    many = np.maximum(count, 1)
    mean, square = _sums(difference) / many, _sums(difference**2) / many
    values = np.where(outside, one.samples, 0).astype(np.float32)
    average = _sums(values) / many
    busy = np.sqrt(np.maximum(_sums(values**2) / many - average**2, 0))
    luma = one.name == "Y"
    bound = np.minimum(_CAP if luma else _CAP_COLOUR, _BUSY * (_REST + busy))
    excess = np.maximum(np.sqrt(square) / bound, np.abs(mean) / np.minimum(bound, _MEAN if luma else _MEAN_COLOUR))
    excess = np.where(known, excess / coarse, 0)
    row, column = np.unravel_index(int(excess.argmax()), excess.shape)
    if excess[row, column] <= 1:
        return []
    where = f"{column * _SQUARE}, {row * _SQUARE}"
    return [Problem("outside-changed", f"{one.name} at {where}: {excess[row, column]:.1f} times what coding explains")]


def _sums(values: Floats) -> Floats:
    across = np.add.reduceat(values, range(0, values.shape[1], _SQUARE), axis=1)
    return np.asarray(np.add.reduceat(across, range(0, values.shape[0], _SQUARE), axis=0), np.float32)


def _opacity(one: Component, two: Component) -> list[Problem]:
    difference = np.abs(one.samples.astype(np.float32) - two.samples)
    most, whole = float(difference.max(initial=0)), float(np.sqrt((difference**2).mean()))
    if most <= _ALPHA and whole <= _ALPHA_WHOLE:
        return []
    return [Problem("alpha-changed", f"by up to {most:.0f} levels, {whole:.1f} (rms)")]
