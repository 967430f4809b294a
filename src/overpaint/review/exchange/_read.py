"""Answers read from a file or a directory of them: what format each is, and whose."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from overpaint.errors import UsageError
from overpaint.review._words import Kind
from overpaint.review.exchange._answers import Asked
from overpaint.review.exchange._coco_in import read_coco
from overpaint.review.exchange._csv import delimiter_of, read_csv
from overpaint.review.exchange._cvat_in import read_cvat
from overpaint.review.exchange._frame import Frame
from overpaint.review.exchange._label_studio_in import read_label_studio
from overpaint.review.exchange._model import FORMATS, Format, Labelled, Left, Pictured, Reading, Tally
from overpaint.review.exchange._voc import read_voc
from overpaint.review.exchange._xml import XmlStream

__all__ = ["read"]

_SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".xml")
_HEAD = 4096
_BESIDE = {"labels.json", "questions.json", "questions.xml"}  # what `write` puts beside answers


def read(
    path: str | os.PathLike[str],
    *,
    samples: Callable[[str], Pictured | None],
    format: Format | None = None,  # noqa: A002 - the word that the command line has
    kind: Kind | None = None,
    thing: str | None = None,
    worker: str | None = None,
    images: str = "",
    labels: Mapping[str, str] | None = None,
    empties: Literal["told", "all"] = "told",
    frame: Frame | None = None,
) -> Reading:
    """Read people's answers, whichever tool they were given in.

    Parameters
    ----------
    path
        A file; or a directory, of which every file of answers is read. A directory that `write` made holds them below
        ``answers/``, and only these are read.
    samples
        Finds the sample that a file name means, None where none is (`Names` does so).
    format
        One of `FORMATS`; None: found by content.
    kind, thing, worker
        Of what kind and about what the questions are, and whose the answers, where the file does not say. With
        ``thing``, boxes with other labels are left out. Without ``worker``, of a directory the first folder's name
        is taken, or of a file (COCO, CVAT, Label Studio) directly in it the file's own, without extension.
    images
        As it was told `write`: what the names of pictures begin with before the key.
    labels
        What the other tool's labels are called here, such as ``{"Face": "face"}``.
    empties
        ``told``: a picture without boxes is an answer only where the file tells that somebody looked. ``all``: they
        looked at all pictures that the file lists.
    frame
        Whether boxes are about the stored picture or the one turned as EXIF says, where the file does not tell:
        CVAT's and Label Studio's are about the turned one unless said otherwise; COCO and VOC must be told.

    Returns
    -------
    Reading
        Answers, one after another. What cannot be taken is counted and named in its ``left`` and ``lines``, and costs
        nothing else; but a COCO file that breaks off gives none, for each picture may lack a box.

    Raises
    ------
    UsageError
        There is no such file, or nothing in it is of a format known here.
    """
    place = Path(path)
    if format not in (None, *FORMATS):
        raise UsageError(f"format {format!r} is none of {', '.join(FORMATS)}")
    tally = Tally()
    asked = Asked(samples, tally, images, kind, thing, worker, labels or {}, empties, frame)
    try:
        if place.is_dir():
            found: Iterator[tuple[Path, Path]] = _files(place)
        elif place.exists():
            found = iter([(place, Path(place.name))])
        else:
            raise UsageError(f"{os.fspath(path)!a}: no such file or directory")
        return Reading(_answers(place, found, format, asked), tally)
    except OSError as error:
        raise UsageError(f"{os.fspath(path)!a}: {error.strerror or error}") from None


def _files(place: Path) -> Iterator[tuple[Path, Path]]:
    """Files that may hold answers, and their paths below the directory, in a fixed order."""
    root = place / "answers" if (place / "answers").is_dir() else place
    for directory, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(_SUFFIXES) and name not in _BESIDE:
                file = Path(directory, name)
                yield file, file.relative_to(root)


def _answers(place: Path, files: Iterator[tuple[Path, Path]], form: Format | None, asked: Asked) -> Iterator[Labelled]:
    known = 0
    alone = not place.is_dir()
    for file, below in files:
        shown = ascii(os.fspath(file))[1:-1]
        try:
            is_a = _sniffed(file)
            if is_a is None and not alone:
                continue  # a file that lies beside them
            known += 1
            if is_a is None or (form is not None and is_a != form):
                told = f"it is {is_a}" if is_a else f"no format known here; {', '.join(FORMATS)} can be read"
                raise Left("unreadable", told if form is None or is_a is None else f"{told}, not {form}")
            name = None if alone else below.parts[0] if len(below.parts) > 1 else below.stem
            yield from _one(file, shown, is_a, asked, name, below)
        except OSError as error:
            asked.tally.leave(Left("unreadable", f"{error.strerror or error}"), shown, "the file")
        except Left as left:
            asked.tally.leave(left, shown, "the file")
    if not known and not alone:
        none = Left("unreadable", "no file of answers is in it; give the one that the tool exported")
        asked.tally.leave(none, ascii(os.fspath(place))[1:-1], "the directory")


def _one(file: Path, shown: str, form: Format, asked: Asked, name: str | None, below: Path) -> Iterator[Labelled]:
    match form:
        case "csv":
            return read_csv(file, shown, asked)
        case "coco":
            return read_coco(file, shown, asked, name=name)
        case "cvat":
            return read_cvat(file, shown, asked, name=name)
        case "label-studio":
            return read_label_studio(file, shown, asked, name=name)
        case "voc":
            inside = Path(*below.parts[1:]) if len(below.parts) > 1 else below
            name = name if len(below.parts) > 1 else None
            return read_voc(file, shown, asked, name=name, inside=inside.as_posix().removeprefix("Annotations/"))


def _sniffed(file: Path) -> Format | None:
    """The format, by the head of the file; None for anything else."""
    if not file.is_file():
        raise Left("unreadable", "no ordinary file")
    with file.open("rb") as opened:
        head = opened.read(_HEAD)
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if text[:1] == b"<":
            opened.seek(0)
            root = XmlStream(opened, block=256).root().tag
            return {"annotations": "cvat", "annotation": "voc"}.get(root)  # type: ignore[return-value]
    if text[:1] == b"[" or (text[:1] == b"{" and b'"data"' in text and b'"categories"' not in text):
        return "label-studio"
    if text[:1] == b"{":
        return "coco"
    return "csv" if delimiter_of(head.decode("utf-8-sig", "replace")) else None
