"""What the contract says of a canvas: where cores and footprints lie, and how it looks painted as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overpaint.painting import _native
from overpaint.painting._regions import LOOKS, regions
from overpaint.records import Box


def _grown(faces: Sequence[Box], width: int, height: int, *, feather: bool) -> np.ndarray:
    """Written from the contract and not from the code; the picture is upright."""
    inside = np.zeros((height, width), bool)
    for face in faces:
        x0, y0 = max(0, int(face.x0)), max(0, int(face.y0))
        x1, y1 = min(width, int(face.x1)), min(height, int(face.y1))
        w, h = x1 - x0, y1 - y0
        if w <= 0 or h <= 0:
            continue
        f = min(48, max(2, -(-12 * min(w, h) // 100))) if feather else 0
        left, right = max(0, x0 - -(-15 * w // 100)), min(width, x1 + -(-15 * w // 100))
        top, bottom = max(0, y0 - -(-30 * h // 100)), min(height, y1 + -(-15 * h // 100))
        inside[max(0, top - f) : bottom + f, max(0, left - f) : right + f] = True
    return inside


def core(faces: Sequence[Box], width: int, height: int) -> np.ndarray:
    """True where nothing of the original may be left."""
    return _grown(faces, width, height, feather=False)


def footprint(faces: Sequence[Box], width: int, height: int) -> np.ndarray:
    """True where anything may change."""
    return _grown(faces, width, height, feather=True)


def painted(picture: np.ndarray, faces: Sequence[Box], look: str, cells: int = 4) -> np.ndarray:
    """All channels painted by the extension, on the whole canvas."""
    out = picture.copy()
    height, width = out.shape[:2]
    groups, cores = regions(faces, width=width, height=height, cells=cells).packed()
    for channel in range(out.shape[2]):
        plane = np.ascontiguousarray(out[:, :, channel])
        _native.paint_plane(plane, 8 * plane.itemsize, groups, cores, cells, LOOKS[look])
        out[:, :, channel] = plane
    return out
