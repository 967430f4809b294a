"""NanoDet on onnxruntime: people, and other things of COCO where they are asked for.

RangiLyu, NanoDet (https://github.com/RangiLyu/nanodet), variant g, trained on COCO 2017; boxes by generalised focal
loss: Li et al., "Generalized Focal Loss: Learning Qualified and Distributed Bounding Boxes for Dense Object
Detection", NeurIPS 2020.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint import models
from overpaint.detectors._letterbox import Canvas, Fit, Scale, fit
from overpaint.detectors._nms import suppress
from overpaint.detectors._onnx import open_session
from overpaint.detectors._protocol import Detection, Image
from overpaint.errors import ModelError
from overpaint.records import Box

__all__ = ["ANIMALS", "CLASSES", "VEHICLES", "Cells", "NanoDet", "Vehicles", "decode", "nanodet"]

Floats = npt.NDArray[np.float32]

SIDE = 416
STRIDES = (8, 16, 32)
BINS = 11

ANIMALS = ("bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe")
"""The animals that NanoDet knows, in COCO's order."""

VEHICLES: Mapping[str, int] = MappingProxyType({"car": 2, "motorcycle": 3, "bus": 5, "truck": 7})
"""What bears licence plates of all that NanoDet knows, with the network's number for each."""

CLASSES: Mapping[str, int] = MappingProxyType(
    {"person": 0} | dict(VEHICLES) | {name: 14 + i for i, name in enumerate(ANIMALS)}
)
"""The network's number for each thing that can be asked for."""

_COCO = 80
_MEAN = np.array([103.53, 116.28, 123.675], np.float32).reshape(1, 3, 1, 1)
_SPREAD = np.array([57.375, 57.12, 58.395], np.float32).reshape(1, 3, 1, 1)
_OVERLAP = 0.6  # people stand before each other: NanoDet's own
_MOST = 500
_WHEELED = 0.2  # all 54 photographs of plates that were tried have a vehicle of 0.24 or more
_ANY = 1e9  # the network wants its size filled, however small the picture is


@dataclass(frozen=True, slots=True)
class Cells:
    """What the network says of the cells of one stride.

    Attributes
    ----------
    scores
        cells x 80, 0 to 1.
    sides
        cells x 44: for left, top, right, bottom the logits of 11 bins, which stand for 0 to 10 cells.
    """

    scores: Floats
    sides: Floats


