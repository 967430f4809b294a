"""Which differences are told: each group beside all the others, many tests at once, the largest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from overpaint.reports._facts import Rate
from overpaint.reports._shifts import Ratio, adjusted, by_classes
from overpaint.reports._skew_facts import Group, Lean, Loss, Part
from overpaint.reports._skew_groups import Held, Together, beside, leaning, losing
from overpaint.reports._skew_parts import NO_LABEL, Sorted

__all__ = ["FALSE", "MOST_TOLD", "leans_of", "losses_of", "told_leans", "told_losses"]

FALSE = 0.05
"""Differences are told at this false discovery rate."""

MOST_TOLD = 50
"""How many differences of a kind are told, the largest first."""


def losses_of(parts: Sorted, total: Part, told: Iterable[Group], held: Mapping[tuple[str, str], Held]) -> list[Loss]:
    """What each class, subtree and attribute's group loses, beside all the others."""
    found: list[Loss] = []
    every = [part for label, part in parts.by_label.items() if label not in parts.small and label != NO_LABEL]
    images, left = total.before.images, total.left
    of_left = 2 * left < images
    every_label = _Labels(parts, of_left=of_left)
    for kind, some in (("class", every), ("subtree", list(parts.subtrees))):
        own = []
        for part in some:
            of, others = part.before.images, images - part.before.images
            if of and others:
                rates = Rate.make(of - part.left, of), Rate.make(others - left + part.left, others)
                if kind == "class":
                    ratio = beside(part.left, of, left - part.left, others, of_left=of_left)
                else:
                    ratio = every_label.beside(parts.members.get(part.who, ()))
                own.append(Loss(kind, part.who, part.name, *rates, ratio, 1.0, of_left))
        found += _with_q(own)
    return found + _with_q([loss for group in told if (loss := losing(group, held, of_left=of_left)) is not None])


class _Labels:
    """Every label's images, and those that are left or lost, in one order."""

    def __init__(self, parts: Sorted, *, of_left: bool) -> None:
        self._place = {label: place for place, label in enumerate(parts.by_label)}
        self._of = np.array([part.before.images for part in parts.by_label.values()], np.float64)
        left = np.array([part.left for part in parts.by_label.values()], np.float64)
        self._one = left if of_left else self._of - left

    def beside(self, labels: Iterable[str]) -> Ratio:
        """Some labels beside all others, each label as one draw."""
        inside = np.zeros(len(self._of), np.float64)
        inside[[self._place[label] for label in labels]] = 1
        one, of = self._one * inside, self._of * inside
        return by_classes(one, of, self._one - one, self._of - of)


def _with_q(losses: Sequence[Loss]) -> list[Loss]:
    q = adjusted([loss.ratio.p for loss in losses])
    return [replace(loss, q=value) for loss, value in zip(losses, q, strict=True)]


def leans_of(
    parts: Sorted, values: Mapping[str, tuple[str, ...]], held: Mapping[tuple[str, str], Held], *, show_small: bool
) -> list[Lean]:
    """Which values are more or less common in which classes and subtrees."""
    bearing: dict[str, set[Together]] = {}
    for one in held.values():
        for together in one.images:
            for label in together:
                bearing.setdefault(label, set()).add(together)
    among = [
        ("class", part, bearing.get(label, set()))
        for label, part in parts.by_label.items()
        if label not in parts.small and label != NO_LABEL
    ]
    for part in parts.subtrees:
        each = (bearing.get(label, set()) for label in parts.members.get(part.who, ()))
        among.append(("subtree", part, set().union(*each)))
    found: list[Lean] = []
    for kind, part, labels in among:
        for attribute, own in values.items():
            for value in own:
                seen = leaning(labels, (attribute, value), held, show_small=show_small)
                if seen is not None:
                    found.append(Lean(kind, part.who, part.name, attribute, value, *seen, 1.0))
    q = adjusted([lean.ratio.p for lean in found])
    return [replace(lean, q=one) for lean, one in zip(found, q, strict=True)]


def told_losses(losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Classes and subtrees that lose more than the others; of attributes, every group."""
    by_kind: dict[str, list[Loss]] = {}
    for loss in losses:
        if loss.kind == "attribute" or (loss.q <= FALSE and loss.worse > 1):
            by_kind.setdefault(loss.kind, []).append(loss)
    ordered = (sorted(some, key=lambda loss: (-loss.worse, -loss.lost.count, loss.who)) for some in by_kind.values())
    return tuple(loss for some in ordered for loss in some[:MOST_TOLD])


def told_leans(leans: Iterable[Lean]) -> tuple[Lean, ...]:
    """Those that are surely more or less common, the furthest from equal first."""
    by_kind: dict[str, list[Lean]] = {}
    for lean in leans:
        if lean.q <= FALSE and _apart(lean.ratio) > 1:
            by_kind.setdefault(lean.kind, []).append(lean)
    ordered = (
        sorted(some, key=lambda lean: (-_apart(lean.ratio), lean.who, lean.attribute, lean.value))
        for some in by_kind.values()
    )
    return tuple(lean for some in ordered for lean in some[:MOST_TOLD])


def _apart(found: Ratio) -> float:
    """How far from equal a ratio is at least."""
    return max(found.low, 1 / found.high if found.high else 0.0)
