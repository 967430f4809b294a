"""How many independent values are left across a face's shorter side: what limits an attacker, however soft it looks.

A tool's linear response inside a box is written down as a matrix ``R``: column ``k`` is what one cosine of ``k`` half
periods over the box becomes (`probes`). Two numbers are read from its singular values ``d``:

*seen*: ``sum(d**2)``, the equivalent degrees of freedom of a linear smoother (Buja, Hastie and Tibshirani 1989): what
a viewer gets. *recoverable*: how many ``d`` are at least `LEAST_GAIN` and above what rounding and coding explain: what
somebody who knows the tool can solve for. A mosaic of N cells has N of both. A Gaussian of sigma has
``s / (3.5 sigma)`` seen, but about ``s / sigma`` recoverable, because it only weakens fine detail; this is why blurs
are undone.

Where only outputs are at hand, `seen_of_pairs` estimates the first number from the faces themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.measures._strength_detail import Corners, luma, whole
from overpaint.measures._strength_probes import wave

__all__ = ["LEAST_GAIN", "MOST_MODES", "Spectrum", "Values", "probes", "seen_of_pairs", "spectrum_of", "values_left"]

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]

LEAST_GAIN = 0.02
"""Of a cosine of 100 levels two are left then, which a file of 8 bits still tells from its rounding."""
MOST_MODES = 64
"""Of larger faces only the coarsest cosines are tried; where the finest of them is left, the answer is "at least"."""
_MARGIN = 1.25
"""The largest singular value of one draw of noise is not that of the next."""
_MOST_SQUARE = 32


@dataclass(frozen=True, slots=True)
class Values:
    """Independent values across a face of ``side`` pixels, the larger of both directions.

    Attributes
    ----------
    seen, recoverable
        As the module says.
    floor
        The gain below which nothing can be told from rounding and coding.
    at_least
        True where the finest cosine tried is left, so that there are more values than these.
    """

    side: int
    seen: float
    recoverable: int
    floor: float
    at_least: bool


def modes(side: int) -> int:
    """How many cosines are tried on a face of ``side`` pixels."""
    return min(side, MOST_MODES)


def probes(side: int, name: str) -> Iterator[tuple[str, Pixels]]:
    """The squares that a face of ``side`` pixels is replaced by, with their names; the flat grey one is mode 0's."""
    for across in (True, False):
        for mode in range(modes(side)):
            for sign in (1, -1):
                word = f"{name}-{'x' if across else 'y'}{mode:02d}{'p' if sign > 0 else 'm'}"
                yield word, wave(side, mode, sign, across=across)


def values_left(
    side: int, name: str, before: Mapping[str, Pixels], after: Mapping[str, Pixels], box: Corners
) -> Values:
    """Read the response from what became of the `probes`.

    Parameters
    ----------
    before, after
        Whole pictures by the names of the probes, height x width x 3.
    box
        Where the face is in each of them.
    """
    found = [_direction(side, name, before, after, box, across=across) for across in (True, False)]
    return max(found, key=lambda values: (values.recoverable, values.seen))


def _direction(
    side: int, name: str, before: Mapping[str, Pixels], after: Mapping[str, Pixels], box: Corners, *, across: bool
) -> Values:
    count = modes(side)
    x0, y0, x1, y1 = whole(box, next(iter(before.values())).shape)
    own = slice(y0, y1) if across else slice(x0, x1)
    middle = slice(own.start + side // 3, own.stop - side // 3)

    def line(image: Pixels) -> Floats:
        plane = luma(image)
        return np.asarray(plane[middle].mean(axis=0) if across else plane[:, middle].mean(axis=1))

    def column(mode: int) -> tuple[Floats, Floats]:
        word = f"{name}-{'x' if across else 'y'}{mode:02d}"
        given = line(before[f"{word}p"]) - line(before[f"{word}m"])
        length = max(float(np.linalg.norm(given)), 1e-9)
        rest = line(after[f"{word}p"]) + line(after[f"{word}m"]) - line(before[f"{word}p"]) - line(before[f"{word}m"])
        return (line(after[f"{word}p"]) - line(after[f"{word}m"])) / length, (rest - rest.mean()) / length

    columns = [column(mode) for mode in range(count)]
    response, noise = (np.stack([pair[at] for pair in columns], axis=1) for at in (0, 1))
    # what + and - have in common is no response: rounding, coding, and what the tool does whatever is there
    noise = noise - noise.mean(axis=1, keepdims=True)
    floor = _MARGIN * float(np.linalg.svd(noise, compute_uv=False)[0])
    gains = np.linalg.svd(response, compute_uv=False)
    least = max(LEAST_GAIN, floor)
    finest = float(np.linalg.norm(response[:, -2:], axis=0).max())
    return Values(
        side,
        float((np.where(gains > floor, gains, 0.0) ** 2).sum()),
        int((gains >= least).sum()),
        floor,
        bool(count < side and finest >= least),
    )


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The cosines of one face before and after, at most 32 x 32 of them; NaN beyond those of a smaller face."""

    image: int
    old: npt.NDArray[np.float32]
    new: npt.NDArray[np.float32]


def spectrum_of(before: Floats, after: Floats, box: Corners, *, image: int = 0) -> Spectrum | None:
    """The cosines of one face; None where the box is below 8 pixels."""
    x0, y0, x1, y1 = whole(box, before.shape)
    side = min(x1 - x0, y1 - y0)
    if side < 8:
        return None
    size = min(side, _MOST_SQUARE) // 2 * 2  # OpenCV's transform takes even sides
    full = np.full((2, _MOST_SQUARE, _MOST_SQUARE), np.nan, np.float32)
    for at, plane in enumerate((before, after)):
        small = cv2.resize(plane[y0:y1, x0:x1], (size, size), interpolation=cv2.INTER_AREA)
        full[at, :size, :size] = cv2.dct(small)
    return Spectrum(image, full[0], full[1])


def seen_of_pairs(faces: Sequence[Spectrum]) -> float:
    """Values seen across a face's side, from many faces: the root of the sum of the gains of all cosines.

    The diagonal of ``R`` in the basis of cosines is the regression of each on itself over faces, ``cov(out, in) /
    var(in)``, and its trace the other usual count of degrees of freedom; square faces have the same number both ways.
    Cosines of natural pictures are nearly uncorrelated once the mean face is taken off, which is taken for granted
    here. NaN below two faces; at most 32.
    """
    if len(faces) < 2:
        return float("nan")
    old, new = (np.stack([getattr(face, name) for face in faces]) for name in ("old", "new"))
    known = np.isfinite(old)
    count = np.maximum(known.sum(axis=0), 1)
    old, new = (np.where(known, each, 0) for each in (old, new))
    old, new = (np.where(known, each - each.sum(axis=0) / count, 0) for each in (old, new))
    cross, power = (old * new).sum(axis=0, dtype=np.float64), (old * old).sum(axis=0, dtype=np.float64)
    ring = np.maximum.outer(np.arange(_MOST_SQUARE), np.arange(_MOST_SQUARE))
    total = 1.0  # the mean is a value too, and always one
    for each in range(1, _MOST_SQUARE):
        chosen = (ring == each) & (power > 0)
        if chosen.any():
            total += int(chosen.sum()) * float((cross[chosen] / power[chosen]).mean())
    return float(np.sqrt(max(0.0, total)))
