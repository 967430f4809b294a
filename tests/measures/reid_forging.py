"""People that do not exist: a pattern for each, and pictures of it; and an embedder that sees patterns."""

import cv2
import numpy as np

from overpaint.measures import Face
from overpaint.records import Box

POINTS = np.array(((38.3, 51.7), (73.5, 51.5), (56.0, 71.7), (41.5, 92.4), (70.7, 92.2)), np.float32) + 24

_PARTS = 8
FAINT = 30


def made_people(people, pictures, *, seed=0, noise=12.0):
    """Faces of 160 x 160 pixels on a background of chance, each person's a mixture of the same few patterns."""
    draw = np.random.default_rng(seed)
    basis = np.random.default_rng(99).standard_normal((_PARTS, 14, 14, 3)) * 40
    faces = []
    for number in range(people):
        own = np.tensordot(draw.standard_normal(_PARTS) / np.sqrt(_PARTS), basis, axes=1).astype(np.float32)
        pattern = cv2.resize(own, (112, 112), interpolation=cv2.INTER_CUBIC) + 128
        for _ in range(pictures):
            image = draw.integers(0, 256, (160, 160, 3)).astype(np.float32)
            image[24:136, 24:136] = pattern + noise * draw.standard_normal((112, 112, 3))
            shown = np.clip(image, 0, 255).astype(np.uint8)
            faces.append(Face(f"person {number}", shown, POINTS, Box(40, 40, 120, 120)))
    return faces


def blurred(faces, sigma):
    """All of each picture, by a Gaussian."""
    return [cv2.GaussianBlur(face.image, (0, 0), sigma) for face in faces]


def filled(faces):
    """Nothing of the face is left, nor of its surroundings."""
    return [np.full_like(face.image, 90) for face in faces]


class Patterns:
    """Recognises faces by their detail at 14 x 14 pixels: shade is taken off, and what is too faint is not seen."""

    name, version, weights, training = "patterns", "1", "0" * 64, "nobody"

    def __init__(self):
        self.seen = 0

    def embed(self, aligned):
        self.seen += len(aligned)
        if not aligned:
            return np.empty((0, 588), np.float32)
        assert all(face.shape == (112, 112, 3) and face.dtype == np.uint8 for face in aligned)
        rows = [cv2.resize(face, (14, 14), interpolation=cv2.INTER_AREA).astype(np.float32) for face in aligned]
        rows = [row - cv2.GaussianBlur(row, (0, 0), 2.5) for row in rows]
        rows = [np.where(np.abs(row) > FAINT, row, 0) for row in rows]
        return np.stack(rows).reshape(len(rows), -1) + 1e-3
