"""Labelled objects beside a dataset: VOC and ILSVRC XML, COCO JSON, YOLO text."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from overpaint.errors import BoxesError

from ._coco import read_coco
from ._model import Annotations, LabelledObject
from ._text import YoloDirectory
from ._xml import XmlDirectory

__all__ = ["Annotations", "LabelledObject", "read_objects"]

_LOOKED_AT = 100_000


def read_objects(path: str | os.PathLike[str]) -> Annotations:
    """Open annotations of objects, whatever their format, which is found by content.

    Parameters
    ----------
    path
        A COCO JSON file; a directory of VOC or ILSVRC XML; or a directory of YOLO text with ``classes.txt``.

    Raises
    ------
    BoxesError
        Nothing there can be read; names the place.
    """
    place = Path(path)
    try:
        if place.is_file():
            return read_coco(os.fspath(place))
        if not place.is_dir():
            raise BoxesError(f"--annotations {os.fspath(path)!a}: no such file or directory")
        if any(name.endswith(".xml") for name in itertools.islice(_names(place), _LOOKED_AT)):
            return XmlDirectory(place)
        return YoloDirectory(place)
    except OSError as error:
        raise BoxesError(f"--annotations {os.fspath(path)!a}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BoxesError(f"--annotations {os.fspath(path)!a}: it must be UTF-8") from None


def _names(place: Path) -> Iterator[str]:
    for _, _, files in os.walk(place):
        yield from files
