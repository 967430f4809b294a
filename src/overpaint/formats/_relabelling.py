"""Other labels for a dataset: names, members, columns and class lists, by one map from old to new."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from overpaint.errors import LabelsError
from overpaint.records import Sample

from ._label_edit import Change
from ._label_features import with_classes
from ._label_names import Placed, looks_tagged, more_digits, placed, wnid_of
from ._label_places import LabelPlace
from ._label_values import edit_field
from ._layout import SPLITS
from ._names import nameless, stem
from ._record import Field, Record

__all__ = ["Relabelling"]

_LONGEST = 255  # bytes of a directory's name


@dataclass(frozen=True)
class Relabelling:
    """See the module. The same for every shard; it can be pickled.

    A label that `names` does not know goes as one that it sends to None: nobody judged it.

    Attributes
    ----------
    names
        Every label as `read_labels` gives it → what it is called from now on, or None where it goes.
    numbers
        Old number → new number or None, for numbers of which no class list is known.
    places
        Where the labels stand, as `find_label_places` gives them.
    classes
        The new class list, in the order of the new numbers.

    Raises
    ------
    LabelsError
        A new label cannot be the name of a directory, and directories are labels here.
    """

    names: Mapping[str, str | None]
    numbers: Mapping[int, int | None]
    places: tuple[LabelPlace, ...]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        for old, new in self.names.items() if self.by_path else ():
            if new is not None and new != old and not _possible(new):
                raise LabelsError(f"the new label {new!a} cannot be the name of a directory; choose another one")

    def __getstate__(self) -> tuple[Any, ...]:
        return dict(self.names), dict(self.numbers), self.places, self.classes

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        for name, value in zip(("names", "numbers", "places", "classes"), state, strict=True):
            object.__setattr__(self, name, value)

    @cached_property
    def touches(self) -> bool:
        """Whether any label or number changes."""
        return any(old != new for old, new in self.names.items()) or any(a != b for a, b in self.numbers.items())

    @cached_property
    def by_path(self) -> bool:
        """Whether directories are labels here."""
        return any(place.kind == "path" for place in self.places)

    # ------------------------------------------------------------------ names

    def sample(self, sample: Sample) -> Sample:
        """A sample as it is called and labelled from now on; the same one where nothing changes."""
        if not self.touches:
            return sample
        move = self._of(sample) if self.by_path else None
        changes: dict[str, Any] = {}
        if sample.label is not None and (label := self._label(sample.label)) != sample.label:
            changes["label"] = label
        if move is not None:
            changes["name"] = move(sample.name or sample.key)
            if sample.record is not None:
                changes["record"] = move(sample.record)
        return dataclasses.replace(sample, **changes) if changes else sample

    def record(self, record: Record) -> Record:
        """A record with its name and those of its images as they are from now on; fields come later."""
        if not self.touches or not self.by_path:
            return record
        if not record.samples:
            return dataclasses.replace(record, name=self._alone(record.name))
        moves = map(self._of, record.samples)
        move = next((move for move in moves if move is not None), None)
        samples = tuple(self.sample(sample) for sample in record.samples)
        return dataclasses.replace(record, name=move(record.name) if move else record.name, samples=samples)

    def moved(self, at: Placed) -> str:
        """Where a path that says its label lies from now on."""
        path = "/".join([*at.front, at.label, *at.below, at.base])
        move = self._move(at) if self.touches and self.by_path else None
        return path if move is None else move(path)

    def moves(self, sample: Sample) -> bool:
        """Whether a sample is called otherwise from now on."""
        new = self.sample(sample)
        return (new.name or new.key) != (sample.name or sample.key)

    def vacant(self, sample: Sample) -> bool:
        """Whether no other sample can lie from now on where this one lay."""
        if not self.by_path:
            return True
        at = placed(sample)
        return self._of(sample) is None if at is None else not self._arrives(at.label, at.stem)

    def _label(self, label: str) -> str | None:
        return self.names.get(label, None if self.by_path else label)

    def _of(self, sample: Sample) -> Callable[[str], str] | None:
        """What becomes of a sample's name and its record's; None where nothing does."""
        at = placed(sample)
        if at is not None:
            return self._move(at)
        start = stem((sample.name or sample.key).rpartition("/")[2])
        goes = None in self.names.values() and not nameless(sample)
        return more_digits if goes and looks_tagged(start) else None  # one that loses its label may be called so

    def _move(self, at: Placed) -> _Move | None:
        """What becomes of paths in the directory of one; None where nothing does."""
        new = self.names.get(at.label)
        if new == at.label:
            return _Move(at, new, tagged=True, hidden=False) if self._arrives(new, at.stem) else None
        wnid = wnid_of(at.label)
        own = wnid is not None and wnid == wnid_of(at.stem) and not looks_tagged(at.stem)
        hidden = new is None or (wnid is None and at.names_label())
        return _Move(at, new, tagged=not own, hidden=hidden)

    def _arrives(self, label: str, stem: str) -> bool:
        """Whether an image of another label may come to be called so in the directory of this one."""
        if label not in self._targets:
            return False
        wnid = wnid_of(stem)
        return looks_tagged(stem) or (wnid is not None and wnid != label and self.names.get(wnid) == label)

    @cached_property
    def _targets(self) -> frozenset[str]:
        return frozenset(new for old, new in self.names.items() if new is not None and new != old)

    def _alone(self, name: str) -> str:
        """The name of a record without images: its first directory that is a label goes as the label does."""
        parts = name.split("/")
        for at, part in enumerate(parts[:-1]):
            if part in self.names and part.lower() not in SPLITS:
                move = self._move(Placed(tuple(parts[:at]), part, tuple(parts[at + 1 : -1]), parts[-1]))
                return move(name) if move else name
        return name

    # ----------------------------------------------------------------- fields

    def field(self, field: Field) -> Field | None:
        """A field with its labels exchanged; itself where nothing changes, None where nothing is left of it.

        What cannot be read (JSON that is broken, text that is no UTF-8) goes too, since it may say any label.
        """
        if not self.touches:
            return field
        for place in self.places:
            new = edit_field(field, place, self._changes[place])
            if new is None:
                return None
            field = new
        return field

    def fields(self, fields: Sequence[Field]) -> list[Field]:
        """The fields of one record with their labels exchanged, without those of which nothing is left."""
        return [new for new in map(self.field, fields) if new is not None]

    def schema(self, schema: pa.Schema) -> pa.Schema:
        """The columns of a file with the new class lists in Hugging Face's metadata."""
        if not self.touches:
            return schema
        for place in self.places:
            if place.kind == "column" and (classes := self.classes_of(place)) is not None:
                schema = with_classes(schema, (place.field, *place.steps), classes)
        return schema

    def classes_of(self, place: LabelPlace) -> tuple[str, ...] | None:
        """What the numbers at a place mean from now on; None where nobody knows what they mean."""
        if place.classes is None:
            return None
        told = {self.names.get(name) for name in place.classes}
        # of several columns each has a list of its own: what only another one names is no class of it
        mine = tuple(name for name in self.classes if name in told) if place.kind == "column" else self.classes
        return next((one for one in (mine, self.classes) if self._agree(place.classes, one)), self._own(place.classes))

    def change(self, place: LabelPlace) -> Change:
        """What becomes of one label, as text or as number, at a place."""
        if place.classes is None:
            return self._unnamed
        old, new = place.classes, self.classes_of(place) or ()
        numbers: dict[int, int | None] = {}
        at = {name: number for number, name in reversed(list(enumerate(new)))}
        for number, name in enumerate(old):
            to = self.names.get(name)
            numbers[number] = None if to is None else at.get(to)
        return _Named(self.names, numbers)

    @cached_property
    def _changes(self) -> dict[LabelPlace, Change]:
        return {place: self.change(place) for place in self.places}

    def _unnamed(self, label: str | int) -> str | int | None:
        if isinstance(label, str):
            return self.names.get(label)
        if label < 0:
            return label
        if label in self.numbers:
            return self.numbers[label]
        told = self.names.get(str(label))
        return int(told) if told is not None and told.isdecimal() else None

    def _agree(self, old: Sequence[str], classes: Sequence[str]) -> bool:
        """Whether a new class list is one that follows from this old one."""
        at = {name: number for number, name in enumerate(classes)}
        new = [self.names.get(name) for name in old]
        if not all(name is None or name in at for name in new):
            return False
        return all(
            self.numbers.get(number, to) == to
            for number, to in enumerate(None if name is None else at[name] for name in new)
        )

    def _own(self, old: Sequence[str]) -> tuple[str, ...]:
        new = (self.names.get(name) for name in old)
        return tuple(dict.fromkeys(name for name in new if name is not None))


@dataclass(frozen=True)
class _Named:
    """What becomes of labels at a place whose class list is known."""

    names: Mapping[str, str | None]
    numbers: Mapping[int, int | None]

    def __call__(self, label: str | int) -> str | int | None:
        if isinstance(label, str):
            return self.names.get(label)
        return label if label < 0 else self.numbers.get(label)


@dataclass(frozen=True)
class _Move:
    """What becomes of the paths in one directory."""

    at: Placed
    label: str | None
    tagged: bool
    hidden: bool

    def __call__(self, path: str) -> str:
        own = self.at.at(path)
        return path if own is None else own.moved(self.label, tagged=self.tagged, hidden=self.hidden)


def _possible(label: str) -> bool:
    """Whether a label can be a directory that reads as a label."""
    try:
        size = len(label.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return False
    odd = label.startswith(".") or label.lower() in SPLITS or "/" in label or "\0" in label
    return 0 < size <= _LONGEST and not odd
