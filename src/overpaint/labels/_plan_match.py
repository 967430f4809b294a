"""Which clause means a label: the first that does, asked of labels in the data and of things that are none yet."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from overpaint.errors import LabelsError
from overpaint.labels._facts import PERSON, LabelCount, Rating, Synset
from overpaint.labels._policy_model import Action, Clause, LabelPolicy

__all__ = ["HELD", "NO_CLAUSE", "UNRESOLVED", "Judge", "KnownList", "Tree", "Verdict"]

NO_CLAUSE, HELD, UNRESOLVED = "", "[hold]", "[unresolved]"
"""What stands in place of a clause's name where none speaks."""


class Tree(Protocol):
    """A taxonomy, as far as a policy asks it."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    def __contains__(self, thing: object, /) -> bool: ...
    def synset(self, thing: str, /) -> Synset: ...
    def parents(self, thing: str, /) -> tuple[str, ...]: ...


class KnownList(Protocol):
    """A class list that others use, and the identifiers in it."""

    @property
    def name(self) -> str: ...
    @property
    def ids(self) -> Sequence[str | None]: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says of one label.

    Attributes
    ----------
    clause
        The clause's name; `NO_CLAUSE`, `HELD` or `UNRESOLVED` where none speaks.
    through
        The ancestor that the clause meant, where it means descendants too.
    said
        The clause itself.
    """

    action: Action
    clause: str
    reason: str
    through: str | None = None
    said: Clause | None = None

    @property
    def goes(self) -> bool:
        """Whether the label is not to stand among the labels of the output."""
        return self.action in ("remove", "quarantine", "hold")


@dataclass(frozen=True, slots=True)
class _Subject:
    label: str | None
    id: str | None
    images: int | None


