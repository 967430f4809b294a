"""Where samples come from and go to: sniffing, folders and their sorted listing, boxes made elsewhere."""

from __future__ import annotations

from ._boxes import read_boxes
from ._folder import FolderSource
from ._given import GivenBox, GivenBoxes
from ._keys import apart
from ._layout import Layout
from ._listing import ListingSummary, ShardRef, read_others, read_shard, read_shards
from ._sniff import sniff
from ._sniffed import Sniffed
from ._writer import FolderWriter

__all__ = [
    "FolderSource",
    "FolderWriter",
    "GivenBox",
    "GivenBoxes",
    "Layout",
    "ListingSummary",
    "ShardRef",
    "Sniffed",
    "apart",
    "read_boxes",
    "read_others",
    "read_shard",
    "read_shards",
    "sniff",
]
