"""What the outputs look like beside their sources: pixels changed elsewhere, detail left in faces, what rides along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

__all__ = [
    "Outside",
    "detail_left",
    "hidden_pictures",
    "left_by_size",
    "outside",
    "shown_alike",
    "small_beside_large",
    "turned",
]

Floats = npt.NDArray[np.float64]
Boxes = Sequence[Sequence[float]]

SMALL = (16, 24, 40)
LARGE = 200
_GROWN = 0.5  # of the longer side: what around a box counts as the face's, whoever paints
_UPRIGHT = cv2.IMREAD_COLOR
_STORED = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


@dataclass(frozen=True)
class Outside:
    """Of the samples outside the grown boxes: the share that changed, and the mean absolute change in levels."""

    share: float
    mean: float


def outside(pairs: Sequence[tuple[Path, Path, Boxes]]) -> Outside:
    """Compare sources and outputs where no face is; pictures that changed their size count as changed throughout."""
    changed, total, amount = 0, 0, 0.0
    for before, after, boxes in pairs:
        old, new = read(before, _STORED), read(after, _STORED)
        keep = np.ones(old.shape[:2], bool)
        for x0, y0, x1, y1 in boxes:
            by = _GROWN * max(x1 - x0, y1 - y0)
            keep[max(0, int(y0 - by)) : int(y1 + by) + 1, max(0, int(x0 - by)) : int(x1 + by) + 1] = False
        total += 3 * int(keep.sum())
        if old.shape != new.shape:
            changed += 3 * int(keep.sum())
            continue
        difference = np.abs(old[keep].astype(int) - new[keep])
        changed += int((difference > 0).sum())
        amount += float(difference.sum())
    return Outside(changed / max(total, 1), amount / max(total, 1))


def detail_left(
    before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8], box: Sequence[int], cells: int = 4
) -> float:
    """How much of a face's fine detail is found in the output: 1 untouched, 0 gone.

    With H the luma of the box minus its averages on a grid of ``cells`` squares across, this is
    ``<H_out, H_in> / <H_in, H_in>``. No code of overpaint is used here.
    """
    old, new = (fine(image, box, cells) for image in (before, after))
    return float((old * new).sum() / (old * old).sum())


def fine(image: npt.NDArray[np.uint8], box: Sequence[int], cells: int) -> Floats:
    """The luma of a box minus the averages of its cells."""
    x0, y0, x1, y1 = box
    luma = image[y0:y1, x0:x1].astype(np.float64) @ np.array([0.114, 0.587, 0.299])  # OpenCV's order
    rows, columns = (np.arange(side) * cells // side for side in luma.shape)
    where = rows[:, None] * cells + columns[None, :]
    means = np.bincount(where.ravel(), luma.ravel()) / np.bincount(where.ravel())
    return np.asarray(luma - means[where], np.float64)


def small_beside_large(
    portrait: npt.NDArray[np.uint8], directory: Path, *, count: int = 8
) -> dict[str, list[list[int]]]:
    """Write pictures of a face of 200 pixels beside ones of 16, 24 and 40; returns their boxes, the large one first."""
    directory.mkdir(parents=True, exist_ok=True)
    truth = {}
    for number in range(count):
        random = np.random.default_rng(number)
        slope = np.linspace(60, 190, 640) + random.normal(0, 4, (480, 640))
        image = np.repeat(np.clip(slope, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
        places = [(40 + number, 120 - number, LARGE)]
        places += [(420 + int(random.integers(60)), 40 + 130 * row, side) for row, side in enumerate(SMALL)]
        boxes = []
        for x, y, side in places:
            image[y : y + side, x : x + side] = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
            boxes.append([x, y, x + side, y + side])
        name = f"beside{number}.jpg"
        cv2.imwrite(str(directory / name), image, [cv2.IMWRITE_JPEG_QUALITY, 95])
        truth[name] = boxes
    return truth


def left_by_size(before: Path, outputs: Mapping[str, Path], truth: Mapping[str, list[list[int]]]) -> dict[str, float]:
    """The median of `detail_left` for each size of face."""
    found: dict[str, list[float]] = {}
    for name, boxes in truth.items():
        old, new = read(before / name, _STORED), read(outputs[name], _STORED)
        for box in boxes:
            found.setdefault(f"{box[2] - box[0]} px", []).append(detail_left(old, new, box))
    return {size: float(np.median(values)) for size, values in found.items()}


def hidden_pictures(data: bytes) -> int:
    """Pictures within a JPEG: starts of an image after the first, before the scan or behind its end."""
    return data.count(b"\xff\xd8\xff", 2)


def shown_alike(before: Path, after: Path) -> bool:
    """Whether a viewer that heeds the orientation tag shows both the same way up."""
    old, new = read(before, _UPRIGHT), read(after, _UPRIGHT)
    if old.shape != new.shape:
        return False
    small = [cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA).astype(int) for image in (old, new)]
    return float(np.abs(small[0] - small[1]).mean()) < 12


def turned(path: Path) -> bool:
    """Whether a file's orientation tag changes how it is shown."""
    old, new = read(path, _UPRIGHT), read(path, _STORED)
    return old.shape != new.shape or not np.array_equal(old, new)


def read(path: Path, how: int) -> npt.NDArray[np.uint8]:
    """A picture's pixels; raises where there are none."""
    image = cv2.imread(str(path), how)
    if image is None:
        raise SystemExit(f"{path}: cannot be read")
    return np.asarray(image, np.uint8)
