"""All that a file says of one picture, sorted into answers: by person, by thing, and by question where it says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from overpaint.review.exchange._answers import Asked, Drawn, Said
from overpaint.review.exchange._frame import Frame
from overpaint.review.exchange._model import Labelled, Left, Pictured

__all__ = ["Sheet", "Told"]

_Slot = tuple[str, str, int]  # worker, thing, and which of several answers of theirs


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of an answer beside its boxes."""

    seconds: float | None = None
    at: float | None = None
    question: str = ""


@dataclass(slots=True)
class Sheet:
    """Boxes drawn and looks told of one picture, until all has been read that the file says of it.

    An answer is there where somebody drew a box of a thing, or where it is told that they looked for it: then no box
    means "nothing here". Where neither is so, nobody is taken to have answered.
    """

    asked: Asked
    boxes: dict[_Slot, list[Drawn]] = field(default_factory=dict)
    told: dict[_Slot, Told] = field(default_factory=dict)
    spoilt: dict[_Slot, Left] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)

    def look(self, worker: str, thing: str, told: Told, slot: int = 0) -> None:
        """Somebody looked for a thing, whether or not there was one."""
        if self._wanted(thing):
            self.told[worker, thing, slot] = told

    def draw(self, worker: str, thing: str, drawn: Drawn, slot: int = 0) -> None:
        """Somebody drew a box."""
        if self._wanted(thing):
            self.boxes.setdefault(self._slot(worker, thing, slot), []).append(drawn)

    def spoil(self, worker: str, thing: str, left: Left, slot: int = 0) -> None:
        """What somebody drew is no box: their answer is not taken, for it would lack one."""
        if self._wanted(thing):
            self.spoilt.setdefault(self._slot(worker, thing, slot), left)

    def looked_at(self, worker: str, things: Iterable[str]) -> None:
        """The caller says that somebody looked at every picture: no box means nothing, for each of the things."""
        for thing in things:
            if not any(one[:2] == (worker, thing) for found in (self.boxes, self.told, self.spoilt) for one in found):
                self.look(worker, thing, Told())

    def answers(
        self, picture: Pictured, stated: tuple[int, int] | None, *, said: Frame | None, usual: Frame | None = None
    ) -> Iterator[Labelled | Left]:
        """Each answer, or why it is left out."""
        for thing in sorted(self.others):
            words = f"its label is {thing[:40]!a}; say labels={{{thing[:40]!a}: {self.asked.thing!a}}} if that is meant"
            yield Left("other-label", words)
        for slot in dict.fromkeys([*self.told, *self.boxes, *self.spoilt]):
            if slot in self.spoilt:
                yield self.spoilt[slot]
                continue
            worker, thing, _ = slot
            told = self.told.get(slot, Told())
            drawn = tuple(self.boxes.get(slot, ()))
            try:
                answer = Said(worker, thing, drawn, told.seconds, told.at, told.question)
                yield answer.labelled(picture, stated, said=said, usual=usual)
            except Left as left:
                yield left
        if not (self.told or self.boxes or self.spoilt or self.others):
            words = "nothing is drawn and nothing says that somebody looked; say empties='all' if they looked at all"
            yield Left("not-told", words)

    def _wanted(self, thing: str) -> bool:
        if self.asked.thing in (None, thing):
            return True
        self.others.add(thing)
        return False

    def _slot(self, worker: str, thing: str, slot: int) -> _Slot:
        """The answer that a box belongs to; with one answer of that person for that thing, it is that one."""
        if (worker, thing, slot) in self.told:
            return worker, thing, slot
        alike = [one for one in self.told if one[:2] == (worker, thing)]
        return alike[0] if len(alike) == 1 else (worker, thing, -1 if alike else slot)
