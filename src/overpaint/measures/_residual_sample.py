"""Which images people look at, to learn what was missed: a stratified random sample, and the odds of each draw."""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from overpaint.errors import UsageError

__all__ = ["Audit", "Group", "allocate", "draw_audit", "groups_of", "spread_guess"]

_EVENLY = 0.5
"""Share of the sample that is spread over the images as they are: no image stands for more than twice the average."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A drawn sample, and what its answers stand for.

    Attributes
    ----------
    chosen
        Indices of the images, in the order in which they should be looked at: those taken for certain first, then the
        strata in turns, so that every beginning of it is about as well spread as the whole.
    probability
        The chance that each of them had of being drawn; 1 for those taken for certain.
    strata
        How many images each stratum has, drawn or not.
    stratum
        The stratum of each of ``chosen``.
    """

    chosen: tuple[int, ...]
    probability: tuple[float, ...]
    strata: Mapping[str, int]
    stratum: tuple[str, ...]

    @property
    def population(self) -> int:
        """How many images the audit speaks of."""
        return sum(self.strata.values())


@dataclass(frozen=True, slots=True)
class Group:
    """Images that were drawn alike: those of a stratum that were certain, or those of it that were not."""

    stratum: str
    certain: bool
    size: int
    counts: tuple[int, ...]


def groups_of(audit: Audit, counts: Sequence[int | None]) -> list[Group]:
    """What was answered, by how it was drawn.

    Raises
    ------
    UsageError
        Not one count for each image, a negative count, or images drawn alike of which none was answered.
    """
    if len(counts) != len(audit.chosen):
        raise UsageError(f"counts: {len(counts)} for {len(audit.chosen)} audited images; give one for each, or None")
    rows: dict[tuple[str, bool], list[int | None]] = {}
    for stratum, probability, count in zip(audit.stratum, audit.probability, counts, strict=True):
        if count is not None and count < 0:
            raise UsageError(f"counts: {count} in an image of stratum {stratum!r}; a count is 0 or more")
        rows.setdefault((stratum, probability >= 1), []).append(count)
    groups = []
    for name in sorted(audit.strata):
        sure = len(rows.get((name, True), ()))
        for certain, size in ((True, sure), (False, audit.strata[name] - sure)):
            known = tuple(count for count in rows.get((name, certain), ()) if count is not None)
            if size and not known:
                what = "images that are certain" if certain else "images drawn at random"
                raise UsageError(f"counts: no answer for the {what} of stratum {name!r}; answer at least one of them")
            groups.append(Group(name, certain, size, known))
    return [group for group in groups if group.size]


def draw_audit(
    strata: Sequence[str],
    n: int,
    *,
    expected: Mapping[str, float] | None = None,
    certain: Collection[int] = (),
    seed: int,
) -> Audit:
    """Draw ``n`` of the images, without replacement, at random within each stratum.

    Parameters
    ----------
    strata
        The stratum of every image; its place is the image's index.
    n
        How many to draw, with those of ``certain``; all images where there are no more.
    expected
        Misses per image guessed for a stratum (from detectors that disagree, from scores): strata that are thought to
        miss more get more, see `allocate`. Without it every stratum gets its share.
    certain
        Indices that are looked at whatever the draw says; each stands for itself only.
    seed
        The same seed draws the same images.

    Raises
    ------
    UsageError
        ``n`` is too small for the strata or for ``certain``, or a guess is negative or missing.
    """
    sure = sorted(set(certain))
    if sure and not (sure[0] >= 0 and sure[-1] < len(strata)):
        raise UsageError(f"certain: image {sure[0] if sure[0] < 0 else sure[-1]} is none of {len(strata)}")
    if len(sure) > n:
        raise UsageError(f"{n} images cannot hold the {len(sure)} that are certain: ask for more images")
    for_sure = set(sure)
    rest: dict[str, list[int]] = {}
    sizes: dict[str, int] = {}
    for index, name in enumerate(strata):
        sizes[name] = sizes.get(name, 0) + 1
        if index not in for_sure:
            rest.setdefault(name, []).append(index)
    names = sorted(rest)
    shares = allocate({name: len(rest[name]) for name in names}, n - len(sure), expected=expected)
    random = np.random.default_rng(seed)
    rows: list[tuple[float, int, float, str]] = []
    for name in names:
        members, take = rest[name], shares[name]
        drawn = random.permutation(len(members))[:take]
        start = float(random.random())
        rows += [((at + start) / take, members[i], take / len(members), name) for at, i in enumerate(drawn.tolist())]
    rows.sort()
    first = [(-1.0, index, 1.0, strata[index]) for index in sure]
    _, chosen, probability, stratum = zip(*(first + rows), strict=True) if sure or rows else ((), (), (), ())
    return Audit(chosen, probability, dict(sorted(sizes.items())), stratum)


def allocate(
    sizes: Mapping[str, int],
    n: int,
    *,
    expected: Mapping[str, float] | None = None,
) -> dict[str, int]:
    """How many of ``n`` images each stratum gets.

    Half of them by size; at least 2 in each stratum while ``n`` allows it, since one image has no spread. The others go
    one by one to where the next one lowers the variance of the estimated total most (Wright, "The Equivalence of Neyman
    Optimum Allocation for Sampling and Equal Proportions for Apportioning the U.S. House of Representatives", The
    American Statistician 66, 2012): exact in whole numbers. The spread of counts in a stratum with ``e`` misses per
    image is taken to be ``sqrt(e + e²)``, that of a geometric count, since misses come in crowds.

    Raises
    ------
    UsageError
        ``n`` is less than the strata that have images, or a guess is negative or missing.
    """
    names = [name for name in sorted(sizes) if sizes[name] > 0]
    total = sum(sizes[name] for name in names)
    if n >= total:
        return dict(sizes)
    if n < len(names):
        raise UsageError(f"{n} images cannot be spread over {len(names)} strata: ask for more images or fewer strata")
    least = 2 if 2 * len(names) <= n else 1
    spread = {name: spread_guess(name, expected) for name in names}
    given = {name: min(sizes[name], max(least, math.floor(_EVENLY * n * sizes[name] / total))) for name in names}
    while sum(given.values()) > n:  # many small strata took their two: the fullest gives back
        given[max((each for each in names if given[each] > least), key=lambda each: given[each] / sizes[each])] -= 1
    queue = [(-sizes[name] * spread[name] / math.sqrt(given[name] * (given[name] + 1)), name) for name in names]
    heapq.heapify(queue)
    for _ in range(n - sum(given.values())):
        while True:
            _, name = heapq.heappop(queue)
            if given[name] < sizes[name]:
                break
        given[name] += 1
        heapq.heappush(queue, (-sizes[name] * spread[name] / math.sqrt(given[name] * (given[name] + 1)), name))
    return {name: given.get(name, 0) for name in sizes}


def spread_guess(name: str, expected: Mapping[str, float] | None) -> float:
    """The spread of counts in a stratum, from the misses per image that are guessed for it."""
    if expected is None:
        return 1.0
    if name not in expected:
        raise UsageError(f"expected: no guess for stratum {name!r}; give misses per image for every stratum")
    guess = float(expected[name])
    if not (guess >= 0 and math.isfinite(guess)):
        raise UsageError(f"expected: {guess} misses per image in stratum {name!r}; give a number of 0 or more")
    return math.sqrt(guess + guess * guess)
