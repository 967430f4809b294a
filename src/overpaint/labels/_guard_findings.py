"""What is wrong with a list of classes, in words and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["DAMAGE", "ListCheck", "ListFinding", "Term", "withheld"]

DAMAGE = ("missorted", "shifted", "swapped", "moved", "duplicated", "missing", "extra")
"""Kinds of findings that mean that numbers are read as classes that they are not."""

_SHOWN = 6  # findings of a kind, and classes of one
Term = Callable[[str | None, str], str]
"""How a class is written: its identifier, where it has one, and its name; whoever shows it decides which."""


def withheld(id: str | None, name: str) -> str:  # noqa: A002
    """The identifier, never the name."""
    del name
    return id or "(name withheld)"


@dataclass(frozen=True, slots=True)
class ListFinding:
    """One thing that is wrong, or that could not be told.

    Attributes
    ----------
    kind
        One of `DAMAGE`; ``unknown``: names that are in no class of the list; ``ambiguous``: classes that share a name.
    at
        Numbers in the list that was given: the first and the last of what is shifted, all of them else; of something
        missing the number before which it should stand.
    classes, ids, names
        The classes of the true list whose names stand there, by number, identifier and name: in the order of ``at``;
        what is missing; what shares a name.
    lost, lost_ids, lost_names
        The classes in whose places these stand, where they stand nowhere else.
    wrong
        How many numbers this gives another class.
    by
        Of what is shifted: the number ``i`` bears the name of class ``i + by``.
    order
        Of what is missorted: the order that it is in; None where none is known that explains it.
    around
        Whether what is shifted out at one end came in at the other.
    """

    kind: str
    at: tuple[int, ...]
    classes: tuple[int, ...]
    ids: tuple[str | None, ...]
    names: tuple[str, ...]
    lost: tuple[int, ...] = ()
    lost_ids: tuple[str | None, ...] = ()
    lost_names: tuple[str, ...] = ()
    wrong: int = 0
    by: int | None = None
    order: str | None = None
    around: bool = False

    @property
    def hidden(self) -> int:
        """Of classes that share a name: exchanges of two, and one written over another, that would change nothing."""
        size = len(self.classes)
        return size * (size - 1) // 2 + size * (size - 1) if self.kind == "ambiguous" else 0

    def to_dict(self, term: Term = withheld) -> dict[str, Any]:
        """Plain values; names as ``term`` writes them."""
        value: dict[str, Any] = {"kind": self.kind, "at": list(self.at), "classes": list(self.classes)}
        value["ids"] = list(self.ids)
        value["terms"] = [term(*each) for each in zip(self.ids, self.names, strict=True)]
        if self.lost:
            value |= {"lost": list(self.lost), "lost_ids": list(self.lost_ids)}
        for name in ("wrong", "by", "order", "hidden"):
            if (found := getattr(self, name)) not in (None, 0):
                value[name] = found
        if self.kind == "missorted":
            value["order"] = self.order
        return value | ({"around": True} if self.around else {})

    def line(self, term: Term = withheld) -> str:
        """One line for a terminal."""
        told = [f"{term(*each)}" for each in zip(self.ids[:_SHOWN], self.names[:_SHOWN], strict=True)]
        return f"{self.kind}: {_SENTENCES[self.kind](self, told, term)}"


def _shifted(found: ListFinding, told: Sequence[str], term: Term) -> str:
    del term
    first, last = found.at
    where = f"all through, from {first} to {last}, and round the end" if found.around else f"from {first} to {last}"
    return f"by {found.by:+d} {where}: {first} says {told[0]}, which is {found.classes[0]}"


def _missorted(found: ListFinding, told: Sequence[str], term: Term) -> str:
    del told, term
    if found.order is None:
        return f"{found.wrong} numbers have another's name, in no order that is known"
    what, _, back = found.order.partition(", read ")
    if back:
        return f"{found.wrong} numbers are wrong: the list was read as if it were sorted by {what}, and put in order"
    how = "stands from last to first" if what == "last to first" else f"is sorted by {what}"
    return f"{found.wrong} numbers are wrong: the list {how}"


def _swapped(found: ListFinding, told: Sequence[str], term: Term) -> str:
    del term
    said = ", ".join(
        f"{at} says {each} (which is {true})" for at, each, true in zip(found.at, told, found.classes, strict=False)
    )
    return f"{said}{_more(found.at)}"


def _duplicated(found: ListFinding, told: Sequence[str], term: Term) -> str:
    said = f"{_numbers(found.at)} {_say(found.at)} {', '.join(told)}, which {_stands(found.classes)} already"
    return said + (f"; {_lost(found, term)} nowhere" if found.lost else "")


def _missing(found: ListFinding, told: Sequence[str], term: Term) -> str:
    del term
    which = ", ".join(f"{each} ({true})" for each, true in zip(told, found.classes, strict=False))
    return f"{which}{_more(found.classes)}: no number says so; expected at {_numbers(found.at)}"


def _extra(found: ListFinding, told: Sequence[str], term: Term) -> str:
    del told, term
    return f"{_numbers(found.at)} {_say(found.at)} what is in no class of the list, where none is wanting"


def _unknown(found: ListFinding, told: Sequence[str], term: Term) -> str:
    del told, term
    where = f"{_numbers(found.at)}; by order they mean {_numbers(found.lost)}"
    return f"{len(found.at)} names are in no class of the list: {where}"


def _ambiguous(found: ListFinding, told: Sequence[str], term: Term) -> str:
    del term
    which = f"{_numbers(found.classes)} have one name ({', '.join(dict.fromkeys(told))})"
    return f"{which}: {found.hidden} mistakes among them would not show"


_SENTENCES: dict[str, Callable[[ListFinding, Sequence[str], Term], str]] = {
    "shifted": _shifted,
    "missorted": _missorted,
    "swapped": _swapped,
    "moved": _swapped,
    "duplicated": _duplicated,
    "missing": _missing,
    "extra": _extra,
    "unknown": _unknown,
    "ambiguous": _ambiguous,
}


def _numbers(values: Sequence[int]) -> str:
    """``3``, ``3 and 4``, ``3 to 9``, ``3, 5, 9 and 7 more``."""
    if len(values) > 2 and values[-1] - values[0] == len(values) - 1 and list(values) == sorted(set(values)):
        return f"{values[0]} to {values[-1]}"
    if 1 < len(values) <= _SHOWN:
        return f"{', '.join(map(str, values[:-1]))} and {values[-1]}"
    return ", ".join(map(str, values[:_SHOWN])) + _more(values)


def _more(values: Sequence[int]) -> str:
    return f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""


def _say(values: Sequence[int]) -> str:
    return "says" if len(values) == 1 else "say"


def _stands(values: Sequence[int]) -> str:
    return f"{_numbers(values)} {_say(values)}"


def _lost(found: ListFinding, term: Term) -> str:
    three = zip(found.lost_ids, found.lost_names, found.lost, strict=True)
    which = [f"{term(id, name)} ({true})" for id, name, true in three]  # noqa: A001
    return f"{', '.join(which[:_SHOWN])}{_more(found.lost)} {'stands' if len(found.lost) == 1 else 'stand'}"


@dataclass(frozen=True, slots=True)
class ListCheck:
    """How a list of classes differs from the true one.

    Attributes
    ----------
    against
        The name of the true list.
    given, true
        How many classes each has.
    known
        How many entries of the given one name a class of the true one. Where none does, nothing was compared.
    words
        Which names the given list is written in.
    wrong
        How many numbers are read as another class than they are.
    findings
        What explains that; damage first.
    """

    against: str
    given: int
    true: int
    known: int
    words: str
    wrong: int
    findings: tuple[ListFinding, ...]

    @property
    def damaged(self) -> bool:
        """Whether some number does not say what it means."""
        return any(each.kind in DAMAGE for each in self.findings)

    @property
    def compared(self) -> bool:
        """Whether anything could be told: one entry in ten, at least, names a class."""
        return self.known > 0 and 10 * self.known >= self.given

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of damage."""
        return tuple(dict.fromkeys(each.kind for each in self.findings if each.kind in DAMAGE))

    def to_dict(self, term: Term = withheld) -> dict[str, Any]:
        """Plain values; names as ``term`` writes them."""
        value = {
            name: getattr(self, name)
            for name in ("against", "given", "true", "known", "words", "wrong", "damaged", "compared")
        }
        return value | {"findings": [each.to_dict(term) for each in self.findings]}

    def lines(self, term: Term = withheld) -> list[str]:
        """A few lines for a terminal, the worst first."""
        head = (
            f"{self.known} of {self.given} entries name a class of {self.against} ({self.true} classes; {self.words})"
        )
        if not self.compared:
            return [f"{head}: not compared"]
        verdict = f"{self.wrong} numbers say another class than they are" if self.damaged else "no damage found"
        return [head, verdict, *self._told(term)]

    def _told(self, term: Term) -> Iterator[str]:
        seen = Counter[str]()
        total = Counter(each.kind for each in self.findings)
        for each in self.findings:
            seen[each.kind] += 1
            if seen[each.kind] <= _SHOWN:
                yield f"  {each.line(term)}"
            elif seen[each.kind] == _SHOWN + 1:
                yield f"  {each.kind}: {total[each.kind] - _SHOWN} more"
