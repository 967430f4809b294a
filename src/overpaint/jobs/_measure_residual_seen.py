"""What is still visible in each audited image: by what people drew, or by a dataset's truth in their place."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from overpaint import measures
from overpaint.errors import BoxesError, SampleError, UsageError
from overpaint.formats import Annotations
from overpaint.jobs._measure_residual_frame import Sight, height_of
from overpaint.records import Box
from overpaint.review import counts_for

if TYPE_CHECKING:
    from overpaint.review import AuditAnswer

__all__ = ["Rule", "Seen", "Truth", "seen_by_people", "seen_in_truth", "truth_inputs"]

_BELIEVED = 0.5  # what people say together is there from this probability on
_SAME = 0.4  # a drawn box and a detector's are of one thing from this intersection over union on, as in a review
_DEEPEST = 20_000  # files of a directory of truth that are hashed


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts as still visible: at least ``least`` pixels high, and less than ``cover`` of its box is painted."""

    kind: str
    least: float
    cover: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in one image.

    Attributes
    ----------
    visible
        Boxes of what is still visible.
    everything
        How many things were seen at all, hidden ones too, where that can be told (truth; people at the source).
    small, on_purpose
        Visible ones that do not count: below the least height; kept by a rule, an allow-list or a consent.
    lookers
        For each of ``visible``, who saw it without the others: detectors that had at least a doubt there, and people.
    people
        How many answered.
    seconds
        What people took.
    overlooked
        What a model of people's skills expects that they overlooked.
    unsettled
        The review would ask more people.
    """

    visible: tuple[Box, ...] = ()
    everything: int = 0
    small: int = 0
    on_purpose: int = 0
    lookers: tuple[frozenset[str], ...] = ()
    people: int = 0
    seconds: tuple[float, ...] = ()
    overlooked: float = 0.0
    unsettled: bool = False


@dataclass
class Truth:
    """Boxes of a dataset's truth, of one file or several; what could not be used is counted in ``unusable``."""

    files: Sequence[Annotations]
    unusable: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, paths: Sequence[str | PathLike[str]]) -> Truth:
        """Open files of truth; `BoxesError` names the one that cannot be read."""
        return cls([measures.open_truth(path) for path in paths])

    def boxes(self, sight: Sight) -> list[Box] | None:
        """The true boxes of an image that count, in its stored frame; None where nothing is known of it.

        Boxes that the file marks (WIDER's ``invalid``, VOC's ``difficult``, COCO's crowds) do not count.
        """
        for file in self.files:
            try:
                found = file.lookup(sight.key)
                if found is not None:
                    return [each.placed(*sight.size) for each in found if not each.ignored and not each.crowd]
            except SampleError as error:
                self.unusable[error.reason] += 1
                return None
        return None


def truth_inputs(paths: Sequence[str | PathLike[str]]) -> list[measures.Input]:
    """What the figures rest on; a directory by the names and contents of its files."""
    inputs = []
    for number, path in enumerate(map(Path, paths), 1):
        name = "truth" if len(paths) == 1 else f"truth {number}"
        try:
            if not path.is_dir():
                inputs.append(measures.file_input(name, path))
                continue
            digest, files = hashlib.sha256(), sorted(each for each in path.rglob("*") if each.is_file())
            if len(files) > _DEEPEST:
                raise UsageError(f"--truth {path}: more than {_DEEPEST:,} files; give one file, such as COCO JSON")
            for file in files:
                content = hashlib.sha256(file.read_bytes()).hexdigest()
                digest.update(f"{file.relative_to(path)}\0{content}\0".encode("utf-8", "surrogateescape"))
            inputs.append(measures.Input(name, digest.hexdigest(), len(files)))
        except OSError as error:
            raise BoxesError(f"--truth {path}: {error.strerror or error}") from None
    return inputs


def seen_in_truth(sight: Sight, boxes: Sequence[Box], rule: Rule) -> Seen:
    """What of the true boxes is still visible."""
    return _seen(sight, boxes, rule, people=[])


def seen_by_people(sight: Sight, answer: AuditAnswer, rule: Rule) -> Seen | None:
    """What people say is still visible; None where nobody has answered."""
    if not answer.answers:
        return None
    unsettled = answer.state != "settled"
    if answer.flagged is not None:
        flagged = answer.flagged >= _BELIEVED
        whole = Box(0, 0, sight.size[0], sight.size[1])
        # nobody draws there, so that it is not told who saw it
        seen = Seen((whole,) if flagged else (), int(flagged), lookers=(frozenset(),) * flagged)
        return replace(seen, people=answer.answers, seconds=answer.seconds, unsettled=unsettled)
    boxes = [box for box, probability in answer.boxes if probability >= _BELIEVED]
    seen = _seen(sight, boxes, rule, people=answer.people)
    told = replace(seen, people=answer.answers, seconds=answer.seconds, unsettled=unsettled)
    return replace(told, overlooked=answer.overlooked)


def _seen(sight: Sight, boxes: Sequence[Box], rule: Rule, *, people: Sequence[Sequence[Box]]) -> Seen:
    cores, visible, small, on_purpose = sight.cores(), list[Box](), 0, 0
    kept = [box for kind, box in sight.kept if counts_for(kind, rule.kind)]
    for box in boxes:
        if box.area <= 0 or measures.covered(box, cores) >= rule.cover:
            continue
        if height_of(box, sight.size[2]) < rule.least:
            small += 1
        elif any(box.iou(other) >= _SAME for other in kept):
            on_purpose += 1
        else:
            visible.append(box)
    lookers = tuple(_lookers(sight, box, rule, people) for box in visible)
    return Seen(tuple(visible), len(boxes), small, on_purpose, lookers)


def _lookers(sight: Sight, box: Box, rule: Rule, people: Sequence[Sequence[Box]]) -> frozenset[str]:
    """Who saw a thing without the others: detectors, however unsure, and the first two people who were asked."""
    names = {
        row["detector"]
        for row in sight.findings
        if row["x0"] is not None
        and not row["page"]
        and counts_for(row["kind"], rule.kind)
        and Box(row["x0"], row["y0"], row["x1"], row["y1"]).iou(box) >= _SAME
    }
    for number, drawn in enumerate(people[:2], 1):
        if any(each.iou(box) >= _SAME for each in drawn):
            names.add(f"person {number}")
    return frozenset(names)
