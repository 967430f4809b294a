"""Answers and questions written for other tools: sorted on disk first, and whole or not at all."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from overpaint.errors import UsageError
from overpaint.formats import BoxedImage, ScoredBox, write_boxes
from overpaint.formats._boxes_out._model import Skip
from overpaint.formats._boxes_out._place import Folder, staged
from overpaint.review._questions import Question
from overpaint.review._words import Kind
from overpaint.review.exchange._coco_out import write_coco
from overpaint.review.exchange._csv import Csv
from overpaint.review.exchange._cvat_out import cvat_labels, parts_of, write_cvat
from overpaint.review.exchange._label_studio_out import configuration, write_label_studio
from overpaint.review.exchange._model import FORMATS, Format, Labelled, Left, Written
from overpaint.review.exchange._names import place_of
from overpaint.review.exchange._spool import Spool, Task, task_of
from overpaint.review.exchange._voc import voc_file

__all__ = ["write"]

_KINDS: dict[Format, frozenset[Kind]] = {
    "csv": frozenset(Kind),
    "coco": frozenset({Kind.BOXES}),
    "cvat": frozenset(Kind) - {Kind.RATE_LABEL, Kind.AUDIT},
    "label-studio": frozenset(Kind) - {Kind.AUDIT},
    "voc": frozenset({Kind.BOXES}),
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def write(
    records: Iterable[Labelled],
    dest: str | os.PathLike[str],
    *,
    format: Format,  # noqa: A002 - the word that the command line has
    images: str = "",
    questions: Iterable[Question] = (),
) -> Written:
    """Write answers, and questions still to be answered, for another tool.

    Everything is sorted in a file beside ``dest`` first: in memory are 24 bytes for each answer and what one picture
    needs. All files have mode 0600.

    Parameters
    ----------
    records
        Answers in any order; workers are pseudonyms, and it is for the caller to see to that.
    dest
        ``csv``: a file; all others: a directory. It appears whole or not at all, and nothing may be there.
    format
        One of `FORMATS`.
    images
        What the other tool's names of pictures begin with before the key: a path or an address that ends in ``/`` (or
        ``/data/local-files/?d=`` for Label Studio's local storage).
    questions
        Go out as tasks, their boxes as pre-annotations.

    Returns
    -------
    Written
        Left out, by reason: ``kind-not-in-format``; ``page-not-first``; ``shows-a-crop`` (the other tool would show
        all of the picture); ``no-view-lane`` (an answer that says so is given to nobody); ``second-answer`` (CVAT and
        VOC hold one of each person for each picture and thing); ``name-not-utf8``, ``name-not-in-xml``,
        ``name-not-a-path``, ``same-name-but-for-the-extension``.

    Raises
    ------
    UsageError
        An unknown format, or ``dest`` is taken.
    EngineError
        The disk is full, or cannot be written to.
    """
    if format not in FORMATS:
        raise UsageError(f"format {format!r} is none of {', '.join(FORMATS)}")
    dest = Path(dest)
    job = _Job(format, images)
    with staged(dest, folder=format != "csv", mine=lambda _: False) as (place, scratch), ExitStack() as files:
        if format == "csv":
            out = Csv(_opened(place, files))
            for item in job.items(records, questions):
                out.add(item)
        else:
            spool = Spool(_opened(scratch, files))
            for item in job.items(records, questions):
                spool.add(item, part=job.part(item), group=job.group(item))
            job.write(spool, place, scratch.with_name("annotations"), files)
        files.close()
        made = [path.relative_to(place) for path in sorted(place.rglob("*")) if path.is_file()]
    counts = job.done
    skipped = dict(sorted((+job.skipped).items()))
    found = tuple(dest / one for one in made) if format != "csv" else (dest,)
    return Written(found, counts["records"], counts["questions"], skipped)


def _opened(path: Path, files: ExitStack) -> BinaryIO:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    return files.enter_context(os.fdopen(descriptor, "w+b", buffering=1 << 16))


class _Job:
    """One call of `write`: what goes where, and what is left out."""

    def __init__(self, form: Format, images: str) -> None:
        self._form, self._images = form, images
        self._labels: dict[tuple[str, str], None] = {}  # CVAT's, or of each kind its things
        self.done, self.skipped = Counter[str](), Counter[str]()

    def items(self, records: Iterable[Labelled], questions: Iterable[Question]) -> Iterator[Labelled | Task]:
        """What the format can hold; questions first, so that a task says what its question says."""
        for question in questions:
            try:
                if question.crop is not None and self._form != "csv":
                    raise Left("shows-a-crop", "")
                task = task_of(question)
                self._check(task)
            except Left as left:
                self.skipped[left.reason] += 1
            else:
                self.done["questions"] += 1
                yield task
        for record in records:
            try:
                flags = record.value.get("flags", ())
                if "sexual" in flags and "minor" in flags:
                    raise Left("no-view-lane", "")
                self._check(record)
            except Left as left:
                self.skipped[left.reason] += 1
            else:
                self.done["records"] += 1
                yield record

    def _check(self, item: Labelled | Task) -> None:
        try:
            f"{item.sample}{item.thing}".encode()
        except UnicodeEncodeError:
            raise Left("name-not-utf8", "") from None
        if item.kind not in _KINDS[self._form]:
            raise Left("kind-not-in-format", "")
        if self._form == "csv":
            return
        if item.page:
            raise Left("page-not-first", "")
        if self._form in ("cvat", "voc") and _NOT_XML.search(f"{item.sample}{item.thing}"):
            raise Left("name-not-in-xml", "")
        parts = parts_of(item.kind, item.thing) if self._form == "cvat" else [(item.kind.value, item.thing)]
        self._labels.update(dict.fromkeys(parts))

    def part(self, item: Labelled | Task) -> str:
        """Which file it goes to."""
        if self._form == "label-studio":
            return item.kind.value
        if isinstance(item, Task):
            return "questions"
        return "answers" if self._form == "coco" else f"answers/{item.worker}"

    def group(self, item: Labelled | Task) -> str:
        """What it belongs together with in there: the same picture, in Label Studio the same question."""
        if self._form == "label-studio":
            return item.question or f"{item.kind}\0{item.thing}\0{item.sample}"
        return item.sample

    def write(self, spool: Spool, place: Path, later: Path, files: ExitStack) -> None:
        """The files of a directory."""
        folder = Folder(place)
        labels = list(self._labels)
        if self._form == "cvat":
            with folder.open("labels.json") as file:
                file.write(cvat_labels(labels))
        for part, groups in spool.parts():
            if self._form == "label-studio":
                with folder.open(f"{part}.json") as file:
                    write_label_studio(file, groups, images=self._images)
                with folder.open(f"{part}.xml") as file:
                    file.write(configuration(Kind(part), [thing for kind, thing in labels if kind == part]))
            elif self._form == "cvat":
                worker = part.removeprefix("answers/") if part != "questions" else ""
                with folder.open(f"answers/{_named(worker)}.xml" if worker else "questions.xml") as file:
                    write_cvat(file, map(self._once, groups), labels, images=self._images, worker=worker)
            elif part == "questions":
                self._boxed(groups, place)
            elif self._form == "coco":
                with folder.open("answers/answers.json") as file:
                    write_coco(groups, file, _opened(later, files), images=self._images)
            else:
                self._voc(groups, folder, f"answers/{_named(part.removeprefix('answers/'))}/Annotations")

    def _once(self, items: list[Labelled | Task]) -> list[Labelled | Task]:
        """Without second answers of the same person about the same boxes: these formats cannot tell them apart."""
        kept: dict[object, Labelled | Task] = {}
        for number, item in enumerate(items):
            boxes = item.kind is Kind.BOXES and isinstance(item, Labelled)
            if kept.setdefault((item.thing,) if boxes else number, item) is not item:
                self.skipped["second-answer"] += 1
                self.done["records"] -= 1
        return list(kept.values())

    def _voc(self, groups: Iterable[list[Labelled | Task]], folder: Folder, below: str) -> None:
        for items in groups:
            answers = [item for item in self._once(items) if isinstance(item, Labelled)]
            try:
                with folder.open(f"{below}/{_stem(answers[0].sample)}.xml") as file:
                    file.write(voc_file(answers))
            except Skip as skip:
                self.skipped[skip.reason] += len(answers)
                self.done["records"] -= len(answers)

    def _boxed(self, groups: Iterable[list[Labelled | Task]], place: Path) -> None:
        """Questions as the same boxes that `overpaint boxes` writes, by the same writers."""
        kinds = [thing for _, thing in self._labels]
        out = place / ("questions.json" if self._form == "coco" else "questions")
        written = write_boxes(out, map(self._image, groups), format=self._form, kinds=kinds)
        for reason, number in written.images_left_out.items():
            self.skipped[reason] += number

    def _image(self, items: list[Labelled | Task]) -> BoxedImage:
        tasks = [item for item in items if isinstance(item, Task)]
        boxes = [ScoredBox(each.box, each.score, task.thing) for task in tasks for each in task.boxes]
        one = tasks[0]
        name = place_of(self._images, one.sample) if self._form == "coco" else one.sample
        return BoxedImage(name, one.width, one.height, one.orientation, boxes)


def _named(worker: str) -> str:
    """A worker as the name of a file; one that might lead elsewhere by a hash. The file itself says the worker."""
    if _PLAIN.fullmatch(worker):
        return worker
    return f"worker-{sha256(worker.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _stem(key: str) -> str:
    folder, slash, name = key.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}"
