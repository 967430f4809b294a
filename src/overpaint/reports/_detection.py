"""What `overpaint measure detection` said of how this run looked, from ``public/measures/detection-*.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overpaint.errors import RunError
from overpaint.plan import Plan
from overpaint.reports._words import fixed_word
from overpaint.rundir import Run

__all__ = ["Detection", "RecallGap", "detection_facts"]

_MOST = 1000  # results that are looked through
_LARGEST = 8 << 20
_LONGEST = 64

Three = tuple[float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class RecallGap:
    """The largest difference in recall between two groups of one attribute that a maintainer supplied.

    ``recall`` is (value, low, high); ``compared`` groups of all attributes were compared, and the interval allows for
    it.
    """

    attribute: str
    lowest: str
    highest: str
    compared: int
    recall: Three


@dataclass(frozen=True, slots=True)
class Detection:
    """How well the way of this run found labelled faces, elsewhere or here; figures are (value, low, high).

    ``gap`` is None where recall by group was not measured.
    """

    id: str
    way: str
    threshold: float
    images: int
    boxes: int
    least: float
    long_side: int | None
    recall: Three
    precision: Three
    covered: Three
    gap: RecallGap | None


def detection_facts(run: Run, plan: Plan) -> Detection | None:
    """The result of this run's profile with these very detectors; one with groups first. None where there is none.

    Raises
    ------
    RunError
        A file is damaged.
    """
    if not plan.profile:
        return None
    files = sorted((run.public / "measures").glob("detection-*.json"))[:_MOST]
    found = [facts for path in files if (facts := _read(path, plan)) is not None]
    return max(found, key=lambda one: (one.gap is not None, one.images, one.id), default=None)


def _read(path: Path, plan: Plan) -> Detection | None:
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("too large")
        value = json.loads(path.read_bytes())
        figures, settings = value["figures"], value["settings"]
        called = Path(plan.profile).stem if plan.profile.endswith(".toml") else plan.profile
        way = figures["ways"].get(called)
        if figures["kind"] != "face" or way is None or not _same_detectors(value["inputs"], plan):
            return None
        return Detection(
            id=fixed_word(f"d-{value['id']}")[2:],
            way=called,
            threshold=float(way["threshold"]),
            images=int(figures["images"]),
            boxes=int(figures["boxes"]),
            least=float(settings["least"]),
            long_side=None if settings["long_side"] is None else int(settings["long_side"]),
            recall=_three(way["recall"]),
            precision=_three(way["precision"]),
            covered=_three(way["covered"]),
            gap=_gap(way["gaps"], figures["groups"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} is damaged; run `overpaint measure detection` again to write it anew") from error


def _same_detectors(inputs: Any, plan: Plan) -> bool:
    """Whether those who look for faces in this run are among those that were measured, by their weights too."""
    there = {(str(each["name"]), str(each["sha256"])) for each in inputs}
    ours = {(f"detector {d.name} {d.version}", d.weights) for d in plan.detectors if "face" in d.kinds and d.weights}
    return ours <= there


def _gap(gaps: Any, groups: Any) -> RecallGap | None:
    if isinstance(gaps, str) or not gaps:
        return None
    largest = gaps[0]
    return RecallGap(
        attribute=str(largest["attribute"])[:_LONGEST],
        lowest=str(largest["lowest"])[:_LONGEST],
        highest=str(largest["highest"])[:_LONGEST],
        compared=int(groups["compared"]),
        recall=_three(largest["recall"]),
    )


def _three(told: Mapping[str, Any]) -> Three:
    return _number(told["value"]), _number(told["low"]), _number(told["high"])


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number
