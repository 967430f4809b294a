"""How many more images to look at, and what the next finding costs in people's hours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint.errors import UsageError
from overpaint.measures._intervals import need_scipy
from overpaint.measures._residual_sample import Audit, groups_of, spread_guess

__all__ = ["Effort", "hours_per_finding", "images_for", "sample_size"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Effort:
    """What looking through the rest of one stratum would cost and bring.

    Attributes
    ----------
    stratum
        Which.
    images
        Images of it that nobody looked at yet.
    per_image
        Findings to expect in the next of them.
    hours_per_finding
        People's hours for one more finding there.
    findings, hours
        To expect, and to spend, by going through this stratum and all that come before it.
    share
        Which part of everything that is still to be found would be found by then.
    """

    stratum: str
    images: int
    per_image: float
    hours_per_finding: float
    findings: float
    hours: float
    share: float


def hours_per_finding(audit: Audit, counts: Sequence[int | None], *, seconds: float) -> tuple[Effort, ...]:
    """The strata from the cheapest finding to the dearest: where it stops to be worth it is for people to say.

    The next image of a stratum shows in proportion to ``(sum of counts + m) / (n + 1)``, with ``m`` the estimated mean
    of all images: where nothing was seen there may yet be something, and little was learnt from few images. Together
    the strata are brought to what is estimated to be left in all, which such borrowing would exceed.

    Parameters
    ----------
    audit, counts
        As for `estimate_residual`.
    seconds
        What one image takes a person, the median.
    """
    if not (seconds > 0 and math.isfinite(seconds)):
        raise UsageError(f"seconds: {seconds}; give what one image takes a person, more than 0")
    groups = groups_of(audit, counts)
    known: list[tuple[str, int, list[int]]] = []
    for name in sorted({group.stratum for group in groups}):
        mine = [group for group in groups if group.stratum == name]
        # images taken for certain say nothing of the others, which were not chosen like them
        drawn = [count for group in mine if not group.certain for count in group.counts]
        known.append((name, sum(group.size - len(group.counts) for group in mine), drawn))
    of_chance = [(len(drawn) + left, sum(drawn) / len(drawn)) for _, left, drawn in known if drawn]
    mean = sum(size * each for size, each in of_chance) / max(1, sum(size for size, _ in of_chance))
    rows = [((sum(drawn) + mean) / (len(drawn) + 1), name, left) for name, left, drawn in known if left]
    still = sum(left * sum(drawn) / len(drawn) for _, left, drawn in known if drawn)
    borrowed = sum(rate * left for rate, _, left in rows)
    if still > 0 and borrowed > 0:
        rows = [(rate * still / borrowed, name, left) for rate, name, left in rows]
    rows.sort(key=lambda row: (-row[0], row[1]))
    whole = sum(rate * left for rate, _, left in rows)
    told, findings, hours = [], 0.0, 0.0
    for rate, name, left in rows:
        findings, hours = findings + rate * left, hours + left * seconds / 3600
        price = seconds / 3600 / rate if rate > 0 else math.inf
        told.append(Effort(name, left, rate, price, findings, hours, findings / whole if whole > 0 else 0.0))
    return tuple(told)


def sample_size(
    sizes: Mapping[str, int],
    expected: Mapping[str, float],
    *,
    within: float,
    level: float = 0.95,
) -> int:
    """How many images to draw, for an interval that is about ``within`` of the total either way (0.2 for 20 %).

    Parameters
    ----------
    sizes
        Images of each stratum.
    expected
        Misses per image guessed for each of them, as in `draw_audit`.

    Raises
    ------
    UsageError
        A guess is missing or negative, all are 0, or ``within`` is not above 0.
    """
    if not (within > 0 and math.isfinite(within)):
        raise UsageError(f"within: {within}; give a share above 0, such as 0.2")
    names = [name for name in sorted(sizes) if sizes[name] > 0]
    size = np.array([sizes[name] for name in names], np.float64)
    unit = np.array([spread_guess(name, expected) ** 2 for name in names])
    total = sum(sizes[name] * float(expected[name]) for name in names)
    if total <= 0:
        raise UsageError("expected: nothing is expected anywhere, so no interval can be a share of it")
    return images_for(size, unit, within * total, already=np.minimum(size, 2.0), level=level)


def images_for(size: Floats, unit: Floats, half: float, *, already: Floats, level: float = 0.95) -> int:
    """The images in all, so that the total's interval is about ``half`` wide either way.

    What is added is spread as Neyman (1934) does, by ``size * sqrt(unit)``, no stratum below what it has ``already``
    and none above its size.

    Parameters
    ----------
    size, unit, already
        Of each stratum: images in all, variance of an image's count, images that are looked at anyway.
    """
    need_scipy()
    from scipy.stats import norm

    wanted = (half / float(norm.ppf((1 + level) / 2))) ** 2

    def spread(scale: float) -> Floats:
        return np.minimum(size, np.maximum(already, np.ceil(scale * size * np.sqrt(unit))))

    def variance(n: Floats) -> float:
        return float((size**2 * unit * (1 / n - 1 / size)).sum())

    low, high = 0.0, float((1 / np.sqrt(unit[unit > 0])).max(initial=0.0))
    if variance(spread(low)) <= wanted:
        return int(spread(low).sum())
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if variance(spread(middle)) <= wanted else (middle, high)
    return int(spread(high).sum())
