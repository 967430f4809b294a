"""Boxes in WIDER FACE's text format."""

from __future__ import annotations

import re
from typing import TextIO

from ._given import Collector

__all__ = ["read_wider"]

_LONGEST = 65_536
_MOST_BOXES = 1_000_000
_NUMBER = re.compile(r"[+-]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})(e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)
_INVALID = 7  # x y w h blur expression illumination invalid occlusion pose


def read_wider(path: str) -> Collector:
    """A file name, the number of boxes, and so many lines ``x y w h …``, again and again (Yang et al., CVPR 2016).

    Boxes that the file marks as invalid are skipped and counted. A line of five numbers has a score at its end, as in
    the benchmark's result files.
    """
    # File names are bytes; "\n" alone ends a line, as a name may hold any other odd character.
    with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:  # noqa: PTH123
        return _Wider(file, path).read()


class _Wider:
    def __init__(self, file: TextIO, path: str) -> None:
        self._file, self._number = file, 0
        self._boxes = Collector(path, "wider")
        self._held: str | None = None

    def read(self) -> Collector:
        while (name := self._line()) is not None:
            if not name.strip():
                continue
            image = self._boxes.image(name, f"line {self._number}")
            count = self._count()
            for _ in range(count):
                self._box(image, self._line())
            if count == 0 and (after := self._line()) is not None and not _is_filler(after):
                self._held = after
                self._number -= 1
        return self._boxes

    def _line(self) -> str | None:
        if self._held is not None:
            line, self._held = self._held, None
        else:
            line = self._file.readline(_LONGEST)
            if not line:
                return None
            if len(line) == _LONGEST:
                raise self._boxes.error(f"line {self._number + 1}", "too long for any known format of boxes")
        self._number += 1
        return line.removeprefix("\ufeff").rstrip("\r\n") if self._number == 1 else line.rstrip("\r\n")

    def _count(self) -> int:
        text = (self._line() or "").strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 8 and int(text) <= _MOST_BOXES):
            raise self._boxes.error(
                f"line {self._number}", f"the number of boxes is expected (is this WIDER text?), not {text[:40]!a}"
            )
        return int(text)

    def _box(self, image: int, line: str | None) -> None:
        where = f"line {self._number}"
        fields = (line or "").split()
        if len(fields) < 4 or not all(_NUMBER.fullmatch(field) for field in fields):
            raise self._boxes.error(
                where, "x, y, width and height are expected" if line is not None else "the file ends too early"
            )
        if len(fields) > _INVALID and float(fields[_INVALID]) != 0:
            self._boxes.skipped["marked-invalid"] += 1
            return
        x, y, width, height = map(float, fields[:4])
        self._boxes.box(image, (x, y, x + width, y + height), float(fields[4]) if len(fields) == 5 else None, where)


def _is_filler(line: str) -> bool:
    """The line of noughts that the official file puts after a number of boxes of 0."""
    fields = line.split()
    return len(fields) >= 4 and all(field == "0" for field in fields)
