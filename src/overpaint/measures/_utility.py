"""Do models still work? What trained networks say of originals and of painted images, compared.

docs/reference/utility-statistics.md tells every figure, what it covers and what was measured of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from overpaint.errors import UsageError
from overpaint.measures._confusables import swaps
from overpaint.measures._intervals import mean_over_seeds
from overpaint.measures._predictions import Predictions
from overpaint.measures._utility_cells import Cell, Cells, Contrast, cells_of, contrasts_of
from overpaint.measures._utility_classes import Precisions, class_tests, precisions
from overpaint.measures._utility_figures import Crossing, Difference, Level, UtilityFigures
from overpaint.measures._utility_paired import Differences, Paired, paired
from overpaint.measures._utility_power import noise_of, power_of
from overpaint.measures._utility_scores import Scored, scored
from overpaint.measures._utility_share import relation

__all__ = ["compare"]

_WNID = re.compile(r"n\d{8}")


def compare(
    predictions: Sequence[Predictions],
    *,
    shares: Mapping[str, float] | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> UtilityFigures:
    """Compare arms by what their networks say of the same test images.

    Parameters
    ----------
    predictions
        Of one network (architecture): any arms, seeds, and arms of the test. Differences are taken between the same
        seeds; a seed that one of two arms lacks is left out of their difference.
    shares
        By key, the share of each test image's area that the painting covers, 0 to 1.
    seed
        Of the bootstrap behind rank correlations.
    level
        Of the intervals.

    Raises
    ------
    UsageError
        Predictions that cannot be compared, or a share that is none.
    """
    cells = cells_of(predictions)
    wrong = next((share for share in (shares or {}).values() if not 0 <= share <= 1), None)
    if wrong is not None:
        raise UsageError(f"a share of an image's area is {wrong}; it must be 0 to 1")
    scores = {(*cell, s): scored(each) for cell, s, each in cells.every()}
    own = {(arm, s): scores[arm, arm, s] for arm in cells.own for s in cells.held[arm, arm]}
    contrasts = contrasts_of(cells)
    of = precisions(cells, own, contrasts)
    return UtilityFigures(
        images=len(cells.keys),
        classes=len(cells.classes),
        names_are_wnids=all(_WNID.fullmatch(name) for name in cells.classes),
        levels=tuple(_level(cells, scores, of, cell, level=level) for cell in cells.held),
        differences=tuple(
            _difference(cells, own, of, each, shares or {}, seed=seed, level=level) for each in contrasts
        ),
        crossings=tuple(_crossing(cells, scores, cell, level=level) for cell in cells.held if cell[0] != cell[1]),
        noise=noise_of(cells, own, contrasts, level=level),
    )


def _level(
    cells: Cells, scores: Mapping[tuple[str, str, int], Scored], of: Precisions, cell: Cell, *, level: float
) -> Level:
    seeds = sorted(cells.held[cell])
    top1, top5 = ([_mean(getattr(scores[*cell, s], name)) for s in seeds] for name in ("top1", "top5"))
    means = [float(np.nanmean(of.of[cell[0], s])) for s in seeds] if cell[0] == cell[1] else None
    five = [each for each in top5 if each is not None]
    return Level(
        *cell,
        mean_over_seeds([each for each in top1 if each is not None], level=level),
        mean_over_seeds(five, level=level) if five else None,
        mean_over_seeds(means, level=level) if means else None,
        {s: (one or 0.0, other) for s, one, other in zip(seeds, top1, top5, strict=True)},
    )


def _mean(values: Any) -> float | None:
    return None if values is None else float(values.mean())


def _difference(
    cells: Cells,
    own: Mapping[tuple[str, int], Scored],
    of: Precisions,
    contrast: Contrast,
    shares: Mapping[str, float],
    *,
    seed: int,
    level: float,
) -> Difference:
    seeds = cells.paired(contrast.of, contrast.against)
    pairs = [(own[contrast.of[0], s], own[contrast.against[0], s]) for s in seeds]
    differences = Differences.of_mean(np.array([one.top1 - other.top1 for one, other in pairs]))
    five = [one.top5 - other.top5 for one, other in pairs if one.top5 is not None and other.top5 is not None]
    top1 = paired(differences, level=level)
    classes = class_tests(cells, own, of, contrast, level=level)
    return Difference(
        contrast,
        seeds,
        top1,
        paired(Differences.of_mean(np.array(five)), level=level) if five else None,
        power_of(differences, top1, level=level),
        classes,
        swaps(cells, own, contrast, classes, level=level),
        relation(cells, own, of, contrast, shares, seed=seed, level=level) if shares else None,
    )


def _crossing(cells: Cells, scores: Mapping[tuple[str, str, int], Scored], cell: Cell, *, level: float) -> Crossing:
    trained, tested = cell

    def minus(other: Cell) -> Paired | None:
        if other not in cells.held or not cells.paired(cell, other):
            return None
        rows = [scores[*cell, s].top1 - scores[*other, s].top1 for s in cells.paired(cell, other)]
        return paired(Differences.of_mean(np.array(rows)), level=level)

    levels = mean_over_seeds([float(scores[*cell, s].top1.mean()) for s in sorted(cells.held[cell])], level=level)
    return Crossing(trained, tested, levels, minus((trained, trained)), minus((tested, tested)))
