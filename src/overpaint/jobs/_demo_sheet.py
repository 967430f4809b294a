"""The demonstration's sheet of pictures before and after; no other command writes pictures to look at."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from overpaint.records import Box
from overpaint.rundir import write_bytes

__all__ = ["write_sheet"]

_CELL = 240
_GAP = 8
_COLUMNS = 4


def write_sheet(place: Path, before: Path, after: Path, faces: Mapping[str, Sequence[Box]]) -> None:
    """One PNG with a pair of pictures for each sample that holds a face, upright, with its name below."""
    keys = [key for key, boxes in sorted(faces.items()) if boxes]
    width = _COLUMNS * (2 * _CELL + 2 * _GAP) + _GAP
    rows = -(-len(keys) // _COLUMNS)
    sheet = Image.new("RGB", (width, rows * (_CELL + 24) + _GAP), "white")
    draw = ImageDraw.Draw(sheet)
    for index, key in enumerate(keys):
        x = _GAP + (index % _COLUMNS) * (2 * _CELL + 2 * _GAP)
        y = _GAP + (index // _COLUMNS) * (_CELL + 24)
        for offset, root in ((0, before), (_CELL, after)):
            if (root / key).exists():
                with Image.open(root / key) as image:
                    shown = ImageOps.contain(ImageOps.exif_transpose(image).convert("RGB"), (_CELL - 4, _CELL - 4))
                sheet.paste(shown, (x + offset, y))
        draw.text((x, y + _CELL), key, fill="black")
    held = io.BytesIO()
    sheet.save(held, "PNG")
    write_bytes(place, held.getvalue())
