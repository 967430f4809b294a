"""What was found beside faces, what it cost to look, who waits for people: aggregates only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from overpaint.plan import Plan
from overpaint.reports._database import Database
from overpaint.reports._facts import Rate
from overpaint.reports._words import FEWEST, fixed_word, folder_name
from overpaint.rundir import Run

__all__ = ["Cost", "FlaggedClass", "Group", "Kind", "Lane", "People", "Things", "things"]

_MOST_GROUPS = 10


@dataclass(frozen=True, slots=True)
class Kind:
    """What was found of one kind: subjects, the images they are in, and what is to be done with them.

    ``treatments`` counts subjects by treatment; empty until something was decided. ``review`` of them go to people.
    """

    name: str
    subjects: int
    images: int
    treatments: dict[str, int]
    review: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What one detector cost: how many pictures it was asked about, and milliseconds of wall time.

    ``ms_per_image`` is spread over all images that were looked at: it says what leaving the detector out would save.
    """

    detector: str
    pictures: int
    ms_per_picture: float
    ms_per_image: float


@dataclass(frozen=True, slots=True)
class People:
    """People in images with an output; ``visible`` ones are not painted over as a whole, whatever of their faces.

    ``without_face``: no face that is painted was found in the person's box.
    """

    found: int
    images: int
    visible: int
    visible_images: int
    without_face: int


@dataclass(frozen=True, slots=True)
class Group:
    """Equal texts of one kind, such as one web site: how many different ones, and the images of the most frequent."""

    kind: str
    groups: int
    largest: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FlaggedClass:
    """A class with images that a classifier takes for nudity; ``mean_score`` is over images with a finding."""

    name: str
    flagged: Rate
    mean_score: float


@dataclass(frozen=True, slots=True)
class Lane:
    """How many images are in the no-view lane, by reason code."""

    images: int
    by_reason: dict[str, int]


@dataclass(frozen=True, slots=True)
class Things:
    """Everything that a report says of kinds; ``searches`` is what was looked for, in the plan's words."""

    searches: tuple[str, ...]
    kinds: tuple[Kind, ...]
    costs: tuple[Cost, ...]
    review_images: int
    people: People | None
    groups: tuple[Group, ...]
    flagged_classes: tuple[FlaggedClass, ...]
    lane: Lane


def things(run: Run, plan: Plan, db: Database, *, looked_at: int) -> Things:
    """Count what a run found, kind by kind."""
    lane = {fixed_word(row["reason"]): row["images"] for row in db.rows("lane")}
    return Things(
        # of a described model the file's name only: the directory may name somebody
        searches=tuple(PurePath(name).name for name in plan.looks_for.split(",") if name),
        kinds=_kinds(db),
        costs=_costs(run, db.shards, looked_at),
        review_images=db.row("review_images")["images"],
        people=_people(db) if "person" in plan.kinds else None,
        groups=_groups(db.rows("groups")),
        flagged_classes=_flagged(db.rows("flagged_classes")),
        lane=Lane(sum(lane.values()), lane),
    )


def _kinds(db: Database) -> tuple[Kind, ...]:
    treatments: dict[str, dict[str, int]] = {}
    review: dict[str, int] = {}
    for row in db.rows("decided_kinds"):
        kind = fixed_word(row["kind"])
        own = treatments.setdefault(kind, {})
        treatment = fixed_word(row["treatment"])
        own[treatment] = own.get(treatment, 0) + row["subjects"]
        review[kind] = review.get(kind, 0) + row["review"]
    found: dict[str, tuple[int, int]] = {}
    for row in db.rows("kinds"):
        kind = fixed_word(row["kind"])
        subjects, images = found.get(kind, (0, 0))
        found[kind] = subjects + row["subjects"], images + row["images"]
    return tuple(
        Kind(kind, subjects, images, treatments.get(kind, {}), review.get(kind, 0))
        for kind, (subjects, images) in sorted(found.items())
    )


def _costs(run: Run, shards: Iterable[str], looked_at: int) -> tuple[Cost, ...]:
    sums: dict[str, tuple[float, int]] = {}
    for shard in shards:
        costs: Mapping[str, Any] = run.marker(shard).get("costs") or {}
        for name, (seconds, pictures) in costs.items():
            before, count = sums.get(name, (0.0, 0))
            sums[name] = before + float(seconds), count + int(pictures)
    ordered = sorted(sums.items(), key=lambda item: (-item[1][0], item[0]))
    return tuple(
        Cost(name, pictures, round(1000 * seconds / max(1, pictures), 3), round(1000 * seconds / max(1, looked_at), 3))
        for name, (seconds, pictures) in ordered
    )


def _people(db: Database) -> People:
    row = db.row("people")
    return People(row["people"], row["images"], row["visible"], row["visible_images"], row["without_face"])


def _groups(rows: Iterable[Mapping[str, Any]]) -> tuple[Group, ...]:
    sizes: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        sizes.setdefault(fixed_word(row["kind"]), []).append((row["images"], row["groups"]))
    result = []
    for kind, own in sorted(sizes.items()):
        largest = [images for images, groups in sorted(own, reverse=True) for _ in range(min(groups, _MOST_GROUPS))]
        result.append(Group(kind, sum(groups for _, groups in own), tuple(largest[:_MOST_GROUPS])))
    return tuple(result)


def _flagged(rows: Iterable[Mapping[str, Any]]) -> tuple[FlaggedClass, ...]:
    """Small classes are left out: a folder may be named after a person."""
    return tuple(
        FlaggedClass(folder_name(row["name"]), Rate.make(row["flagged"], row["images"]), round(row["mean_score"], 4))
        for row in rows
        if row["images"] >= FEWEST
    )
