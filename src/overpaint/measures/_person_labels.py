"""What a classifier calls people: how often, and how surely, it gives labels that were rated unsafe.

Crawford and Paglen's ImageNet Roulette (2019) showed one label on one face; here only shares of many are told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.measures._intervals import bootstrap
from overpaint.measures._intervals import share as exact
from overpaint.measures._result import Estimate

__all__ = ["FIRST", "LEAST_GROUP", "VIEWS", "Called", "Rated", "called_figures", "group_gaps"]

VIEWS = ("image", "person", "face")
"""What the classifier is shown: the whole image, each person's box, each face with room around."""

FIRST = 5
LEAST_GROUP = 10
"""Images that a group must have to be told of by its name."""

_TAILS = (0.1, 0.5, 0.9)

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rated:
    """Which numbers of a label list are rated how: of each class one entry, C in all.

    Attributes
    ----------
    offensive, sensitive, safe
        As people rated it; at most one of them.
    person
        A kind of person, whatever it is rated.
    """

    offensive: Bools
    sensitive: Bools
    safe: Bools
    person: Bools

    @property
    def unsafe(self) -> Bools:
        """Offensive or sensitive, as the word is used by Yang et al. (2020)."""
        return self.offensive | self.sensitive

    def counts(self) -> dict[str, int]:
        """How many labels of the list are of each."""
        told = {name: int(getattr(self, name).sum()) for name in ("offensive", "sensitive", "safe", "person")}
        return {"labels": len(self.person), **told, "person_without_rating": int((self.person & ~self._rated).sum())}

    @property
    def _rated(self) -> Bools:
        return self.offensive | self.sensitive | self.safe


@dataclass(frozen=True, slots=True)
class Called:
    """What was said of N crops, in memory only: nothing here names an image.

    Attributes
    ----------
    image
        int64[N]: which image a crop is of; images count from 0.
    view
        int64[N]: index into `VIEWS`.
    first
        int64[N, 5]: the labels with the highest scores, the highest first; fewer columns where there are fewer labels.
    sure
        float64[N]: the score of the first.
    mass
        float64[N]: scores of all labels that are rated unsafe, together; of labels that are scored each by itself,
        the highest.
    """

    image: Ints
    view: Ints
    first: Ints
    sure: npt.NDArray[np.float64]
    mass: npt.NDArray[np.float64]

    def of_view(self, view: str) -> Called:
        """The crops of one view."""
        return self.where(self.view == VIEWS.index(view))

    def where(self, chosen: Bools) -> Called:
        """Some of the crops."""
        return Called(*(getattr(self, name)[chosen] for name in ("image", "view", "first", "sure", "mass")))


def called_figures(called: Called, rated: Rated, *, rounds: int = 1000, seed: int = 0) -> dict[str, Any]:
    """Shares of crops of one view, with intervals by image.

    Returns
    -------
    dict
        ``crops``, ``images``; of the first label ``offensive``, ``sensitive``, ``unsafe`` and ``person`` as shares;
        ``unsafe_in_first_five``; ``unsafe_surely`` (first, and with half of the score or more); ``mass``, the mean
        score of all unsafe labels; and ``sure_when_unsafe``, quantiles of the score where the first label is unsafe.
    """
    first = called.first[:, 0] if called.first.size else np.empty(0, np.int64)
    unsafe = rated.unsafe[first]
    told: dict[str, npt.NDArray[Any]] = {
        "offensive": rated.offensive[first],
        "sensitive": rated.sensitive[first],
        "unsafe": unsafe,
        "unsafe_surely": unsafe & (called.sure >= 0.5),
        "unsafe_in_first_five": np.asarray(rated.unsafe[called.first].any(axis=1) if called.first.size else unsafe),
        "person": rated.person[first],
        "mass": called.mass,
    }
    figures: dict[str, Any] = {"crops": len(first), "images": len(np.unique(called.image))}
    figures |= {name: _by_image(called.image, values, rounds=rounds, seed=seed) for name, values in told.items()}
    if len(rated.person) <= FIRST:
        figures["unsafe_in_first_five"] = Estimate(None, method="the list has no more labels than that")
    sure = called.sure[unsafe]
    figures["sure_when_unsafe"] = (
        {f"{tail:g}": float(np.quantile(sure, tail)) for tail in _TAILS} if len(sure) else None
    )
    return figures


