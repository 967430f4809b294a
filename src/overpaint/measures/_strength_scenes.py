"""The pictures that a tool is tried on, and what is read from what it made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from overpaint.measures._strength import Faces
from overpaint.measures._strength_detail import Corners, luma
from overpaint.measures._strength_probes import backdrop, drawn_face, edges
from overpaint.measures._strength_values import Values, probes, values_left

__all__ = ["BESIDE", "SIDES", "SMALL", "Probe", "Probes", "read_rgb", "scene"]

Pixels = npt.NDArray[np.uint8]

SIDES = (16, 24, 48, 96, 200)
"""Faces alone."""
SMALL, BESIDE = 24, (48, 100, 200, 400)
"""The small face, and what it stands beside."""
VALUES = (24, 64, 160)
_EACH = 8


@dataclass(frozen=True, slots=True)
class Probe:
    """One picture, its true boxes, and the bytes that a tool gets where they are no PNG of it."""

    pixels: Pixels
    boxes: Sequence[Corners]
    coded: bytes = b""

    def data(self) -> bytes:
        """The file that a tool gets."""
        if self.coded:
            return self.coded
        memory = BytesIO()
        Image.fromarray(self.pixels).save(memory, "PNG", compress_level=1)
        return memory.getvalue()


def scene(sides: Sequence[int], random: np.random.Generator) -> tuple[Pixels, list[Corners]]:
    """Drawn faces in a row, far enough from each other that no feather of a tenth of the largest reaches another."""
    gap = max(sides) // 2 + 24
    height, width = max(sides) + 2 * gap, sum(sides) + gap * (len(sides) + 1)
    pixels, boxes, x = backdrop(height, width, random), [], gap
    for side in sides:
        pixels[gap : gap + side, x : x + side] = drawn_face(side, random)
        boxes.append((float(x), float(gap), float(x + side), float(gap + side)))
        x += side + gap
    return pixels, boxes


class Probes:
    """All of them, by file name; small enough to be held together."""

    def __init__(self, *, seed: int, quality: int | None = None, values: bool = True) -> None:
        self._quality, self._values = quality, VALUES if values else ()
        self.pictures: dict[str, Probe] = {}
        random = np.random.default_rng(seed)
        for side in SIDES:
            for number in range(_EACH):
                self._put(f"alone-{side}-{number}", *scene([side], random))
        for large in BESIDE:
            for number in range(_EACH):
                self._put(f"beside-{large}-{number}", *scene([SMALL, large], random))
        for side in SIDES:
            for number in range(_EACH // 2):
                self._put(f"edges-{side}-{number}", *self._alone(edges(side, random), random))
        for side in self._values:
            for name, square in probes(side, f"wave-{side}"):
                self._put(name, *self._alone(square, None), exact=True)

    def _alone(self, square: Pixels, random: np.random.Generator | None) -> tuple[Pixels, list[Corners]]:
        """A square on a ground of its own: middle grey, or noise."""
        side, pad = len(square), len(square) // 2 + 24
        around = side + 2 * pad, side + 2 * pad
        ground = np.full((*around, 3), 128, np.uint8) if random is None else backdrop(*around, random)
        ground[pad : pad + side, pad : pad + side] = square
        return ground, [(float(pad), float(pad), float(pad + side), float(pad + side))]

    def _put(self, name: str, pixels: Pixels, boxes: Sequence[Corners], *, exact: bool = False) -> None:
        """Keep one; a response is always read from PNG, where the only noise is rounding."""
        coded = b""
        if self._quality is not None and not exact:
            memory = BytesIO()
            Image.fromarray(pixels).save(memory, "JPEG", quality=self._quality)
            pixels, coded = _decoded(memory), memory.getvalue()
        self.pictures[f"{name}.{'jpg' if coded else 'png'}"] = Probe(pixels, boxes, coded)

    def judge(self, outputs: Mapping[str, Pixels], *, cells: int) -> tuple[Faces, Faces, list[Values]]:
        """What is left in faces; what the edges say of the blur; and the values across faces.

        Parameters
        ----------
        outputs
            By the names of `pictures`; those that are missing are left out.
        """
        faces, blurs = Faces(cells), Faces(cells)
        for name, probe in self.pictures.items():
            if name in outputs and name.startswith(("alone-", "beside-")):
                faces.add(luma(probe.pixels), luma(outputs[name]), probe.boxes, blurs=False)
            elif name in outputs and name.startswith("edges-"):
                blurs.add(luma(probe.pixels), luma(outputs[name]), probe.boxes)
        return faces, blurs, [v for side in self._values if (v := self._values_of(side, outputs)) is not None]

    def _values_of(self, side: int, outputs: Mapping[str, Pixels]) -> Values | None:
        names = [name for name in self.pictures if name.startswith(f"wave-{side}-")]
        if not names or not all(name in outputs for name in names):
            return None
        box = self.pictures[names[0]].boxes[0]
        before = {Path(name).stem: self.pictures[name].pixels for name in names}
        return values_left(side, f"wave-{side}", before, {Path(name).stem: outputs[name] for name in names}, box)


def _decoded(memory: BytesIO) -> Pixels:
    with Image.open(memory) as image:
        return np.asarray(image.convert("RGB"))


def read_rgb(path: Path, *, most_pixels: int = 200_000_000) -> Pixels:
    """The first frame of a file as it is stored, height x width x 3.

    Raises
    ------
    OSError, ValueError
        It cannot be decoded, or holds more pixels than that.
    """
    with Image.open(path) as image:
        if image.width * image.height > most_pixels:
            raise ValueError("too many pixels")
        return np.asarray(image.convert("RGB"))
