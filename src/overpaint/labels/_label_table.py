"""A label plan over many rows at once: what `LabelPlan.fate` says of one row, in arithmetic on arrays of numbers.

Labels are given by their place in ``plan.before``, new ones by their place in ``plan.classes``; -1 is no label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from overpaint.labels._plan_model import LabelPlan
from overpaint.labels._policy_model import ImageRule

__all__ = ["PlanCodes", "RowFates", "rows_bearing"]

KEEP, REMOVE, QUARANTINE = 0, 1, 2
NEAR = 8
"""Up to so many labels a row, comparing is faster than hashing."""
_TREATED = {"keep": KEEP, "remove": REMOVE, "quarantine": QUARANTINE}

Codes = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RowFates:
    """What becomes of rows.

    Attributes
    ----------
    treatment
        0 (keep), 1 (remove) or 2 (quarantine) for each of n rows.
    codes
        New labels; one a row, or, with ``offsets``, those of row i from ``offsets[i]`` to ``offsets[i + 1]``.
    changed
        Whether a row bears other labels than before.
    """

    treatment: Bytes
    codes: Codes
    changed: Flags
    offsets: Offsets | None = None

    @property
    def kept(self) -> Flags:
        """Which rows stay."""
        return np.asarray(self.treatment == KEEP)

    @property
    def quarantined(self) -> Flags:
        """Which rows wait for people."""
        return np.asarray(self.treatment == QUARANTINE)


@dataclass(frozen=True)
class PlanCodes:
    """A plan as arrays.

    Attributes
    ----------
    new
        For each label the place of its new one, -1 where it goes.
    apart
        Whether it is quarantined or held.
    same
        Whether it keeps its very name.
    images
        What becomes of images that lose labels.
    """

    new: Codes
    apart: Flags
    same: Flags
    images: ImageRule

    @staticmethod
    def of(plan: LabelPlan) -> PlanCodes:
        """The arrays of a plan."""
        place = {one.label: at for at, one in enumerate(plan.classes)}
        return PlanCodes(
            new=np.array([-1 if d.to is None else place[d.to] for d in plan.decisions], np.int32),
            apart=np.array([d.action in ("quarantine", "hold") for d in plan.decisions], np.bool_),
            same=np.array([d.to == d.label for d in plan.decisions], np.bool_),
            images=plan.images,
        )

    def one(self, codes: Codes) -> RowFates:
        """Rows with one label each, or none (-1)."""
        single = np.where(self.new >= 0, KEEP, _TREATED[self.images.without_labels]).astype(np.uint8)
        single[self.apart] = QUARANTINE
        # -1 takes the last entry of each: that of no label.
        return RowFates(
            treatment=np.append(single, np.uint8(KEEP))[codes],
            codes=np.append(self.new, np.int32(-1))[codes],
            changed=~np.append(self.same, True)[codes],
        )

    def several(self, codes: Codes, offsets: Offsets) -> RowFates:
        """Rows with any number of labels: those of row i from ``offsets[i]`` to ``offsets[i + 1]``; none is skipped."""
        new = np.append(self.new, np.int32(-1))[codes]
        labelled = codes >= 0
        apart = np.append(self.apart, False)[codes] & labelled
        removed = labelled & (new < 0) & ~apart
        kept = new >= 0
        treatment = self._treated(_any(kept, offsets), _any(removed, offsets), _any(apart, offsets))
        lengths = np.diff(offsets)
        rows = np.repeat(np.arange(len(lengths)), lengths)[kept]
        first = _first(rows, new[kept], len(self.new) + 1)
        counts = np.bincount(rows[first], minlength=len(lengths))
        changed = (counts != lengths) | _any(~np.append(self.same, False)[codes], offsets)
        return RowFates(treatment, new[kept][first], changed, _offsets(counts))

    def _treated(self, kept: Flags, removed: Flags, apart: Flags) -> Bytes:
        with_others, without = _TREATED[self.images.with_other_labels], _TREATED[self.images.without_labels]
        treatment = np.where(removed, np.where(kept, with_others, without), KEEP)
        treatment[apart] = QUARANTINE
        if with_others == REMOVE:
            treatment[removed & (kept | apart)] = REMOVE
        return treatment.astype(np.uint8)


def rows_bearing(codes: Codes, offsets: Offsets | None, labels: int) -> npt.NDArray[np.int64]:
    """How many rows bear each of so many labels; a label that a row bears twice counts once."""
    if offsets is not None:
        rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        codes = codes[_first(rows, codes, labels + 1)]
    return np.bincount(codes[codes >= 0], minlength=labels)


def _any(flags: Flags, offsets: Offsets) -> Flags:
    """Whether any flag of each row is set."""
    total = np.concatenate([[0], np.cumsum(flags)])
    return np.asarray(total[offsets[1:]] > total[offsets[:-1]])


def _first(rows: npt.NDArray[np.int64], codes: Codes, labels: int, *, near: int = NEAR) -> Flags:
    """Which entries are the first of their row with their code; rows ascend.

    With few labels a row, each entry is compared with those before it; with many, pairs of row and code are hashed.
    """
    first = np.ones(len(rows), np.bool_)
    for back in range(1, near + 1):
        same_row = rows[back:] == rows[:-back]
        if not same_row.any():
            return first
        first[back:] &= ~(same_row & (codes[back:] == codes[:-back]))
    pairs = pa.array(rows * labels + codes).dictionary_encode().indices.to_numpy()
    before = np.maximum.accumulate(pairs)
    return np.asarray(pairs > np.concatenate([[-1], before[:-1]]))


def _offsets(counts: npt.NDArray[np.int64]) -> Offsets:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
