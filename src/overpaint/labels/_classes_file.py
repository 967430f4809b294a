"""``classes.json``: which number of a published dataset means what, with hashes that a loader asserts in one line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overpaint.errors import LabelsError
from overpaint.labels._class_lists import classes_hash
from overpaint.labels._json_text import json_text
from overpaint.labels._plan_match import Tree
from overpaint.labels._plan_model import LabelPlan

__all__ = ["ClassRow", "Classes", "read_classes"]

VERSION = 1
MOST_BYTES = 1 << 30
MOST_CLASSES = 5_000_000
_HASHED = (
    "SHA-256 over each class in the order of its number, in UTF-8, and a line feed: "
    "hash takes the wnid (the label where there is none), label_hash the label"
)


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class: its number, what it means, what it is called, and how it stands in the data."""

    index: int
    wnid: str | None
    name: str
    label: str


@dataclass(frozen=True)
class Classes:
    """A class list as it is published.

    Attributes
    ----------
    rows
        The classes; their numbers follow one another, mostly from 0.
    file
        How errors call it.
    """

    rows: tuple[ClassRow, ...]
    file: str = "classes.json"

    @staticmethod
    def of(plan: LabelPlan, *, taxonomy: Tree | None = None) -> Classes:
        """The class list after a plan; with ``taxonomy``, named by its words."""
        return Classes.named(((one.index, one.label, one.id) for one in plan.classes), taxonomy=taxonomy)

    @staticmethod
    def named(classes: Iterable[tuple[int, str, str | None]], *, taxonomy: Tree | None = None) -> Classes:
        """From number, label and identifier of each class."""

        def name(label: str, wnid: str | None) -> str:
            names = taxonomy.synset(wnid).names if taxonomy is not None and wnid in taxonomy and wnid else ()
            return names[0] if names else label

        return Classes(tuple(ClassRow(index, wnid, name(label, wnid), label) for index, label, wnid in classes))

    @property
    def labels(self) -> tuple[str, ...]:
        """What a loader's class list has to be."""
        return tuple(row.label for row in self.rows)

    @property
    def hash(self) -> str:
        """Of what the classes mean: the same for a dataset that calls them by other names."""
        return classes_hash(row.wnid or row.label for row in self.rows)

    @property
    def label_hash(self) -> str:
        """Of the labels as they stand in the data: what a loader's own class list hashes to."""
        return classes_hash(self.labels)

    def check(self, names: Sequence[str | Sequence[str]] | Mapping[str, int]) -> None:
        """Assert that a loader numbers the classes as this file does.

        Parameters
        ----------
        names
            Its class list in the order of its numbers (``dataset.classes``), or a dictionary from name to number
            (``class_to_idx``). A class may go by its label, wnid or name; torchvision's tuples of names count where
            one of them is the name.

        Raises
        ------
        LabelsError
            With the first number that means something else.
        """
        given = _by_number(names, self) if isinstance(names, Mapping) else list(names)
        for row, other in zip(self.rows, given, strict=False):
            if not _same(row, other):
                raise LabelsError(
                    f"{self.file}: class {row.index} is {row.wnid or repr(row.label)}, but the given list has "
                    f"{self._where(other)} there; load the classes in the order of {self.file}"
                )
        if len(given) != len(self.rows):
            raise LabelsError(
                f"{self.file}: has {len(self.rows):,} classes, the given list {len(given):,}; "
                "is it the class list of another release?"
            )

    def _where(self, other: object) -> str:
        """Another class by its number; never by its name, which may be one that was removed."""
        numbers = [str(row.index) for row in self.rows if _same(row, other)]
        return f"class {' or '.join(numbers[:3])}" if numbers else "something that is no class of it"

    def to_json(self) -> str:
        """The file, one class a line."""
        head = {"version": VERSION, "hash": self.hash, "label_hash": self.label_hash, "hashed": _HASHED}
        rows = ",\n".join(
            "  " + json_text({"index": row.index, "wnid": row.wnid, "name": row.name, "label": row.label})
            for row in self.rows
        )
        return f'{json.dumps(head, indent=1)[:-2]},\n "classes": [\n{rows}\n]}}\n'

    @staticmethod
    def from_json(text: str, *, name: str = "classes.json") -> Classes:
        """Read what `to_json` wrote, and check its hashes; ``name`` is how errors call the file.

        Raises
        ------
        LabelsError
            For anything else.
        """
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise LabelsError(f"{name}: is no JSON; get the file again") from None
        if not isinstance(found, dict) or found.get("version") != VERSION or not isinstance(found.get("classes"), list):
            raise LabelsError(f"{name}: is no class list of version {VERSION}; name a classes.json of overpaint")
        if len(found["classes"]) > MOST_CLASSES:
            raise LabelsError(f"{name}: has more than {MOST_CLASSES:,} classes; is it the right file?")
        try:
            classes = Classes(tuple(_row(row) for row in found["classes"]), name)
        except (KeyError, TypeError):
            raise LabelsError(f"{name}: a class lacks its index, wnid, name or label; get the file again") from None
        first = classes.rows[0].index if classes.rows else 0
        if [row.index for row in classes.rows] != list(range(first, first + len(classes.rows))):
            raise LabelsError(f"{name}: its numbers do not follow one another; get the file again")
        if (classes.hash, classes.label_hash) != (found.get("hash"), found.get("label_hash")):
            raise LabelsError(f"{name}: its classes do not have the hash that it says; somebody changed it by hand")
        return classes


def read_classes(path: Path | str) -> Classes:
    """The class list that lies beside a dataset.

    Raises
    ------
    LabelsError
        Where the file cannot be read as such, or was changed by hand.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as wrong:
        raise LabelsError(f"{path}: cannot be read ({wrong.strerror}); name the classes.json of a dataset") from None
    if len(content) > MOST_BYTES:
        raise LabelsError(f"{path}: is larger than any class list")
    return Classes.from_json(content.decode("utf-8", "replace"), name=str(path))


def _same(row: ClassRow, other: object) -> bool:
    if isinstance(other, str):
        return other in (row.label, row.wnid, row.name)
    return isinstance(other, Sequence) and any(_same(row, name) for name in other if isinstance(name, str))


def _by_number(numbers: Mapping[str, int], classes: Classes) -> list[str]:
    first = classes.rows[0].index if classes.rows else 0
    ordered = sorted(numbers, key=lambda name: numbers[name])
    for number, name in enumerate(ordered, first):
        if numbers[name] != number:
            raise LabelsError(
                f"{classes.file}: the given numbers do not run from {first} without gaps (there is no {number}); "
                "give the dictionary from every class to its number"
            )
    return ordered


def _row(row: dict[str, Any]) -> ClassRow:
    index, wnid, name, label = row["index"], row["wnid"], row["name"], row["label"]
    if isinstance(index, bool) or not isinstance(index, int) or not isinstance(wnid, str | None):
        raise TypeError
    if not isinstance(name, str) or not isinstance(label, str):
        raise TypeError
    return ClassRow(index, wnid, name, label)
