"""Whether the images of a number show the class that the number is said to be: by a classifier, or by predictions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from overpaint import labels

__all__ = ["Contents", "Doubt", "judged"]

_LEAST = 3  # pictures of a number, without which nothing is said of it
_CHANCE = 0.001  # that a finding comes by chance, among all that might have been found
_EXACT = 2_000  # pictures, up to which the sign test is exact
_WORSE = {"moved", "duplicated", "missing", "extra"}
"""What a classifier that takes one class for another looks like: said, and not called damage."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A number whose pictures are mostly taken for another class.

    Attributes
    ----------
    at, looks_like
        The number, and the number of the other class.
    taken, own, looked
        How many of its pictures are taken for that, for its own class, and how many there are.
    """

    at: int
    looks_like: int
    id: str | None
    name: str
    taken: int
    own: int
    looked: int

    def to_dict(self, term: Any) -> dict[str, Any]:
        """Plain values."""
        value = {name: getattr(self, name) for name in ("at", "looks_like", "id", "taken", "own", "looked")}
        return value | {"term": term(self.id, self.name)}


@dataclass(frozen=True)
class Contents:
    """What pictures say of a list of class names.

    Attributes
    ----------
    how
        Who says what is in them.
    against
        The list.
    pictures, right
        How many were looked at, and of how many the class of their number is the likeliest of the list's.
    classes, silent
        Numbers whose pictures were looked at; numbers of which nothing can be said: too few pictures, or a class that
        is not known to who says it.
    check
        The damage that pictures show beyond chance.
    chance
        The probability of the least certain of its findings, were numbers right and mistakes even, times the number of
        findings that were possible; None without a finding.
    doubts
        Numbers whose pictures mostly look like another class, which no such damage explains.
    unusable
        Pictures that could not be looked at, by reason.
    """

    how: str
    against: str
    pictures: int
    right: int
    classes: int
    silent: int
    check: labels.ListCheck
    chance: float | None
    doubts: tuple[Doubt, ...]
    unusable: Mapping[str, int]

    def to_dict(self, term: Any) -> dict[str, Any]:
        """Plain values."""
        names = ("how", "against", "pictures", "right", "classes", "silent", "chance")
        value = {name: getattr(self, name) for name in names} | {"unusable": dict(self.unusable)}
        return value | {"check": self.check.to_dict(term), "doubts": [each.to_dict(term) for each in self.doubts]}

    def lines(self, term: Any) -> list[str]:
        """For a terminal."""
        share = f"{self.right} of {self.pictures} pictures look like {self.against} says"
        lines = [f"contents, by {self.how}: {share}; {self.classes} numbers looked at, {self.silent} not told"]
        if self.check.damaged:
            lines.append("  DAMAGED: pictures of these numbers look like other classes")
            lines += [f"  {line}" for line in self.check.lines(term)[2:]]
            lines.append(f"  by chance with a probability below {max(self.chance or 0.0, 1e-9):.1g}")
        for each in self.doubts[:8]:
            what = f"{each.taken} of {each.looked} pictures of {each.at} look like {each.looks_like}"
            lines.append(f"  doubtful: {what} ({term(each.id, each.name)}), {each.own} like itself")
        if len(self.doubts) > 8:
            lines.append(f"  doubtful: {len(self.doubts) - 8} more")
        return lines + [f"  not looked at: {count} ({reason})" for reason, count in self.unusable.items()]


def judged(
    taken: Counter[tuple[int, int]],
    classes: labels.ClassList,
    among: Sequence[int],
    *,
    how: str,
    unusable: Mapping[str, int] | None = None,
) -> Contents:
    """Say what pictures show.

    Parameters
    ----------
    taken
        How often pictures of a number were taken for the class at a place of ``among``.
    classes
        What the numbers are said to be.
    among
        The classes, by number in ``classes``, that pictures could be taken for.

    Notes
    -----
    The likeliest class of each number is compared as names are. A finding stands if, of the pictures of its numbers
    that are taken for the said class or for the found one, so many are for the found one that an even coin does so with
    a probability below 0.001 divided by n squared, the number of exchanges that could have been found (sign test,
    Bonferroni).
    """
    n = len(classes)
    seen = np.zeros((n, len(among)), np.int64)
    for (number, place), times in taken.items():
        if 0 <= number < n:
            seen[number, place] += times
    looked = seen.sum(axis=1)
    of = {number: place for place, number in enumerate(among)}
    own = np.array([seen[number, of[number]] if number in of else 0 for number in range(n)])
    likely = np.full(n, -1, np.int64)
    told = np.flatnonzero((looked >= _LEAST) & np.isin(np.arange(n), among))
    for number in told.tolist():
        best = seen[number].max()
        if (seen[number] == best).sum() == 1:
            likely[number] = among[int(seen[number].argmax())]
    found = labels.compare_numbers(likely, np.arange(n, dtype=np.int64), classes, words=how)
    kept, chance = [], None
    for each in found.findings:
        if each.kind in _WORSE or (each.kind == "shifted" and each.at[0] == each.at[1]):
            continue
        odds = _odds(each, likely, own, seen, of) * max(n, 2) ** 2
        if odds < _CHANCE:
            kept.append(each)
            chance = max(odds, chance or 0.0)
    explained = {at for each in kept for at in _reach(each, n)}
    doubts = tuple(
        Doubt(at, other, *classes.at(other), int(seen[at, of[other]]), int(own[at]), int(looked[at]))
        for at, other in enumerate(likely.tolist())
        if other not in (-1, at) and at not in explained
    )
    check = replace(found, findings=tuple(kept), wrong=sum(each.wrong for each in kept))
    right = int(own.sum())
    silent = n - len(told)
    return Contents(
        how, classes.name, int(looked.sum()), right, len(told), silent, check, chance, doubts, dict(unusable or {})
    )


def _reach(found: labels.ListFinding, n: int) -> Sequence[int]:
    """The numbers that a finding is about."""
    if found.kind == "missorted":
        return range(n)
    return range(found.at[0], found.at[1] + 1) if found.kind == "shifted" else found.at


def _odds(found: labels.ListFinding, likely: Any, own: Any, seen: Any, of: Mapping[int, int]) -> float:
    """The probability that an even coin is for what was found at least as often: a sign test over its pictures."""
    n = len(likely)
    places = [at for at in _reach(found, n) if likely[at] >= 0 and likely[at] != at]
    rival = sum(int(seen[at, of[int(likely[at])]]) for at in places)
    both = rival + sum(int(own[at]) for at in places)
    if 2 * rival <= both:
        return 1.0
    if both > _EXACT:
        return math.exp(-2 * both * (rival / both - 0.5) ** 2)  # Hoeffding's bound
    return float(sum(math.comb(both, k) for k in range(rival, both + 1)) / 2**both)
