"""WIDER FACE's annotation text, and its pictures brought to the size of ImageNet's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

LONG_SIDE = 500
LEAST_HEIGHT = 20.0


@dataclass(frozen=True)
class Picture:
    """One picture with its true faces: N x 4 boxes (x0, y0, x1, y1), and which of them count."""

    name: str
    image: npt.NDArray[np.uint8]
    boxes: npt.NDArray[np.float64]
    counted: npt.NDArray[np.bool_]


def truth_of(path: Path) -> dict[str, list[list[int]]]:
    """File name to its rows of x, y, w, h, blur, expression, illumination, invalid, occlusion, pose."""
    lines = iter(path.read_text().split("\n"))
    found: dict[str, list[list[int]]] = {}
    for name in lines:
        if not name.strip():
            continue
        count = int(next(lines))
        rows = [
            [int(v) for v in next(lines).split()] for _ in range(max(count, 1))
        ]  # a count of 0 has one row of zeros
        found[name.strip()] = rows[:count]
    return found


def pictures(data: Path, *, long_side: int = LONG_SIDE, least_height: float = LEAST_HEIGHT) -> Iterator[Picture]:
    """The validation pictures of `data` (RGB), no longer than `long_side`, in the order of the annotation file.

    A face counts if it is at least `least_height` pixels high after the picture was made smaller and is not marked
    invalid; the rest is ignored by the protocol.
    """
    for name, rows in truth_of(data / "val_bbx_gt.txt").items():
        image = cv2.imread(str(data / "val" / name))
        if image is None:
            raise SystemExit(f"{data / 'val' / name}: cannot be read; --data must hold WIDER's val/ and val_bbx_gt.txt")
        ratio = min(1.0, long_side / max(image.shape[:2]))
        size = round(image.shape[1] * ratio), round(image.shape[0] * ratio)
        truth = np.array(rows, np.float64).reshape(-1, 10)
        grow = np.array([size[0] / image.shape[1], size[1] / image.shape[0]] * 2)
        boxes = np.concatenate([truth[:, :2], truth[:, :2] + truth[:, 2:4]], axis=1) * grow
        if ratio < 1:
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        counted = (truth[:, 7] == 0) & (truth[:, 3] * ratio >= least_height)
        yield Picture(name, np.ascontiguousarray(image[..., ::-1]), boxes, counted)
