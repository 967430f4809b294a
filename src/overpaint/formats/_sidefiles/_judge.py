"""What shall become of one side file: copied, rewritten or dropped, by its kind and its image."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

from ._classify import classify
from ._coco import entry_names, rewrite_coco, rewrite_named, rewrite_own
from ._gone import GONE, KEPT, PAINTED
from ._imagefolder import csv_columns, rewrite_csv, rewrite_jsonl
from ._json import elements
from ._licence import ARCHIVE, CLASSES, HISTORY, METADATA, PREVIEW
from ._lists import is_wider, list_field, positional, rewrite_list, rewrite_wider
from ._parquet import parquet_names_images, rewrite_parquet
from ._stream import Reader, Rewrite, Unreadable, View
from ._voc import rewrite_images, voc_names

__all__ = ["Step", "judge"]

_MOST_ENTRIES = 100  # of a JSON file, by which it is judged
_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Step:
    """What to do with a file: drop it for `reason`, rewrite it, or else copy it.

    `trusted` files belong to one image that stayed as it was, and may show it.
    """

    kind: str
    drop: bool = False
    reason: str | None = None
    rewrite: Rewrite | None = None
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    """A file to decide on, with the flags of the image that it belongs to (0: of none)."""

    key: str
    kind: str
    head: bytes
    own: int
    read: Reader
    view: View

    @property
    def low(self) -> str:
        return self.key.lower()

    @property
    def folder(self) -> list[str]:
        return self.key.split("/")[:-1]

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]


def judge(key: str, head: bytes, read: Reader, view: View, *, unknown: str) -> Step:
    """Decide on one file.

    Raises
    ------
    Unreadable
        What it says of the samples cannot be told.
    """
    kind = classify(key, head)
    own = 0 if kind in ("coco", "imagefolder-metadata", "licence") else view.samples.companion(key)
    file = _File(key, kind, head, own, read, view)
    if reason := _never(file):
        return Step("text" if own and kind == "split-list" else kind, drop=True, reason=reason)
    step = _BY_KIND.get(kind, _text)(file)
    if step.kind == "unknown" and unknown == "drop" and not step.drop:
        step = Step("unknown", drop=True, reason="unknown")
    return replace(step, trusted=own == KEPT)


def _never(file: _File) -> str | None:
    """Why a file is dropped whatever it holds."""
    if PREVIEW.fullmatch(file.name):
        return "preview"
    if ARCHIVE.fullmatch(file.name):
        return "archive"
    if HISTORY.intersection(file.folder):
        return "history"
    if file.view.personal and (METADATA.fullmatch(file.name) or b'"photoTakenTime"' in file.head):  # Google Takeout
        return "metadata-policy"
    return "image-gone" if file.own == GONE else None


def _derived(file: _File) -> Step:
    if file.low.endswith(".parquet") and not file.own:
        try:
            if parquet_names_images(file.read, file.view):
                return Step("label-list", rewrite=rewrite_parquet)
        except Unreadable:
            pass  # an opaque container, as any other
    touched = file.own & (PAINTED | GONE) if file.own else file.view.samples.touched
    return Step("derived", drop=bool(touched), reason="derived-from-pixels" if touched else None)


def _voc(file: _File) -> Step:
    """By its stem and, where that leaves it open, by what it says of its image's name."""
    if file.own and not (file.own & GONE and file.own & KEPT):
        return Step(file.kind)
    names = ["/".join([*file.folder[-2:], file.name.rpartition(".")[0]])]
    if file.view.samples.touched:
        with file.read() as opened:
            names[:0] = voc_names(opened)
    return _by_names(file, names)


def _yolo(file: _File) -> Step:
    if file.own or not file.low.endswith(".txt"):
        return Step(file.kind)
    return _by_names(file, ["/".join([*file.folder[-2:], file.name.rpartition(".")[0]])])


def _by_names(file: _File, names: list[str]) -> Step:
    """By the first of the names that means samples of one fate."""
    flags = [file.view.find(name) for name in names]
    told = next((each for each in flags if each and not (each & GONE and each & KEPT)), 0)
    if told:
        file.view.ambiguous = 0
    if told == GONE:
        return Step(file.kind, drop=True, reason="image-gone")
    return Step(file.kind)


def _metadata(file: _File) -> Step:
    if file.head[:4] == b"PAR1" or file.low.endswith(".parquet"):
        return Step(file.kind, rewrite=rewrite_parquet)
    if file.low.endswith((".jsonl", ".ndjson")):
        return Step(file.kind, rewrite=rewrite_jsonl)
    return _table(file)


def _table(file: _File) -> Step:
    columns = csv_columns(file.head, file.view)
    if columns is not None:
        return Step(file.kind if file.kind == "imagefolder-metadata" else "label-list", rewrite=rewrite_csv(columns))
    if file.kind == "imagefolder-metadata":
        raise Unreadable("no column names images")
    return Step("unknown" if not CLASSES.fullmatch(file.name) else "label-list")


def _text(file: _File) -> Step:
    """A list of images, labels by position, the text beside an image, or a text."""
    plain = Step("text" if file.kind == "split-list" else file.kind)
    if file.own or b"\0" in file.head:
        return plain
    if is_wider(file.head, file.view):
        return Step("label-list", rewrite=rewrite_wider)
    if field := list_field(file.head, file.view, digits=file.kind != "label-list"):
        return Step("label-list" if file.kind == "label-list" else "split-list", rewrite=rewrite_list(field))
    if file.kind != "unknown" and positional(file.read, file.head, file.view):
        return Step("label-list", drop=True, reason="positional")
    return plain


def _other(file: _File) -> Step:
    """Labels and what is unknown: tables, XML and JSON are looked into, whether they name images."""
    if file.low.endswith((".csv", ".tsv")):
        return _table(file)
    if file.low.endswith(".xml"):
        return Step(file.kind, rewrite=rewrite_images if file.kind == "label-list" else None)
    if file.low.endswith(".json"):
        return _json(file)
    return _text(file)


def _json(file: _File) -> Step:
    if file.own:
        return Step("text", rewrite=rewrite_own(painted=bool(file.own & PAINTED)))
    named = total = 0
    try:
        with file.read() as opened:
            for element in itertools.islice(elements(opened), _MOST_ENTRIES):
                total += 1
                named += any(file.view.samples.known(n, near=file.view.folder) for n in entry_names(element, file.view))
    except Unreadable:
        if not total:
            raise
    return Step("label-list", rewrite=rewrite_named) if total and named >= _SHARE * total else Step(file.kind)


_BY_KIND: dict[str, Callable[[_File], Step]] = {
    "coco": lambda file: Step(file.kind, rewrite=rewrite_coco),
    "derived": _derived,
    "imagefolder-metadata": _metadata,
    "label-list": _other,
    "licence": lambda file: Step(file.kind),
    "unknown": _other,
    "voc": _voc,
    "yolo": _yolo,
}
