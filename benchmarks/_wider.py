"""WIDER FACE's pictures brought to the size of ImageNet's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.measures._truth_text import read_wider_truth

LONG_SIDE = 500
LEAST_HEIGHT = 20.0


@dataclass(frozen=True)
class Picture:
    """One picture with its true faces: N x 4 boxes (x0, y0, x1, y1), and which of them count."""

    name: str
    image: npt.NDArray[np.uint8]
    boxes: npt.NDArray[np.float64]
    counted: npt.NDArray[np.bool_]


def pictures(data: Path, *, long_side: int = LONG_SIDE, least_height: float = LEAST_HEIGHT) -> Iterator[Picture]:
    """The validation pictures of `data` (RGB), no longer than `long_side`, in the order of the annotation file.

    A face counts if it is at least `least_height` pixels high after the picture was made smaller and is not marked
    invalid; the rest is ignored by the protocol.
    """
    for name, faces in read_wider_truth(data / "val_bbx_gt.txt").items():
        image = cv2.imread(str(data / "val" / name))
        if image is None:
            raise SystemExit(f"{data / 'val' / name}: cannot be read; --data must hold WIDER's val/ and val_bbx_gt.txt")
        ratio = min(1.0, long_side / max(image.shape[:2]))
        size = round(image.shape[1] * ratio), round(image.shape[0] * ratio)
        sides = [(f.box.x0, f.box.y0, f.box.x1, f.box.y1) for f in faces]
        grow = np.array([size[0] / image.shape[1], size[1] / image.shape[0]] * 2)
        boxes = np.array(sides, np.float64).reshape(-1, 4) * grow
        if ratio < 1:
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        counted = np.array([not f.ignored and f.box.height * ratio >= least_height for f in faces], np.bool_)
        yield Picture(name, np.ascontiguousarray(image[..., ::-1]), boxes, counted)
