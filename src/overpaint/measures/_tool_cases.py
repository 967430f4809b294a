"""The made pictures that tools are compared on: what is in each, where the faces are, what passes and why.

Every face is drawn (`_strength_probes`), every place, name and preview is made up. Cases of faces and of kinds of files
are here, those of what rides along in `_tool_cases_riding`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from overpaint.measures._strength_detail import Corners
from overpaint.measures._strength_probes import backdrop, drawn_face
from overpaint.measures._strength_scenes import BESIDE, SMALL, scene
from overpaint.measures._strength_turns import as_stored, box_as_shown

__all__ = ["Case", "CaseFile", "Planted", "encoded", "face_cases", "jpeg", "kind_cases", "turned_case"]

Pixels = npt.NDArray[np.uint8]
QUALITY = 92
SIDES = (16, 24, 40, 96, 200, 400)
_EACH = 6
"""One picture of a kind is chance: what four values leave of a small face varies from 0 to .5."""


@dataclass(frozen=True, slots=True)
class Planted:
    """Something beside the picture that must not stay: what it is called, and pieces of its bytes to look for."""

    what: str
    marks: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One picture of a case.

    Attributes
    ----------
    name
        Of the file, unique among all cases.
    data
        Its bytes.
    boxes
        True faces in pixels of the stored frame; in an animation of every frame.
    planted
        What rides along.
    faces
        What each face is called; those called alike in one case are judged by their mean.
    """

    name: str
    data: bytes
    boxes: Sequence[Corners]
    planted: Sequence[Planted] = ()
    faces: Sequence[str] = ()

    @property
    def called(self) -> Sequence[str]:
        """What each face is called."""
        return self.faces or ["face"] * len(self.boxes)


@dataclass(frozen=True, slots=True)
class Case:
    """A question to a tool: files, and in a sentence what passes and why."""

    name: str
    group: str
    passes: str
    files: Sequence[CaseFile]


def jpeg(pixels: Pixels, **options: Any) -> bytes:
    """A JPEG of quality 92."""
    return encoded(Image.fromarray(pixels), "JPEG", quality=QUALITY, **options)


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    """A file in memory."""
    memory = io.BytesIO()
    image.save(memory, form, **options)
    return memory.getvalue()


def face_cases(random: np.random.Generator) -> list[Case]:
    """Sizes, neighbours, overlaps, borders, a crowd: JPEG files of which only the faces matter, `_EACH` of each."""

    def made(name: str, sides: Sequence[int], faces: Sequence[str]) -> list[CaseFile]:
        scenes = (scene(sides, random) for _ in range(_EACH))
        return [CaseFile(f"{name}-{n}.jpg", jpeg(pixels), boxes, (), faces) for n, (pixels, boxes) in enumerate(scenes)]

    def drawn(name: str, draw: Callable[[np.random.Generator], tuple[Pixels, list[Corners]]]) -> list[CaseFile]:
        scenes = (draw(random) for _ in range(_EACH))
        return [CaseFile(f"{name}-{n}.jpg", jpeg(pixels), boxes) for n, (pixels, boxes) in enumerate(scenes)]

    every = "every face passes at the same share of detail left, whatever its size: small faces are faces"
    beside = "the small face passes like one alone: what stands beside it is no reason to leave it"
    both = "all pass: what belongs to two boxes is painted too"
    cut = "what is seen of a face that the border cuts passes as a whole one"
    alone = [file for side in SIDES for file in made(f"alone-{side}", [side], [f"{side} px"])]
    pairs = []
    for large in BESIDE:
        names = [f"{SMALL} px beside {large} px", f"{large} px beside {SMALL} px"]
        pairs += made(f"beside-{large}", [SMALL, large], names)
    return [
        Case("one face, 16 to 400 px", "faces", every, alone),
        Case("24 px beside 48 to 400 px", "faces", beside, pairs),
        Case("overlapping faces", "faces", both, drawn("overlap", _overlapping)),
        Case("faces at the borders", "faces", cut, drawn("borders", _at_borders)),
        Case("a crowd of 24 small faces", "faces", every, drawn("crowd", _crowd)),
    ]


def _overlapping(random: np.random.Generator) -> tuple[Pixels, list[Corners]]:
    pixels = backdrop(360, 420, random)
    boxes: list[Corners] = []
    for side, x, y in ((140, 80, 100), (96, 190, 130), (60, 60, 60)):
        pixels[y : y + side, x : x + side] = drawn_face(side, random)
        boxes.append((x, y, x + side, y + side))
    return pixels, boxes


def _at_borders(random: np.random.Generator) -> tuple[Pixels, list[Corners]]:
    height, width, side = 480, 640, 90
    pixels = backdrop(height, width, random)
    boxes: list[Corners] = []
    for x, y in ((-30, 180), (width - 60, 200), (270, -30), (280, height - 60), (-20, -20), (width - 70, height - 70)):
        x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + side), min(height, y + side)
        pixels[y0:y1, x0:x1] = drawn_face(side, random)[y0 - y : y1 - y, x0 - x : x1 - x]
        boxes.append((x0, y0, x1, y1))
    return pixels, boxes


