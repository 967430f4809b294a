"""What containers hold, whatever they are: records of images and of everything that travels with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from overpaint.records import Sample

from ._layout import SPLITS

__all__ = ["Field", "Record", "alone", "place_in_container", "split_member"]

_WORDS = re.compile(r"[-_.]")


@dataclass(frozen=True, slots=True)
class Field:
    """Anything of a record that is no image to be looked at.

    Attributes
    ----------
    name
        In a tar the extension after the first dot of the base name (``cls``, ``seg.txt``), empty for a member that is
        no part of any record; in a parquet file the column.
    value
        `bytes` in a tar, an Arrow scalar in a parquet file.
    kind
        Its class by `classify`: ``label``, ``derived``, ``text`` or ``unknown``.
    """

    name: str
    value: Any
    kind: str


@dataclass(frozen=True, slots=True)
class Record:
    """Images and fields that belong together: the members of a tar that share a key, or a row.

    Attributes
    ----------
    name
        WebDataset's ``__key__``: path and base name up to the first dot. In a parquet file one that is unique in the
        dataset: the file's path without its extension, ``/``, and the row in eight digits or more.
    samples
        Its images, in order; maybe none.
    fields
        The rest, in order; maybe none.
    lengths
        Of every column of lists of images how many places the list has, nulls among them; None where it is a null.
    """

    name: str
    samples: tuple[Sample, ...]
    fields: tuple[Field, ...]
    lengths: tuple[tuple[str, int | None], ...] = ()


def alone(samples: Iterable[Sample]) -> Iterator[Record]:
    """The images of a folder as records of one image each."""
    return (Record(sample.key, (sample,), ()) for sample in samples)


def split_member(name: str) -> tuple[str, str]:
    """The record's name and the field's of a tar member, by WebDataset's rule: at the base name's first dot.

    A member whose base name has no dot, begins with one, or has nothing behind it, is a record of its own with a
    field without name. ``record + "." + field``, or ``record`` where `field` is empty, is the member's name.
    """
    slash = name.rfind("/") + 1
    dot = name.find(".", slash)
    if dot <= slash or dot == len(name) - 1:
        return name, ""
    return name[:dot], name[dot + 1 :]


def place_in_container(container: str, name: str) -> tuple[str | None, str | None]:
    """The label and the split of an image called `name` in the container at `container`, each None where unsaid.

    The split is the container's, by its top directory or a word of its file name (``train-00000-of-00002.parquet``),
    else the name's top directory where that is called as a split is. The label is the next directory of the name.
    """
    directories = name.split("/")[:-1]
    own = directories.pop(0) if directories and directories[0].lower() in SPLITS else None
    top, _, rest = container.partition("/")
    split = top if rest and top.lower() in SPLITS else None
    if split is None:
        words = {word for word in _WORDS.split(container.rpartition("/")[2]) if word.lower() in SPLITS}
        split = words.pop() if len(words) == 1 else own
    return (directories[0] if directories else None), split
