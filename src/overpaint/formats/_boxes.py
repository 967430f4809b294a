"""Boxes made elsewhere, whatever the format, which is found by content."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import BoxesError
from overpaint.records import python_key

from ._boxes_json import add_response, read_json
from ._boxes_text import read_wider
from ._given import Collector, GivenBoxes
from ._json_stream import JsonStream

__all__ = ["read_boxes"]

_COLUMNS = ["key", "kind", "score", "x0", "y0", "x1", "y1", "subject", "confidence"]
_LATER = ["page", "frame"]  # columns that earlier releases did not write
_Best = tuple[float, tuple[float, float, float, float], int, float]


def read_boxes(path: str | os.PathLike[str]) -> GivenBoxes:
    """Read a file of boxes made elsewhere, or of an earlier run.

    Parameters
    ----------
    path
        COCO detection JSON, WIDER FACE text, ``face_annotations_ILSVRC.json``, Amazon Rekognition DetectFaces responses
        (JSON, JSON Lines, or a folder of ``NAME.json``), a parquet file of findings, or a run directory.

    Returns
    -------
    GivenBoxes
        Looked up by key; file names are relative to the source.

    Raises
    ------
    BoxesError
        The file cannot be read or understood; names the file and the entry.
    """
    shown = os.fspath(path)
    try:
        collector = _directory(Path(path)) if Path(path).is_dir() else _file(shown)
    except OSError as error:
        raise BoxesError(f"--boxes {shown!a}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BoxesError(f"--boxes {shown!a}: JSON must be UTF-8") from None
    return GivenBoxes(collector)


def _file(path: str) -> Collector:
    with Path(path).open("rb") as file:
        head = file.read(4096)
    if head[:4] == b"PAR1":
        return _findings([Path(path)], [], path)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not text:
        raise BoxesError(f"--boxes {path!a}: the file is empty")
    if text[:1] in b"[{":
        return read_json(path)
    if b"\0" in head:
        raise BoxesError(f"--boxes {path!a}: a binary file; give JSON, WIDER text or overpaint's findings")
    return read_wider(path)


def _directory(path: Path) -> Collector:
    private = path / "private"
    if (path / "plan.toml").exists() or private.is_dir():
        findings = sorted((private / "findings").glob("*.parquet"))
        if not findings:
            raise BoxesError(f"--boxes {os.fspath(path)!a}: this run holds no findings; run `overpaint scan` first")
        return _findings(findings, sorted((private / "samples").glob("*.parquet")), os.fspath(path))
    boxes = Collector(os.fspath(path), "rekognition", relative=True)
    for file in _json_files(path):
        where = os.fspath(file.relative_to(path))
        with file.open(encoding="utf-8-sig") as opened:
            record = JsonStream(opened, os.fspath(file)).value()
        if not isinstance(record, dict) or not {"FaceDetails", "response"} & record.keys():
            raise boxes.error(where, "no DetectFaces response (an object with 'FaceDetails')")
        add_response(boxes, where.removesuffix(".json"), record, where)
    if not boxes.sizes:
        raise BoxesError(f"--boxes {os.fspath(path)!a}: neither a run directory nor a folder of NAME.json responses")
    return boxes


def _json_files(path: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(path):
        names.sort()
        yield from (Path(directory, name) for name in sorted(files) if name.endswith(".json"))


# --------------------------------------------------------------------- findings


def _findings(files: list[Path], samples: list[Path], path: str) -> Collector:
    """Faces of an earlier run: of each subject the box with the highest score, and the subject's confidence.

    In an animation that is one box for each frame in which the subject has any.
    """
    boxes = Collector(path, "findings")
    for file in samples:
        for row in _rows(file, ["key", "looked"], boxes):
            if row["looked"]:
                boxes.image(python_key(row["key"]), file.name)
    for file in files:
        images: dict[str, int] = {}
        for (key, _, _), (_, corners, page, confidence) in _subjects(file, boxes).items():
            if key not in images:
                images[key] = boxes.image(python_key(key), file.name)
            boxes.box(images[key], corners, confidence, f"{file.name}, {key[:80]!a}", page=page)
    return boxes


def _subjects(file: Path, boxes: Collector) -> dict[tuple[str, int, int], _Best]:
    best: dict[tuple[str, int, int], _Best] = {}
    for row in _rows(file, _COLUMNS, boxes, later=_LATER):
        corners = row["x0"], row["y0"], row["x1"], row["y1"]
        if row["kind"] != "face":
            boxes.skipped["other-kind"] += 1
        elif not row["key"] or None in corners:
            boxes.skipped["no-box"] += 1
        else:
            subject = row["key"], row["subject"], row.get("frame") or 0
            rival = row["score"], corners, row.get("page") or 0, row["confidence"]
            if subject in best:
                boxes.skipped["same-subject"] += 1
            best[subject] = max(best.get(subject, rival), rival)
    return best


def _rows(file: Path, columns: list[str], boxes: Collector, *, later: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    try:
        with pq.ParquetFile(file) as opened:
            if missing := [name for name in columns if name not in opened.schema_arrow.names]:
                raise boxes.error(file.name, f"not overpaint's findings: no column {', '.join(missing)}")
            present = [name for name in later if name in opened.schema_arrow.names]
            for batch in opened.iter_batches(8192, columns=[*columns, *present]):
                yield from batch.to_pylist()
    except pa.ArrowException as error:
        raise boxes.error(file.name, f"cannot be read as parquet: {error}") from None
