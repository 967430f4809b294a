"""A description's TOML, read strictly."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any, cast

from overpaint.detectors._described_fields import Table
from overpaint.detectors._described_words import Class, Description, Input, Labels, Ssd, Yolo
from overpaint.detectors._plugins import KIND, NAME
from overpaint.errors import UsageError

__all__ = ["read_description"]

_LARGEST_FILE = 1 << 20
_LARGEST_SIDE = 8192
_MOST_CLASSES = 100_000


def read_description(path: Path, *, kinds: bool = True) -> Description:
    """Read a description.

    Parameters
    ----------
    path
        The file.
    kinds
        False: what its classes mean need not be told, since somebody else knows.

    Raises
    ------
    UsageError
        One line that names the file and the field.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; give the path of a description of an ONNX model") from error
    if len(data) > _LARGEST_FILE:
        raise UsageError(f"{path}: {len(data)} bytes are no description of a model, which has a few hundred")
    try:
        values = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} is no TOML ({error})") from error
    top = Table(values, file=str(path), name="")
    name = top.text("name")
    if not NAME.fullmatch(name):
        raise top.wrong("name", f"is {name!r}, and must be one word of letters, digits, '.', '_' and '-'")
    sha256 = top.text("sha256")
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise top.wrong("sha256", "must be the SHA-256 of the model's file, 64 hexadecimal digits in lower case")
    head_table = top.table("head")
    head, overlap = _head(head_table)
    result = Description(
        name=name,
        file=top.text("file"),
        sha256=sha256,
        licence=top.text("licence"),
        trained_on=top.text("trained_on"),
        input=_input(top.table("input"), boxes=not isinstance(head, Labels)),
        head=head,
        classes=_classes(top, head.classes, needed=kinds),
        overlap=overlap,
        own_sha256=hashlib.sha256(data).hexdigest(),
    )
    top.done()
    return result


def _input(table: Table, *, boxes: bool) -> Input:
    size = table.take("size")
    fine = isinstance(size, list) and len(size) == 2 and all(isinstance(side, int) for side in size)
    if not fine or not all(not isinstance(side, bool) and 1 <= side <= _LARGEST_SIDE for side in size):
        raise table.wrong("size", f"must be [width, height] in pixels, 1 to {_LARGEST_SIDE}")
    std = table.three("std", 1.0)
    if 0 in std:
        raise table.wrong("std", "must not be 0: it is divided by")
    fit = table.word("fit", ("letterbox", "corner", "stretch", "centre-crop"))
    if fit == "centre-crop" and boxes:
        raise table.wrong("fit", "centre-crop would never look at the margins; a detector wants letterbox or stretch")
    dtype = table.word("dtype", ("float32", "float16", "uint8"), "float32")
    scale, mean = table.three("scale", 1.0), table.three("mean", 0.0)
    if dtype == "uint8" and (set(scale), set(mean), set(std)) != ({1.0}, {0.0}, {1.0}):
        raise table.wrong("dtype", "uint8 takes pixels as they are; leave out scale, mean and std")
    result = Input(
        width=size[0],
        height=size[1],
        layout=cast("Any", table.word("layout", ("NCHW", "NHWC"))),
        colour=cast("Any", table.word("colour", ("RGB", "BGR"))),
        dtype=cast("Any", dtype),
        scale=scale,
        mean=mean,
        std=std,
        fit=cast("Any", fit),
        fill=table.number("fill", 0, least=0, most=255),
        crop=table.number("crop", 1, least=0.1, most=1),
        name=table.output("name"),
    )
    table.done()
    return result


def _head(table: Table) -> tuple[Yolo | Ssd | Labels, float]:
    kind = table.word("type", ("yolo", "ssd", "softmax", "sigmoid"))
    classes = table.whole("classes", least=1, most=_MOST_CLASSES)
    overlap = 1.0
    head: Yolo | Ssd | Labels
    if kind in {"softmax", "sigmoid"}:
        head = Labels(table.output("output"), classes, kind == "softmax", logits=table.flag("logits"))
    elif kind == "ssd":
        head = Ssd(
            boxes=table.text("boxes"),
            scores=table.text("scores"),
            labels=table.output("labels"),
            count=table.output("count"),
            classes=classes,
            yx=table.word("order", ("yxyx", "xyxy")) == "yxyx",
            pixels=table.word("coordinates", ("pixels", "shares")) == "pixels",
            activation=cast("Any", table.word("activation", ("none", "sigmoid", "softmax"), "none")),
        )
        overlap = table.number("overlap", least=0, most=1)
        if head.activation == "softmax" and head.labels:
            raise table.wrong("activation", "softmax is over classes, and `labels` names them already")
    else:
        finished = table.flag("finished", default=False)
        head = Yolo(
            output=table.output("output"),
            rows=table.word("boxes_in", ("rows", "columns")) == "rows",
            objectness=False if finished else table.flag("objectness"),
            classes=classes,
            corners=True if finished else table.word("box", ("cxcywh", "xyxy"), "cxcywh") == "xyxy",
            pixels=table.word("coordinates", ("pixels", "shares"), "pixels") == "pixels",
            activation="none" if finished else cast("Any", table.word("activation", ("none", "sigmoid"), "none")),
            finished=finished,
            extra=table.whole("extra", 0, least=0, most=10_000),
        )
        overlap = 1.0 if finished else table.number("overlap", least=0, most=1)
    table.done()
    return head, overlap


def _classes(top: Table, count: int, *, needed: bool) -> tuple[Class, ...]:
    values = top.take("classes") if needed else top.take("classes", None)
    if values is None and not needed:
        return ()
    if not isinstance(values, list) or not values:
        raise top.wrong("classes", "must be [[classes]] tables, one for each kind to report")
    result = []
    taken: set[int] = set()
    for number, value in enumerate(values, 1):
        table = Table(value, file=str(top), name=f"classes, number {number}")
        given = table.take("index")
        indices = tuple(given) if isinstance(given, list) else (given,)
        if not indices or not all(isinstance(i, int) and not isinstance(i, bool) and 0 <= i < count for i in indices):
            raise table.wrong("index", f"must be whole numbers from 0 to {count - 1}, as [head] classes = {count} says")
        if taken.intersection(indices) or len(set(indices)) < len(indices):
            raise table.wrong("index", "names a class that another entry names too")
        taken.update(indices)
        kind = table.text("kind")
        if not KIND.fullmatch(kind) or len(kind) > 64:
            raise table.wrong("kind", f"is {kind!r}, and must be lower-case words joined by '-', such as logo-brand")
        result.append(Class(indices, kind, table.number("threshold", least=0, most=1)))
        table.done()
    if len({entry.kind for entry in result}) < len(result):
        raise top.wrong("classes", "name a kind twice; give one entry several indices: index = [1, 3]")
    return tuple(result)
