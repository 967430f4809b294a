"""What a label policy makes of a dataset's labels: a decision for each, and so for each set of labels."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from overpaint.errors import LabelsError
from overpaint.labels._plan_facts import Class, Fate, IndexRow, LabelDecision, Origin
from overpaint.labels._policy_model import ImageRule

if TYPE_CHECKING:
    from overpaint.labels._tombstones import Tombstones

__all__ = ["LabelPlan"]

_CODE = re.compile(r"[A-Za-z]{0,4}[:_-]?[0-9]{1,20}")
"""An identifier that says nothing to who reads it: ``n01440764``, ``Q42``, ``1203``."""


@dataclass(frozen=True)
class LabelPlan:
    """A policy applied to a catalogue of labels; pure, and the same whatever the order of the catalogue.

    Attributes
    ----------
    origin
        Which policy, of whom and when.
    decisions
        One for each label, in the order of the old class list.
    classes
        The new class list.
    images
        What becomes of images that lose labels.
    notes
        What a reader should know: renamings that merge, clauses that meant nobody.
    """

    origin: Origin
    decisions: tuple[LabelDecision, ...]
    classes: tuple[Class, ...]
    images: ImageRule
    notes: tuple[str, ...] = ()

    @cached_property
    def names(self) -> dict[str, str | None]:
        """Every label and what it becomes; None: it goes."""
        return {decision.label: decision.to for decision in self.decisions}

    @cached_property
    def before(self) -> tuple[str, ...]:
        """The old class list, in the order of its numbers."""
        return tuple(decision.label for decision in self.decisions)

    @cached_property
    def after(self) -> tuple[str, ...]:
        """The new class list."""
        return tuple(one.label for one in self.classes)

    @cached_property
    def stand_ins(self) -> dict[str, str]:
        """What may be published in place of each label: its identifier, or ``label-NNN`` for words.

        Of a hierarchy whose identifiers are words themselves, those are words too. The number is the label's place in
        the old class list, from 1: it tells nothing of the word.
        """
        width = max(3, len(str(len(self.decisions))))
        return {
            d.label: d.id if d.id is not None and _CODE.fullmatch(d.id) else f"label-{number:0{width}d}"
            for number, d in enumerate(self.decisions, 1)
        }

    @cached_property
    def _by_label(self) -> dict[str, LabelDecision]:
        return {decision.label: decision for decision in self.decisions}

    def decision(self, label: str) -> LabelDecision:
        """What becomes of a label.

        Raises
        ------
        LabelsError
            For a label that was not in the catalogue.
        """
        found = self._by_label.get(label)
        if found is None:
            raise LabelsError(
                "an image bears a label that was not among those the plan was made of; count the labels again"
            )
        return found

    def new_label(self, label: str) -> str | None:
        """What the label becomes; None: it goes."""
        return self.decision(label).to

    def fate(self, labels: Sequence[str]) -> Fate:
        """What becomes of an image that bears these labels.

        A label that is quarantined or held quarantines the image, unless ``with_other_labels`` removes it for another.
        An image that had no label stays as it is.
        """
        decided = [self.decision(label) for label in labels]
        kept = tuple(dict.fromkeys(decision.to for decision in decided if decision.to is not None))
        clauses = tuple(dict.fromkeys(d.clause for d in decided if d.to != d.label and d.clause))
        removed = [d for d in decided if d.action == "remove"]
        apart = [d for d in decided if d.action in ("quarantine", "hold")]
        others = self.images.with_other_labels
        if removed and others == "remove" and (kept or apart):
            return Fate(kept, "remove", clauses, removed[0].reason)
        if apart:
            return Fate(kept, "quarantine", clauses, apart[0].reason)
        if removed:
            return Fate(kept, others if kept else self.images.without_labels, clauses, removed[0].reason)
        changed = [d.reason for d in decided if d.to != d.label]
        return Fate(kept, "keep", clauses, changed[0] if changed else "")

    @cached_property
    def new_index(self) -> dict[str, int]:
        """The number of each class of the output."""
        return {one.label: one.index for one in self.classes}

    @cached_property
    def numbers(self) -> dict[int, int | None]:
        """Old number → new number, None: it goes; only labels that had a number."""
        return {d.index: None if d.to is None else self.new_index[d.to] for d in self.decisions if d.index is not None}

    def index_map(self) -> tuple[IndexRow, ...]:
        """The table that ships with the output; a label without a number has its place in the old list."""
        rows = []
        for place, d in enumerate(self.decisions):
            shown = d.label if d.label in self.new_index else self.stand_ins[d.label]
            new = None if d.to is None else self.new_index[d.to]
            rows.append(IndexRow(place if d.index is None else d.index, shown, new, d.to, d.action))
        return tuple(rows)

    def tombstones(self) -> Tombstones:
        """What is left of the labels that went; it may be published."""
        from overpaint.labels._tombstones import Tombstones

        return Tombstones.of(self)

    def to_json(self) -> str:
        """The plan as text; it names every label, so that it belongs to the private half of a run."""
        from overpaint.labels._plan_json import plan_to_json

        return plan_to_json(self)

    @staticmethod
    def from_json(text: str, *, name: str = "label plan") -> LabelPlan:
        """Read what `to_json` wrote; ``name`` is how errors call the file.

        Raises
        ------
        LabelsError
            For anything else.
        """
        from overpaint.labels._plan_json import plan_from_json

        return plan_from_json(text, name=name)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of `to_json`."""
        return hashlib.sha256(self.to_json().encode("utf-8", "surrogatepass")).hexdigest()

    def summary(self) -> dict[str, object]:
        """Classes and images touched, by action and by clause.

        ``images`` counts labels on images: an image with two labels counts under both. Images by treatment are
        counted by whoever walks the samples (`fate`).
        """
        actions: dict[str, dict[str, int]] = {}
        clauses: dict[tuple[str, str], dict[str, object]] = {}
        for d in self.decisions:
            of_action = actions.setdefault(d.action, {"classes": 0, "images": 0})
            row = clauses.setdefault(
                (d.clause, d.action),
                {"clause": d.clause, "action": d.action, "reason": d.reason, "classes": 0, "images": 0},
            )
            of_action["classes"] += 1
            of_action["images"] += d.images
            row["classes"] = int(str(row["classes"])) + 1
            row["images"] = int(str(row["images"])) + d.images
        return {
            "classes": len(self.decisions),
            "images": sum(d.images for d in self.decisions),
            "classes_after": len(self.classes),
            "by_action": dict(sorted(actions.items())),
            "by_clause": [clauses[key] for key in sorted(clauses)],
            "notes": list(self.notes),
        }
