"""Originals and painted copies as files: which belongs to which, and what cannot be compared."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from overpaint.errors import SampleError, UsageError
from overpaint.formats import GivenBoxes
from overpaint.measures._strength_detail import Corners, luma
from overpaint.measures._strength_scenes import read_rgb
from overpaint.measures._strength_turns import as_stored

__all__ = ["REASONS", "Pair", "Pairs", "pair_files", "read_pair"]

REASONS: Mapping[str, str] = {
    "no-boxes-given": "the file of boxes does not name it",
    "no-face": "named without a box",
    "missing": "there is no output",
    "other-size": "the output has another size",
    "not-alike": "the output shows something else around the faces",
    "unreadable": "the original or the output cannot be decoded",
    "boxes-do-not-fit": "the boxes were drawn on a picture of another size",
    "box-outside": "a box lies outside the picture",
}
_MOST_FILES = 2_000_000
_ORIENTATION = 0x0112
_ALIKE = 0.5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """One original and its painted copy."""

    key: str
    original: Path
    painted: Path


@dataclass(slots=True)
class Pairs:
    """What can be compared; why the rest cannot, counted by `REASONS`; outputs that belong to no original."""

    found: list[Pair] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    extra: int = 0


def pair_files(original: Path, painted: Path, boxes: GivenBoxes) -> Pairs:
    """Match files by their path below the two folders, else by the path without its extension; or two single files.

    Raises
    ------
    UsageError
        One is a folder and the other a file, or one is not there.
    """
    for place, name in ((original, "ORIGINAL"), (painted, "PAINTED")):
        if not place.exists():
            raise UsageError(f"{name} {os.fspath(place)!a}: there is nothing of that name")
    if original.is_dir() != painted.is_dir():
        raise UsageError("ORIGINAL and PAINTED must be two folders or two files")
    if not original.is_dir():
        pairs = Pairs()
        _add(pairs, Pair(original.name, original, painted), boxes)
        return pairs
    outputs = dict(_files(painted, "PAINTED"))
    stems: dict[str, list[str]] = {}
    for key in outputs:
        stems.setdefault(_stem(key).removesuffix("_anonymized"), []).append(key)
    pairs, used = Pairs(), set[str]()
    for key, path in _files(original, "ORIGINAL"):
        same = [key] if key in outputs else stems.get(_stem(key), [])
        if len(same) == 1:
            used.add(same[0])
            _add(pairs, Pair(key, path, outputs[same[0]]), boxes)
        elif boxes.lookup(key):
            pairs.left_out["missing"] += 1
    pairs.extra = len(outputs) - len(used)
    return pairs


def _add(pairs: Pairs, pair: Pair, boxes: GivenBoxes) -> None:
    given = boxes.lookup(pair.key)
    if given:
        pairs.found.append(pair)
    else:
        pairs.left_out["no-boxes-given" if given is None else "no-face"] += 1


def _files(place: Path, word: str) -> Iterator[tuple[str, Path]]:
    """Files below a folder by their path with ``/``, sorted; links to folders are not followed."""
    count = 0
    for folder, folders, names in os.walk(place):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            count += 1
            if count > _MOST_FILES:
                raise UsageError(f"{word} {os.fspath(place)!a}: more than {_MOST_FILES:,} files; measure a part of it")
            if path.is_file():
                yield path.relative_to(place).as_posix(), path


def _stem(key: str) -> str:
    folder, _, name = key.rpartition("/")
    return f"{folder}/{Path(name).stem}"


def read_pair(pair: Pair, boxes: GivenBoxes) -> tuple[Floats, Floats, Sequence[Corners]] | str:
    """Luma before and after in the stored frame, and the boxes; or one of `REASONS`.

    A copy that was turned upright is turned back first. What is not alike around the faces is not measured: of a
    picture that is shifted or another one, no detail would be found, as if it had been painted over.
    """
    try:
        with Image.open(pair.original) as image:
            turn = int(image.getexif().get(_ORIENTATION, 1) or 1)
        before, after = luma(read_rgb(pair.original)), luma(read_rgb(pair.painted))
    except Exception:  # noqa: BLE001 - Pillow's plug-ins raise nearly anything on damaged files
        return "unreadable"
    turn = turn if 1 <= turn <= 8 else 1
    try:
        found = [each.to_stored(before.shape[1], before.shape[0], turn) for each in boxes.lookup(pair.key) or ()]
    except SampleError as error:
        return error.reason if error.reason in REASONS else "unreadable"
    stored = [(box.x0, box.y0, box.x1, box.y1) for box in found]
    ways = [after] + ([as_stored(after, turn)] if turn > 1 else [])
    likeness = [(alike_around(before, way, stored), way) for way in ways if way.shape == before.shape]
    if not likeness:
        return "other-size"
    best, way = max(likeness, key=lambda each: each[0])
    return (before, way, stored) if best >= _ALIKE else "not-alike"


def alike_around(before: Floats, after: Floats, boxes: Sequence[Corners]) -> float:
    """The `correlation` of two planes `beyond` the boxes."""
    keep = beyond(before.shape, boxes)
    return correlation(before[keep], after[keep])


def beyond(shape: tuple[int, ...], boxes: Sequence[Corners]) -> npt.NDArray[np.bool_]:
    """The pixels beyond the boxes grown by half their longer side."""
    keep = np.ones(shape, bool)
    for x0, y0, x1, y1 in boxes:
        by = 0.5 * max(x1 - x0, y1 - y0)
        keep[max(0, int(y0 - by)) : max(0, int(y1 + by) + 1), max(0, int(x0 - by)) : max(0, int(x1 + by) + 1)] = False
    return keep


def correlation(one: Floats, two: Floats) -> float:
    """1 where the first shows too little to tell by; 0 where it shows something and the other one flat tone."""
    if one.size < 64 or one.std() < 2:
        return 1.0
    if two.std() < 1e-6:
        return 0.0
    return float(((one - one.mean()) * (two - two.mean())).mean() / (one.std() * two.std()))
