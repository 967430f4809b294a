"""Networks that turn a face into numbers which are near for pictures of one person: what attackers recognise with.

The built-in ones: SFace (Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition", IEEE
TIP 30, 2021), and the features of HSE FaceRec (Savchenko, "Efficient facial representations for age, gender and
identity recognition in organizing photo albums using multi-output ConvNet", PeerJ Computer Science 5, 2019). Both were
trained on photos of people who were not asked; `Embedder.training` says so, and so does every result.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, runtime_checkable

import cv2
import numpy as np
import numpy.typing as npt

from overpaint import models
from overpaint.detectors import open_session
from overpaint.errors import UsageError

__all__ = ["EMBEDDERS", "Embedder", "embedder", "embedder_names", "remembering"]

Floats = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]

EMBEDDERS: Final = "overpaint.embedders"
"""The entry-point group in which other packages declare embedders: ``NAME = "module:make"``, called with threads=…."""

_BATCH = 32


@runtime_checkable
class Embedder(Protocol):
    """What recognises faces.

    Attributes
    ----------
    name, version
        Which it is.
    weights
        SHA-256 of its weights.
    training
        On whose faces it was trained, and whether they agreed, in a sentence or two: shown with every result.
    """

    name: str
    version: str
    weights: str
    training: str

    def embed(self, aligned: Sequence[Image]) -> Floats:
        """N upright RGB faces, 112 x 112 x 3 with eyes, nose and mouth at the usual places, as N rows of D numbers.

        Rows need not be of length 1. Nothing of the faces may be written anywhere.
        """
        ...


class _Network:
    """An embedder of our registry: one row for each face, in batches."""

    def __init__(self, name: str, output: str, prepare: Callable[[Image], Floats], *, threads: int) -> None:
        entry = models.entry(name)
        self.name = name
        self.version = entry.version
        self.weights = entry.tensors_sha256
        self.training = entry.training
        self._session: Any = open_session(models.read(name), name=name, threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._output = output
        self._prepare = prepare

    def embed(self, aligned: Sequence[Image]) -> Floats:
        """As `Embedder.embed`."""
        rows = []
        for first in range(0, len(aligned), _BATCH):
            batch = np.stack([self._prepare(face) for face in aligned[first : first + _BATCH]])
            rows.append(self._session.run([self._output], {self._input: batch})[0])
        return np.concatenate(rows).astype(np.float32) if rows else np.empty((0, 0), np.float32)


class _Remembering:
    """An embedder that does not work twice on one face while it lives; rows lie in memory only."""

    def __init__(self, inner: Embedder, most: int) -> None:
        self.name, self.version, self.weights, self.training = inner.name, inner.version, inner.weights, inner.training
        self._inner, self._most = inner, most
        self._known: dict[bytes, Floats] = {}

    def embed(self, aligned: Sequence[Image]) -> Floats:
        """As `Embedder.embed`."""
        keys = [hashlib.sha256(np.ascontiguousarray(face).tobytes()).digest() for face in aligned]
        new = {key: face for key, face in zip(keys, aligned, strict=True) if key not in self._known}
        rows = dict(zip(new, self._inner.embed(list(new.values())), strict=True)) if new else {}
        told = [self._known[key] if key in self._known else rows[key] for key in keys]
        for key, row in rows.items():
            if len(self._known) < self._most:
                self._known[key] = row
        return np.stack(told) if told else self._inner.embed([])


def remembering(embedder: Embedder, *, most: int = 20_000) -> Embedder:
    """The same embedder with a memory: clear galleries, which every attack asks for, are embedded once."""
    return _Remembering(embedder, most)


def _planes(face: Image) -> Floats:
    return np.ascontiguousarray(face.astype(np.float32).transpose(2, 0, 1))


def _enlarged(face: Image) -> Floats:
    return np.asarray(cv2.resize(face, (224, 224), interpolation=cv2.INTER_CUBIC), np.float32)


def _sface(*, threads: int) -> Embedder:
    return _Network("sface", "fc1", _planes, threads=threads)


def _faceres(*, threads: int) -> Embedder:
    return _Network("faceres", "global_pooling/Mean", _enlarged, threads=threads)


_BUILT_IN: Final[dict[str, Callable[..., Embedder]]] = {"sface": _sface, "faceres": _faceres}


def embedder_names() -> tuple[str, ...]:
    """The names that `embedder` knows here, those of installed packages too."""
    return tuple(sorted({*_BUILT_IN, *(point.name for point in importlib.metadata.entry_points(group=EMBEDDERS))}))


def embedder(name: str = "sface", *, threads: int = 1) -> Embedder:
    """Open one embedder: ``sface``, ``faceres``, or another package's by its entry point in ``overpaint.embedders``.

    Another package's code runs in this process, with its rights; it sees the faces of the evaluation set.

    Raises
    ------
    UsageError
        If there is none or more than one of that name, or it cannot be loaded or is no embedder.
    ModelError
        If its model is missing.
    """
    if name in _BUILT_IN:
        return _BUILT_IN[name](threads=threads)
    points = {p.value: p for p in importlib.metadata.entry_points(group=EMBEDDERS) if p.name == name}
    if not points:
        raise UsageError(f"there is no embedder {name!r}; choose one of {', '.join(embedder_names())}")
    if len(points) > 1:
        raise UsageError(f"embedder {name!r} is declared by several packages ({', '.join(sorted(points))}); keep one")
    ((value, point),) = points.items()
    try:
        made = point.load()(threads=threads)
    except Exception as error:  # whatever somebody's package raises
        raise UsageError(f"embedder {name!r} ({value}) cannot be opened: {type(error).__name__}: {error}") from error
    if not isinstance(made, Embedder):
        raise UsageError(f"embedder {name!r} ({value}) is none: it needs name, version, weights, training and embed()")
    return made
