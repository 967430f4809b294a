"""The words of a label plan: what becomes of a label, of an image for its labels, and of the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from overpaint.labels._facts import Rating
from overpaint.labels._policy_model import Action

__all__ = ["Class", "Fate", "IndexRow", "LabelDecision", "Origin"]

Treated = Literal["keep", "remove", "quarantine"]


@dataclass(frozen=True, slots=True)
class LabelDecision:
    """What becomes of one label.

    Attributes
    ----------
    label, id, index, images
        As it stands in the data.
    action
        What happens. A renaming onto a label that stays is a ``merge``; an ``ancestor`` that was not found is a
        ``remove``.
    to, to_id
        The label that images bear afterwards, and what it means; None where the label goes.
    clause, reason
        Who says so, and why; the name is empty, ``[hold]`` or ``[unresolved]`` where no clause speaks.
    rating
        What people said of it.
    held
        Whether people still have to judge it.
    through
        The ancestor that the clause meant.
    lists
        Known class lists that have it.
    """

    label: str
    id: str | None
    index: int | None
    images: int
    action: Action
    to: str | None
    to_id: str | None
    clause: str
    reason: str
    rating: Rating | None = None
    held: bool = False
    through: str | None = None
    lists: tuple[str, ...] = ()

    @property
    def stays(self) -> bool:
        """Whether it is still a class of its own afterwards, under this or another name."""
        return self.action in ("keep", "rename")


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one image for its labels.

    Attributes
    ----------
    labels
        Those that it bears afterwards, in order, each once.
    treatment
        What happens to the image.
    clauses
        The clauses that changed something, in the order of its labels.
    reason
        Why the image is removed or quarantined, or the first reason why a label changed; empty where nothing did.
    """

    labels: tuple[str, ...]
    treatment: Treated
    clauses: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Class:
    """One class of the output: its number, its label and what that means."""

    index: int
    label: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One line of the table from old to new numbers; nothing in it names a label that went, but by an identifier.

    Attributes
    ----------
    old, old_label
        The old number, and the identifier, the label (where it is still there) or ``label-NNN`` in its stead.
    new, new_label
        None where the label went.
    """

    old: int
    old_label: str
    new: int | None
    new_label: str | None
    action: Action


@dataclass(frozen=True, slots=True)
class Origin:
    """Which policy, on which taxonomy, made a plan."""

    title: str
    use: str
    community: str
    revision: str
    digest: str
    taxonomy: str
