"""What `compare` found: levels, differences, cross tests and noise, with class names kept apart from aggregates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from overpaint.measures._confusables import Swap
from overpaint.measures._result import Estimate
from overpaint.measures._utility_cells import Contrast
from overpaint.measures._utility_classes import ClassTests
from overpaint.measures._utility_lines import told
from overpaint.measures._utility_paired import Paired
from overpaint.measures._utility_power import Noise, Power
from overpaint.measures._utility_scores import TOP
from overpaint.measures._utility_share import Relation

__all__ = ["Crossing", "Difference", "Level", "UtilityFigures"]


@dataclass(frozen=True, slots=True)
class Level:
    """How well an arm's networks do on an arm's images: means over seeds, with Student's intervals.

    `top5` is None with five classes or fewer, `precision` (mean average precision) except where an arm is tested on
    itself. `each` holds every seed's top-1 and top-5, for tables.
    """

    trained: str
    tested: str
    top1: Estimate
    top5: Estimate | None
    precision: Estimate | None
    each: Mapping[int, tuple[float, float | None]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates."""
        return {
            "trained": self.trained,
            "tested": self.tested,
            "top1": self.top1,
            "top5": self.top5,
            "mean_average_precision": self.precision,
            "seeds": {str(seed): list(values) for seed, values in self.each.items()},
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """One arm minus another, each tested on itself, by the same seeds."""

    contrast: Contrast
    seeds: tuple[int, ...]
    top1: Paired
    top5: Paired | None
    power: Power
    classes: ClassTests
    swaps: tuple[Swap, ...]
    relation: Relation | None

    def to_dict(self) -> dict[str, Any]:
        """The aggregates: no class is named."""
        return {
            "means": self.contrast.means,
            "seeds": list(self.seeds),
            "top1": self.top1.to_dict(),
            "top5": None if self.top5 is None else self.top5.to_dict(),
            "smallest_top1_difference_seen": self.power.to_dict(),
            "classes": self.classes.to_dict(),
            "swapped_pairs": len(self.swaps),
            "classes_whose_recall_fell_in_a_swap": len(self.excused()),
            "share_of_area": None if self.relation is None else self.relation.to_dict(),
        }

    def excused(self) -> tuple[str, ...]:
        """Classes whose top-1 fell because another is answered more often, while both are told apart as before."""
        losers = {each.loses for each in self.swaps}
        return tuple(row.name for row in self.classes.by_recall(-1) if row.name in losers)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Networks of one arm on another arm's images, in top-1.

    Attributes
    ----------
    shift
        Minus the same networks on the images that they were trained for: what they lose where they are put to use.
    instead
        Minus networks that were trained for these images: what retraining would bring back, with its sign turned.
    """

    trained: str
    tested: str
    level: Estimate
    shift: Paired | None
    instead: Paired | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates."""
        return {
            "trained": self.trained,
            "tested": self.tested,
            "top1": self.level,
            "minus_same_networks_at_home": None if self.shift is None else self.shift.to_dict(),
            "minus_networks_trained_for_it": None if self.instead is None else self.instead.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class UtilityFigures:
    """All that `compare` found. `to_dict` names no class and no image; `classes_to_dict` names classes."""

    images: int
    classes: int
    names_are_wnids: bool
    levels: tuple[Level, ...]
    differences: tuple[Difference, ...]
    crossings: tuple[Crossing, ...]
    noise: Noise

    def to_dict(self) -> dict[str, Any]:
        """The aggregates, as `Measured.figures` takes them: estimates, numbers and mappings."""
        return {
            "images": self.images,
            "classes": self.classes,
            "top5": f"more than {TOP} classes" if self.classes > TOP else f"not given with {TOP} classes or fewer",
            "levels": [each.to_dict() for each in self.levels],
            "differences": {each.contrast.name: each.to_dict() for each in self.differences},
            "cross_tests": [each.to_dict() for each in self.crossings],
            "noise": self.noise.to_dict(),
        }

    def classes_to_dict(self) -> dict[str, Any]:
        """By contrast: every class, and the pairs that swapped, by name. Public only where `names_are_wnids`."""
        return {
            each.contrast.name: {
                "classes": [row.to_dict() for row in each.classes.rows],
                "swaps": [swap.to_dict() for swap in each.swaps],
                "recall_fell_in_a_swap": list(each.excused()),
            }
            for each in self.differences
        }

    def lines(self) -> list[str]:
        """For a terminal; classes are named where their names are WordNet ids, else only counted."""
        return told(self)
