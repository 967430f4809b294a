"""A JPEG XL that was made of a JPEG without loss: its picture is coded in that JPEG's blocks, with its tables.

What painting may change is told by blocks of the frame as it was stored; decoders give the picture upright. Where
colours are not subsampled, the codec tells them from the luma, by a factor for each 64 x 64 pixels that its encoder
chooses; the JPEG's coefficients come back exactly, but decoders that make pixels at once do not round to them.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import JpegImagePlugin

from overpaint.checks._contents import Contents
from overpaint.checks._decode import Picture
from overpaint.checks._geometry import Area, areas
from overpaint.checks._jxl_header import header_of
from overpaint.checks._outside import edited
from overpaint.checks._verdict import Problem
from overpaint.records import Box

__all__ = ["Blocks", "blocks_of"]

_ACROSS = frozenset({2, 3, 7, 8})  # what the orientation turned or mirrored, seen in the stored frame
_DOWN = frozenset({3, 4, 6, 7})
_TILE = 64


@dataclass(frozen=True, slots=True)
class Blocks:
    """How the picture is coded: components' sampling and quantisation tables, and the turn that decoders do."""

    sampling: tuple[tuple[int, int], ...]
    tables: tuple[tuple[int, ...], ...]
    orientation: int

    def stored(self, picture: Picture) -> Picture:
        """An upright picture as it is stored, with what its blocks explain."""
        samples: Any = picture.samples
        if self.orientation >= 5:
            samples = samples.transpose(1, 0, 2)
        turned = samples[:: -1 if self.orientation in _DOWN else 1, :: -1 if self.orientation in _ACROSS else 1]
        coarse: NDArray[np.float32] = np.array(self.tables, np.float32).max(axis=0).reshape(8, 8)
        samples = np.array(turned, order="C")
        parts = (replace(c, samples=samples[:, :, i], table=coarse) for i, c in enumerate(picture.components))
        return replace(
            picture,
            width=samples.shape[1],
            height=samples.shape[0],
            sampling=self.sampling,
            tables=self.tables,
            samples=samples,
            components=tuple(parts),
            mixed=True,  # luma and colours are coded, red, green and blue are shown
            clear=None,
        )

    def told_from_luma(self, one: Picture, two: Picture, here: tuple[Area, ...]) -> tuple[Picture, list[Problem]]:
        """The output without what the codec's factors change around edited blocks; and where that is too much."""
        if len(self.sampling) < 3 or len(set(self.sampling)) > 1:
            return two, []
        around = np.zeros((one.height, one.width), np.bool_)
        blocks = edited(here, (1, 1), coded=True)
        for x0, y0, x1, y1 in blocks:
            x, y = x0 // _TILE * _TILE, y0 // _TILE * _TILE
            around[y : -(-y1 // _TILE) * _TILE, x : -(-x1 // _TILE) * _TILE] = True
        for x0, y0, x1, y1 in blocks:
            around[y0:y1, x0:x1] = False
        difference = one.samples[around].astype(np.float32) - two.samples[around]
        found = float(np.sqrt((difference**2).mean())) if difference.size else 0.0
        bound = 1 + float(np.sqrt((np.array(self.tables[1:], np.float32) ** 2).mean() / 12))
        samples = two.samples.copy()
        samples[around] = one.samples[around]
        parts = tuple(replace(c, samples=samples[:, :, i]) for i, c in enumerate(two.components))
        problems = []
        if found > bound:
            detail = f"beside edited blocks by {found:.1f} levels (rms); {bound:.1f} is explained"
            problems = [Problem("outside-changed", detail)]
        return replace(two, samples=samples, components=parts), problems

    def areas(self, faces: tuple[Box, ...], width: int, height: int, cells: int) -> tuple[Area, ...]:
        """The areas of boxes in upright pixels, in the stored frame of that size."""
        own = [self._stored(box, width, height) for box in faces]
        return areas(own, width=width, height=height, orientation=self.orientation, cells=cells)

    def _stored(self, box: Box, width: int, height: int) -> Box:
        x0, y0, x1, y1 = box.x0, box.y0, box.x1, box.y1
        if self.orientation >= 5:
            x0, y0, x1, y1 = y0, x0, y1, x1
        if self.orientation in _ACROSS:
            x0, x1 = width - x1, width - x0
        if self.orientation in _DOWN:
            y0, y1 = height - y1, height - y0
        return Box(x0, y0, x1, y1)


def blocks_of(data: bytes, contents: Contents) -> Blocks | None:
    """How a source is coded in blocks; None where it was not made of a JPEG, or does not tell its JPEG."""
    header = header_of(b"".join(part.payload for part in contents.parts if part.name == "codestream"))
    if header is None or not any(part.name == "box jbrd" for part in contents.parts):
        return None
    try:
        import pylibjxl

        image = JpegImagePlugin.JpegImageFile(io.BytesIO(pylibjxl.jxl_to_jpeg(data)))
        layers = sorted(image.layer, key=image.layer.index)
        return Blocks(
            tuple((h, v) for _, h, v, _ in layers),
            tuple(tuple(image.quantization[t]) for _, _, _, t in layers),
            header.orientation,
        )
    except Exception:  # noqa: BLE001 - it is then judged as any other picture: nothing outside may change
        return None
