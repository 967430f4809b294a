"""The pictures of an arm on disk: written once, by shard, and mapped into every process that trains or tests."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from overpaint import formats, pipeline
from overpaint.errors import RunError

__all__ = ["Pictures", "PicturesWriter", "read_part"]

Picture = npt.NDArray[np.uint8]
VERSION = 1


class PicturesWriter:
    """One part: pixels (or files, decoded at each use) one behind the other, and beside them a table of places.

    The table is written last: where it is, the part is whole.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._file: io.BufferedWriter | None = None
        self._places: list[list[int]] = []
        self._keys: list[str] = []
        self._left: dict[str, str] = {}
        self._pixels = hashlib.sha256()

    def __enter__(self) -> Self:
        self._file = self._part.open("wb")
        return self

    def put(self, key: str, picture: Picture, *, data: bytes | None = None) -> None:
        """Add a picture, H x W x 3; where `data`, its file, is given, that is what is kept."""
        assert self._file is not None
        at = self._file.tell()
        pixels = np.ascontiguousarray(picture)
        self._pixels.update(f"{key}\0{pixels.shape}\0".encode("utf-8", "surrogateescape"))
        self._pixels.update(pixels.data)
        self._file.write(pixels.data if data is None else data)
        self._keys.append(key)
        self._places.append([at, self._file.tell() - at, *pixels.shape[:2], int(data is not None)])

    def left(self, key: str, reason: str) -> None:
        """Say that a sample is not in it, and why."""
        self._left[key] = reason

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        if kind is None:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        if kind is not None:
            self._part.unlink(missing_ok=True)
            return
        self._part.replace(self._path.with_suffix(".bin"))
        pixels = self._pixels.hexdigest()
        value = {"version": VERSION, "keys": self._keys, "places": self._places, "left": self._left, "pixels": pixels}
        part = self._path.with_name(f".{self._path.name}.json.part")
        part.write_text(json.dumps(value))
        part.replace(self._path.with_suffix(".json"))


def read_part(path: Path, *, pixels: bool = True) -> dict[str, Any] | None:
    """The table of a part, or None where it is not whole; without `pixels` its table is enough.

    It has ``keys``; ``places``, five numbers each (start, bytes, height, width, whether it is a file); ``left``, the
    samples that could not be used, with the reason; and ``pixels``, which tells parts of other pixels apart.
    """
    try:
        value = json.loads(path.with_suffix(".json").read_bytes())
        if value["version"] != VERSION or (pixels and not path.with_suffix(".bin").exists()):
            return None
        return dict(value)
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class _Place:
    memory: npt.NDArray[np.uint8]
    at: int
    size: int
    height: int
    width: int
    coded: bool


class Pictures:
    """Pictures of one arm in a given order, as uint8 H x W x 3; parts of the disk are mapped, not read."""

    def __init__(self, parts: Sequence[Path], keys: Sequence[str]) -> None:
        known: dict[str, _Place] = {}
        wanted = set(keys)
        for path in parts:
            table = read_part(path)
            if table is None:
                raise RunError(f"{path} is not whole; run the same command again")
            binary = path.with_suffix(".bin")
            memory = np.memmap(binary, np.uint8, "r") if binary.stat().st_size else np.empty(0, np.uint8)
            for key, (at, size, height, width, coded) in zip(table["keys"], table["places"], strict=True):
                if key in wanted:
                    known[key] = _Place(memory, at, size, height, width, bool(coded))
        missing = wanted - known.keys()
        if missing:
            raise RunError(f"{len(missing)} pictures are in no part of {parts[0].parent if parts else 'the arm'}")
        self._places = [known[key] for key in keys]

    def __len__(self) -> int:
        return len(self._places)

    def size(self, index: int) -> tuple[int, int]:
        """Width and height."""
        return self._places[index].width, self._places[index].height

    def __getitem__(self, index: int) -> Picture:
        place = self._places[index]
        held = place.memory[place.at : place.at + place.size]
        if not place.coded:
            return held.reshape(place.height, place.width, 3)
        data = held.tobytes()
        picture = pipeline.decode(data, formats.sniff(data), long_side=0)
        if picture.shape[:2] != (place.height, place.width):
            raise RunError("a picture that was kept for training is damaged; delete the work directory and run again")
        return np.ascontiguousarray(picture)
