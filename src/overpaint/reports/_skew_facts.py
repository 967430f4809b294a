"""What a report of skew says, as frozen dataclasses of plain values: aggregates only, nothing that names a sample."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from overpaint.reports._facts import Rate
from overpaint.reports._shifts import Ratio

__all__ = ["FEWEST_PEOPLE", "Cross", "Group", "Lean", "Loss", "Part", "SkewFacts", "Tally"]

FEWEST_PEOPLE = 10
"""A group of fewer people is not told by its number, unless somebody asks for it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Images, and what they hold and what became of them.

    ``people`` of the ``looked`` images have a face or a person at the threshold, or something painted. Images in the
    no-view lane are in none of these numbers.
    """

    images: int = 0
    looked: int = 0
    people: int = 0
    with_face: int = 0
    with_person: int = 0
    faces: int = 0
    painted: int = 0
    kept: int = 0
    redacted: int = 0
    removed: int = 0
    quarantined: int = 0
    failed: int = 0
    waiting: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def faces_an_image(self) -> float | None:
        """Faces at the threshold for each image that was looked at."""
        return self.faces / self.looked if self.looked else None

    def rates(self) -> dict[str, Rate]:
        """The shares, with their intervals."""
        rates = {name: Rate.make(getattr(self, name), self.images) for name in _FATES}
        return {"people": Rate.make(self.people, self.looked)} | rates


_FATES = ("redacted", "removed", "quarantined", "failed")


@dataclass(frozen=True, slots=True)
class Part:
    """A class or a subtree, before and after.

    ``left`` of the images that it had are still in the dataset, under whatever label; ``after`` counts what bears it
    afterwards, which others may have been moved to. ``classes`` have images before, ``classes_after`` afterwards.
    ``moved_to`` is where its images went, shown as names are. ``depth`` is how far below the root it is.
    """

    who: str
    name: str
    id: str | None
    before: Tally
    left: int
    after: Tally
    classes: int = 1
    classes_after: int = 1
    moved_to: str | None = None
    depth: int = 0

    @property
    def emptied(self) -> bool:
        """Whether it had images of which none is left."""
        return self.before.images > 0 and self.left == 0


@dataclass(frozen=True, slots=True)
class Loss:
    """What a class, a subtree or an attribute's group loses, beside all the others.

    ``ratio`` is of the shares that are lost, or (``of_left``) of those that are left, where most is lost: of two groups
    that lose 92 and 96 of a hundred, one has twice as much left as the other. ``q`` is the false discovery rate at
    which it would still be told, among all of its kind. ``at_least``: what is left of the group is a number that is
    not told, and everything here was reckoned with the largest it can be.
    """

    kind: str
    who: str
    name: str
    lost: Rate
    others: Rate
    ratio: Ratio
    q: float
    of_left: bool = False
    at_least: bool = False

    @property
    def worse(self) -> float:
        """How many times worse than for the others it is at least: above 1 only where that is sure."""
        if self.ratio.value is None:
            return 0.0
        if not self.of_left:
            return self.ratio.low
        return 1 / self.ratio.high if self.ratio.high else math.inf


@dataclass(frozen=True, slots=True)
class Group:
    """Images with one value of an attribute. None: fewer than `FEWEST_PEOPLE`, or told apart by subtraction.

    Shares are of the images for which the attribute is known. ``few``: it was fewer before, so that nothing is tested.
    """

    attribute: str
    value: str
    before: int | None
    after: int | None
    share_before: Rate | None
    share_after: Rate | None
    emptied: bool


@dataclass(frozen=True, slots=True)
class Lean:
    """A class or subtree in which a value is more or less common than elsewhere, before anything is taken out."""

    kind: str
    who: str
    name: str
    attribute: str
    value: str
    share: Rate
    others: Rate
    ratio: Ratio
    q: float


@dataclass(frozen=True, slots=True)
class Cross:
    """Images that have two values at once, before and after; None as in `Group`."""

    one: tuple[str, str]
    other: tuple[str, str]
    before: int | None
    after: int | None
    emptied: bool


@dataclass(frozen=True, slots=True)
class SkewFacts:
    """Everything a report of skew says.

    ``basis`` tells what counts as an image with people, ``after`` what the numbers after it are under. ``held`` is how
    many images are in the no-view lane. ``losses``, ``leans`` are those told, the largest first; ``tested`` how many
    comparisons were made, by kind.
    """

    run: str
    basis: str
    after: str
    has_after: bool
    total: Part
    held: int
    summed: int
    classes: tuple[Part, ...]
    subtrees: tuple[Part, ...]
    losses: tuple[Loss, ...]
    groups: tuple[Group, ...]
    leans: tuple[Lean, ...]
    crossings: tuple[Cross, ...]
    tested: dict[str, int]
    notes: tuple[str, ...]
    root: str | None = None
    show_small: bool = False
    format: int = 1

    @property
    def emptied(self) -> tuple[Part, ...]:
        """Classes that had images and have none left, and subtrees."""
        return tuple(part for part in (*self.subtrees, *self.classes) if self.has_after and part.emptied)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: what is infinite or unknown is None."""
        value: dict[str, Any] = _plain(dataclasses.asdict(self))
        for name, part in (("total", [self.total]), ("classes", self.classes), ("subtrees", self.subtrees)):
            told = value[name] if isinstance(value[name], list) else [value[name]]
            for one, facts in zip(told, part, strict=True):
                one["rates"] = {key: dataclasses.asdict(rate) for key, rate in facts.before.rates().items()}
                one["emptied"] = self.has_after and facts.emptied
        return value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 9) if abs(value) < float("inf") else None
    return value
