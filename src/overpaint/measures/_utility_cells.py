"""Predictions brought together: the same images in the same order, by arm of the training, arm of the test and seed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from overpaint.errors import UsageError
from overpaint.measures._predictions import Predictions

__all__ = ["Cell", "Cells", "Contrast", "cells_of", "contrasts_of"]

Cell = tuple[str, str]
"""Arm of the training, arm of the test."""

ORIGINAL, RECOMPRESSED = "original", "recompressed"
_OWN = {"imagenet2021": "the erasure, and a coding of its own"}
_PLAIN = re.compile(r"original|recompressed|metadata.*")


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two cells whose difference, `of` minus `against`, has a meaning, which is what it is called by."""

    name: str
    of: Cell
    against: Cell
    means: str


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Predictions of one network on the same images.

    Attributes
    ----------
    labels, keys, classes
        As in `Predictions`; the same for all.
    held
        By cell, then by seed.
    """

    labels: npt.NDArray[np.int64]
    keys: tuple[str, ...]
    classes: tuple[str, ...]
    held: Mapping[Cell, Mapping[int, Predictions]]

    @property
    def own(self) -> tuple[str, ...]:
        """Arms that were tested on themselves, in the order given."""
        return tuple(trained for trained, tested in self.held if trained == tested)

    def paired(self, of: Cell, against: Cell) -> tuple[int, ...]:
        """The seeds that both have, sorted."""
        return tuple(sorted(set(self.held[of]) & set(self.held[against])))

    def every(self) -> Iterator[tuple[Cell, int, Predictions]]:
        """All of them."""
        for cell, seeds in self.held.items():
            for seed, each in sorted(seeds.items()):
                yield cell, seed, each


def cells_of(predictions: Sequence[Predictions]) -> Cells:
    """Bring predictions into one order of images and check that they can be compared.

    Raises
    ------
    UsageError
        There are none, one cell is there twice, an output is not a number, or images, labels or classes differ.
    """
    if not predictions:
        raise UsageError("no predictions were given: train at least one arm")
    first = predictions[0]
    if not first.keys:
        raise UsageError("the predictions are of no test image: give a test split with images")
    if len(set(first.classes)) != len(first.classes):
        raise UsageError("two classes have one name: give each its own")
    places = {key: place for place, key in enumerate(first.keys)}
    if len(places) != len(first.keys):
        raise UsageError("two test images have one key: give each its own")
    held: dict[Cell, dict[int, Predictions]] = {}
    for each in predictions:
        trained, tested, seed = each.cell
        what = f"trained on {trained}, tested on {tested}, seed {seed}"
        if each.classes != first.classes:
            raise UsageError(f"{what}: its classes are not those of the others; compare networks of one class list")
        if not np.isfinite(each.logits).all():
            raise UsageError(f"{what}: an output is not a number; that training failed: take a smaller learning rate")
        ordered = _ordered(each, places, what)
        if not np.array_equal(ordered.labels, first.labels):
            raise UsageError(f"{what}: its labels are not those of the others; compare arms of one dataset")
        seeds = held.setdefault((trained, tested), {})
        if seed in seeds:
            raise UsageError(f"{what} is there twice: compare one network at a time")
        seeds[seed] = ordered
    return Cells(first.labels, first.keys, first.classes, held)


def _ordered(each: Predictions, places: Mapping[str, int], what: str) -> Predictions:
    if each.keys == tuple(places):
        return each
    if len(each.keys) != len(places) or set(each.keys) != set(places):
        raise UsageError(f"{what}: its test images are not those of the others; test all arms on the same images")
    order = np.empty(len(places), np.int64)
    order[[places[key] for key in each.keys]] = np.arange(len(places))
    return replace(each, keys=tuple(places), labels=each.labels[order], logits=each.logits[order])


def contrasts_of(cells: Cells) -> tuple[Contrast, ...]:
    """The differences that separate causes, as far as their arms are there, each arm tested on itself."""
    arms = cells.own
    painted = [arm for arm in arms if not _PLAIN.fullmatch(arm)]
    wanted = [(arm, RECOMPRESSED, _OWN.get(arm, "the erasure's own effect")) for arm in painted]
    wanted += [(RECOMPRESSED, ORIGINAL, "what recompression alone does")]
    wanted += [(arm, ORIGINAL, "erasure, and what else was done to the files") for arm in painted]
    wanted += [(arm, ORIGINAL, "what removing metadata does") for arm in arms if arm.startswith("metadata")]
    return tuple(
        Contrast(f"{one} - {other}", (one, one), (other, other), means)
        for one, other, means in wanted
        if one in arms and other in arms and cells.paired((one, one), (other, other))
    )
