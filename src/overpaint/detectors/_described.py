"""Any ONNX detector or classifier as a `Detector`, by a description in TOML and without code."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.detectors._described_heads import check_shapes, read_head
from overpaint.detectors._described_input import network_input, place
from overpaint.detectors._described_parse import read_description
from overpaint.detectors._described_words import Description, Ssd
from overpaint.detectors._onnx import open_session
from overpaint.detectors._plugins import Isolated, Order
from overpaint.detectors._protocol import Detection, Detector, Image
from overpaint.errors import ModelError, UsageError
from overpaint.records import Box

__all__ = ["Described", "described", "is_description", "open_described"]

_LARGEST_MODEL = 2 << 30  # what an ONNX file of one piece can have
_TYPES = {"float32": "tensor(float)", "float16": "tensor(float16)", "uint8": "tensor(uint8)"}


def is_description(name: str) -> bool:
    """Whether a detector's name is the path of a description."""
    return name.endswith(".toml")


def described(path: str | os.PathLike[str], *, threads: int = 1) -> Detector:
    """Open the detector or classifier of a description, in a process of its own.

    Raises
    ------
    UsageError
        If the description is wrong, or the network is not as it says; one line that names the field.
    ModelError
        If the network's file is missing, another one, or no network.
    """
    where = Path(path).resolve()
    description = read_description(where)
    owner = f"description {where}"
    place = "overpaint.detectors._described:open_described"
    return Isolated(Order(description.name, place, threads=threads, owner=owner, path=str(where)))


def open_described(path: Path, *, threads: int = 1) -> Described:
    """The same in this process."""
    return Described(read_description(path), path, threads=threads)


class Described:
    """A network that is read as its description says. Not to be shared between threads.

    The first look is at a grey picture, at once: a head that is of another shape is found before a run begins.
    """

    def __init__(self, description: Description, path: Path, *, threads: int) -> None:
        data = _checked_bytes(description, path)
        self._session: Any = open_session(data, name=description.file, threads=threads)
        self._input = _input_name(self._session, description, path)
        self._description = description = _outputs_named(self._session, description, path)
        self.name, self.kinds = description.name, description.kinds
        self.version = f"described-{description.own_sha256[:16]}"
        self.weights = description.sha256
        self.licence, self.trained_on = description.licence, description.trained_on
        self.head = description.head
        wanted = description.input
        # the shorter side counts where the picture is not kept whole; twice is enough for pictures of usual shapes
        whole = wanted.fit in {"letterbox", "corner"}
        self.long_side = round(max(wanted.width, wanted.height) * (1 if whole else 2 / wanted.crop))
        self._try(path)

    def detect(self, image: Image) -> list[Detection]:
        """What is in an upright RGB picture, kind by kind as the description lists them, best first.

        Raises
        ------
        ValueError
            If the network gives numbers that are not finite or no scores.
        """
        height, width = image.shape[:2]
        placed = place(width, height, self._description.input)
        outputs = self.run(network_input(image, placed, self._description.input))
        found = []
        for kind, score, corners in read_head(outputs, self._description):
            if corners is None:
                found.append(Detection(kind, score, None))
                continue
            box = Box(*placed.back(np.array([corners]))[0].tolist()).clipped(width, height)
            if box.area > 0:  # else it lies in the margin that the network was given
                found.append(Detection(kind, score, box))
        return found

    def run(self, values: npt.NDArray[Any]) -> Mapping[str, npt.NDArray[Any]]:
        """What the network gives for one input, by the names of its outputs."""
        names = [output.name for output in self._session.get_outputs()]
        return dict(zip(names, self._session.run(names, {self._input: values}), strict=True))

    def _try(self, path: Path) -> None:
        wanted = self._description.input
        grey = np.full((wanted.height, wanted.width, 3), 128, np.uint8)
        try:
            outputs = self.run(network_input(grey, place(wanted.width, wanted.height, wanted), wanted))
        except Exception as error:  # onnxruntime's classes share no base but Exception
            text = " ".join(str(error).split())[:300]
            raise UsageError(f"{path}: the network cannot be run as [input] says ({text})") from error
        wrong = check_shapes({name: tuple(value.shape) for name, value in outputs.items()}, self._description)
        if wrong is None:
            try:
                read_head(outputs, self._description)
            except ValueError as error:
                wrong = str(error)
        if wrong is not None:
            raise UsageError(f"{path}: [head] does not fit the network: {wrong}")


def _checked_bytes(description: Description, path: Path) -> bytes:
    """The bytes of the network's file, which are the very ones that are opened."""
    file = path.parent / description.file
    try:
        if file.stat().st_size > _LARGEST_MODEL:
            raise ModelError(f"{file}: more than 2 GiB; such a network is no single ONNX file")
        data = file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file}: {error.strerror}; {path} names it as its `file`") from error
    found = hashlib.sha256(data).hexdigest()
    if found != description.sha256:
        raise ModelError(
            f"{file} is not the file that {path} describes: its SHA-256 is {found}; get the right one, "
            "or write that sum if you mean this one"
        )
    return data


def _input_name(session: Any, description: Description, path: Path) -> str:
    given = {node.name: node for node in session.get_inputs()}
    wanted = description.input
    name = wanted.name or (next(iter(given)) if len(given) == 1 else "")
    if name not in given or len(given) > 1:
        raise UsageError(f"{path}: [input] the network has the inputs {', '.join(given)}, and a picture is but one")
    node = given[name]
    sides = (wanted.height, wanted.width)
    shape = [1, 3, *sides] if wanted.layout == "NCHW" else [1, *sides, 3]
    fits = len(node.shape) == 4 and all(
        not isinstance(side, int) or side in {mine, -1} for side, mine in zip(node.shape, shape, strict=True)
    )
    if not fits:
        raise UsageError(
            f"{path}: [input] is {shape} ({wanted.layout}), and the network's input {name!r} is {node.shape}"
        )
    if node.type != _TYPES[wanted.dtype]:
        raise UsageError(f"{path}: [input] dtype is {wanted.dtype}, and the network's input {name!r} is {node.type}")
    return name


def _outputs_named(session: Any, description: Description, path: Path) -> Description:
    """The description with the name of the one output filled in."""
    head = description.head
    names = [node.name for node in session.get_outputs()]
    if isinstance(head, Ssd) or head.output:
        return description
    if len(names) != 1:
        raise UsageError(f"{path}: [head] output: the network has {', '.join(names)}; name one")
    return replace(description, head=replace(head, output=names[0]))
