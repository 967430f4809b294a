"""What each class lost, by average precision, with the share of false discoveries held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.measures._discoveries import benjamini_hochberg, moderated
from overpaint.measures._utility_cells import Cells, Contrast
from overpaint.measures._utility_paired import Differences, Paired, paired
from overpaint.measures._utility_scores import Precision, Scored, average_precision

__all__ = ["RATE", "ClassChange", "ClassTests", "Precisions", "class_tests", "precisions", "tested"]

Floats = npt.NDArray[np.float64]
Key = tuple[str, int]

RATE = 0.05
"""The share of false ones among the classes that are named, which is held."""


@dataclass(frozen=True, slots=True)
class ClassChange:
    """One class: average precision and recall in both arms (means over seeds), their paired changes and tests.

    `q` and `recall_q` are p-values adjusted for all classes; None with one seed, which cannot tell an effect from a
    seed's noise.
    """

    name: str
    images: int
    before: float
    after: float
    change: Paired
    q: float | None
    recall_before: float
    recall_after: float
    recall_change: Paired
    recall_q: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates."""
        return {
            "class": self.name,
            "images": self.images,
            "average_precision": {"before": self.before, "after": self.after} | self.change.to_dict() | {"q": self.q},
            "recall": {"before": self.recall_before, "after": self.recall_after}
            | self.recall_change.to_dict()
            | {"q": self.recall_q},
        }