def _crowd(random: np.random.Generator) -> tuple[Pixels, list[Corners]]:
    pixels = backdrop(320, 460, random)
    boxes: list[Corners] = []
    for number in range(24):
        side = int(random.integers(20, 44))
        x, y = 16 + 74 * (number % 6), 16 + 76 * (number // 6)
        pixels[y : y + side, x : x + side] = drawn_face(side, random)
        boxes.append((x, y, x + side, y + side))
    return pixels, boxes


def turned_case(random: np.random.Generator) -> Case:
    """The same kind of picture under each EXIF orientation, stored so that all are shown the same way up."""
    files = []
    for orientation in range(1, 9):
        shown, boxes = scene([120], random)
        shown = np.ascontiguousarray(shown[30:, 50:])  # no square, and the face not in the middle: turns are seen
        boxes = [(x0 - 50, y0 - 30, x1 - 50, y1 - 30) for x0, y0, x1, y1 in boxes]
        stored = as_stored(shown, orientation)
        back = {6: 8, 8: 6}.get(orientation, orientation)
        height, width = shown.shape[:2]
        exif = Image.Exif()
        exif[0x0112] = orientation
        inside = [box_as_shown(box, width, height, back) for box in boxes]
        files.append(CaseFile(f"turned-{orientation}.jpg", jpeg(stored, exif=exif.tobytes()), inside))
    why = "the face passes and a viewer shows the picture the same way up as before: else labels and boxes miss it"
    return Case("EXIF orientations 1 to 8", "turned", why, files)


def kind_cases(random: np.random.Generator) -> list[Case]:
    """Colour models, depths, codings and animations: the face passes, and the file stays of its kind."""
    stays = "the face passes and the file stays what it is"

    def face() -> tuple[Image.Image, list[Corners]]:
        pixels, boxes = scene([110], random)
        return Image.fromarray(pixels), boxes

    def case(name: str, file: str, form: str, mode: str = "", why: str = stays, **options: Any) -> Case:
        image, boxes = face()
        made = encoded(image.convert(mode) if mode else image, form, **options)
        return Case(name, "kinds", why, [CaseFile(file, made, boxes)])

    return [
        case("grey JPEG", "grey.jpg", "JPEG", "L", quality=QUALITY),
        case("progressive JPEG", "progressive.jpg", "JPEG", quality=QUALITY, progressive=True),
        case("CMYK JPEG", "cmyk.jpg", "JPEG", "CMYK", quality=QUALITY, why=f"{stays}: four inks, for a printer"),
        case("grey PNG", "grey.png", "PNG", "L"),
        case("palette PNG", "palette.png", "PNG", "P"),
        case("WebP", "still.webp", "WEBP", quality=QUALITY),
        _alpha(*face()),
        _deep(*face()),
        *(_moving(random, name, file, form) for name, file, form in _MOVING),
    ]


_MOVING = (
    ("animated GIF", "moving.gif", "GIF"),
    ("animated PNG", "moving.png", "PNG"),
    ("animated WebP", "moving.webp", "WEBP"),
)


def _alpha(image: Image.Image, boxes: list[Corners]) -> Case:
    """The left half of the face lies where the picture is wholly transparent; its colours are in the file."""
    alpha = np.full((image.height, image.width), 255, np.uint8)
    alpha[:, : int(boxes[0][0] + boxes[0][2]) // 2] = 0
    image.putalpha(Image.fromarray(alpha))
    why = "the face passes, under transparent pixels too, where its colours stay in the file; and the opacity stays"
    return Case("PNG with transparency", "kinds", why, [CaseFile("alpha.png", encoded(image, "PNG"), boxes)])


def _deep(image: Image.Image, boxes: list[Corners]) -> Case:
    deep = np.asarray(image).astype(np.uint16)[:, :, ::-1] * 257
    data = cv2.imencode(".png", deep)[1].tobytes()
    why = "the face passes, in the low eight bits too, and 16 bits stay 16"
    return Case("16-bit PNG", "kinds", why, [CaseFile("deep.png", data, boxes)])


def _moving(random: np.random.Generator, name: str, file: str, form: str) -> Case:
    """Three frames, in each another face in the same place."""
    pixels, boxes = scene([90], random)
    x0, y0, x1, _ = (int(edge) for edge in boxes[0])
    frames = []
    for _ in range(3):
        frame = pixels.copy()
        frame[y0 : y0 + x1 - x0, x0:x1] = drawn_face(x1 - x0, random)
        frames.append(Image.fromarray(frame))
    options: dict[str, Any] = {"quality": 90} if form == "WEBP" else {}
    data = encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=200, loop=0, **options)
    why = "the face passes in every frame, and the frames stay"
    return Case(name, "moving", why, [CaseFile(file, data, boxes)])
