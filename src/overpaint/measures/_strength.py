"""How strong somebody's painting is, from pictures before and after it: the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from overpaint.measures._intervals import bootstrap
from overpaint.measures._result import Estimate
from overpaint.measures._strength_detail import (
    GRID,
    PLACES,
    Corners,
    FaceDetail,
    Floats,
    face_detail,
    left_map,
    neighbour_sides,
)
from overpaint.measures._strength_sigma import EffectiveBlur, effective_blur
from overpaint.measures._strength_values import Spectrum, Values, seen_of_pairs, spectrum_of

__all__ = ["HARD", "UNTOUCHED", "Faces", "value_rows"]

HARD = 0.05
"""A core is hard when neither rim nor corners hold this much more of the detail than the centre does."""
UNTOUCHED = 0.5
"""A place in the box is untouched when at least this share of its detail is left."""
SIZES = (16, 32, 64, 128)
TIMES = (1.0, 4.0, 10.0)
_ROUNDS = 500
MOST = 4096
"""Faces whose kernel and cosines are looked at: one costs a tenth of a second, the other 8 kB."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FaceBlur:
    """The kernel of one face."""

    image: int
    side: float
    blur: EffectiveBlur


@dataclass(slots=True)
class Thinned(Generic[T]):
    """At most `MOST` of any number of things: every one, then every second, every fourth, as more come."""

    items: list[T] = field(default_factory=list)
    step: int = 1
    came: int = 0

    def wanted(self) -> bool:
        """Whether the next one would be kept."""
        self.came += 1
        return (self.came - 1) % self.step == 0

    def add(self, item: T) -> None:
        """Keep one that was `wanted`."""
        self.items.append(item)
        if len(self.items) >= MOST:
            del self.items[1::2]
            self.step *= 2


@dataclass(slots=True)
class Faces:
    """What was compared so far: sums only, no pixels."""

    cells: int = 4
    detail: list[FaceDetail] = field(default_factory=list)
    blurs: Thinned[FaceBlur] = field(default_factory=Thinned)
    spectra: Thinned[Spectrum] = field(default_factory=Thinned)
    spread: Floats = field(default_factory=lambda: np.zeros((2, GRID * GRID)))
    flat: int = 0
    images: int = 0

    def add(self, before: Floats, after: Floats, boxes: Sequence[Corners], *, blurs: bool = True) -> None:
        """Compare all faces of one picture.

        Parameters
        ----------
        before, after
            Luma, height x width, of the same size.
        blurs
            Whether to fit a kernel to each, which costs most of the time.
        """
        for box, neighbour in zip(boxes, neighbour_sides(boxes), strict=True):
            found = face_detail(before, after, box, cells=self.cells, image=self.images, neighbour=neighbour)
            if found is None:
                self.flat += 1
                continue
            face, products = found
            self.detail.append(face)
            self.spread += products / max(face.power[0], 1e-9)
            if self.spectra.wanted():
                spectrum = spectrum_of(before, after, box, image=self.images)
                if spectrum is not None:
                    self.spectra.add(spectrum)
            if blurs and self.blurs.wanted():
                blur = effective_blur(before, after, box)
                if blur is not None:
                    self.blurs.add(FaceBlur(self.images, face.side, blur))
        self.images += 1

    def figures(self, *, seed: int, exact: bool = False) -> dict[str, Any]:
        """Detail left by place, size and neighbour, and where in the box.

        Parameters
        ----------
        exact
            Sizes and neighbours one by one, for made pictures; else in ranges.
        """
        places = {place: self._share(self.detail, seed, place) for place in PLACES}
        spread = left_map(self.spread)
        known = spread[np.isfinite(spread)]
        return {
            "images": self.images,
            "faces": len(self.detail),
            "faces_without_detail": self.flat,
            "detail_left": places,
            "detail_left_by_size": self._by(lambda face: _size(face.side, exact=exact), seed, exact=exact),
            "detail_left_by_neighbour": self._by_neighbour(seed, exact=exact),
            "untouched_share_of_box": float((known >= UNTOUCHED).mean()) if known.size else None,
            "hard_core": _hard(places),
            "detail_left_map": [[None if not np.isfinite(v) else round(float(v), 3) for v in row] for row in spread],
        }

    def _by_neighbour(self, seed: int, *, exact: bool) -> dict[str, Estimate]:
        small = {face.side for face in self.detail if face.neighbour > face.side}
        shown = [face for face in self.detail if not exact or face.side in small]
        groups: dict[tuple[float, str], list[FaceDetail]] = {}
        for face in shown:
            if not exact or face.neighbour > face.side or not face.neighbour:
                groups.setdefault(_beside(face, exact=exact), []).append(face)
        return {group[1]: self._share(groups[group], seed) for group in sorted(groups)}

    def _by(
        self, name: Callable[[FaceDetail], tuple[float, str]], seed: int, *, exact: bool = False
    ) -> dict[str, Estimate]:
        groups: dict[tuple[float, str], list[FaceDetail]] = {}
        for face in self.detail:
            if not (exact and face.neighbour):  # what stands beside another is told by neighbour
                groups.setdefault(name(face), []).append(face)
        return {group[1]: self._share(groups[group], seed) for group in sorted(groups)}

    def _share(self, faces: Sequence[FaceDetail], seed: int, place: str = "box") -> Estimate:
        return _mean_by_image(faces, PLACES.index(place), seed)

    def seen(self, *, seed: int) -> Estimate:
        """Independent values seen across a face, estimated from the faces themselves."""
        return _by_image(self.spectra.items, seen_of_pairs, seed, rounds=200)

    def sigma(self, *, seed: int, exact: bool = False) -> dict[str, Any]:
        """The effective blur by size of face."""
        told = self.blurs.items
        fitted = [each for each in told if each.blur.sigma is not None]
        groups: dict[tuple[float, str], list[FaceBlur]] = {}
        for each in fitted:
            groups.setdefault(_size(each.side, exact=exact), []).append(each)
        by_size = {
            group[1]: {
                "pixels": _by_image(own, lambda some: _median(some, "sigma"), seed),
                "share_of_face": _by_image(own, lambda some: _median(some, "share"), seed),
                "sharp": _median(own, "sharp"),
                "explained": _median(own, "explained"),
                "shape": Counter(each.blur.shape for each in own).most_common(1)[0][0],
            }
            for group, own in sorted(groups.items())
        }
        gone = sum(each.blur.sigma is None and each.blur.sharp == 0 for each in told)
        return {
            "faces": len(told),
            "nothing_left_to_fit": gone,
            "not_blurred": len(told) - len(fitted) - gone,
            "by_size": by_size,
        }


