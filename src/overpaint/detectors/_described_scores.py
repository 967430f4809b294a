"""What a classifier says of a picture, all of its classes: a description in TOML, or an ONNX file as it is."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.detectors._described import Described
from overpaint.detectors._described_heads import label_scores
from overpaint.detectors._described_input import network_input, place
from overpaint.detectors._described_parse import read_description
from overpaint.detectors._described_words import Description, Input, Labels
from overpaint.detectors._onnx import open_session
from overpaint.detectors._protocol import Image
from overpaint.errors import ModelError, UsageError

__all__ = ["DescribedClassifier", "open_classifier"]

_SIDE, _CROP = 224, 0.875
_SCALE = (1 / 255,) * 3
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_DTYPES = {"tensor(float)": "float32", "tensor(float16)": "float16"}
_LARGEST = 2 << 30
_MOST_CLASSES = 100_000
_ASSUMED = (
    "pictures as torchvision prepares them (RGB, the middle 7/8 of the shorter side, mean and deviation of ImageNet); "
    "a description in TOML says otherwise (docs/how-to/describe-an-onnx-model.md)"
)


class DescribedClassifier:
    """A network that gives one number a class. Not to be shared between threads.

    Attributes
    ----------
    name, weights, licence, trained_on
        As the description tells, and the SHA-256 of the network's file.
    classes
        How many it knows.
    exclusive
        Whether its scores sum to 1; else each class is scored by itself.
    long_side
        The longest side in pixels of which it makes use.
    assumed
        What nobody told and was taken for granted; empty where a description tells everything.
    """

    def __init__(self, description: Description, path: Path, *, threads: int, assumed: tuple[str, ...] = ()) -> None:
        self._network = Described(description, path, threads=threads)
        head = self._network.head
        if not isinstance(head, Labels):
            raise UsageError(f"{path}: [head] type must be softmax or sigmoid: a classifier is asked for, no detector")
        self._head, self._wanted = head, description.input
        self.name, self.weights = description.name, description.sha256
        self.licence, self.trained_on = description.licence, description.trained_on
        self.classes, self.exclusive, self.long_side = head.classes, head.softmax, self._network.long_side
        self.assumed = assumed

    def scores(self, image: Image) -> npt.NDArray[np.float64]:
        """Of each class, from 0 to 1, for an upright RGB picture.

        Raises
        ------
        ValueError
            The network gave numbers that are not finite or no scores.
        """
        placed = place(image.shape[1], image.shape[0], self._wanted)
        outputs = self._network.run(network_input(image, placed, self._wanted))
        return label_scores(outputs[self._head.output].astype(np.float64).ravel(), self._head)


def open_classifier(path: str | os.PathLike[str], *, threads: int = 1) -> DescribedClassifier:
    """Open a classifier by its description (``.toml``), or an ONNX file as it is.

    Raises
    ------
    UsageError
        The description is wrong, or the network no classifier of pictures.
    ModelError
        The network's file is missing, another one, or no network.
    """
    where = Path(path).resolve()
    if where.suffix == ".toml":
        return DescribedClassifier(read_description(where, kinds=False), where, threads=threads)
    description = _as_it_is(where, threads)
    return DescribedClassifier(description, where, threads=threads, assumed=(_ASSUMED,))


def _as_it_is(path: Path, threads: int) -> Description:
    """A description of an ONNX file of which nobody told anything: by the shapes of its input and output."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ModelError(f"{path}: more than 2 GiB; such a network is no single ONNX file")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}; name an ONNX file, or a description of one") from error
    session: Any = open_session(data, name=path.name, threads=threads)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].type not in _DTYPES or len(outputs) != 1:
        told = ", ".join(f"{node.name} {node.shape} {node.type}" for node in (*inputs, *outputs))
        raise UsageError(f"{path}: not one picture of floats in and one output out ({told}); describe it in TOML")
    shape = [side if isinstance(side, int) and side > 0 else None for side in inputs[0].shape]
    first = shape[1] == 3
    if not first and shape[3] != 3:
        raise UsageError(f"{path}: its input {inputs[0].shape} is no picture of three channels; describe it in TOML")
    height, width = ((side or _SIDE) for side in (shape[2:4] if first else shape[1:3]))
    wanted = Input(
        width=width,
        height=height,
        layout="NCHW" if first else "NHWC",
        colour="RGB",
        dtype="float16" if inputs[0].type == "tensor(float16)" else "float32",
        scale=(_SCALE[0], _SCALE[1], _SCALE[2]),
        mean=_MEAN,
        std=_STD,
        fit="centre-crop",
        fill=0,
        crop=_CROP,
        name=inputs[0].name,
    )
    grey = np.full((height, width, 3), 128, np.uint8)
    try:
        (said,) = session.run(None, {inputs[0].name: network_input(grey, place(width, height, wanted), wanted)})
    except Exception as error:  # onnxruntime's classes share no base but Exception
        text = " ".join(str(error).split())[:300]
        raise UsageError(f"{path}: the network cannot be run on one picture ({text}); describe it in TOML") from error
    values = np.asarray(said, np.float64).ravel()
    if not 1 < values.size <= _MOST_CLASSES:
        raise UsageError(f"{path}: its output has {values.size} numbers, which is no classifier's; describe it in TOML")
    shares = bool((values >= 0).all() and abs(values.sum() - 1) < 1e-3)  # a softmax is in the network already
    head = Labels(outputs[0].name, values.size, softmax=True, logits=not shares)
    sha256 = hashlib.sha256(data).hexdigest()
    return Description(path.stem, path.name, sha256, "not told", "not told", wanted, head, (), 1.0, sha256)