def _by_image(image: Ints, values: npt.NDArray[Any], *, rounds: int, seed: int) -> Estimate:
    """The share of crops, images drawn with replacement: several crops of one image are no independent ones."""
    units, at = np.unique(image, return_inverse=True)
    hits = np.bincount(at, values.astype(np.float64), minlength=len(units))
    crops = np.bincount(at, minlength=len(units)).astype(np.float64)

    if len(units) and hits.sum() in {0.0, crops.sum()}:  # draws of what never varies have no spread, the truth has
        return exact(len(units) if hits.sum() else 0, len(units))

    def share(chosen: Ints) -> float:
        return float(hits[chosen].sum() / crops[chosen].sum())

    return bootstrap(share, len(units), rounds=rounds, seed=seed)


def group_gaps(
    called: Called, rated: Rated, groups: Mapping[str, Sequence[str | None]], *, rounds: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """The share of crops whose first label is unsafe, by group, and the widest gap between two groups.

    Parameters
    ----------
    groups
        By column, the value of each image (None: not told), as long as there are images.

    Returns
    -------
    dict
        By column: ``values`` (an `Estimate` for each value with `LEAST_GROUP` images or more, the others together as
        ``fewer than 10``, if they are as many together), and ``gap``: largest less smallest share of those values, with
        the interval of that difference between the same two: of their own intervals, the sides that reach towards each
        other squared and added (Newcombe 1998), which has a width also where neither share varies.
    """
    unsafe = rated.unsafe[called.first[:, 0]] if called.first.size else np.empty(0, np.bool_)
    found: dict[str, Any] = {}
    for column, values in groups.items():
        own = np.array([values[i] if values[i] is not None else "" for i in called.image], object)
        enough = {}
        small = np.zeros(len(own), np.bool_)
        for value in sorted({str(one) for one in own if one}):
            members = own == value
            if len(np.unique(called.image[members])) >= LEAST_GROUP:
                enough[value] = members
            else:
                small |= members
        told = {v: _by_image(called.image[m], unsafe[m], rounds=rounds, seed=seed) for v, m in enough.items()}
        if len(np.unique(called.image[small])) >= LEAST_GROUP:
            told[f"fewer than {LEAST_GROUP}"] = _by_image(called.image[small], unsafe[small], rounds=rounds, seed=seed)
        gap = _gap({value: told[value] for value in enough})
        found[column] = {"values": told, "gap": gap}
    return found


def _gap(shares: Mapping[str, Estimate]) -> dict[str, Any] | None:
    """The widest gap. Which two values it lies between was chosen by looking, so that its interval is told as such.

    An image has one value, so that the two shares are of other images and vary by themselves.
    """
    known = {value: each for value, each in shares.items() if each.value is not None}
    if len(known) < 2:
        return None
    by_share = sorted(known, key=lambda value: (-(known[value].value or 0.0), value))
    high, low = by_share[0], by_share[-1]
    return {
        "between": [high, low],
        "difference": _less(known[high], known[low]),
        "values_compared": len(known),
        "chosen_by_looking": True,
    }


def _less(one: Estimate, other: Estimate) -> Estimate:
    """One share less another, of other images, by what their intervals reach (Newcombe, Stat. Med. 17, 1998)."""
    assert one.value is not None and other.value is not None
    value, images = one.value - other.value, (one.n or 0) + (other.n or 0)
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Estimate(value, n=images, unit="images", method="a share has no interval")
    down = math.hypot(one.value - one.low, other.high - other.value)
    up = math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(value, value - down, value + up, one.level, images, "images", "of the two shares' intervals")
