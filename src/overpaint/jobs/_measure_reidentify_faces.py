"""The faces of a labelled set, found once on the clear pictures, and what each arm makes of those pictures.

Everything is held in memory and nowhere else. What is kept of a picture is a window around its face, twice the face's
sides in each direction: attackers see hair, clothes and background, and a thousand photographs still fit.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from overpaint import formats, painting, pipeline
from overpaint.detectors import FaceFinder
from overpaint.errors import SampleError, UsageError
from overpaint.jobs._measure_reidentify_people import LabelledPicture, content_of
from overpaint.measures import Face, found_face
from overpaint.records import Box

__all__ = ["TOOLS", "Found", "img2dataset_shipped", "painted_faces", "read_faces", "tool_faces"]

Image = NDArray[np.uint8]

_MOST_PIXELS = 200_000_000  # of one picture
_MOST_HELD = 2 << 30  # bytes of all windows and files together
_AROUND = 1.0  # how much of a face's side the window reaches further, on each side


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where a face stands in its file: the encoded bytes, its box there, and the window that was kept."""

    data: bytes
    box: Box
    upright: Box
    window: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The faces of a set, in memory.

    Attributes
    ----------
    faces
        One a picture: the largest, cut out with its surroundings.
    unusable
        Pictures without one, by reason.
    sha256
        Over whose picture is which content.
    """

    faces: tuple[Face, ...]
    places: tuple[_Place, ...]
    unusable: Counter[str]
    pictures: int
    sha256: str

    def only(self, kept: Sequence[int]) -> Found:
        """Those faces alone."""
        return replace(self, faces=tuple(self.faces[i] for i in kept), places=tuple(self.places[i] for i in kept))


def read_faces(
    pictures: Sequence[LabelledPicture], *, progress: Callable[[str, int, int], None] | None = None, threads: int = 1
) -> Found:
    """Decode every picture and find its face; pictures without one are counted.

    Raises
    ------
    ModelError
        The face detector is not on this machine.
    UsageError
        The pictures take too much memory.
    """
    finder = FaceFinder(threads=threads)
    faces, places, hashes = [], [], []
    unusable, held = Counter[str](), 0
    for number, picture in enumerate(pictures):
        if progress:
            progress("finding faces", number, len(pictures))
        data = picture.read()
        hashes.append(hashlib.sha256(data or b"").hexdigest())
        if data is None:
            unusable["unreadable"] += 1
            continue
        try:
            image, stored, orientation = _decoded(data)
        except SampleError as error:
            unusable[error.reason] += 1
            continue
        face = found_face(image, person=str(picture.person), finder=finder)
        if face is None:
            unusable["no face found"] += 1
            continue
        seen = image.shape[1], image.shape[0]
        window = _window(face.box, *seen)
        box = pipeline.to_stored(face.box, seen=seen, stored=stored, orientation=orientation)
        places.append(_Place(data, box, face.box, window))
        faces.append(_cut(face, window))
        held += len(data) + faces[-1].image.nbytes
        if held > _MOST_HELD:
            raise UsageError(
                f"the first {number + 1:,} of {len(pictures):,} pictures fill {_MOST_HELD >> 30} GB, which is all that "
                "is held in memory: give a part of the set, or smaller pictures"
            )
    if progress:
        progress("finding faces", len(pictures), len(pictures))
    return Found(tuple(faces), tuple(places), unusable, len(pictures), content_of(pictures, hashes))


def _decoded(data: bytes) -> tuple[Image, tuple[int, int], int]:
    sniffed = formats.sniff(data)
    pipeline.check_editable(sniffed, max_pixels=_MOST_PIXELS)
    frame = next(pipeline.frames(data, sniffed, long_side=0))
    return np.asarray(frame.image, np.uint8), frame.stored, frame.orientation


def _window(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    across, down = _AROUND * box.width, _AROUND * box.height
    grown = Box(box.x0 - across, box.y0 - down, box.x1 + across, box.y1 + down)
    return grown.clipped(width, height).outward()


def _cut(face: Face, window: tuple[int, int, int, int]) -> Face:
    x0, y0, x1, y1 = window
    box = Box(face.box.x0 - x0, face.box.y0 - y0, face.box.x1 - x0, face.box.y1 - y0)
    corner = np.array((x0, y0), np.float32)
    return Face(face.person, face.image[y0:y1, x0:x1].copy(), face.landmarks - corner, box)


def painted_faces(found: Found, *, look: str, cells: int) -> list[Image | None]:
    """Each face's window after the product has painted the file, as `scrub` would; None where it refuses the file."""
    painted: list[Image | None] = []
    for place in found.places:
        x0, y0, x1, y1 = place.window
        try:
            written = painting.paint(place.data, [place.box], look=look, cells=cells)
            painted.append(_decoded(written.data)[0][y0:y1, x0:x1])
        except SampleError:
            painted.append(None)
    return painted


def tool_faces(found: Found, tool: str) -> list[Image]:
    """Each face's window after another tool's formula; its re-encoding, which hides nothing, is left out."""
    formula = TOOLS[tool]
    made = []
    for place in found.places:
        x0, y0, x1, y1 = place.window
        made.append(formula(_decoded(place.data)[0], place.upright)[y0:y1, x0:x1])
    return made


def img2dataset_shipped(image: Image, box: Box) -> Image:
    """The blur of img2dataset 1.47.0, of which DataComp's pictures come, as its release computes it.

    The kernel is ``2 ceil(sigma) + 1`` pixels for the sigma of the 2021 formula, a tenth of the box's longer side, and
    that sigma is not passed on: OpenCV derives one from the kernel, ``.3 ((size - 1) / 2 - 1) + .8``, so that a face of
    200 pixels gets 6.5 in place of 20. Mask and picture are blurred alike and mixed.
    Compared with the package itself (with albumentations 1.4.24): equal but for single values that differ by 1.
    """
    height, width = image.shape[:2]
    x0, y0, x1, y1 = int(box.x0), int(box.y0), int(box.x1), int(box.y1)
    longer = max(x1 - x0, y1 - y0)
    grown = [int(x0 - 0.1 * longer), int(y0 - 0.1 * longer), int(x1 + 0.1 * longer), int(y1 + 0.1 * longer)]
    left, top = max(0, grown[0]), max(0, grown[1])
    right, bottom = min(width - 1, grown[2]), min(height - 1, grown[3])
    size = max(3, 2 * int(np.ceil(0.1 * longer)) + 1)
    mask = np.zeros((height, width, 1), np.float32)
    mask[top:bottom, left:right] = 1
    clear = image.astype(np.float32)
    blurred = cv2.GaussianBlur(clear, (size, size), 0)
    soft = cv2.GaussianBlur(mask, (size, size), 0)[:, :, None]
    return np.asarray(np.clip(clear * (1 - soft) + blurred * soft, 0, 255), np.uint8)


def _release_of_2021(image: Image, box: Box) -> Image:
    return painting.imagenet2021(np.ascontiguousarray(image), [box])


TOOLS: Final[dict[str, Callable[[Image, Box], Image]]] = {
    "imagenet2021": _release_of_2021,
    "img2dataset": img2dataset_shipped,
}
"""Other tools' formulas that the product's own looks are compared with."""
