"""The words of a description: how a network's input and output look, and what its classes mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Class", "Description", "Input", "Labels", "Ssd", "Yolo"]


@dataclass(frozen=True, slots=True)
class Input:
    """How a picture becomes the network's input: ``(pixel * scale - mean) / std``, channels in the order of `colour`.

    `width` and `height` are the network's. `fit`: ``letterbox`` keeps the picture's aspect and puts it in the middle,
    ``corner`` at the upper left, ``fill`` (0 to 255, before scaling) being around it; ``stretch`` does not keep it;
    ``centre-crop`` takes the middle, `crop` of the shorter side.
    """

    width: int
    height: int
    layout: Literal["NCHW", "NHWC"]
    colour: Literal["RGB", "BGR"]
    dtype: Literal["float32", "float16", "uint8"]
    scale: tuple[float, float, float]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    fit: Literal["letterbox", "corner", "stretch", "centre-crop"]
    fill: float
    crop: float
    name: str


@dataclass(frozen=True, slots=True)
class Yolo:
    """One output of rows ``box, [objectness,] classes``, or ``x0 y0 x1 y1 score class`` if doubles are gone already.

    `rows` is False where each column is a box. `pixels` is False where boxes are shares of the input's sides.
    `activation` is what is still to be done to scores. `extra` numbers follow that are not read, such as landmarks.
    """

    output: str
    rows: bool
    objectness: bool
    classes: int
    corners: bool
    pixels: bool
    activation: Literal["none", "sigmoid"]
    finished: bool
    extra: int

    @property
    def width(self) -> int:
        """Numbers of one box."""
        return (6 if self.finished else 4 + self.objectness + self.classes) + self.extra


@dataclass(frozen=True, slots=True)
class Ssd:
    """Boxes, scores, and perhaps classes and a count, each an output of its own.

    Without an output for classes, scores are N x `classes`. `yx` where boxes are y0, x0, y1, x1. `count` and `labels`
    are names of outputs or empty.
    """

    boxes: str
    scores: str
    labels: str
    count: str
    classes: int
    yx: bool
    pixels: bool
    activation: Literal["none", "sigmoid", "softmax"]


@dataclass(frozen=True, slots=True)
class Labels:
    """One output of `classes` numbers for the whole picture. `softmax`: they sum to 1, or shall; else each for itself.

    `logits` is False where the network has turned them into probabilities.
    """

    output: str
    classes: int
    softmax: bool
    logits: bool


@dataclass(frozen=True, slots=True)
class Class:
    """What some of the network's classes mean: a kind, reported from `threshold` on."""

    indices: tuple[int, ...]
    kind: str
    threshold: float


@dataclass(frozen=True, slots=True)
class Description:
    """A network and how to read it.

    Attributes
    ----------
    file
        The ONNX file, beside the description or by an absolute path; its bytes have `sha256`.
    overlap
        IoU up to which two boxes of a kind stay beside each other; 1 where the network has seen to that.
    own_sha256
        Of the description's bytes.
    """

    name: str
    file: str
    sha256: str
    licence: str
    trained_on: str
    input: Input
    head: Yolo | Ssd | Labels
    classes: tuple[Class, ...]
    overlap: float
    own_sha256: str

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(entry.kind for entry in self.classes)
