"""What one trained network said of one arm's test images, and the file that it is kept in."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.errors import RunError

__all__ = ["Predictions", "load_predictions", "save_predictions"]

VERSION = 1
LARGEST = 1 << 32
"""Bytes that one array of a file may hold: what is larger was not written here."""

_KINDS = {"labels": "i", "logits": "f", "keys": "U", "classes": "U", "about": "U", "numbers": "i"}


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """The answers of one network, trained on one arm with one seed, to the test images of one arm.

    Attributes
    ----------
    arm
        The arm whose images were shown.
    seed
        Of the network's first weights, its batches and its augmentations.
    labels
        The true classes, int64 [n], as places in `classes`.
    logits
        float32 [n, classes]: the outputs before the softmax.
    keys
        The samples' keys, in the order of `labels`; the same in every arm that is compared.
    classes
        The classes' names, in the order of the outputs.
    trained
        The arm that it was trained on; `arm` where it is left empty.
    """

    arm: str
    seed: int
    labels: npt.NDArray[np.int64]
    logits: npt.NDArray[np.float32]
    keys: tuple[str, ...]
    classes: tuple[str, ...]
    trained: str = ""

    def __post_init__(self) -> None:
        if not self.trained:
            object.__setattr__(self, "trained", self.arm)
        n = len(self.keys)
        if self.labels.shape != (n,) or self.logits.shape != (n, len(self.classes)):
            raise ValueError(
                f"{n} keys and {len(self.classes)} classes, but labels {self.labels.shape}, logits {self.logits.shape}"
            )
        if n and not (int(self.labels.min()) >= 0 and int(self.labels.max()) < len(self.classes)):
            raise ValueError("labels are places in the classes")

    @property
    def cell(self) -> tuple[str, str, int]:
        """Which one it is of all: arm of the training, arm of the test, seed."""
        return self.trained, self.arm, self.seed


def save_predictions(predictions: Predictions, path: Path) -> None:
    """Write them as a NumPy archive of plain arrays; it appears whole or not at all."""
    arrays: dict[str, Any] = {
        "labels": predictions.labels.astype(np.int64),
        "logits": predictions.logits.astype(np.float32),
        "keys": np.array(predictions.keys, np.str_),
        "classes": np.array(predictions.classes, np.str_),
        "about": np.array([predictions.arm, predictions.trained], np.str_),
        "numbers": np.array([VERSION, predictions.seed], np.int64),
    }
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        np.savez_compressed(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def load_predictions(path: Path) -> Predictions:
    """Read what `save_predictions` wrote; nothing in the file is executed.

    Raises
    ------
    RunError
        It is missing, damaged or of another version.
    """
    try:
        with zipfile.ZipFile(path) as held:
            if any(each.file_size > LARGEST for each in held.infolist()):
                raise ValueError("an array is too large")
        with np.load(path, allow_pickle=False) as file:
            found = {name: np.asarray(file[name]) for name in _KINDS}
        return _read(found)
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
        raise RunError(f"{path} holds no predictions of this version ({error}); delete it, and run again") from error


def _read(found: Mapping[str, npt.NDArray[Any]]) -> Predictions:
    for name, kind in _KINDS.items():
        if found[name].dtype.kind != kind:
            raise ValueError(f"{name} is of the kind {found[name].dtype}")
    version, seed = (int(each) for each in found["numbers"])
    if version != VERSION:
        raise ValueError(f"version {version}")
    arm, trained = (str(each) for each in found["about"])
    return Predictions(
        arm=arm,
        seed=seed,
        labels=found["labels"].astype(np.int64),
        logits=found["logits"].astype(np.float32),
        keys=tuple(str(each) for each in found["keys"]),
        classes=tuple(str(each) for each in found["classes"]),
        trained=trained,
    )
