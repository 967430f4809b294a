"""Where samples come from and go to: sniffing, folders and their sorted listing, boxes in and out."""

from __future__ import annotations

from ._boxes import read_boxes
from ._boxes_out import BOX_FORMATS, BoxedImage, ScoredBox, WrittenBoxes, write_boxes
from ._folder import FolderSource
from ._given import GivenBox, GivenBoxes
from ._keys import apart
from ._layout import Layout
from ._listing import ListingSummary, ShardRef, read_others, read_shard, read_shards
from ._sniff import sniff
from ._sniffed import Sniffed
from ._writer import FolderWriter

__all__ = [
    "BOX_FORMATS",
    "BoxedImage",
    "FolderSource",
    "FolderWriter",
    "GivenBox",
    "GivenBoxes",
    "Layout",
    "ListingSummary",
    "ScoredBox",
    "ShardRef",
    "Sniffed",
    "WrittenBoxes",
    "apart",
    "read_boxes",
    "read_others",
    "read_shard",
    "read_shards",
    "sniff",
    "write_boxes",
]
