"""Faces of a labelled evaluation set, in memory only, brought to the same place and size.

Whoever attacks is granted the best of it: eyes, nose and mouth are found on the clear picture, so that a redacted face
is aligned as well as a clear one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.painting import regions
from overpaint.records import Box

__all__ = ["ALIGNED", "Face", "Found", "aligned", "aligned_all", "found_face", "similarity_to_template", "without_core"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]

ALIGNED: Final = 112
"""Side of an aligned face in pixels."""

# Where ArcFace and its kin expect eyes, nose and corners of the mouth in 112 x 112 pixels (Deng et al., CVPR 2019)
_TEMPLATE: Final = np.array(
    ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)), np.float64
)
_SMALL = 256  # pictures with a shorter side below this are enlarged to it before the detector looks
_SURE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One clear face of the evaluation set.

    Attributes
    ----------
    person
        Who it is, by the set's own labels; only used to tell people apart, never given out.
    image
        The clear upright RGB picture, H x W x 3.
    landmarks
        5 x 2 pixels: eyes, nose, corners of the mouth, left in the picture first.
    box
        The detected face.
    """

    person: str = field(repr=False)
    image: Image = field(repr=False)
    landmarks: Floats
    box: Box


class Found(Protocol):
    """What a finder says of a face, as `overpaint.detectors.FaceFinder` does."""

    @property
    def box(self) -> Box: ...
    @property
    def score(self) -> float: ...
    @property
    def points(self) -> Floats: ...


def found_face(
    image: Image, *, person: str, finder: Callable[[Image], Sequence[Found]], least: float = _SURE
) -> Face | None:
    """The largest face of a picture, or None where no face scores at least `least`.

    Small pictures are enlarged for the finder; box and landmarks are in pixels of the picture as given.
    """
    height, width = image.shape[:2]
    times = max(1.0, _SMALL / min(height, width))
    seen = image
    if times > 1:
        size = (round(width * times), round(height * times))
        seen = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    across, down = seen.shape[1] / width, seen.shape[0] / height
    sure = [face for face in finder(seen) if face.score >= least]
    if not sure:
        return None
    best = max(sure, key=lambda face: face.box.area)
    box = Box(best.box.x0 / across, best.box.y0 / down, best.box.x1 / across, best.box.y1 / down)
    return Face(person, image, (best.points / np.array((across, down), np.float32)).astype(np.float32), box)


def similarity_to_template(landmarks: npt.ArrayLike) -> Doubles:
    """The 2 x 3 matrix of the turn, scale and shift that bring landmarks nearest to the template.

    Least squares in closed form (Umeyama, IEEE TPAMI 13, 1991), without mirroring.
    """
    given = np.asarray(landmarks, np.float64)
    start, end = given.mean(axis=0), _TEMPLATE.mean(axis=0)
    a, b = given - start, _TEMPLATE - end
    power = float((a * a).sum())
    if power <= 0:
        raise ValueError("landmarks are all at one place")
    cosine = float((a * b).sum()) / power
    sine = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / power
    turn = np.array(((cosine, -sine), (sine, cosine)))
    return np.concatenate([turn, (end - turn @ start)[:, None]], axis=1)


def aligned(image: Image, landmarks: npt.ArrayLike, *, around: float = 1.0, side: int = ALIGNED) -> Image:
    """A face at `side` x `side` pixels, its landmarks where embedders expect them; the picture's borders are continued.

    With `around` = 2 the face takes half of the side, in the middle, with as much again around it.
    """
    matrix = similarity_to_template(landmarks) / around
    matrix[:, 2] += ALIGNED * (1 - 1 / around) / 2
    matrix *= side / ALIGNED
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    seen = image
    if scale < 0.5:  # bilinear interpolation looks at four pixels only: what is more than twice too large is averaged
        height, width = image.shape[:2]
        size = (max(1, round(width * 2 * scale)), max(1, round(height * 2 * scale)))
        seen = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        across, down = width / size[0], height / size[1]
        # pixel centres: x_large + .5 = (x_small + .5) * across
        shrink = np.array(((across, 0, (across - 1) / 2), (0, down, (down - 1) / 2), (0, 0, 1)))
        matrix = matrix @ shrink
    return np.asarray(
        cv2.warpAffine(seen, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def aligned_all(faces: Sequence[Face], images: Sequence[Image] | None = None, *, around: float = 1.0) -> list[Image]:
    """All faces aligned: on their own pictures, or on `images`, their redacted ones in the same order and size."""
    if images is None:
        images = [face.image for face in faces]
    if len(images) != len(faces):
        raise ValueError(f"{len(images)} pictures for {len(faces)} faces")
    for face, image in zip(faces, images, strict=True):
        if image.shape != face.image.shape:
            raise ValueError(f"a redacted picture is {image.shape}, its clear one {face.image.shape}")
    return [aligned(image, face.landmarks, around=around) for face, image in zip(faces, images, strict=True)]


def without_core(face: Face) -> Image:
    """The control arm: the core of the contract (docs/reference/contract.md) filled with grey, all else as it was.

    What is left is what no painting of faces hides: hair, clothes and background.
    """
    height, width = face.image.shape[:2]
    cut = face.image.copy()
    for group in regions([face.box], width=width, height=height).groups:
        for x0, y0, x1, y1 in group.cores:
            cut[y0:y1, x0:x1] = 128
    return cut
