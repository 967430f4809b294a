"""What a source's directories mean: splits, classes, neither."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["SIDE_FOLDERS", "SPLITS", "Layout", "layout_of"]

SPLITS = frozenset({"train", "val", "valid", "validation", "test", "dev"})
SIDE_FOLDERS = frozenset(
    {
        *("ann", "annotation", "annotations", "anns", "bboxes", "boxes", "caption", "captions", "gt", "imagesets"),
        *("json", "label", "labels", "metadata", "txt", "xml"),
    }
)
"""Directories that hold what is said of images, in lower case."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which directories at the top are splits; what lies directly below them, or else at the top, are classes.

    Parameters
    ----------
    splits
        Names of the top directories that are splits, sorted; empty where the source has none.
    """

    splits: tuple[str, ...] = ()

    def place(self, key: str) -> tuple[str | None, str | None]:
        """The label and the split of a sample, each None where the path states none."""
        directories = key.split("/")[:-1]
        split = directories.pop(0) if directories and directories[0] in self.splits else None
        return (directories[0] if directories else None), split


def layout_of(directories: Iterable[bytes]) -> Layout:
    """The layout of a source with these directories at its top.

    They are splits if every one of them is called as a split is (in any case of letters). Hidden directories
    (``.git``, ``.cache``) and those for what is said of images (``annotations``, ``labels``) have no say.
    """
    splits = []
    for name in directories:
        if name.startswith(b"."):
            continue
        text = os.fsdecode(name)
        if text.lower() in SIDE_FOLDERS:
            continue
        if text.lower() not in SPLITS:
            return Layout()
        splits.append(text)
    return Layout(tuple(sorted(splits)))
