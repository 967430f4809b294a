"""The parts of a policy as facts: rules, allow-list entries, consents and removals."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from overpaint.records import Box, Treatment

__all__ = ["Allow", "Consent", "ConsentState", "Removal", "Rule"]


class ConsentState(enum.StrEnum):
    """Whether a recorded consent counts, and if not, why not (the first of these that holds)."""

    COUNTS = "counts"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OTHER_PURPOSE = "other-purpose"
    NO_EVIDENCE = "no-evidence"


@dataclass(frozen=True, slots=True)
class Rule:
    """What to do with findings of a kind. Conditions that are None or empty always hold; all have to hold.

    Lists and ``kind`` are globs (``*``, ``?``, ``[ab]``), case-sensitive. Bounds are inclusive. Sizes are in pixels
    of the box's shorter side; ``min_share`` is that side over the image's shorter side. Confidence is what all
    detectors say together of the subject; ``min_score`` is asked of one detector's own score. ``part`` says how much
    of a person is painted. ``review``: people shall look at what matches, whatever the treatment.
    """

    name: str
    kind: str
    treatment: Treatment
    reason: str
    detectors: tuple[str, ...] | None = None
    min_confidence: float | None = None
    max_confidence: float | None = None
    min_size: float | None = None
    max_size: float | None = None
    min_share: float | None = None
    classes: tuple[str, ...] | None = None
    not_classes: tuple[str, ...] | None = None
    splits: tuple[str, ...] | None = None
    min_score: float | None = None
    part: str | None = None
    review: bool = False

    @property
    def needs_box(self) -> bool:
        """Whether a finding without a box can never match."""
        return any(bound is not None for bound in (self.min_size, self.max_size, self.min_share))


@dataclass(frozen=True, slots=True)
class Allow:
    """Findings that stay: of one box of a sample, or of whole samples (``samples`` are keys, ``glob`` a pattern)."""

    reason: str
    kind: str = "face"
    sample: str | None = None
    box: Box | None = None
    samples: tuple[str, ...] | None = None
    glob: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to, as recorded elsewhere; ``evidence`` refers to that record."""

    person: str
    sample: str
    purpose: str
    evidence: str
    box: Box | None = None
    kind: str = "face"
    until: dt.date | None = None
    withdrawn: dt.date | None = None

    def state(self, purpose: str, today: dt.date) -> ConsentState:
        """Whether it counts for that purpose on that day. ``until`` is the last day on which it does.

        A consent with a date of withdrawal is withdrawn, whatever the date: that the person took it back is known.
        """
        if self.withdrawn is not None:
            return ConsentState.WITHDRAWN
        if self.until is not None and self.until < today:
            return ConsentState.EXPIRED
        if self.purpose != purpose or not purpose:
            return ConsentState.OTHER_PURPOSE
        return ConsentState.COUNTS if self.evidence else ConsentState.NO_EVIDENCE


@dataclass(frozen=True, slots=True)
class Removal:
    """Samples that leave the dataset: their keys as the tables hold them, and why."""

    keys: tuple[str, ...]
    reason: str