def _median(blurs: Sequence[FaceBlur], what: str) -> float:
    return float(np.median([getattr(each.blur, what) for each in blurs]))


def _mean_by_image(faces: Sequence[FaceDetail], place: int, seed: int) -> Estimate:
    """The share left, each face counting alike; whole pictures are drawn, whose faces are not independent."""
    images: dict[int, list[float]] = {}
    for face in faces:
        if face.power[place] > 0:
            images.setdefault(face.image, []).append(face.cross[place] / face.power[place])
    if len(images) < 2:
        value = float(np.mean(next(iter(images.values())))) if images else None
        return Estimate(value, n=len(images), unit="images", method="one image has no interval")
    sums, counts = (np.array([measure(of) for of in images.values()], float) for measure in (sum, len))
    return bootstrap(lambda at: float(sums[at].sum() / counts[at].sum()), len(images), rounds=_ROUNDS, seed=seed)


def _by_image(
    faces: Sequence[Any], statistic: Callable[[list[Any]], float], seed: int, rounds: int = _ROUNDS
) -> Estimate:
    """A figure of faces with an interval in which whole pictures are drawn: their faces are not independent."""
    images: dict[int, list[Any]] = {}
    for face in faces:
        images.setdefault(face.image, []).append(face)
    groups = list(images.values())
    if len(groups) < 2:
        value = statistic(list(faces)) if faces else None
        return Estimate(value, n=len(groups), unit="images", method="one image has no interval")
    return bootstrap(
        lambda drawn: statistic([face for at in drawn for face in groups[at]]), len(groups), rounds=rounds, seed=seed
    )


def _hard(places: Mapping[str, Estimate]) -> bool | None:
    centre, *outer = (places[place].value for place in ("centre", "rim", "corners"))
    known = [value for value in outer if value is not None]
    if centre is None or len(known) < len(outer) or centre >= UNTOUCHED:
        return None  # nothing was painted that could be hard
    return max(known) <= centre + HARD


def _size(side: float, *, exact: bool) -> tuple[float, str]:
    """Where a face's size stands in the order, and what it is called."""
    if exact:
        return side, f"{side:.0f} px"
    at = sum(side >= edge for edge in SIZES)
    if at == 0:
        return 0, f"below {SIZES[0]} px"
    if at == len(SIZES):
        return at, f"{SIZES[-1]} px or more"
    return at, f"{SIZES[at - 1]} to {SIZES[at] - 1} px"


_NEIGHBOURS = ("none larger", "1 to 4 times as large", "4 to 10 times as large", "over 10 times as large")


def _beside(face: FaceDetail, *, exact: bool) -> tuple[float, str]:
    """The same of the largest other face of its picture."""
    if not face.neighbour:
        return (-1, "alone") if not exact else (face.side / 1e6 - 1, f"{face.side:.0f} px alone")
    if exact:
        return face.neighbour, f"{face.side:.0f} px beside {face.neighbour:.0f} px"
    at = sum(face.neighbour / face.side > times for times in TIMES)
    return at, _NEIGHBOURS[at]


def value_rows(values: Sequence[Values]) -> dict[str, Any]:
    """What the responses said, in plain values."""
    return {
        f"{each.side} px": {
            "side": each.side,
            "seen": round(each.seen, 2),
            "recoverable": each.recoverable,
            "at_least": each.at_least,
            "floor": round(each.floor, 4),
        }
        for each in values
    }
