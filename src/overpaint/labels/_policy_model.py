"""A label policy as facts: its clauses in order, and what becomes of the images."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Literal, get_args

import tomli_w

from overpaint.labels._facts import PERSON, Safety

__all__ = ["ACTIONS", "VERSION", "Action", "Clause", "ImageRule", "LabelPolicy", "WithOthers", "Without"]

VERSION = 1
Action = Literal["keep", "remove", "ancestor", "merge", "rename", "quarantine", "hold"]
"""What a clause does with a label."""
ACTIONS: tuple[Action, ...] = get_args(Action)
Without = Literal["keep", "remove", "quarantine"]
WithOthers = Literal["keep", "remove", "quarantine"]


@dataclass(frozen=True, slots=True)
class Clause:
    """Whom it means, and what then happens. Every word that is given has to hold; within a list, one item has to.

    Attributes
    ----------
    name, reason, action
        Decisions name the clause and give its reason.
    to
        The label that a merge or a renaming leads to.
    among
        Where ``ancestor`` looks: ``labels`` that the dataset has, or anything in the ``taxonomy``.
    labels
        Labels as they stand in the data, or globs of them; upper and lower case differ.
    ids, under, but
        Identifiers; roots of subtrees, themselves included; roots of subtrees that are not meant (TOML: ``except``).
    safety, imageability_below, imageability_at_least, unrated
        What people said of it. A label without that number is neither below nor at least anything.
    lists
        Known class lists, one of which has it.
    min_images, max_images
        How many images bear it.
    descendants
        ``own``: only who is meant. ``same``: and everything below, in the taxonomy. None: as the policy says.
    """

    name: str
    reason: str
    action: Action
    to: str | None = None
    among: Literal["labels", "taxonomy"] = "labels"
    labels: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    under: tuple[str, ...] | None = None
    but: tuple[str, ...] | None = None
    safety: tuple[Safety, ...] | None = None
    imageability_below: float | None = None
    imageability_at_least: float | None = None
    unrated: bool = False
    lists: tuple[str, ...] | None = None
    min_images: int | None = None
    max_images: int | None = None
    descendants: Literal["own", "same"] | None = None

    def table(self) -> dict[str, object]:
        """Its words as TOML has them; what is not given is left out."""
        left_out: dict[str, object] = {"among": "labels", "unrated": False}
        return {
            "except" if field.name == "but" else field.name: list(value) if isinstance(value, tuple) else value
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) is not None
            and (field.name not in left_out or value != left_out[field.name])
        }


@dataclass(frozen=True, slots=True)
class ImageRule:
    """What becomes of images.

    Attributes
    ----------
    without_labels
        An image that loses its last label.
    with_other_labels
        An image that loses a label and has others: kept under those, removed, or quarantined.
    """

    without_labels: Without = "remove"
    with_other_labels: WithOthers = "keep"


@dataclass(frozen=True, slots=True)
class LabelPolicy:
    """What shall become of labels, for one use and one community; the first clause that means a label decides.

    Attributes
    ----------
    title, use, community, revision
        What it is called, what the dataset is for, whose judgement it is, and the date of this version of it.
    hold
        Roots of sensitive subtrees: what nobody rated in them is held for people unless a clause says otherwise.
    unresolved
        What happens to a label of which nobody knows what it means, where no clause says so.
    """

    title: str
    use: str
    community: str
    revision: dt.date
    clauses: tuple[Clause, ...] = ()
    hold: tuple[str, ...] = (PERSON,)
    unresolved: Literal["keep", "hold"] = "keep"
    descendants: Literal["own", "same"] = "own"
    images: ImageRule = ImageRule()

    def to_toml(self) -> str:
        """The policy as a file that `loads_label_policy` reads back to an equal one."""
        return tomli_w.dumps(
            {
                "version": VERSION,
                "title": self.title,
                "use": self.use,
                "community": self.community,
                "revision": self.revision,
                "descendants": self.descendants,
                "unresolved": self.unresolved,
                "images": dataclasses.asdict(self.images),
                "hold": {"under": list(self.hold)},
                "clause": [clause.table() for clause in self.clauses],
            }
        )

    @property
    def digest(self) -> str:
        """SHA-256 of `to_toml`: comments and layout of the file do not count."""
        return hashlib.sha256(self.to_toml().encode()).hexdigest()