@dataclass(frozen=True, slots=True)
class ClassTests:
    """All classes of one contrast.

    Attributes
    ----------
    rows
        In the order of the classes; those without test images are left out.
    mean
        The mean average precision's change.
    freedom
        The degrees of freedom of a class's variance between seeds: those of its own seeds, and what all classes lend.
    """

    rows: tuple[ClassChange, ...]
    mean: Paired
    freedom: float

    def named(self, sign: int) -> tuple[ClassChange, ...]:
        """Classes that lost (-1) or gained (1) average precision, at the rate of false ones that is held."""
        return tuple(r for r in self.rows if _found(r.q, r.change, sign))

    def by_recall(self, sign: int) -> tuple[ClassChange, ...]:
        """Classes whose recall (top-1 by class) fell (-1) or rose (1): misleading where two classes swap."""
        return tuple(r for r in self.rows if _found(r.recall_q, r.recall_change, sign))

    def to_dict(self) -> dict[str, Any]:
        """The aggregates: no class is named."""
        return {
            "mean_average_precision": self.mean.to_dict(),
            "classes_tested": len(self.rows),
            "false_discovery_rate": RATE,
            "lost": len(self.named(-1)),
            "gained": len(self.named(1)),
            "recall_fell": len(self.by_recall(-1)),
            "recall_rose": len(self.by_recall(1)),
            "freedom": self.freedom,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Precisions:
    """Average precision of every class in every arm tested on itself.

    Attributes
    ----------
    of
        By arm and seed: float64 [classes], NaN for a class without test images.
    by_class, mean
        By contrast: the paired differences of each class (None without images), and of the mean over classes.
    """

    of: Mapping[Key, Floats]
    by_class: Mapping[str, tuple[Differences | None, ...]]
    mean: Mapping[str, Differences]


def precisions(cells: Cells, score: Mapping[Key, Scored], contrasts: Sequence[Contrast]) -> Precisions:
    """Go through the classes once; of each image's influence on each class only sums are kept."""
    arms = cells.own
    keys = [(arm, seed) for arm in arms for seed in sorted(cells.held[arm, arm])]
    counts = np.bincount(cells.labels, minlength=len(cells.classes))
    of = {key: np.full(len(counts), np.nan) for key in keys}
    seeds = {each.name: cells.paired(each.of, each.against) for each in contrasts}
    totals = {name: np.zeros((len(own), len(cells.keys))) for name, own in seeds.items()}
    by_class: dict[str, list[Differences | None]] = {name: [] for name in seeds}
    present = int((counts > 0).sum())
    for index, images in enumerate(counts):
        found = {key: _precision(cells, score, key, index) for key in keys} if images else {}
        for key, each in found.items():
            of[key][index] = each.value
        for contrast in contrasts:
            if not images:
                by_class[contrast.name].append(None)
                continue
            pairs = [(found[contrast.of[0], s], found[contrast.against[0], s]) for s in seeds[contrast.name]]
            influence = np.array([one.influence - other.influence for one, other in pairs])
            values = np.array([one.value - other.value for one, other in pairs])
            by_class[contrast.name].append(Differences.of(values, influence, units=int(images)))
            totals[contrast.name] += influence / present
    mean = {
        each.name: Differences.of(
            np.array([np.nanmean(of[each.of[0], s]) - np.nanmean(of[each.against[0], s]) for s in seeds[each.name]]),
            totals[each.name],
        )
        for each in contrasts
    }
    return Precisions(of, {name: tuple(rows) for name, rows in by_class.items()}, mean)


def _precision(cells: Cells, score: Mapping[Key, Scored], key: Key, index: int) -> Precision:
    arm, seed = key
    log_probability = cells.held[arm, arm][seed].logits[:, index] - score[key].normal
    found = average_precision(log_probability, cells.labels == index)
    assert found is not None  # the class has images
    return found


def class_tests(
    cells: Cells, score: Mapping[Key, Scored], of: Precisions, contrast: Contrast, *, level: float = 0.95
) -> ClassTests:
    """Test each class's change over seeds and images of the kind, with variances drawn together and q-values.

    Classes are those that were tested; with one seed nothing is tested, for it cannot tell an effect from its noise.
    """
    seeds = cells.paired(contrast.of, contrast.against)
    told = [(index, each) for index, each in enumerate(of.by_class[contrast.name]) if each is not None]
    right = np.array([score[contrast.of[0], s].top1 - score[contrast.against[0], s].top1 for s in seeds])
    recalls = [Differences.of_mean(right[:, cells.labels == index]) for index, _ in told]
    by_precision, freedom = tested([each for _, each in told], level=level)
    by_recall, _ = tested(recalls, level=level)
    before, after = (
        (_mean([of.of[cell[0], s] for s in seeds]), _mean([_recalls(cells, score[cell[0], s]) for s in seeds]))
        for cell in (contrast.against, contrast.of)
    )
    rows = tuple(
        ClassChange(
            name=cells.classes[index],
            images=each.units,
            before=float(before[0][index]),
            after=float(after[0][index]),
            change=change,
            q=q,
            recall_before=float(before[1][index]),
            recall_after=float(after[1][index]),
            recall_change=recall_change,
            recall_q=recall_q,
        )
        for (index, each), (change, q), (recall_change, recall_q) in zip(told, by_precision, by_recall, strict=True)
    )
    return ClassTests(rows, paired(of.mean[contrast.name], level=level), freedom)


def tested(all_of_them: Sequence[Differences], *, level: float) -> tuple[list[tuple[Paired, float | None]], float]:
    """Each with its adjusted p-value, and the degrees of freedom of their variances, which are drawn together."""
    if not all_of_them or len(all_of_them[0].values) < 2:
        return [(paired(each, level=level), None) for each in all_of_them], 0.0
    own = np.array([each.between_seeds for each in all_of_them])
    variances, freedom = moderated(own, len(all_of_them[0].values) - 1)
    found = [
        paired(each, level=level, shared=(float(variance), freedom))
        for each, variance in zip(all_of_them, variances, strict=True)
    ]
    q = benjamini_hochberg([each.p for each in found])
    return [(each, float(adjusted)) for each, adjusted in zip(found, q, strict=True)], freedom


def _found(q: float | None, change: Paired, sign: int) -> bool:
    return q is not None and q <= RATE and sign * change.value > 0


def _mean(rows: Sequence[Floats]) -> Floats:
    mean: Floats = np.array(rows).mean(axis=0)
    return mean


def _recalls(cells: Cells, score: Scored) -> Floats:
    """The share of each class's images that are answered right; NaN without images."""
    counts = np.bincount(cells.labels, minlength=len(cells.classes)).astype(np.float64)
    right = np.bincount(cells.labels, weights=score.top1, minlength=len(cells.classes))
    shares: Floats = np.divide(right, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return shares
