"""What the values of a label column mean, and the codes they get."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from overpaint import labels
from overpaint.errors import LabelsError
from overpaint.jobs._labels_table_column import Codes, Offsets, Value
from overpaint.labels import LabelCount, LabelPlan

__all__ = ["Coder", "Meaning", "blanks", "meaning"]

MOST_VALUES = 1_000_000
"""More different labels than that are no labels but captions."""
_DIGITS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Meaning:
    """The labels that the values of a column stand for.

    Attributes
    ----------
    counts
        Every label with its images, for `labels.plan_labels`.
    of
        The label of each value; None where a value is no label (empty, or -1 as Hugging Face writes it).
    numbered
        Whether values are class numbers.
    """

    counts: tuple[LabelCount, ...]
    of: Mapping[Value, str | None]
    numbered: bool


def meaning(
    counted: Mapping[Value, int],
    *,
    names: Sequence[str] | None,
    listed: labels.ClassList | None,
    taxonomy: labels.Taxonomy,
    file: str,
) -> Meaning:
    """What values mean: numbers by the file's own class list (`names`) or the one that was named (`listed`).

    Raises
    ------
    LabelsError
        For numbers whose meaning nobody told, or that a class list does not have.
    """
    if any(isinstance(value, str) and "\n" in value for value in counted):
        raise LabelsError(f"{file}: a label goes over several lines; is a quote not closed?")
    known = (listed,) if listed is not None else ()
    values = [value for value in counted if not _blank(value)]
    numbered = any(isinstance(value, int) for value in values) or (
        bool(values) and (listed is not None or names is not None) and all(_DIGITS.fullmatch(str(v)) for v in values)
    )
    of: dict[Value, str | None] = {value: None for value in counted if _blank(value)}
    if not numbered:
        of |= {value: str(value) for value in values}
        made = [LabelCount(str(v), counted[v], None, _id(str(v), taxonomy, known)) for v in values]
        return Meaning(tuple(made), of, numbered=False)
    if names is None and listed is None:
        raise LabelsError(
            f"{file}: its labels are numbers, and it does not say of what; "
            "name the class list (label_list=, --label-list), such as ilsvrc or a names file"
        )
    classes = tuple(names) if names is not None else listed.identifiers if listed is not None else ()
    ids = [_id(one, taxonomy, known) for one in classes] if names is not None or listed is None else list(listed.ids)
    images = [0] * len(classes)
    for value in values:
        number = int(value)
        if not 0 <= number < len(classes):
            raise LabelsError(f"{file}: there is a class {number}, but its class list ends with {len(classes) - 1}")
        of[value] = classes[number]
        images[number] += counted[value]
    made = [LabelCount(one, images[n], n, ids[n]) for n, one in enumerate(classes)]
    return Meaning(tuple(made), of, numbered=True)


def _id(label: str, taxonomy: labels.Taxonomy, known: tuple[labels.ClassList, ...]) -> str | None:
    return labels.resolve_label(label, taxonomy=taxonomy, lists=known).id


def _blank(value: Value) -> bool:
    return value == -1 if isinstance(value, int) else not value


class Coder:
    """Gives the values of a column their codes.

    In the first reading, codes are handed out as values come, and rows are counted; `of_plan` makes one for the second.
    """

    def __init__(self, codes: dict[Value, int] | None = None) -> None:
        self._codes: dict[Value, int] = {} if codes is None else codes
        self._fixed = codes is not None
        self._counts = np.zeros(0, np.int64)

    @staticmethod
    def of_plan(plan: LabelPlan, found: Meaning) -> Coder:
        """Codes are places in ``plan.before``; values that are no labels have -2, -3, ... in order of `blanks`."""
        place = {label: at for at, label in enumerate(plan.before)}
        codes = {value: place[label] for value, label in found.of.items() if label is not None}
        codes |= {value: -2 - at for at, value in enumerate(blanks(found))}
        return Coder(codes)

    def codes(self, values: Sequence[Value], local: Codes) -> Codes:
        """From places in `values` (-1: null) to codes.

        Raises
        ------
        LabelsError
            A value that the first reading did not see, or too many of them.
        """
        if not self._fixed:
            for value in values:
                self._codes.setdefault(value, len(self._codes))
            if len(self._codes) > MOST_VALUES:
                raise LabelsError(f"there are more than {MOST_VALUES:,} different labels; is it the right column?")
        try:
            known = [self._codes[value] for value in values]
        except KeyError:
            raise LabelsError("the table changed while it was read; try again when nobody writes it") from None
        return np.asarray(np.append(np.array(known, np.int32), np.int32(-1))[local])

    def count(self, codes: Codes, offsets: Offsets | None) -> None:
        """Count rows that bear each value."""
        found = labels.rows_bearing(codes, offsets, len(self._codes))
        found[: len(self._counts)] += self._counts
        self._counts = found

    @property
    def counted(self) -> dict[Value, int]:
        """Every value that was seen, and how many rows bear it."""
        return dict(zip(self._codes, self._counts.tolist(), strict=False))


def blanks(found: Meaning) -> list[Value]:
    """Values that are no labels, in a fixed order."""
    return sorted((value for value, label in found.of.items() if label is None), key=str)
