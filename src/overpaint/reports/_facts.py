"""What a report says, as frozen dataclasses of plain values: aggregates only, nothing that names a sample."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from overpaint.reports._detection import Detection
    from overpaint.reports._kinds import Things
    from overpaint.reports._labels_of_run import LabelFacts
    from overpaint.reports._objects import Objects
    from overpaint.reports._residual import Residual
    from overpaint.reports._travel import FieldCount, SideFiles

__all__ = [
    "Bucket",
    "Conservation",
    "Count",
    "Decided",
    "DetectorFacts",
    "Faces",
    "Failure",
    "Part",
    "PolicyFacts",
    "Rate",
    "RuleFacts",
    "Summary",
    "Verification",
    "wilson",
]

_Z = 1.959963984540054  # the normal quantile of a two-sided 95 % interval


def wilson(count: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion (E. B. Wilson, JASA 22, 1927); (0, 1) where nothing was counted."""
    if of <= 0:
        return 0.0, 1.0
    share, square = count / of, _Z * _Z
    centre = (share + square / (2 * of)) / (1 + square / of)
    half = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    # At the ends the formula gives 0 or 1 exactly; floating point does not.
    return (0.0 if count <= 0 else max(0.0, centre - half)), (1.0 if count >= of else min(1.0, centre + half))


@dataclass(frozen=True, slots=True)
class Rate:
    """``count`` of ``of``, with its share (None where ``of`` is 0) and Wilson's 95 % interval."""

    count: int
    of: int
    share: float | None
    low: float
    high: float

    @classmethod
    def make(cls, count: int, of: int) -> Rate:
        """The rate with its interval, rounded to six places so that files compare well."""
        low, high = wilson(count, of)
        return cls(count, of, round(count / of, 6) if of else None, round(low, 6), round(high, 6))


@dataclass(frozen=True, slots=True)
class Count:
    """How many images, or files, under a name; ``images`` of codecs that failed are counted in ``failed``."""

    name: str
    images: int
    bytes: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Conservation:
    """Every listed image is in exactly one place: an outcome, waiting for one, or not reached.

    ``outcomes`` holds all seven. ``reconciles`` says that they, ``waiting`` and ``not_reached`` sum to ``listed`` and
    that no shard is ``unbalanced``: each holds exactly the keys that were listed in it, each with one outcome once the
    shard was acted on. ``earlier`` shards carry outcomes of decisions that are no longer in force.
    """

    listed: int
    listed_bytes: int
    outcomes: dict[str, int]
    waiting: int
    not_reached: int
    unknown: int
    shards: int
    scanned: int
    acted: int
    earlier: int
    unbalanced: int
    reconciles: bool

    @property
    def complete(self) -> bool:
        """Whether every shard was acted on under the decisions in force."""
        return self.listed > 0 and self.acted == self.shards and self.earlier == 0


@dataclass(frozen=True, slots=True)
class DetectorFacts:
    """One detector of the plan with what it found; ``faces_alone`` no other detector found."""

    name: str
    version: str
    weights: str
    licence: str
    trained_on: str
    findings: int
    findings_above: int
    faces_alone: int


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """One rule of the policy, in the maintainer's words, with the conditions as a sentence."""

    name: str
    kind: str
    treatment: str
    conditions: str
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """The policy without a sample's or a person's name. ``threshold`` is None where no rule acts on faces."""

    generation: str | None
    title: str
    purpose: str
    look: str
    cells: int
    metadata: str
    threshold: float | None
    thresholds: tuple[float, ...]
    rules: tuple[RuleFacts, ...]
    allows: int
    consents: dict[str, int]
    keys_to_remove: int


@dataclass(frozen=True, slots=True)
class Faces:
    """Faces as subjects: what several detectors say of the same place of an image is one."""

    found: int
    above: int
    below: int
    without_box: int
    painted: int
    painted_images: int
    lowest_confidence: float | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Faces with ``low <= value < high``; an open end is None."""

    low: float | None
    high: float | None
    faces: int
    above: int


@dataclass(frozen=True, slots=True)
class Part:
    """A class or a split. ``classes`` is above 1 where small ones were summed."""

    name: str
    listed: int
    looked_at: int
    with_faces: Rate
    faces: int
    faces_above: int
    faces_painted: int
    painted: int
    removed: int
    quarantined: int
    failed: int
    summed: int = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """Images that failed for one reason at one stage."""

    stage: str
    reason: str
    images: int
    remedy: str


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions on one basis: a rule's name, the allow-list, consents, lists of removals."""

    basis: str
    treatment: str
    kind: str
    decisions: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What `overpaint verify` measured on the outputs; ``earlier`` if the decisions have changed since.

    ``faces`` is how many painted boxes were measured; ``absent`` images had no output to check.
    """

    passed: Rate
    failed: int
    faces: int
    absent: int
    by_reason: dict[str, int]
    mode: str
    detector: str | None
    earlier: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything a report says. ``rates`` are named counts with their intervals; ``kinds`` what was looked for."""

    overpaint: str
    day: str
    layout: str
    profile: str
    boxes_sha256: str
    limits: dict[str, int]
    conservation: Conservation
    kinds: tuple[str, ...]
    detectors: tuple[DetectorFacts, ...]
    elsewhere: int
    policy: PolicyFacts
    faces: Faces
    rates: dict[str, Rate]
    looked_at: int
    without_given_boxes: int
    sizes: tuple[Bucket, ...]
    shares: tuple[Bucket, ...]
    confidences: tuple[Bucket, ...]
    classes: tuple[Part, ...]
    splits: tuple[Part, ...]
    metadata: tuple[Count, ...]
    codecs: tuple[Count, ...]
    others: tuple[Count, ...]
    failures: tuple[Failure, ...]
    decisions: tuple[Decided, ...]
    verification: Verification | None
    things: Things
    objects: Objects | None = None
    residual: Residual | None = None
    detection: Detection | None = None
    labels: LabelFacts | None = None
    container: str = "folder"
    output: str | None = None
    overlay: bool = False
    fields: tuple[FieldCount, ...] = ()
    side_files: tuple[SideFiles, ...] = ()
    format: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self)
