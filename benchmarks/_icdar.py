"""Words of street scenes as ICDAR 2015 (task 4.1) tells them, and which of them boxes cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.records import Box

__all__ = ["bootstrap", "covered", "scenes"]

Floats = npt.NDArray[np.float64]
_UNREADABLE = "###"


def scenes(folder: Path) -> Iterator[tuple[Path, list[Floats]]]:
    """Each picture with the corners (4 x 2) of its legible words."""
    for truth in sorted(folder.glob("gt_*.txt")):
        rows = [line.split(",", 8) for line in truth.read_text("utf-8-sig").splitlines() if line.strip()]
        words = [np.array(row[:8], np.float64).reshape(4, 2) for row in rows if row[8].strip() != _UNREADABLE]
        yield truth.with_name(truth.name.removeprefix("gt_")).with_suffix(".jpg"), words


def covered(words: Sequence[Floats], boxes: Sequence[Box], *, width: int, height: int) -> list[bool]:
    """Whether at least half of each word's area lies in the union of the boxes."""
    union = np.zeros((height, width), np.uint8)
    for box in boxes:
        x0, y0, x1, y1 = box.clipped(width, height).outward()
        union[y0:y1, x0:x1] = 1
    result = []
    for word in words:
        area = np.zeros_like(union)
        cv2.fillPoly(area, [np.round(word).astype(np.int32)], (1,))
        result.append(bool(area.any()) and float(union[area > 0].mean()) >= 0.5)
    return result


def bootstrap(parts: Sequence[tuple[float, float]], *, rounds: int = 2000) -> tuple[float, float, float]:
    """Sum of the first over sum of the second, and its 95 % interval by drawing pictures anew."""
    pairs = np.array(parts, np.float64).reshape(-1, 2)
    drawn = np.random.default_rng(0).integers(0, len(pairs), (rounds, len(pairs)))
    sums = pairs[drawn].sum(axis=1)
    shares = sums[:, 0] / np.maximum(sums[:, 1], 1e-12)
    whole = pairs.sum(axis=0)
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(whole[0] / max(whole[1], 1e-12)), float(low), float(high)
