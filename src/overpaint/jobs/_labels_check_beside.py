"""Class lists in files beside the images: what side files say of class numbers."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from overpaint import formats, labels
from overpaint.errors import LabelsError
from overpaint.records import shown_key

__all__ = ["beside", "classes_list", "label_list"]

NAMES = (
    "classes.txt",
    "names.txt",
    "labels.txt",
    "synsets.txt",
    "class_index.json",
    "imagenet_class_index.json",
    "class_to_idx.json",
    "LOC_synset_mapping.txt",
    "data.yaml",
)
"""Files at the top of a dataset that say what its numbers mean."""

_COCO = 64 << 20  # bytes of a file in which categories are looked for
_MOST_COCO = 16


def label_list(name: str, entries: Sequence[str]) -> labels.ClassList:
    """Labels as they stand in the data, as a list of classes: what begins with a wnid is that class."""
    tree = labels.wordnet()
    ids = (labels.resolve_label(text) for text in entries)
    return labels.ClassList(name, tuple(each.id if each.how == "wnid" else None for each in ids), tuple(entries), tree)


def beside(location: str, source: formats.Source, listing: Path) -> tuple[list[labels.ClassList], list[str]]:
    """Class lists in files beside the images."""
    found, notes = [], []
    if isinstance(source, formats.ContainerSource) and source.about.classes:
        found.append(label_list(formats.ABOUT, source.about.classes))
    store = formats.beside(location)
    root = None if store is None else store.local
    if root is None:
        return found, ["files beside the images were not looked into: they are on another machine, or in a container"]
    top = Path(root)
    for name in ("classes.json", *NAMES):
        if (top / name).is_file():
            try:
                found.append((classes_list if name == "classes.json" else labels.class_list)(top / name))
            except LabelsError as error:
                notes.append(f"{name} was not compared: {error}")
    others = (key for key, _, _ in formats.read_others(listing) if key.lower().endswith(".json"))
    for key in itertools.islice(others, _MOST_COCO):
        found += _coco(top / key, key)
    return found, notes


def classes_list(path: Path) -> labels.ClassList:
    """A published ``classes.json`` as a list of classes."""
    rows = labels.read_classes(path).rows
    return labels.ClassList(path.name, tuple(row.wnid for row in rows), tuple(row.label for row in rows))


def _coco(path: Path, key: str) -> list[labels.ClassList]:
    """The categories of a COCO file, in the order of their ids; what is no such file says nothing."""
    try:
        if not path.is_file() or path.stat().st_size > _COCO:
            return []
        value: Any = json.loads(path.read_bytes())
        rows = sorted((each["id"], each["name"]) for each in value["categories"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    if len(rows) < 2 or not all(isinstance(each, int) and isinstance(name, str) for each, name in rows):
        return []
    return [label_list(f"the categories of {shown_key(key)}, by their ids", [name for _, name in rows])]
