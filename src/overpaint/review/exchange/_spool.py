"""Answers and questions put in order on disk: all that belongs to one picture together, however they came."""

from __future__ import annotations

import hashlib
import itertools
import json
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from overpaint.records import Box
from overpaint.review._questions import Proposal, Question
from overpaint.review._words import Kind
from overpaint.review.exchange._model import Labelled

__all__ = ["Spool", "Task", "task_of"]


@dataclass(frozen=True, slots=True)
class Task:
    """A question as another tool can be told of it."""

    sample: str
    width: int
    height: int
    orientation: int
    kind: Kind
    thing: str
    question: str
    boxes: tuple[Proposal, ...]
    title: str
    definition: str
    context: str
    sensitive: bool
    page: int = 0


def task_of(question: Question) -> Task:
    """What of a question goes out; boxes of which nothing is in the picture do not."""
    size = question.width, question.height
    return Task(
        question.sample,
        question.width,
        question.height,
        question.orientation,
        question.kind,
        question.thing,
        question.name,
        tuple(each for each in question.boxes if each.box.clipped(*size).area > 0),
        question.title,
        question.definition,
        question.context,
        question.sensitive,
        question.page,
    )


class Spool:
    """Keeps what comes in a file, and gives it back by part and group, in the order in which these came first.

    In memory are 24 bytes for each item. Parts and groups are told apart by 64 bits of a hash while sorting; what
    shares them by chance is parted when it is read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._parts, self._groups, self._places = array("Q"), array("Q"), array("q")

    def add(self, item: Labelled | Task, *, part: str, group: str) -> None:
        """Keep an item: ``part`` names the file that it goes to, ``group`` what it belongs together with in there."""
        self._parts.append(_hash(part))
        self._groups.append(_hash(f"{len(part)} {part}{group}"))
        self._places.append(self._file.tell())
        line = json.dumps([part, group, isinstance(item, Task), _plain(item)], separators=(",", ":"))
        self._file.write(line.encode() + b"\n")

    def parts(self) -> Iterator[tuple[str, Iterator[list[Labelled | Task]]]]:
        """Each part with its groups; a part's groups are to be read before the next part."""
        for part, groups in itertools.groupby(self._sorted(), key=lambda found: found[0]):
            yield part, (items for _, items in groups)

    def _sorted(self) -> Iterator[tuple[str, list[Labelled | Task]]]:
        order = np.lexsort((_first(self._groups), _first(self._parts)))  # stable: items stay as they came
        held: dict[tuple[str, str], list[Labelled | Task]] = {}
        at: int | None = None
        for index in order.tolist():
            if self._groups[index] != at:
                yield from ((part, items) for (part, _), items in held.items())
                held, at = {}, self._groups[index]
            self._file.seek(self._places[index])
            part, group, is_task, plain = json.loads(self._file.readline())
            held.setdefault((part, group), []).append(_task(plain) if is_task else _labelled(plain))
        yield from ((part, items) for (part, _), items in held.items())


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _first(keys: array[int]) -> npt.NDArray[np.intp]:
    """For each item, where the first one stands that has its key."""
    _, first, number = np.unique(np.frombuffer(keys, np.uint64), return_index=True, return_inverse=True)
    return first[number]


def _plain(item: Labelled | Task) -> dict[str, Any]:
    if isinstance(item, Task):
        return asdict(item)
    return {each.name: getattr(item, each.name) for each in fields(item)} | {"value": dict(item.value)}


def _task(plain: dict[str, Any]) -> Task:
    boxes = tuple(Proposal(Box(**one["box"]), one["score"], one["subject"]) for one in plain["boxes"])
    return Task(**plain | {"kind": Kind(plain["kind"]), "boxes": boxes})


def _labelled(plain: dict[str, Any]) -> Labelled:
    return Labelled(**plain | {"kind": Kind(plain["kind"])})
