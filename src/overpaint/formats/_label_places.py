"""Where the labels of a dataset stand: in paths, in members of a tar, in JSON, in columns."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from overpaint.errors import LabelsError

__all__ = ["MOST_LABELS", "LabelPlace"]

MOST_LABELS = 4096
"""Of one sample; of one that has more, those that follow are not read."""

Kind = Literal["path", "member", "json", "column"]

_WAYS = "give path, .cls (a member by its extension), .json:labels (a member of JSON) or column:objects.category"
_LONGEST = 1024
_MEMBER = re.compile(r"\.[^:/\0]+")
_JSON = re.compile(r"(\.?[^:/\0]*json):(.+)", re.DOTALL)
_STEP = re.compile(r"[^.\[\]\0]+(?:\[\])*")


@dataclass(frozen=True, slots=True)
class LabelPlace:
    """One place where samples say their labels.

    Attributes
    ----------
    place
        ``path``: the directory that `Layout` takes for the label. ``.cls``: a member of a tar by its extension, a
        number or text. ``.json:labels`` or ``.json:objects[].category``: within a member of JSON (or a text column
        called ``json``), names of members with dots between them; lists are gone through, with ``[]`` or without; a
        name that holds a dot as JSON Pointer (RFC 6901): ``.json:/a.b/c``. ``column:label``,
        ``column:objects.category``: a column, and the parts of its structs.
    classes
        What its numbers mean, in their order; None where that is not known: a number is then called by its digits.
    """

    place: str
    classes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if _canonical(self.place) != self.place:
            raise LabelsError(f"label place {self.place!a} is none; {_WAYS}")

    @classmethod
    def parse(cls, text: str, *, classes: Sequence[str] | None = None) -> LabelPlace:
        """What a user wrote; ``json:labels`` and ``columns:label`` will do too.

        Raises
        ------
        LabelsError
            It is no place; the message names it and says what can be given.
        """
        canonical = _canonical(text.strip())
        if canonical is None:
            raise LabelsError(f"label place {text!a} is none; {_WAYS}")
        return cls(canonical, None if classes is None else tuple(classes))

    def meaning(self, classes: Sequence[str]) -> LabelPlace:
        """The same place, with what its numbers mean."""
        return dataclasses.replace(self, classes=tuple(classes))

    @property
    def kind(self) -> Kind:
        """Which of the four it is."""
        if self.place == "path":
            return "path"
        if self.place.startswith("column:"):
            return "column"
        return "json" if ":" in self.place else "member"

    @property
    def field(self) -> str:
        """The name of the member (without the dot before it) or of the column; empty for the path."""
        if self.kind == "path":
            return ""
        if self.kind == "column":
            return self._steps[0]
        return self.place.partition(":")[0][1:]

    @property
    def steps(self) -> tuple[str, ...]:
        """What leads to the label inside the field, name by name."""
        if self.kind == "json":
            return self._steps
        return self._steps[1:] if self.kind == "column" else ()

    @property
    def _steps(self) -> tuple[str, ...]:
        return _steps(self.place.partition(":")[2])


def _canonical(text: str) -> str | None:
    """The one way to write a place; None for what is none."""
    if not 0 < len(text) <= _LONGEST:
        return None
    if text == "path":
        return text
    for word in ("column:", "columns:"):
        if text.startswith(word):
            rest = text[len(word) :]
            return f"column:{rest}" if _steps(rest) else None
    if found := _JSON.fullmatch(text):
        name = found[1] if found[1].startswith(".") else f".{found[1]}"
        return f"{name}:{found[2]}" if _steps(found[2]) else None
    return text if _MEMBER.fullmatch(text) and text.rpartition(".")[2].lower() != "json" else None


def _steps(pointer: str) -> tuple[str, ...]:
    """The names in a pointer; none where it is not one."""
    if pointer.startswith("/"):
        return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))
    parts = pointer.split(".")
    if not all(_STEP.fullmatch(part) for part in parts):
        return ()
    return tuple(part.rstrip("[]") for part in parts)
