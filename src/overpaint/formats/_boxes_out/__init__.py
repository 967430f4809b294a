"""Boxes written for other tools, streamed: seven formats, one module each."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from overpaint.errors import UsageError

from ._coco import Coco
from ._cvat import Cvat
from ._ilsvrc import Ilsvrc
from ._label_studio import LabelStudio
from ._model import BoxedImage, ScoredBox, Skip, Writer, inside
from ._place import Folder, content_sha256, staged
from ._voc import Voc
from ._wider import Wider
from ._words import WARNING
from ._yolo import Yolo

__all__ = ["BOX_FORMATS", "WARNING", "BoxedImage", "ScoredBox", "WrittenBoxes", "content_sha256", "write_boxes"]

BOX_FORMATS: Mapping[str, str] = {
    "coco": "stored",
    "voc": "stored",
    "yolo": "seen",
    "label-studio": "seen",
    "cvat": "seen",
    "wider": "stored",
    "ilsvrc": "stored",
}
"""The formats, and the picture that their numbers are about: as stored, or as seen (turned as EXIF says)."""

_FOLDERS = ("voc", "yolo")
_WITH_SCORES = ("coco", "label-studio")


@dataclass(frozen=True, slots=True)
class WrittenBoxes:
    """What was written: images and boxes, how many boxes with their score; and what could not be, by reason.

    ``sha256`` is that of the file, or of the files of a directory with their names: how it is known again.
    """

    images: int
    boxes: int
    scored: int
    images_left_out: Mapping[str, int]
    boxes_left_out: Mapping[str, int]
    sha256: str


def write_boxes(
    out: str | os.PathLike[str],
    images: Iterable[BoxedImage],
    *,
    format: str,  # noqa: A002 - the word that the command line has
    kinds: Sequence[str] = ("face",),
    mine: Callable[[str], bool] = lambda _: False,
) -> WrittenBoxes:
    """Write boxes to a file (``voc`` and ``yolo``: a new directory) that other tools read.

    Only what one image needs is held, so that millions can be written. The file has mode 0600.

    Parameters
    ----------
    out
        Appears whole or not at all.
    images
        In the order in which they are to be written; each key once.
    format
        One of `BOX_FORMATS`.
    kinds
        What boxes may be of, in the order in which the format shall number them.
    mine
        Whether something that is there may be replaced, by its hash (``WrittenBoxes.sha256``).

    Raises
    ------
    UsageError
        An unknown format, or ``out`` is taken.
    EngineError
        The disk is full, or cannot be written to.
    """
    if format not in BOX_FORMATS:
        raise UsageError(f"--format {format!r} is none of {', '.join(BOX_FORMATS)}")
    out, folder = Path(out), format in _FOLDERS
    done, images_out, boxes_out = Counter[str](), Counter[str](), Counter[str]()
    with staged(out, folder=folder, mine=mine) as (place, scratch):
        with ExitStack() as files:
            writer = _writer(format, place, scratch, kinds, files)
            writer.head()
            for image in images:
                held = BoxedImage(image.key, image.width, image.height, image.orientation, tuple(inside(image)))
                try:
                    writer.add(held)
                except Skip as skip:
                    images_out[skip.reason] += 1
                    boxes_out["of-an-image-left-out"] += len(image.boxes)
                    continue
                done["images"] += 1
                done["boxes"] += len(held.boxes)
                done["scored"] += sum(each.score is not None for each in held.boxes) * (format in _WITH_SCORES)
                boxes_out["on-other-pages"] += (others := sum(each.box.page != 0 for each in image.boxes))
                boxes_out["outside-the-image"] += len(image.boxes) - len(held.boxes) - others
            writer.tail()
        digest = content_sha256(place)
    left = {name: dict(sorted((+counter).items())) for name, counter in (("i", images_out), ("b", boxes_out))}
    return WrittenBoxes(done["images"], done["boxes"], done["scored"], left["i"], left["b"], digest)


def _writer(form: str, place: Path, scratch: Path, kinds: Sequence[str], files: ExitStack) -> Writer:
    if form == "voc":
        return Voc(Folder(place))
    if form == "yolo":
        return Yolo(Folder(place), kinds)

    def opened(path: Path) -> BinaryIO:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return files.enter_context(os.fdopen(descriptor, "w+b", buffering=1 << 16))

    file = opened(place)
    if form == "coco":
        return Coco(file, opened(scratch), kinds)
    if form == "cvat":
        return Cvat(file, kinds)
    if form == "label-studio":
        return LabelStudio(file)
    return Wider(file) if form == "wider" else Ilsvrc(file)
