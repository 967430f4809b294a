"""What an audit of labels found, as facts, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from overpaint import labels
from overpaint.records import shown_key

__all__ = ["AuditedLabel", "LabelAudit", "Subtree"]

_SHOWN = 12  # labels of one kind on a terminal


@dataclass(frozen=True, slots=True)
class AuditedLabel:
    """One label of a dataset.

    Attributes
    ----------
    label, id, index, images
        As it stands in the data; what it means, where that is known; its number there; how many images bear it.
    how
        How its meaning was told: ``wnid``, ``name``, ``index``, ``ambiguous`` or ``unknown``.
    candidates
        Identifiers that it may mean, where it is ambiguous.
    person
        Whether it is a kind of person.
    rating
        What people said of it.
    words
        Hits of the lexicon, where the meaning is not known: for a person to look at.
    listed
        Its number in known class lists.
    beside
        Whether only files beside the images name it (COCO, VOC, YOLO).
    """

    label: str
    id: str | None
    index: int | None
    images: int
    how: str
    candidates: tuple[str, ...]
    person: bool
    rating: labels.Rating | None
    words: int
    listed: Mapping[str, int]
    beside: bool = False

    @property
    def safety(self) -> str | None:
        """What people said of it in one word; None where nobody judged it."""
        return None if self.rating is None else self.rating.safety

    @property
    def unrated(self) -> bool:
        """Whether it is a kind of person that nobody judged."""
        return self.person and self.id != labels.PERSON and self.safety is None

    def to_dict(self, terms: labels.Terms) -> dict[str, Any]:
        """Plain values; words are withheld as ``terms`` says."""
        rated = self.rating
        return {
            "label": terms.label(self.label),
            "id": self.id,
            "name": None if self.id is None else terms.of(self.id),
            "index": self.index,
            "images": self.images,
            "how": self.how,
            "candidates": list(self.candidates),
            "person": self.person,
            "safety": self.safety,
            "imageability": None if rated is None else rated.imageability,
            "rated_by": None if rated is None else rated.source,
            "words": self.words,
            "listed": dict(self.listed),
            "beside": self.beside,
        }


@dataclass(frozen=True, slots=True)
class Subtree:
    """Something of the taxonomy, with how many classes and images lie below it; a class may lie below several."""

    id: str
    classes: int
    images: int


@dataclass(frozen=True)
class LabelAudit:
    """The labels of a dataset, looked at.

    Attributes
    ----------
    images, unlabelled
        How many there are, and how many of them bear no label.
    places
        Where labels stand.
    classes
        Each label, in the order of the class list.
    sources
        Whose ratings were at hand.
    subtrees
        What the labels are kinds of, largest first.
    terms
        Which words are withheld.
    """

    images: int
    unlabelled: int
    places: tuple[str, ...]
    classes: tuple[AuditedLabel, ...]
    sources: tuple[str, ...]
    subtrees: tuple[Subtree, ...]
    terms: labels.Terms

    def of(self, wanted: Callable[[AuditedLabel], bool]) -> tuple[AuditedLabel, ...]:
        """The labels of which something holds."""
        return tuple(one for one in self.classes if wanted(one))

    @property
    def kinds(self) -> dict[str, tuple[AuditedLabel, ...]]:
        """Labels by what there is to say of them; most are of several kinds."""
        kinds = {
            "known": self.of(lambda one: one.id is not None),
            "ambiguous": self.of(lambda one: one.id is None and one.how == "ambiguous"),
            "unknown": self.of(lambda one: one.id is None and one.how == "unknown"),
            "words": self.of(lambda one: one.words > 0),
            "beside": self.of(lambda one: one.beside),
            "empty": self.of(lambda one: one.images == 0),
            "person": self.of(lambda one: one.person),
            "unrated_person": self.of(lambda one: one.unrated),
        }
        rated = {word: self.of(lambda one, word=word: one.safety == word) for word in _SAFETY}  # type: ignore[misc]
        return kinds | rated

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        rows = [one.to_dict(self.terms) for one in self.classes]
        return {
            "images": self.images,
            "unlabelled": self.unlabelled,
            "places": list(self.places),
            "classes": len(self.classes),
            "kinds": {name: _size(found) for name, found in self.kinds.items()},
            "ratings": list(self.sources),
            "subtrees": [asdict(row) | {"name": self.terms.of(row.id)} for row in self.subtrees],
            "labels": rows,
            "withheld": self.terms.withheld,
        }

    def lines(self) -> list[str]:
        """Some lines for a terminal."""
        kinds = self.kinds
        none = f", {self.unlabelled:,} without a label" if self.unlabelled else ""
        where = ", ".join(self.places) or "files beside the images"
        out = [f"{self.images:,} images{none}; {len(self.classes):,} classes, told by {where}"]
        out.append(f"meaning known: {_told(kinds['known'])}")
        out += [
            f"  {row.id} {self.terms.of(row.id)}: {_many(row.classes, 'class', 'classes')}, {row.images:,} images"
            for row in self.subtrees
        ]
        for name in ("ilsvrc", "21k"):
            out.append(f"in {name}: {len(self.of(lambda one, name=name: name in one.listed)):,} classes")  # type: ignore[misc]
        out += self._numbers()
        out.append(f"kinds of person: {_told(kinds['person'])}")
        out += self._rated(kinds)
        for kind, words in _WORDS.items():
            if kinds[kind]:
                out += [f"{words}: {_told(kinds[kind])}", *self._some(kinds[kind])]
        note = self.terms.note()
        return [*out, *([note] if note else [])]

    def _rated(self, kinds: Mapping[str, Sequence[AuditedLabel]]) -> list[str]:
        if not self.sources:
            return [f"rated: nobody's judgements are installed; {labels.HOW_TO_GET_RATINGS}"] if kinds["person"] else []
        out = [f"rated {word}: {_told(kinds[word])}" for word in _SAFETY if kinds[word]]
        return [*(out or ["rated: none of them"]), f"  by {'; '.join(self.sources)}"]

    def _numbers(self) -> list[str]:
        """Whether the dataset's class numbers are those of the list that all its classes are in."""
        numbered = self.of(lambda one: one.index is not None)
        listed = [one for one in numbered if "ilsvrc" in one.listed]
        if not numbered or len(listed) < len(numbered):
            return []
        other = [one for one in listed if one.index != one.listed["ilsvrc"]]
        if not other:
            return ["class numbers: as in ilsvrc"]
        here, there = other[0].index, other[0].listed["ilsvrc"]
        told = f"{other[0].id} is {here} here and {there} there, and {len(other) - 1:,} others"
        return [f"class numbers: NOT as in ilsvrc ({told}); address classes by name"]

    def _some(self, found: Sequence[AuditedLabel]) -> list[str]:
        most = sorted(found, key=lambda one: (-one.images, one.label))
        out = [f"  {shown_key(self.terms.label(one.label))}: {one.images:,}" for one in most[:_SHOWN]]
        return [*out, *([f"  and {len(most) - _SHOWN:,} others"] if len(most) > _SHOWN else [])]


_SAFETY = ("offensive", "sensitive", "safe")
_WORDS = {
    "unrated_person": "kinds of person that nobody judged",
    "ambiguous": "may mean several things",
    "unknown": "meaning not known",
    "words": "words that somebody should look at",
    "beside": "named only by files beside the images",
    "empty": "without any image",
}


def _size(found: Sequence[AuditedLabel]) -> dict[str, int]:
    return {"classes": len(found), "images": sum(one.images for one in found)}


def _told(found: Sequence[AuditedLabel]) -> str:
    return f"{_many(len(found), 'class', 'classes')}, {sum(one.images for one in found):,} images"


def _many(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
