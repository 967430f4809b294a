"""Which way one side file gets other labels, by its kind."""

from __future__ import annotations

import itertools
import re

from overpaint.errors import SourceError
from overpaint.formats._label_features import class_lists
from overpaint.formats._label_guess import LABEL_NAMES
from overpaint.formats._parquet_batches import open_parquet

from ._coco import entry_names
from ._json import elements
from ._licence import CLASSES
from ._lists import is_wider, list_field, text_of
from ._relabel import Labels, Unsure
from ._relabel_card import relabel_card
from ._relabel_classes import plain_name, relabel_class_json, relabel_classes, relabel_yaml
from ._relabel_coco import relabel_coco
from ._relabel_json import relabel_entries
from ._relabel_tables import relabel_csv, relabel_jsonl, relabel_parquet
from ._relabel_text import numbers_only, relabel_list, relabel_wider, relabel_yolo
from ._relabel_xml import relabel_voc
from ._stream import BLOCK, Reader, Rewrite, View

__all__ = ["relabelled"]

_ASKED = 100  # entries
_WORDS = re.compile(r"[a-z]+")
_LONGEST_TEXT = 256
_TEXT = re.compile(rb'"(?=([^"\\]{1,256})")')  # a quote may end one text and begin what is taken for another
_LABELS = frozenset({*LABEL_NAMES, "target", "targets", "truth", "y"})
_TABLES = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson")
_NO_TEXT = (".npy", ".npz", ".mat", ".pkl", ".pickle", ".pt", ".pth", ".h5", ".hdf5")


_BY_KIND = {"coco": relabel_coco, "voc": relabel_voc}


def relabelled(key: str, kind: str, head: bytes, read: Reader, view: View, labels: Labels) -> Rewrite | None:
    """How the labels in a file are exchanged; None where it holds none that are known of.

    Raises
    ------
    Unsure
        It holds labels, and what becomes of them cannot be told.
    Unreadable
        What it says cannot be read.
    """
    low = key.lower()
    if kind == "licence":
        return relabel_card(low.rpartition("/")[2], head)
    if kind in _BY_KIND:
        return _BY_KIND[kind](labels)
    if low.endswith((".yaml", ".yml")):
        return relabel_yaml(labels) if kind == "yolo" or head.lstrip().startswith(b"names:") else None
    if kind == "yolo" and low.endswith(".txt"):
        return relabel_yolo(labels, key)
    if low.endswith(_TABLES) or head[:4] == b"PAR1":
        return _table(kind, low, read, view, labels)
    if low.endswith(".xml") and kind == "label-list":
        _expect_no_labels(read, labels)
        return None
    if low.endswith(".json"):
        return _json(kind, low, head, read, view, labels)
    return _text(key, kind, head, view, labels)


def _table(kind: str, low: str, read: Reader, view: View, labels: Labels) -> Rewrite | None:
    if low.endswith((".csv", ".tsv")):
        if (table := relabel_csv(read, labels, view)) is not None:
            return table
        _expect_none(kind, low)
        return None
    if low.endswith((".jsonl", ".ndjson")):
        return relabel_jsonl(labels) if kind in ("imagefolder-metadata", "label-list") else None
    return relabel_parquet(labels) if kind != "derived" or _has_labels(read) else None


def _expect_no_labels(read: Reader, labels: Labels) -> None:
    """XML of many images, which is not rewritten: it may stay if it names no class, and no image moves."""
    if labels.relabelling.by_path:
        raise Unsure("paths of images in a form that is not rewritten")
    before = b""
    with read() as file:
        while block := file.read(BLOCK):
            if b"label" in (before + block).lower():
                raise Unsure("labels in a form that is not rewritten")
            before = block[-5:]


def _json(kind: str, low: str, head: bytes, read: Reader, view: View, labels: Labels) -> Rewrite | None:
    if kind in ("label-list", "unknown", "yolo") and (told := relabel_class_json(read, labels)) is not None:
        return told
    if kind == "text" or (kind == "label-list" and _names_images(read, view)):
        return relabel_entries(labels)
    if b'"category_id"' in head or b'"categories"' in head:
        raise Unsure("categories that are listed elsewhere")
    _expect_none(kind, low)
    _expect_no_words(read, labels)
    return None


def _expect_no_words(read: Reader, labels: Labels) -> None:
    """JSON of no known form stays if none of its texts is a label that goes or is called otherwise."""
    before = b""
    with read() as file:
        while block := file.read(BLOCK):
            if any(labels.changes(text_of(each)) for each in _TEXT.findall(before + block)):
                raise Unsure("labels in JSON of a form that is not known")
            before = block[-_LONGEST_TEXT - 2 :]


def _names_images(read: Reader, view: View) -> bool:
    with read() as opened:
        first = itertools.islice(elements(opened), _ASKED)
        return any(view.samples.known(name, near=view.folder) for one in first for name in entry_names(one, view))


def _text(key: str, kind: str, head: bytes, view: View, labels: Labels) -> Rewrite | None:
    name = key.lower().rpartition("/")[2]
    if name.endswith(_NO_TEXT):
        if _LABELS.intersection(_WORDS.findall(name)):
            raise Unsure("labels in a form that is not read")
        return None
    if b"\0" in head or kind not in ("split-list", "label-list", "text", "unknown"):
        return None
    if view.samples.companion(key) and kind in ("text", "unknown"):
        return None  # the words beside one image
    if is_wider(head, view):
        return relabel_wider(labels)
    if _are_classes(head, labels):
        return relabel_classes(labels)
    if (field := list_field(head, view, digits=kind != "label-list")) is not None:
        return relabel_list(labels, field, key)
    if numbers_only(head):
        raise Unsure("labels by position")
    _expect_none(kind, name)
    return None


def _are_classes(head: bytes, labels: Labels) -> bool:
    """Whether lines name classes: by the first that are whole, each alone or as the first or the last word."""
    whole = head.rpartition(b"\n")[0] or head
    told = [text_of(line).strip() for line in whole.splitlines()[:1000] if line.strip()]
    if not told:
        return False
    return any(
        all(labels.knows(word) for word in words)
        for words in ([*told], [re.split(r"[\s:,]+", line)[0] for line in told], [plain_name(line) for line in told])
    )


def _has_labels(read: Reader) -> bool:
    with read() as file:
        try:
            schema = open_parquet(file, "").parquet.schema_arrow
        except SourceError:
            return False
    return bool(class_lists(schema)) or any(name.lower() in LABEL_NAMES for name in schema.names)


def _expect_none(kind: str, low: str) -> None:
    """Lists of labels that are of no known form are dropped; what is none stays as it is."""
    if kind == "label-list" or CLASSES.fullmatch(low.rpartition("/")[2]):
        raise Unsure("a list of labels in a form that is not known")