class Judge:
    """Asks a policy about labels.

    Parameters
    ----------
    catalogue
        The labels of the data.
    policy, tree, ratings, lists
        The rest of what clauses speak of.

    Raises
    ------
    LabelsError
        Where the policy names an identifier that the taxonomy does not have, or a list that was not given.
    """

    def __init__(
        self,
        catalogue: Iterable[LabelCount],
        policy: LabelPolicy,
        *,
        tree: Tree,
        ratings: Mapping[str, Rating],
        lists: Sequence[KnownList],
    ) -> None:
        self.policy, self.tree, self.ratings = policy, tree, ratings
        self.lists = {known.name: frozenset(filter(None, known.ids)) for known in lists}
        self._lines: dict[str, tuple[str, ...]] = {}
        self._parents: dict[str, tuple[str, ...]] = {}
        self._above: dict[tuple[int, str], bool] = {}
        self._of_id: dict[str, _Subject] = {}
        for count in sorted(catalogue, key=lambda count: count.label, reverse=True):
            if count.id is not None:
                self._of_id[count.id] = _Subject(count.label, count.id, count.images)
        self._names = [_Names(clause.labels) for clause in policy.clauses]
        self._check()

    def line(self, thing: str | None) -> tuple[str, ...]:
        """The identifier and its ancestors, nearest first; only itself where the taxonomy does not have it."""
        if thing is None:
            return ()
        if thing not in self._lines:
            found = {thing: None}
            row: tuple[str, ...] = (thing,) if thing in self.tree else ()
            while row := tuple(dict.fromkeys(up for one in row for up in self._up(one) if up not in found)):
                found |= dict.fromkeys(row)
            self._lines[thing] = tuple(found)
        return self._lines[thing]

    def _up(self, thing: str) -> tuple[str, ...]:
        """Its parents; kept, for the ways up of many labels are mostly the same."""
        if thing not in self._parents:
            self._parents[thing] = self.tree.parents(thing)
        return self._parents[thing]

    def rating(self, label: str | None, thing: str | None) -> Rating | None:
        """What people said of the thing, or of the words themselves where they stand in the ratings."""
        found = None if thing is None else self.ratings.get(thing)
        return found if found is not None or label is None else self.ratings.get(label)

    def roots(self, thing: str | None) -> frozenset[str]:
        """The sensitive subtrees that it lies in."""
        return frozenset(self.policy.hold).intersection(self.line(thing))

    def known_in(self, thing: str | None) -> tuple[str, ...]:
        """Known lists that have it."""
        return tuple(name for name, ids in self.lists.items() if thing in ids)

    def verdict(self, label: str | None, thing: str | None, images: int | None) -> Verdict:
        """What the policy says of a label; ``images`` is None for one that the data does not have."""
        subject = _Subject(label, thing, images)
        for number, clause in enumerate(self.policy.clauses):
            if self._means(number, clause, subject):
                return Verdict(clause.action, clause.name, clause.reason, None, clause)
            if (clause.descendants or self.policy.descendants) == "same":
                for above in self.line(thing)[1:]:
                    if self._means_above(number, clause, above):
                        return Verdict(clause.action, clause.name, clause.reason, above, clause)
        rating = self.rating(label, thing)
        if rating is not None and rating.safety is not None:
            return Verdict("keep", NO_CLAUSE, "No clause means this label.")
        if roots := self.roots(thing):
            told = ", ".join(sorted(roots))
            return Verdict("hold", HELD, f"Nobody rated this label, and it lies under {told}: people decide.")
        if thing is None and self.policy.unresolved == "hold":
            return Verdict("hold", UNRESOLVED, "What this label means could not be told: people decide.")
        return Verdict("keep", NO_CLAUSE, "No clause means this label.")

    def _means_above(self, number: int, clause: Clause, thing: str) -> bool:
        key = (number, thing)
        if key not in self._above:
            self._above[key] = self._means(number, clause, self._of_id.get(thing) or _Subject(None, thing, None))
        return self._above[key]

    def _means(self, number: int, clause: Clause, subject: _Subject) -> bool:
        if clause.labels is not None and not (subject.label is not None and self._names[number](subject.label)):
            return False
        if clause.ids is not None and subject.id not in clause.ids:
            return False
        if not _in_subtrees(clause, self.line(subject.id)):
            return False
        if clause.lists is not None and not any(subject.id in self.lists[name] for name in clause.lists):
            return False
        return _rated(clause, self.rating(subject.label, subject.id)) and _counted(clause, subject.images)

    def _check(self) -> None:
        everyone = self.policy.hold == (PERSON,)  # the default, which has no meaning in a taxonomy that is not WordNet
        told = [] if everyone else [("[hold] under", self.policy.hold)]
        for clause in self.policy.clauses:
            told += [(f"clause '{clause.name}' {word}", ids or ()) for word, ids in _named(clause)]
            for name in clause.lists or ():
                if name not in self.lists:
                    given = ", ".join(self.lists) or "none"
                    raise LabelsError(f"clause '{clause.name}': there is no class list '{name}' (given: {given})")
        for where, ids in told:
            for thing in ids:
                if thing not in self.tree and thing not in self._of_id:
                    raise LabelsError(
                        f"{where}: {thing!r} is not in {self.tree.name}; name an identifier of the taxonomy"
                    )


def _named(clause: Clause) -> tuple[tuple[str, tuple[str, ...] | None], ...]:
    return ("ids", clause.ids), ("under", clause.under), ("except", clause.but)


def _in_subtrees(clause: Clause, line: tuple[str, ...]) -> bool:
    if clause.under is None:
        return True
    return not frozenset(clause.under).isdisjoint(line) and frozenset(clause.but or ()).isdisjoint(line)


def _rated(clause: Clause, rating: Rating | None) -> bool:
    safety = None if rating is None else rating.safety
    seen = None if rating is None else rating.imageability
    if clause.unrated and safety is not None:
        return False
    if clause.safety is not None and safety not in clause.safety:
        return False
    if clause.imageability_below is not None and not (seen is not None and seen < clause.imageability_below):
        return False
    return clause.imageability_at_least is None or (seen is not None and seen >= clause.imageability_at_least)


def _counted(clause: Clause, images: int | None) -> bool:
    if clause.min_images is None and clause.max_images is None:
        return True
    if images is None:
        return False
    return (clause.min_images or 0) <= images and (clause.max_images is None or images <= clause.max_images)


class _Names:
    """Whether a label is one of some names or matches one of some globs."""

    def __init__(self, names: tuple[str, ...] | None) -> None:
        self._exact = frozenset(names or ())
        self._globs = [re.compile(fnmatch.translate(name)) for name in names or () if any(c in name for c in "*?[")]

    def __call__(self, label: str) -> bool:
        return label in self._exact or any(glob.match(label) for glob in self._globs)
