"""What kind of side file a name and its first bytes announce."""

from __future__ import annotations

import re

from ._licence import ARCHIVE, CLASSES, DERIVED, HISTORY, LICENCE, METADATA, PREVIEW, TEXT
from ._names import is_naming
from ._stream import BOM

__all__ = ["HEAD", "KINDS", "classify"]

HEAD = 1 << 16  # bytes of a file that are looked at

KINDS = (
    "coco",
    "voc",
    "yolo",
    "imagefolder-metadata",
    "split-list",
    "licence",
    "label-list",
    "derived",
    "text",
    "unknown",
)
_COCO = {b"annotations", b"images"}
_COCO_FIRST = {b"categories", b"info", b"licenses", b"type", b"videos"}  # other JSON begins so too
_SPLIT = re.compile(
    r"(train|val|valid|validation|test|dev|trainval|minival|split|splits|filelist|file_list).*\.(txt|lst|list)"
)
_MEMBER = re.compile(rb'\{\s*"([^"\\]{1,64})"\s*:')
_OBJECT_NAME = re.compile(rb'"([^"\\]{1,256})"\s*:\s*"')
#: What may come before the root of XML; atomic, since comments beyond number would be tried in all groupings.
_ROOT = re.compile(
    rb"(?>(?>\s+)|<\?(?>.*?\?>)|<!--(?>.*?-->)|<!DOCTYPE[^>\[]*+(?>\[.*?\])?\s*+>)*+<([A-Za-z_][\w.-]*)", re.DOTALL
)


def classify(key: str, head: bytes) -> str:
    """The kind of a side file, without knowing the samples.

    Parameters
    ----------
    key
        Its path below the source.
    head
        Its first bytes, up to 64 KiB.

    Returns
    -------
    str
        One of `KINDS`. `carry` looks further where the content alone can tell: a ``text`` may turn out to be a list of
        images, an ``unknown`` table or JSON to name them.
    """
    folders, _, name = key.rpartition("/")
    low = name.lower()
    text = head.removeprefix(BOM).lstrip()
    if set(folders.split("/")) & HISTORY or PREVIEW.fullmatch(name) or ARCHIVE.fullmatch(name):
        return "derived"
    if low == "metadata.parquet" or re.fullmatch(r"metadata\.(csv|tsv|jsonl|ndjson)", low):
        return "imagefolder-metadata"
    if DERIVED.fullmatch(name) or head[:4] == b"PAR1":
        return "derived"
    if LICENCE.fullmatch(name) and b"\0" not in head:
        return "licence"
    if METADATA.fullmatch(name):
        return "text"
    if text[:1] in (b"{", b"[") and low.endswith((".json", ".jsonl", ".ndjson", ".txt")):
        return _json(low, text)
    if low.endswith((".csv", ".tsv")):
        return _table(low, text)
    if low.endswith(".xml"):
        return _xml(text)
    if b"\0" in head:
        return "unknown"
    return _text(folders.lower().split("/"), low, text)


def _json(low: str, text: bytes) -> str:
    member = _MEMBER.match(text)
    if low.endswith((".jsonl", ".ndjson")):
        return (
            "imagefolder-metadata" if any(_names_one(name) for name in _OBJECT_NAME.findall(text[:4096])) else "unknown"
        )
    if member and (
        member[1] in _COCO or (member[1] in _COCO_FIRST and (b'"images"' in text or b'"annotations"' in text))
    ):
        return "coco"
    if CLASSES.fullmatch(low) or (text[:1] == b"[" and b'"url"' in text[:4096] and b'"bboxes"' in text[:4096]):
        return "label-list"
    return "unknown"


def _names_one(field: bytes) -> bool:
    return is_naming(field.decode("utf-8", "replace"))


def _table(low: str, text: bytes) -> str:
    titles = re.split(rb"[,;\t|]", text.split(b"\n", 1)[0])
    if any(title.strip(b' "\r').lower().endswith(b"file_name") for title in titles):
        return "imagefolder-metadata"
    if CLASSES.fullmatch(low) or any(_names_one(title.strip(b' "\r')) for title in titles):
        return "label-list"
    return "unknown"


def _xml(text: bytes) -> str:
    root = _ROOT.match(text)
    if root and root[1] == b"annotation":
        return "voc"
    return "label-list" if re.search(rb"<image\s[^>]*(file|name)\s*=", text) else "unknown"


def _text(folders: list[str], low: str, text: bytes) -> str:
    if low in ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml", "notes.json"):
        return "yolo"
    if CLASSES.fullmatch(low):
        return "label-list"
    if "imagesets" in folders or _SPLIT.fullmatch(low):
        return "split-list"
    if low.endswith(".txt") and "labels" in folders and _is_yolo(text):
        return "yolo"
    return "text" if TEXT.fullmatch(low) else "unknown"


def _is_yolo(text: bytes) -> bool:
    """Lines of a class number and coordinates; an empty file says that there is nothing in the image."""
    words = text.split(b"\n", 1)[0].split()
    return not words or (
        len(words) >= 5 and words[0].isdigit() and all(re.fullmatch(rb"-?[\d.eE+-]+", w) for w in words)
    )
