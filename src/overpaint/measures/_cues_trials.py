"""Erasure put where no face is, and taken away where it was, each beside a control.

A control covers as much with a clear patch of another picture, in the same shape and with edges as soft: what any
covering moves is no sign of blur.

=========== ===================================================== ==========================================
trial       what is done                                           control
=========== ===================================================== ==========================================
planted     a picture without faces, painted in places by chance   a clear patch in the same places
            in the shapes of another picture's faces
elsewhere   a picture with faces left clear, painted in other      a clear patch in the same places
            places of it in the same shapes
removed     painted faces, covered by clear patches without faces  painted faces, and clear patches elsewhere
exchanged   painted faces, covered by another picture's painted    painted faces, and clear patches elsewhere
            ones
=========== ===================================================== ==========================================
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.measures._cues_places import (
    CuePicture,
    Rectangle,
    Spot,
    erased,
    laid,
    moved,
    patch_from,
    scaled,
    spots_of,
)
from overpaint.records import Box

__all__ = ["TRIALS", "Trial", "trials_of"]

Picture = npt.NDArray[np.uint8]

TRIALS = ("planted", "elsewhere", "removed", "exchanged")

MOST_FACES = 32
"""Pictures with more are left out: there is hardly a place without a face in them."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One picture in one trial: as it is, touched, and its control."""

    name: str
    label: int
    before: Picture
    after: Picture
    control: Picture


@dataclass(frozen=True, slots=True, eq=False)
class _Hand:
    """How one picture is touched: the look, the draws, and the pictures that patches come from."""

    look: str
    cells: int
    draw: np.random.Generator
    donors: Sequence[CuePicture]
    models: Sequence[CuePicture]  # those with faces

    def spots(self, faces: Sequence[Box], picture: Picture) -> tuple[Spot, ...]:
        return spots_of(faces, picture.shape[1], picture.shape[0], cells=self.cells)

    def erased(self, picture: Picture, faces: Sequence[Box]) -> Picture:
        return erased(picture, faces, look=self.look, cells=self.cells)

    def moved(self, faces: Sequence[Box], picture: Picture, avoid: Sequence[Rectangle]) -> tuple[Box, ...] | None:
        height, width = picture.shape[:2]
        return moved(faces, width, height, avoid=avoid, cells=self.cells, draw=self.draw)

    def model(self) -> CuePicture:
        return self.models[int(self.draw.integers(0, len(self.models)))]

    def covered(self, picture: Picture, spots: Sequence[Spot]) -> Picture | None:
        """Clear patches of other pictures over the spots."""
        for spot in spots:
            under = _under(picture, spot)
            size = under.shape[1], under.shape[0]
            patch = patch_from(self.donors, size, under, cells=self.cells, draw=self.draw)
            if patch is None:
                return None
            picture = laid(picture, spot, patch)
        return picture

    def exchanged(self, picture: Picture, spots: Sequence[Spot]) -> Picture | None:
        """Another picture's painted faces over the spots, made as large."""
        for spot in spots:
            if not self.models:
                return None
            model = self.model()
            theirs = self.spots(model.faces, model.picture)
            if not theirs:
                return None
            chosen = theirs[int(self.draw.integers(0, len(theirs)))]
            patch, under = _under(self.erased(model.picture, model.faces), chosen), _under(picture, spot)
            size = under.shape[1], under.shape[0]
            made = cv2.resize(np.ascontiguousarray(patch), size, interpolation=cv2.INTER_LINEAR)
            picture = laid(picture, spot, np.asarray(made, np.uint8))
        return picture


def trials_of(
    pictures: Sequence[CuePicture], *, look: str, cells: int, most: int = 100, seed: int = 0
) -> Iterator[Trial | str]:
    """The trials, one at a time; a trial's name alone where no place or patch was found for a picture.

    Parameters
    ----------
    most
        Pictures with faces, and as many without, by chance.
    """
    groups = [each for each in pictures if each.faces], [each for each in pictures if not each.faces]
    draw = np.random.default_rng(seed)
    for kind, chosen in enumerate(groups):
        for at in draw.permutation(len(chosen))[:most].tolist():
            one = chosen[at]
            others = [each for each in pictures if each is not one]
            models = [each for each in groups[0] if each is not one]
            hand = _Hand(look, cells, np.random.default_rng([seed, kind, at]), others, models)
            if one.faces:
                yield from _with_faces(one, hand)
            elif models:
                model = hand.model()
                faces = scaled(model.faces, of=_size(model), to=_size(one))
                yield _put("planted", one, faces, [], hand) or "planted"


def _with_faces(one: CuePicture, hand: _Hand) -> Iterator[Trial | str]:
    if len(one.faces) > MOST_FACES:
        yield from ("elsewhere", "removed", "exchanged")
        return
    spots = hand.spots(one.faces, one.picture)
    avoid = [spot.footprint for spot in spots]
    yield _put("elsewhere", one, one.faces, avoid, hand) or "elsewhere"
    before = hand.erased(one.picture, one.faces)
    free = hand.moved(one.faces, one.picture, avoid)
    control = None if free is None else hand.covered(before, hand.spots(free, before))
    for name, touch in (("removed", hand.covered), ("exchanged", hand.exchanged)):
        after = None if control is None else touch(before, spots)
        if control is None or after is None:
            yield name
        else:
            yield Trial(name, one.label, before, after, control)


def _put(name: str, one: CuePicture, faces: Sequence[Box], avoid: Sequence[Rectangle], hand: _Hand) -> Trial | None:
    """Erasure in places by chance, and in the control clear patches there."""
    places = hand.moved(faces, one.picture, avoid)
    if places is None or len(faces) > MOST_FACES:
        return None
    control = hand.covered(one.picture, hand.spots(places, one.picture))
    if control is None:
        return None
    return Trial(name, one.label, one.picture, hand.erased(one.picture, places), control)


def _size(one: CuePicture) -> tuple[int, int]:
    return one.picture.shape[1], one.picture.shape[0]


def _under(picture: Picture, spot: Spot) -> Picture:
    x0, y0, x1, y1 = spot.footprint
    return picture[max(0, y0) : y1, max(0, x0) : x1]
