"""Which lists of classes are held against which, and what that says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from overpaint import labels
from overpaint.jobs._labels_check_beside import label_list
from overpaint.jobs._labels_check_said import FOLDERS, Said

__all__ = ["Pair", "known_list", "paired", "pairs_of"]

_NEAR = 0.02  # by how much lists may differ in length and still be lists of the same classes
_KNOWN = 0.9  # of the shorter list's classes are in the longer one: then it is a part of it


@dataclass(frozen=True)
class Pair:
    """One thing that says what numbers mean, held against another.

    Attributes
    ----------
    what, against
        What says so; what it is held against.
    check
        The difference.
    part
        ``given`` or ``true``: that one has many classes that the other has not; only those of both are compared.
    damaged
        Whether numbers are read as classes that they are not.
    example
        Of a part, a number that is two classes.
    """

    what: str
    against: str
    check: labels.ListCheck
    part: str | None
    damaged: bool
    example: str = ""

    def to_dict(self, term: Any) -> dict[str, Any]:
        """Plain values."""
        value = {"what": self.what, "against": self.against, "part": self.part, "damaged": self.damaged}
        return value | {"check": self.check.to_dict(term)}

    def lines(self, term: Any) -> list[str]:
        """A few lines for a terminal."""
        told = self.check.lines(term)
        if not self.check.compared:
            return [f"{self.what}, against {self.against}: not compared; {told[0]}"]
        other = "OTHER NUMBERS" if self.damaged else "as it should be"
        verdict = "DAMAGED" if self.check.damaged else other
        lines = [f"{self.what}, against {self.against}: {verdict}"]
        if self.part is not None:
            longer = self.what if self.part == "given" else self.against
            lines.append(f"  only the {self.check.true} classes of both are compared; {longer} has more{self.example}")
        return lines + ([f"  {told[0]}", f"  {told[1]}"] if self.check.damaged else []) + told[2:]


def written(classes: labels.ClassList) -> list[str]:
    """A list as it would stand in a file: wnids where all are known, else names."""
    return [one or "" for one in classes.ids] if all(classes.ids) else list(classes.names)


def paired(given: labels.ClassList, true: labels.ClassList, *, numbers: bool = False) -> Pair:
    """Hold one list against another; where one is a part of the other, as far as both go.

    Parameters
    ----------
    numbers
        Whether the given numbers are used with the true classes, so that it is damage if there are more of them.
    """
    texts, part, example = written(given), None, ""
    if abs(len(given) - len(true)) > max(2, _NEAR * len(true)):
        mine, theirs = labels.common_classes(texts, true)
        if len(given) < len(true) and len(mine) >= _KNOWN * len(given):
            part, example, true = "true", _example(true, theirs), _only(true, theirs)
        elif len(given) > len(true) and len(theirs) >= _KNOWN * len(true):
            part, example, texts = "given", _example(given, mine), [texts[at] for at in mine]
    check = labels.compare_lists(texts, true)
    if given.names != tuple(texts) and all(given.ids) and part is None and not check.damaged:
        check = _worse(check, labels.compare_lists(given.names, true))
    damaged = check.damaged or (numbers and part == "given" and bool(example))
    return Pair(given.name, true.name, check, part, damaged, example)


def _example(longer: labels.ClassList, kept: Sequence[int]) -> str:
    """The first class of a part that has another number in the whole."""
    for short, at in enumerate(kept):
        if short != at:
            return f": {longer.ids[at] or 'one class'} is {at} in it, and {short} among those of both"
    return ""


def _worse(check: labels.ListCheck, other: labels.ListCheck) -> labels.ListCheck:
    """Names beside wnids count where they are names of the list."""
    return other if other.damaged and 2 * other.known > other.given else check


def _only(classes: labels.ClassList, kept: Sequence[int]) -> labels.ClassList:
    ids, names = (tuple(each[at] for at in kept) for each in (classes.ids, classes.names))
    return labels.ClassList(classes.name, ids, tuple(str(name) for name in names), classes.taxonomy)


def known_list(given: labels.ClassList) -> labels.ClassList | None:
    """The list that comes along and that a list is one of, going by its length and most of its names."""
    best: tuple[int, labels.ClassList] | None = None
    for name in labels.CLASS_LISTS:
        true = labels.class_list(name)
        if abs(len(given) - len(true)) > max(2, _NEAR * len(true)):
            continue
        check = labels.compare_lists(written(given), true, ambiguous=False)
        if check.known >= _KNOWN * check.given and (best is None or check.wrong < best[0]):
            best = check.wrong, true
    return None if best is None else best[1]


def pairs_of(said: Said, names: labels.ClassList | None, given: Sequence[labels.ClassList]) -> Iterator[Pair]:
    """Names against all that is known; what the dataset says against what is given; and against itself."""
    own = [*said.lists, *([said.crossed] if said.crossed is not None else [])]
    if names is not None:
        yield from _of_names(names, given, own)
    if said.as_numbers is not None and said.lists:
        folders = labels.ClassList(FOLDERS, said.lists[0].ids, tuple(str(int(each)) for each in said.lists[0].names))
        yield paired(folders, said.as_numbers)
    for split in said.splits:
        check = labels.compare_lists(split.names, said.lists[0])
        yield Pair(split.name, said.lists[0].name, check, None, check.damaged)
    for one in own:
        for true in given:
            yield paired(one, true)
        if not given and names is None and (known := known_list(one)) is not None:
            yield paired(one, known)
    for one in own[1:]:
        pair = paired(one, own[0])
        if 2 * pair.check.known >= max(pair.check.given, pair.check.true):  # else it is about something else
            yield pair


def _of_names(
    names: labels.ClassList, given: Sequence[labels.ClassList], own: Sequence[labels.ClassList]
) -> Iterator[Pair]:
    for true in given:
        yield paired(names, true)
    if not given and (known := known_list(names)) is not None:
        yield paired(names, known)
    for true in own:
        yield paired(names, true, numbers=True)
    if any(names.ids) and any(each and each != name for each, name in zip(names.ids, names.names, strict=True)):
        beside = label_list(
            f"{names.name}, by its wnids", [one or name for one, name in zip(names.ids, names.names, strict=True)]
        )
        check = labels.compare_lists(names.names, beside)
        if 2 * check.known > check.given and check.damaged:
            yield Pair(f"the names in {names.name}", "the wnids beside them", check, None, damaged=True)
