"""How detections are held against the truth: matching, recall, precision, average precision, coverage, intervals.

The protocol: in each image detections are taken by falling score; one matches the free counted face with which it has
the highest IoU, if that is at least 0.5. A detection that matches none but lies with IoU >= 0.5 on an ignored box
(marked invalid, or below the least height) is dropped, and so is one below the least height itself. What is left is
false. Precision is therefore a lower bound: nobody labelled every face.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

OVERLAP = 0.5
LEAST_HEIGHT = 20.0
BUCKETS = ((20.0, 32.0), (32.0, 64.0), (64.0, 128.0), (128.0, math.inf))


@dataclass(frozen=True)
class Matched:
    """One image held against its truth.

    ``scores`` and ``true`` are of the detections that count, by falling score; ``caught`` has for each counted face the
    score of the detection that matched it (-1: none), ``heights`` its height in pixels.
    """

    scores: Floats
    true: npt.NDArray[np.bool_]
    caught: Floats
    heights: Floats


def overlaps(one: Floats, many: Floats) -> Floats:
    """IoU of N x 4 with M x 4 boxes, N x M."""
    low = np.maximum(one[:, None, :2], many[None, :, :2])
    high = np.minimum(one[:, None, 2:], many[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    areas = [np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (one, many)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9))


def match(
    boxes: Floats, scores: Floats, truth: Floats, counted: npt.NDArray[np.bool_], *, least_height: float = LEAST_HEIGHT
) -> Matched:
    """Hold one image's detections against its true boxes (those not `counted` are ignored)."""
    faces, ignored = truth[counted], truth[~counted]
    caught = np.full(len(faces), -1.0)
    kept: list[tuple[float, bool]] = []
    on_faces, on_ignored = overlaps(boxes, faces), overlaps(boxes, ignored)
    for index in np.argsort(-scores, kind="stable"):
        free = np.where(caught < 0, on_faces[index], -1.0)
        if free.size and free.max() >= OVERLAP:
            caught[free.argmax()] = scores[index]
            kept.append((scores[index], True))
        elif on_ignored[index].size and on_ignored[index].max() >= OVERLAP:
            continue
        elif boxes[index, 3] - boxes[index, 1] >= least_height:
            kept.append((scores[index], False))
    return Matched(
        np.array([score for score, _ in kept], np.float64),
        np.array([true for _, true in kept], np.bool_),
        caught,
        faces[:, 3] - faces[:, 1],
    )


@dataclass(frozen=True)
class Figures:
    """Recall and precision at a threshold, average precision over all scores, and how many images were looked at."""

    recall: float
    precision: float
    ap: float
    false_per_image: float
    recall_by_size: tuple[float, ...]


def figures(images: Sequence[Matched], *, threshold: float) -> Figures:
    """Pool the images. Shares without a denominator are NaN."""
    scores = np.concatenate([m.scores for m in images])
    true = np.concatenate([m.true for m in images])
    caught = np.concatenate([m.caught for m in images])
    heights = np.concatenate([m.heights for m in images])
    above = scores >= threshold
    hit = caught >= threshold
    inside = [(heights >= low) & (heights < high) for low, high in BUCKETS]
    return Figures(
        _share(hit.sum(), len(caught)),
        _share((true & above).sum(), above.sum()),
        average_precision(scores, true, len(caught)),
        float((~true & above).sum() / len(images)),
        tuple(_share((hit & bucket).sum(), bucket.sum()) for bucket in inside),
    )


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan


def average_precision(scores: Floats, true: npt.NDArray[np.bool_], faces: int) -> float:
    """Area under precision over recall, precision made monotone (Everingham et al., VOC 2010 and later)."""
    if not faces:
        return math.nan
    hits = np.cumsum(true[np.argsort(-scores, kind="stable")])
    recall = np.concatenate([[0.0], hits / faces])
    precision = np.maximum.accumulate((hits / np.arange(1, len(hits) + 1))[::-1])[::-1]
    return float(np.sum(np.diff(recall) * precision))


def interval(
    images: Sequence[Matched], *, threshold: float, rounds: int = 1000, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of recall, precision and AP, images drawn with replacement."""
    draw = np.random.default_rng(seed)
    rows = []
    for _ in range(rounds):
        one = figures([images[i] for i in draw.integers(0, len(images), len(images))], threshold=threshold)
        rows.append((one.recall, one.precision, one.ap))
    low, high = np.nanpercentile(np.array(rows), [2.5, 97.5], axis=0)
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(("recall", "precision", "ap"))}


def core(box: Floats, *, width: int, height: int) -> tuple[int, int, int, int]:
    """The core of an upright face, as docs/reference/contract.md says (orientation 1)."""
    x0, y0 = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
    x1, y1 = min(width, math.ceil(box[2])), min(height, math.ceil(box[3]))
    w, h = x1 - x0, y1 - y0
    side, below, above = math.ceil(15 * w / 100), math.ceil(15 * h / 100), math.ceil(30 * h / 100)
    return max(0, x0 - side), max(0, y0 - above), min(width, x1 + side), min(height, y1 + below)


def covered(faces: Floats, boxes: Floats, *, width: int, height: int) -> Floats:
    """The share of each true face (N x 4) that lies in the union of the cores of `boxes`."""
    mask = np.zeros((height, width), np.bool_)
    for box in boxes:
        x0, y0, x1, y1 = core(box, width=width, height=height)
        mask[y0:y1, x0:x1] = True
    shares = []
    for face in faces:
        x0, y0 = max(0, math.floor(face[0])), max(0, math.floor(face[1]))
        x1, y1 = min(width, math.ceil(face[2])), min(height, math.ceil(face[3]))
        shares.append(float(mask[y0:y1, x0:x1].mean()) if x1 > x0 and y1 > y0 else 1.0)
    return np.array(shares)


def recall_at(images: Sequence[Matched], *, precision: float) -> float:
    """The highest recall at which precision is still at least that."""
    scores = np.concatenate([m.scores for m in images])
    hits = np.cumsum(np.concatenate([m.true for m in images])[np.argsort(-scores, kind="stable")])
    good = hits / np.arange(1, len(hits) + 1) >= precision
    return _share(hits[good].max(initial=0), sum(len(m.caught) for m in images))


def threshold_for(images: Sequence[Matched], *, recall: float) -> float:
    """The highest threshold at which at least that share of the faces is found; NaN if none finds so many."""
    caught = np.sort(np.concatenate([m.caught for m in images]))[::-1]
    needed = math.ceil(recall * len(caught) - 1e-9)
    return float(caught[needed - 1]) if caught[needed - 1] >= 0 else math.nan


def paired(
    ours: Sequence[Matched], theirs: Sequence[Matched], *, rounds: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """AP of one less that of the other on the same images, and its 95 % bootstrap interval, images drawn together."""
    draw = np.random.default_rng(seed)

    def difference(chosen: Sequence[int]) -> float:
        return _ap([ours[i] for i in chosen]) - _ap([theirs[i] for i in chosen])

    count = len(ours)
    spread = [difference(draw.integers(0, count, count).tolist()) for _ in range(rounds)]
    low, high = np.nanpercentile(spread, [2.5, 97.5])
    return difference(range(count)), float(low), float(high)


def _ap(images: Sequence[Matched]) -> float:
    scores, true = (np.concatenate([getattr(m, part) for m in images]) for part in ("scores", "true"))
    return average_precision(scores, true, sum(len(m.caught) for m in images))
