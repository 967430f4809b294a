"""What painting did to labelled objects, from ``private/objects.json``: aggregates, small classes summed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from overpaint.errors import RunError
from overpaint.reports._facts import Rate
from overpaint.reports._words import FEWEST, fixed_word, folder_name
from overpaint.rundir import Run

__all__ = ["ObjectClass", "Objects", "objects_facts"]


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """One class of objects. Shares are of the objects that were painted at all; None where there are none, or where
    small classes were summed (``summed`` above 1). Scores are means over ``scored`` images.
    """

    name: str
    images: int
    objects: int
    touched: int
    share_median: float | None
    share_p90: float | None
    scored: int
    before: float | None
    after: float | None
    right_before: int
    right_after: int
    changed: int
    flagged: int
    summed: int = 1


@dataclass(frozen=True, slots=True)
class Objects:
    """What `overpaint objects` measured; ``earlier`` if the decisions have changed since."""

    painted: int
    cover: float
    drop: float
    every: ObjectClass
    changed: Rate
    flagged_images: int
    by_reason: dict[str, int]
    unusable: dict[str, int]
    classes: tuple[ObjectClass, ...]
    earlier: bool


def objects_facts(run: Run) -> Objects | None:
    """Read what `overpaint objects` wrote down; None where it never ran.

    Raises
    ------
    RunError
        The file is damaged.
    """
    path = run.private / "objects.json"
    try:
        value = json.loads(path.read_bytes())
        every = _class(value | {"label": "", "flagged": value["flagged"]["rows"], "images": 0})
        return Objects(
            painted=int(value["painted"]),
            cover=float(value["cover"]),
            drop=float(value["drop"]),
            every=every,
            changed=Rate.make(every.changed, every.scored),
            flagged_images=int(value["flagged"]["images"]),
            by_reason={fixed_word(name): int(n) for name, n in value["flagged"]["by_reason"].items()},
            unusable={fixed_word(name): int(n) for name, n in value["unusable"].items()},
            classes=_classes(value["classes"]),
            earlier=str(value["generation"]) != run.generation(),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} is damaged; run `overpaint objects` again to write it anew") from error


def _class(value: Mapping[str, Any]) -> ObjectClass:
    shares, counts = value["shares"] or {}, ("objects", "touched", "scored", "right_before", "right_after", "changed")
    return ObjectClass(
        name=folder_name(str(value["label"])),
        images=int(value["images"]),
        flagged=int(value["flagged"]),
        share_median=shares.get("median"),
        share_p90=shares.get("p90"),
        before=value["before"],
        after=value["after"],
        **{name: int(value[name]) for name in counts},
    )


def _classes(values: Sequence[Mapping[str, Any]]) -> tuple[ObjectClass, ...]:
    every = [_class(value) for value in values]
    shown = sorted((c for c in every if c.images >= FEWEST), key=lambda c: (-c.flagged, c.name))
    small = [c for c in every if c.images < FEWEST]
    return (*shown, _summed(small)) if small else tuple(shown)


def _summed(small: Sequence[ObjectClass]) -> ObjectClass:
    """Those that may be named after people, as one: counts, and means over their images."""
    names = ("images", "objects", "touched", "scored", "right_before", "right_after", "changed", "flagged")
    sums: dict[str, int] = {name: sum(getattr(c, name) for c in small) for name in names}

    def mean(name: str) -> float | None:
        total = sum((getattr(c, name) or 0.0) * c.scored for c in small)
        return round(total / sums["scored"], 6) if sums["scored"] else None

    return ObjectClass(
        name=f"classes with fewer than {FEWEST} images",
        share_median=None,
        share_p90=None,
        before=mean("before"),
        after=mean("after"),
        summed=len(small),
        **sums,
    )
