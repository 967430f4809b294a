"""What a described network gave, as boxes and scores of each kind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.detectors._described_words import Class, Description, Labels, Ssd, Yolo
from overpaint.detectors._nms import suppress

__all__ = ["Found", "check_shapes", "label_scores", "read_head"]

Floats = npt.NDArray[np.float32]

Found = tuple[str, float, tuple[float, float, float, float] | None]
"""Kind, score, and the box in pixels of the network's input (x0, y0, x1, y1)."""

_MOST = 2000


def read_head(outputs: Mapping[str, npt.NDArray[Any]], description: Description) -> list[Found]:
    """What one run of the network says; outputs by the names that `check_shapes` has found right.

    Raises
    ------
    ValueError
        If the numbers are not finite, or scores are not from 0 to 1.
    """
    head = description.head
    if isinstance(head, Labels):
        shares = label_scores(outputs[head.output].astype(np.float64).ravel(), head)
        return [(c.kind, p, None) for c in description.classes if (p := _of(shares, c, head)) >= c.threshold]
    if isinstance(head, Yolo):
        boxes, scores, labels = _yolo(outputs[head.output], head)
    else:
        boxes, scores, labels = _ssd(outputs, head)
    if not head.pixels:
        sides = description.input.width, description.input.height
        boxes = boxes * np.array([*sides, *sides], np.float32)
    found: list[Found] = []
    for entry in description.classes:
        chosen, their = _chosen(scores, labels, entry)
        corners = boxes[chosen]
        _finite(corners, "boxes")
        for index in suppress(corners, their, overlap=description.overlap, most=_MOST):
            x0, y0, x1, y1 = map(float, corners[index])
            found.append((entry.kind, float(their[index]), (x0, y0, x1, y1)))
    return found


def _chosen(scores: Floats, labels: npt.NDArray[np.int64] | None, entry: Class) -> tuple[npt.NDArray[np.intp], Floats]:
    """The rows that are of a kind, and their scores for it: the best of the classes that make it."""
    if labels is None:
        best = scores[:, list(entry.indices)].max(axis=1) if len(scores) else np.empty(0, np.float32)
        rows = np.flatnonzero(best >= entry.threshold)
        return rows, best[rows]
    rows = np.flatnonzero((scores >= entry.threshold) & np.isin(labels, entry.indices))
    return rows, scores[rows]


def _yolo(output: npt.NDArray[Any], head: Yolo) -> tuple[Floats, Floats, npt.NDArray[np.int64] | None]:
    rows = output.reshape(output.shape[-2:]).astype(np.float32)
    rows = (rows if head.rows else rows.T)[:, : head.width - head.extra]
    boxes = rows[:, :4]
    if not head.corners:
        half = boxes[:, 2:] / 2
        boxes = np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)
    if head.finished:
        return boxes, _probable(rows[:, 4]), _whole(rows[:, 5])
    scores = rows[:, 4:] if head.activation == "none" else _sigmoid(rows[:, 4:])
    _probable(scores)
    return boxes, scores[:, :1] * scores[:, 1:] if head.objectness else scores, None


def _ssd(outputs: Mapping[str, npt.NDArray[Any]], head: Ssd) -> tuple[Floats, Floats, npt.NDArray[np.int64] | None]:
    boxes = outputs[head.boxes].reshape(-1, 4).astype(np.float32)
    scores = outputs[head.scores].astype(np.float32)
    scores = scores.reshape(-1) if head.labels else scores.reshape(-1, head.classes)
    count = len(boxes)
    if head.count:
        said = _whole(outputs[head.count].ravel()[:1])
        count = min(max(int(said[0]), 0), count)
    if head.yx:
        boxes = boxes[:, [1, 0, 3, 2]]
    if head.activation != "none":
        scores = _sigmoid(scores) if head.activation == "sigmoid" else _softmax(scores)
    labels = _whole(outputs[head.labels].reshape(-1)[:count]) if head.labels else None
    return boxes[:count], _probable(scores[:count]), labels


def label_scores(values: npt.NDArray[np.float64], head: Labels) -> npt.NDArray[np.float64]:
    """What a classifier says of each class, from 0 to 1."""
    _finite(values, "scores")
    if head.logits:
        values = _softmax(values) if head.softmax else _sigmoid(values)
    probable: npt.NDArray[np.float64] = _probable(values)
    return probable


def _of(scores: npt.NDArray[np.float64], entry: Class, head: Labels) -> float:
    """A kind of several classes: shares of a softmax add up, of independent ones the best counts."""
    picked = scores[list(entry.indices)]
    return min(1.0, float(picked.sum())) if head.softmax else float(picked.max())


def _sigmoid(values: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(values, -80, 80)))


def _softmax(values: Any) -> Any:
    power = np.exp(values - values.max(axis=-1, keepdims=True, initial=-np.inf))
    return power / power.sum(axis=-1, keepdims=True)


def _finite(values: Any, what: str) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"the network gave {what} that are not finite")


def _probable(scores: Any) -> Any:
    """Scores, once they are known to be from 0 to 1; what rounding did is taken back."""
    _finite(scores, "scores")
    if scores.size and not (scores.min() >= -1e-3 and scores.max() <= 1 + 1e-3):
        raise ValueError(
            f"the network gave scores from {scores.min():.3g} to {scores.max():.3g} and not 0 to 1: "
            "the description's head wants an `activation` (or `logits = true`), or reads the wrong output"
        )
    return np.clip(scores, 0, 1)


def _whole(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    numbers = values.astype(np.float64)
    _finite(numbers, "classes or counts")
    return np.rint(np.clip(numbers, -1, 1e9)).astype(np.int64)


def check_shapes(shapes: Mapping[str, tuple[int, ...]], description: Description) -> str | None:
    """Why outputs of these shapes cannot be read as the description says, in one sentence, or None."""
    head = description.head
    if isinstance(head, Labels):
        return _unlike(shapes, head.output, [(1, head.classes), (head.classes,), (1, head.classes, 1, 1)])
    if isinstance(head, Yolo):
        width = head.width
        return _unlike(shapes, head.output, [(1, None, width), (None, width)] if head.rows else [(1, width, None)])
    wrong = _unlike(shapes, head.boxes, [(1, None, 4), (None, 4), (1, 1, None, 4)])
    count = None if wrong else math.prod(shapes[head.boxes]) // 4
    rows = [(1, count), (count,), (1, 1, count)]
    of_classes = [(1, count, head.classes), (count, head.classes)]
    wrong = wrong or _unlike(shapes, head.scores, rows if head.labels else of_classes)
    wrong = wrong or (_unlike(shapes, head.labels, rows) if head.labels else None)
    return wrong or (_unlike(shapes, head.count, [(1,), (1, 1), ()]) if head.count else None)


def _unlike(shapes: Mapping[str, tuple[int, ...]], name: str, wanted: list[tuple[int | None, ...]]) -> str | None:
    shape = shapes.get(name)
    if shape is None:
        return f"there is no output {name!r}, only {', '.join(shapes)}"
    for like in wanted:
        if len(like) == len(shape) and all(side in {None, given} for side, given in zip(like, shape, strict=True)):
            return None
    forms = " or ".join(f"({', '.join('N' if side is None else str(side) for side in like)})" for like in wanted)
    return f"output {name!r} is of shape {shape}, and the head wants {forms}"
