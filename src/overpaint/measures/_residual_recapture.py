"""What nobody saw, from what several lookers saw each: capture-recapture. Probably an underestimate, and called so."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from overpaint.errors import UsageError
from overpaint.measures._intervals import need_scipy
from overpaint.measures._result import Estimate

__all__ = ["LABEL", "Recapture", "capture_recapture"]

LABEL = "probably an underestimate"
"""What must stand beside the figure wherever it is shown."""

_THREE = 3
"""None among many: up to about three are likely (Hanley and Lippman-Hand 1983)."""


@dataclass(frozen=True, slots=True)
class Recapture:
    """What lookers that overlooked different things say of what all of them overlooked.

    Attributes
    ----------
    total
        Things in all, seen by any or by none.
    unseen
        Things that none of them saw. Without a value where no thing was seen by two lookers.
    seen
        Things that at least one of them saw.
    by_looker
        Things that each of the lookers saw.
    shared
        Things that were seen by more than one.
    label
        Must stand beside the figure wherever it is shown: detectors overlook the same things (small, dark, turned
        away), and people too, so that what none of them saw is more than what these formulas make of it.
    """

    total: Estimate
    unseen: Estimate
    seen: int
    by_looker: Mapping[str, int]
    shared: int
    label: str = LABEL

    def figures(self) -> dict[str, Any]:
        """By name, as `Measured.figures` takes them."""
        return {
            "total": self.total,
            "unseen": self.unseen,
            "seen": self.seen,
            "by_looker": dict(self.by_looker),
            "shared": self.shared,
            "label": self.label,
        }


def capture_recapture(seen: Sequence[frozenset[str]], *, lookers: Sequence[str] = (), level: float = 0.95) -> Recapture:
    """Estimate how many things no looker saw, if each looked without the others.

    Two lookers: Chapman's estimate ("Some properties of the hypergeometric distribution with applications to zoological
    sample censuses", 1951) with the variance of Seber (1970). More: Chao's lower bound ("Estimating the population size
    for capture-recapture data with unequal catchability", Biometrics 43, 1987), which lets things differ in how hard
    they are to see. Both with a log-normal interval of what is unseen, so that it never excludes what was seen.

    Parameters
    ----------
    seen
        For each thing that was seen, by whom (names of detectors or people).
    lookers
        Everybody who looked; those named in ``seen`` where it is not given.

    Raises
    ------
    UsageError
        Fewer than two lookers, a thing that nobody saw, or somebody in ``seen`` who is not among ``lookers``.
    """
    need_scipy()
    named = frozenset().union(*seen)
    names = sorted(set(lookers) or named)
    if len(names) < 2:
        raise UsageError(f"lookers: {len(names)}; what nobody saw can be guessed from two or more")
    if not named <= set(names):
        raise UsageError("seen: it names somebody who is not among the lookers")
    if any(not each for each in seen):
        raise UsageError("seen: a thing that nobody saw cannot be in it")
    by = {name: sum(name in each for each in seen) for name in names}
    times = Counter(len(each) for each in seen)
    n, shared = len(seen), len(seen) - times[1]
    if len(names) == 2:
        first, second = (by[name] - shared for name in names)
        missing, variance = _chapman(shared, first, second)
        most = _chapman(shared, first or _THREE, second or _THREE)[0]
        method = f"Chapman; {LABEL}"
    else:
        missing, variance = _chao(n, times[1], times[2], len(names))
        most = _chao(n, times[1] + _THREE, times[2], len(names))[0]
        method = f"Chao's lower bound; {LABEL}"
    if not shared:
        method = f"no thing was seen by two lookers; {LABEL}"
        nothing = Estimate(None, None, None, level, n, "things", method)
        return Recapture(nothing, nothing, n, by, shared)
    low, high = _log_normal(missing, variance, level) if missing > 0 < variance else (missing, most)
    # things are whole: an estimate of 1.3 does not rule out that none is missing where 0.6 is its lower end
    low, high = float(math.floor(low)), float(math.ceil(high))
    return Recapture(
        Estimate(n + missing, n + low, n + high, level, n, "things", method),
        Estimate(missing, low, high, level, n, "things", method),
        n,
        by,
        shared,
    )


def _chapman(both: int, first: int, second: int) -> tuple[float, float]:
    """What is unseen and its variance, from those seen by both, by the first alone and by the second alone."""
    missing = first * second / (both + 1)
    spread = (first + both + 1) * (second + both + 1) * first * second
    return missing, spread / ((both + 1) ** 2 * (both + 2))


def _chao(n: int, once: int, twice: int, lookers: int) -> tuple[float, float]:
    """Bias-corrected, with the variance that Chao gives for it (Chao 1987; Chao and Chiu 2016)."""
    part = (lookers - 1) / lookers
    missing = part * once * (once - 1) / (2 * (twice + 1))
    if twice and once:
        ratio = once / twice
        return missing, twice * (0.5 * part * ratio**2 + part**2 * ratio**3 + 0.25 * part**2 * ratio**4)
    spread = part * once * (once - 1) / 2 + part**2 * once * (2 * once - 1) ** 2 / 4
    return missing, max(0.0, spread - part**2 * once**4 / (4 * (n + missing))) if once else 0.0


def _log_normal(missing: float, variance: float, level: float) -> tuple[float, float]:
    """The ends for what is unseen (Burnham et al. 1987): its logarithm is taken as normal, so none is negative."""
    from scipy.stats import norm

    factor = math.exp(float(norm.ppf((1 + level) / 2)) * math.sqrt(math.log1p(variance / missing**2)))
    return missing / factor, missing * factor