def decode(levels: Sequence[Cells], *, column: int, floor: float) -> tuple[Floats, Floats]:
    """Boxes and scores of one class, of one network run.

    A side lies as far from the centre of its cell as the mean of the 11 bins, weighted by their softmax.

    Parameters
    ----------
    levels
        At strides 8, 16, 32; cells row by row.
    column
        The number of the class.
    floor
        Lowest score to give.

    Returns
    -------
    (boxes, scores)
        N x 4 in pixels of the input, and N; not yet suppressed.
    """
    boxes, scores = [np.empty((0, 4), np.float32)], [np.empty(0, np.float32)]
    for stride, level in zip(STRIDES, levels, strict=True):
        cells = np.flatnonzero(level.scores[:, column] >= floor)
        if not cells.size:
            continue
        logits = level.sides[cells].reshape(-1, 4, BINS)
        weights = np.exp(logits - logits.max(axis=2, keepdims=True))
        distance = (weights @ np.arange(BINS, dtype=np.float32)) / weights.sum(axis=2) * stride
        row, across = np.divmod(cells, SIDE // stride)
        centre = (np.stack([across, row], axis=1) + 0.5) * stride
        both = np.concatenate([centre - distance[:, :2], centre + distance[:, 2:]], axis=1)
        boxes.append(both.astype(np.float32))
        scores.append(level.scores[cells, column])
    return np.concatenate(boxes), np.concatenate(scores)


def _place(width: int, height: int) -> Fit:
    """The whole picture in the upper left corner of the network's square."""
    return replace(fit(width, height, Scale(SIDE, _ANY)), outer_width=SIDE, outer_height=SIDE)


class NanoDet:
    """People by NanoDet: 4 MB, some 15 ms, one look at 416 x 416 pixels whatever the size of the picture.

    Not to be shared between threads.

    Parameters
    ----------
    kinds
        What to report, of `CLASSES`.
    floor
        Lowest score to report.
    threads
        Threads for one picture.

    Raises
    ------
    ModelError
        If the model is missing, damaged or has other outputs; the message names the command that brings it.
    """

    name = "nanodet"
    model = "nanodet"
    long_side = SIDE

    def __init__(self, *, kinds: Sequence[str] = ("person",), floor: float = 0.3, threads: int = 1) -> None:
        self.kinds = tuple(kinds)
        self.floor = floor
        self.version = f"g-416 {'+'.join(self.kinds)}"
        self.weights = models.entry(self.model).tensors_sha256
        self._session: Any = open_session(models.read(self.model), name=self.model, threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._outputs = _outputs(self._session.get_outputs())
        self._canvas = Canvas()

    def detect(self, image: Image) -> list[Detection]:
        """What there is of the kinds asked for in an upright RGB picture, best first."""
        height, width = image.shape[:2]
        place = _place(width, height)
        levels = self._levels(image, place)
        found = []
        for kind in self.kinds:
            boxes, scores = decode(levels, column=CLASSES[kind], floor=self.floor)
            kept = suppress(boxes, scores, overlap=_OVERLAP, most=_MOST)
            corners = place.back(boxes[kept]).tolist()
            found += [
                Detection(kind, min(1.0, s), Box(*c)) for s, c in zip(scores[kept].tolist(), corners, strict=True)
            ]
        inside = [replace(d, box=d.box.clipped(width, height)) for d in found if d.box]
        return sorted((d for d in inside if d.box and d.box.area > 0), key=lambda d: -d.score)

    def _levels(self, image: Image, place: Fit) -> Sequence[Cells]:
        """What the network says; whoever asks the same session about the same picture next gets the same answer."""
        last = _LAST.get(self._session)
        if last is not None and last[0]() is image and not image.flags.writeable:
            return last[1]
        planes = self._canvas.fill(image, place, reverse=True)
        planes -= _MEAN
        planes /= _SPREAD
        arrays = self._session.run(self._outputs, {self._input: planes})
        levels = [Cells(arrays[i][0], arrays[i + len(STRIDES)][0]) for i in range(len(STRIDES))]
        _LAST[self._session] = weakref.ref(image), levels
        return levels


_LAST: weakref.WeakKeyDictionary[Any, tuple[weakref.ref[Image], Sequence[Cells]]] = weakref.WeakKeyDictionary()


class Vehicles(NanoDet):
    """Whether there is anything that bears a licence plate: what a search for plates asks first.

    It costs next to nothing where people were looked for in the same picture, for the network is the same.
    """

    name = "nanodet-vehicles"

    def __init__(self, *, threads: int = 1) -> None:
        super().__init__(kinds=tuple(VEHICLES), floor=_WHEELED, threads=threads)


def _outputs(outputs: Sequence[Any]) -> list[str]:
    """The names of the six outputs, scores by stride and then sides by stride: they are told by their shape alone."""
    named = {tuple(output.shape): output.name for output in outputs}
    wanted = [(1, (SIDE // stride) ** 2, depth) for depth in (_COCO, 4 * BINS) for stride in STRIDES]
    if set(named) != set(wanted):
        raise ModelError(
            f"model nanodet has outputs {sorted(named)} instead of {sorted(wanted)}; run `overpaint models get nanodet`"
        )
    return [named[shape] for shape in wanted]


def nanodet(*, threads: int = 1) -> NanoDet:
    """NanoDet as the search for people uses it."""
    return NanoDet(threads=threads)
