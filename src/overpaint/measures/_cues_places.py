"""Where and how a picture is touched to see whether networks take erasure for a sign.

All pictures are uint8, height x width x 3; all boxes lie in the frame of the picture as the network is given it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.painting import paint, regions
from overpaint.records import Box

__all__ = ["CuePicture", "Rectangle", "Spot", "erased", "laid", "mask_of", "moved", "patch_from", "scaled", "spots_of"]

Picture = npt.NDArray[np.uint8]
Rectangle = tuple[int, int, int, int]

_TRIES = 60
_CANDIDATES = 8
"""Patches among which the one nearest in colour is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class CuePicture:
    """A picture that is tried, clear, with the faces that its arm paints over; `label` is the true class."""

    picture: Picture
    faces: tuple[Box, ...]
    label: int


@dataclass(frozen=True, slots=True)
class Spot:
    """What is painted for one face: its core, and how many pixels the footprint reaches further."""

    core: Rectangle
    feather: int

    @property
    def footprint(self) -> Rectangle:
        """Core and feather; it may reach over the picture's edge."""
        x0, y0, x1, y1 = self.core
        return x0 - self.feather, y0 - self.feather, x1 + self.feather, y1 + self.feather


def erased(picture: Picture, faces: Sequence[Box], *, look: str, cells: int) -> Picture:
    """The picture with faces painted over by the product itself, through a lossless file."""
    coded, data = cv2.imencode(".png", picture[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert coded  # three channels of eight bits always are
    painted = paint(data.tobytes(), list(faces), look=look, cells=cells, metadata="keep").data
    read = cv2.imdecode(np.frombuffer(painted, np.uint8), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(read, np.uint8)[:, :, ::-1])


def spots_of(faces: Sequence[Box], width: int, height: int, *, cells: int) -> tuple[Spot, ...]:
    """What painting would cover, face by face, within a picture of that size."""
    groups = regions(faces, width=width, height=height, cells=cells).groups
    return tuple(Spot(core, f) for group in groups for core, f in zip(group.cores, group.feathers, strict=True))


def mask_of(faces: Sequence[Box], width: int, height: int, *, cells: int) -> npt.NDArray[np.bool_]:
    """Where painting changes something, bool [height, width]."""
    mask = np.zeros((height, width), np.bool_)
    for spot in spots_of(faces, width, height, cells=cells):
        x0, y0, x1, y1 = spot.footprint
        mask[max(0, y0) : y1, max(0, x0) : x1] = True
    return mask


def moved(
    faces: Sequence[Box],
    width: int,
    height: int,
    *,
    avoid: Sequence[Rectangle],
    cells: int,
    draw: np.random.Generator,
) -> tuple[Box, ...] | None:
    """The same boxes at places by chance, whole in the picture, clear of each other and of `avoid`; None if none is.

    A place is as large as what painting makes of a face: 15 % more at the sides and below, 30 % above, and the feather.
    """
    taken, found = list(avoid), []
    for face in sorted(faces, key=lambda each: -each.area):
        x0, y0, x1, y1 = face.outward()
        w, h = x1 - x0, y1 - y0
        (spot,) = spots_of([Box(4 * w, 4 * h, 5 * w, 5 * h)], 9 * w, 9 * h, cells=cells)
        left, above = 4 * w - spot.footprint[0], 4 * h - spot.footprint[1]
        right, below = spot.footprint[2] - 5 * w, spot.footprint[3] - 5 * h
        xs, ys = width - w - left - right, height - h - above - below
        if xs < 0 or ys < 0:
            return None
        for _ in range(_TRIES):
            x, y = left + int(draw.integers(0, xs + 1)), above + int(draw.integers(0, ys + 1))
            place = (x - left, y - above, x + w + right, y + h + below)
            if not any(_meet(place, other) for other in taken):
                taken.append(place)
                found.append(Box(x, y, x + w, y + h))
                break
        else:
            return None
    return tuple(found)


def scaled(faces: Sequence[Box], *, of: tuple[int, int], to: tuple[int, int]) -> tuple[Box, ...]:
    """Boxes of a picture of one size (width, height) as large in one of another, by the shorter sides."""
    by = min(to) / min(of)
    return tuple(
        Box(f.x0 * by, f.y0 * by, f.x0 * by + max(1, f.width * by), f.y0 * by + max(1, f.height * by)) for f in faces
    )


def patch_from(
    donors: Sequence[CuePicture], size: tuple[int, int], like: Picture, *, cells: int, draw: np.random.Generator
) -> Picture | None:
    """A clear patch (width, height) of other pictures, clear of their faces, of a colour near that of `like`.

    Of eight by chance the nearest one in its mean colour. None where no donor is large enough.
    """
    width, height = size
    wanted = like.reshape(-1, 3).mean(axis=0)
    best, nearest = None, np.inf
    found = 0
    for _ in range(_TRIES):
        if found == _CANDIDATES or not donors:
            break
        donor = donors[int(draw.integers(0, len(donors)))]
        rows, columns = donor.picture.shape[:2]
        if columns < width or rows < height:
            continue
        x, y = int(draw.integers(0, columns - width + 1)), int(draw.integers(0, rows - height + 1))
        spots = spots_of(donor.faces, columns, rows, cells=cells)
        if any(_meet((x, y, x + width, y + height), spot.footprint) for spot in spots):
            continue
        found += 1
        patch = donor.picture[y : y + height, x : x + width]
        far = float(np.abs(patch.reshape(-1, 3).mean(axis=0) - wanted).sum())
        if far < nearest:
            best, nearest = patch, far
    return best


def laid(picture: Picture, spot: Spot, patch: Picture) -> Picture:
    """A patch as large as the footprint within the picture, laid over it: whole on the core, fading over the feather.

    Edges fade as those of painting do, so that an edge is no sign that painting lacks.
    """
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = _within(spot.footprint, width, height)
    across = _ramp(x0, x1, spot.core[0], spot.core[2], spot.feather)
    down = _ramp(y0, y1, spot.core[1], spot.core[3], spot.feather)
    weight = np.minimum(across[None, :], down[:, None])[:, :, None]
    out = picture.copy()
    mixed = weight * patch + (1 - weight) * picture[y0:y1, x0:x1]
    out[y0:y1, x0:x1] = np.rint(mixed).astype(np.uint8)
    return out


def _within(rectangle: Rectangle, width: int, height: int) -> Rectangle:
    x0, y0, x1, y1 = rectangle
    return max(0, x0), max(0, y0), min(width, x1), min(height, y1)


def _ramp(start: int, end: int, low: int, high: int, feather: int) -> npt.NDArray[np.float64]:
    """1 from low to high, falling to 0 over the feather, at the middles of the pixels from start to end."""
    at = np.arange(start, end) + 0.5
    beyond = np.maximum(np.maximum(low - at, at - high), 0.0)
    return np.asarray(np.clip(1 - beyond / max(feather, 1), 0.0, 1.0), np.float64)


def _meet(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
