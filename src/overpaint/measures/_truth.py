"""What is truly in a picture, by whoever drew boxes: one form for all the formats that say it.

WIDER FACE's text, FDDB's ellipses and imglab's XML are read here; COCO JSON, Pascal VOC and ILSVRC XML, and YOLO text
by `overpaint.formats.read_objects`.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from overpaint import formats
from overpaint.errors import BoxesError
from overpaint.formats import LabelledObject
from overpaint.measures._truth_text import read_fddb, read_wider_truth, says_ellipses
from overpaint.measures._truth_xml import read_imglab

__all__ = ["NamedTruth", "open_truth"]

_FDDB = "*ellipseList.txt"
_HEAD = 4096


class NamedTruth:
    """Boxes by file name, of a format that keeps all images in one place.

    Parameters
    ----------
    form
        ``wider``, ``fddb`` or ``imglab``.
    boxes
        The boxes of each image, by its name in the file.
    stems
        Names have no extension.
    """

    def __init__(self, form: str, boxes: Mapping[str, Sequence[LabelledObject]], *, stems: bool = False) -> None:
        self.format = form
        self.boxes = boxes
        self._stems = stems
        self._taken: dict[str, str] = {}

    def lookup(self, key: str) -> Sequence[LabelledObject] | None:
        """The boxes of one sample, by its key or what is left of it without leading directories; None: not named.

        Raises
        ------
        BoxesError
            Two samples would be told by one entry.
        """
        key_here = os.path.splitext(key)[0] if self._stems else key  # noqa: PTH122 - a key, not a path
        parts = key_here.split("/")
        tries = ("/".join(parts[start:]) for start in range(len(parts)))
        name = next((each for each in tries if each in self.boxes), None)
        if name is None:
            return None
        if self._taken.setdefault(name, key) != key:
            raise BoxesError(f"--truth: {name[:80]!a} names several images; write their paths below IMAGES")
        return self.boxes[name]


def open_truth(path: str | os.PathLike[str]) -> formats.Annotations:
    """Open a file or directory of true boxes, whatever its format, which is found by content.

    Parameters
    ----------
    path
        WIDER FACE's text, FDDB's ellipse list (or a directory of its folds), imglab XML, COCO JSON; a directory of VOC
        or ILSVRC XML, or of YOLO text with ``classes.txt``.

    Raises
    ------
    BoxesError
        Nothing there can be read; names the place.
    """
    place = Path(path)
    try:
        if place.is_dir() and (folds := sorted(itertools.islice(place.glob(_FDDB), 100))):
            return NamedTruth("fddb", read_fddb(folds), stems=True)
        if not place.is_file():
            return formats.read_objects(place)
        with place.open("rb") as file:
            head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
        if head[:1] in (b"{", b"["):
            return formats.read_objects(place)
        if head[:1] == b"<":
            return NamedTruth("imglab", read_imglab(place))
        if b"\0" in head or not head:
            raise BoxesError(f"--truth {os.fspath(place)!a}: neither WIDER or FDDB text, nor COCO JSON, nor imglab XML")
        if says_ellipses(place):
            return NamedTruth("fddb", read_fddb([place]), stems=True)
        return NamedTruth("wider", read_wider_truth(place))
    except BoxesError as error:
        raise BoxesError(str(error).replace("--annotations", "--truth", 1)) from None
    except OSError as error:
        raise BoxesError(f"--truth {os.fspath(place)!a}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BoxesError(f"--truth {os.fspath(place)!a}: it must be UTF-8") from None
